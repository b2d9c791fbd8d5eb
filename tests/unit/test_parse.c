#include "base/parse.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { UNTOUCHED = 77 };

static void a_signed_number_is_the_whole_text_or_none(void **state)
{
	static const struct {
		const char *in;
		int rc;
		int64_t out;
	} cases[] = {
		{ "0", 0, 0 },
		{ "42", 0, 42 },
		{ "-1", 0, -1 },
		{ "+1", 0, 1 },
		{ "007", 0, 7 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN },
		{ "9223372036854775808", -ERANGE, UNTOUCHED },
		{ "-9223372036854775809", -ERANGE, UNTOUCHED },
		{ "", -EINVAL, UNTOUCHED },
		{ "-", -EINVAL, UNTOUCHED },
		{ "+", -EINVAL, UNTOUCHED },
		{ "+-1", -EINVAL, UNTOUCHED },
		{ " 1", -EINVAL, UNTOUCHED },
		{ "\t1", -EINVAL, UNTOUCHED },
		{ "1 ", -EINVAL, UNTOUCHED },
		{ "1\n", -EINVAL, UNTOUCHED },
		{ "0x10", -EINVAL, UNTOUCHED },
		{ "1k", -EINVAL, UNTOUCHED },
		{ "1.0", -EINVAL, UNTOUCHED },
		{ "one", -EINVAL, UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t out = UNTOUCHED;

		assert_int_equal(parse_i64(cases[i].in, &out), cases[i].rc);
		assert_int_equal(out, cases[i].out);
	}
}

static void an_unsigned_number_has_no_minus(void **state)
{
	static const struct {
		const char *in;
		int rc;
		uint64_t out;
	} cases[] = {
		{ "0", 0, 0 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, UNTOUCHED },
		{ "-1", -EINVAL, UNTOUCHED },
		{ "-0", -EINVAL, UNTOUCHED },
		{ "", -EINVAL, UNTOUCHED },
		{ " 1", -EINVAL, UNTOUCHED },
		{ "1 ", -EINVAL, UNTOUCHED },
		{ "0x1", -EINVAL, UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t out = UNTOUCHED;

		assert_int_equal(parse_u64(cases[i].in, &out), cases[i].rc);
		assert_true(out == cases[i].out);
	}
}

static void a_real_number_is_finite_and_decimal(void **state)
{
	static const struct {
		const char *in;
		int rc;
		double out;
	} cases[] = {
		{ "0", 0, 0 },
		{ "0.9", 0, 0.9 },
		{ "-2.5", 0, -2.5 },
		{ "1e3", 0, 1000 },
		{ "1e400", -ERANGE, UNTOUCHED },
		{ "", -EINVAL, UNTOUCHED },
		{ ".5", -EINVAL, UNTOUCHED },
		{ "nan", -EINVAL, UNTOUCHED },
		{ "inf", -EINVAL, UNTOUCHED },
		{ "-infinity", -EINVAL, UNTOUCHED },
		{ "0x1p3", -EINVAL, UNTOUCHED },
		{ "1,5", -EINVAL, UNTOUCHED },
		{ "1 ", -EINVAL, UNTOUCHED },
		{ " 1", -EINVAL, UNTOUCHED },
		{ "1e", -EINVAL, UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double out = UNTOUCHED;

		assert_int_equal(parse_double(cases[i].in, &out), cases[i].rc);
		assert_true(out == cases[i].out);
	}
}

static void a_hexadecimal_number_has_no_prefix(void **state)
{
	static const struct {
		const char *in;
		int rc;
		uint64_t out;
	} cases[] = {
		{ "00000000", 0, 0 },
		{ "0000000a", 0, 10 },
		{ "DeadBeef", 0, 0xdeadbeef },
		{ "ffffffffffffffff", 0, UINT64_MAX },
		{ "10000000000000000", -ERANGE, UNTOUCHED },
		{ "0x10", -EINVAL, UNTOUCHED },
		{ "", -EINVAL, UNTOUCHED },
		{ "-1", -EINVAL, UNTOUCHED },
		{ "+1", -EINVAL, UNTOUCHED },
		{ " 1", -EINVAL, UNTOUCHED },
		{ "1 ", -EINVAL, UNTOUCHED },
		{ "g", -EINVAL, UNTOUCHED },
		{ "1g", -EINVAL, UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t out = UNTOUCHED;

		assert_int_equal(parse_hex(cases[i].in, &out), cases[i].rc);
		assert_true(out == cases[i].out);
	}
}

static void a_duration_is_seconds_unless_it_says_otherwise(void **state)
{
	static const struct {
		const char *in;
		int rc;
		int64_t out;
	} cases[] = {
		{ "5", 0, 5000 },
		{ "5s", 0, 5000 },
		{ "1.5s", 0, 1500 },
		{ "250ms", 0, 250 },
		{ "0", 0, 0 },
		{ "0.4ms", 0, 0 },
		{ "2m", 0, 120 * 1000 },
		{ "1h", 0, 3600 * 1000 },
		{ "7d", 0, INT64_C(7) * 86400 * 1000 },
		{ "36525d", 0, INT64_C(36525) * 86400 * 1000 },
		{ "36526d", -ERANGE, UNTOUCHED },
		{ "1e300s", -ERANGE, UNTOUCHED },
		{ "", -EINVAL, UNTOUCHED },
		{ "s", -EINVAL, UNTOUCHED },
		{ "-1s", -EINVAL, UNTOUCHED },
		{ " 1s", -EINVAL, UNTOUCHED },
		{ "1 s", -EINVAL, UNTOUCHED },
		{ "1s ", -EINVAL, UNTOUCHED },
		{ "1S", -EINVAL, UNTOUCHED },
		{ "1w", -EINVAL, UNTOUCHED },
		{ "1us", -EINVAL, UNTOUCHED },
		{ "1h30m", -EINVAL, UNTOUCHED },
		{ "0x10s", -EINVAL, UNTOUCHED },
		{ "inf", -EINVAL, UNTOUCHED },
		{ "nan", -EINVAL, UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t out = UNTOUCHED;

		assert_int_equal(parse_duration(cases[i].in, &out), cases[i].rc);
		assert_int_equal(out, cases[i].out);
	}
}

static void a_duration_beyond_any_number_is_too_long_and_not_nonsense(void **state)
{
	int64_t out = UNTOUCHED;

	(void)state;
	assert_int_equal(parse_duration("1e400s", &out), -ERANGE);
	assert_int_equal(out, UNTOUCHED);
}

static void numbers_of_a_row_are_taken_one_by_one(void **state)
{
	const char *cursor = "1 -2\t\t3  9223372036854775807\n5";
	const int64_t wanted[] = { 1, -2, 3, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		int64_t out = UNTOUCHED;

		assert_int_equal(parse_next_i64(&cursor, &out), 0);
		assert_int_equal(out, wanted[i]);
	}
	assert_string_equal(cursor, "\n5");
}

static void a_row_ends_or_breaks_and_the_cursor_stays(void **state)
{
	static const struct {
		const char *in;
		int rc;
	} cases[] = {
		{ "", -ENODATA },
		{ "  \t", -ENODATA },
		{ "\n1", -ENODATA },
		{ " \n1", -ENODATA },
		{ "x", -EINVAL },
		{ "1x 2", -EINVAL },
		{ "0x10", -EINVAL },
		{ "- 1", -EINVAL },
		{ "1,2", -EINVAL },
		{ "9223372036854775808 1", -ERANGE },
		{ "18446744073709551615", -ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *cursor = cases[i].in;
		int64_t out = UNTOUCHED;

		assert_int_equal(parse_next_i64(&cursor, &out), cases[i].rc);
		assert_ptr_equal(cursor, cases[i].in);
		assert_int_equal(out, UNTOUCHED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_number_is_the_whole_text_or_none),
		cmocka_unit_test(an_unsigned_number_has_no_minus),
		cmocka_unit_test(a_real_number_is_finite_and_decimal),
		cmocka_unit_test(a_hexadecimal_number_has_no_prefix),
		cmocka_unit_test(a_duration_is_seconds_unless_it_says_otherwise),
		cmocka_unit_test(
			a_duration_beyond_any_number_is_too_long_and_not_nonsense),
		cmocka_unit_test(numbers_of_a_row_are_taken_one_by_one),
		cmocka_unit_test(a_row_ends_or_breaks_and_the_cursor_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

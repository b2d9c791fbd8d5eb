#include "catalog/value.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct sysctl_def one_int = { .type = VALUE_INT, .arity = 1 };
static const struct sysctl_def one_uint = { .type = VALUE_UINT, .arity = 1 };
static const struct sysctl_def one_bool = { .type = VALUE_BOOL, .arity = 1 };
static const struct sysctl_def three_ints = { .type = VALUE_INT, .arity = 3 };
static const struct sysctl_def cpu_mask = { .type = VALUE_CPU_MASK, .arity = 1 };
static const struct sysctl_def ports = { .type = VALUE_NUMBER_LIST, .arity = 1 };
static const struct sysctl_def word = { .type = VALUE_WORD, .arity = 1 };
static const struct sysctl_def words = { .type = VALUE_WORD_LIST, .arity = 1 };
static const struct sysctl_def some_text = { .type = VALUE_TEXT, .arity = 1 };
static const struct sysctl_def secret = {
	.type = VALUE_HEX_KEY,
	.arity = 1,
	.is_secret = true,
};

static void a_number_is_read_as_the_kernel_reads_it(void **state)
{
	static const struct {
		const struct sysctl_def *def;
		const char *in;
		int rc;
		const char *out;
	} cases[] = {
		{ &one_int, "4096", 0, "4096" },
		{ &one_int, " 4096\n", 0, "4096" },
		{ &one_int, "-1", 0, "-1" },
		{ &one_int, "-0", 0, "0" },
		{ &one_int, "0x10", 0, "16" },
		{ &one_int, "010", 0, "8" },
		{ &one_int, "-010", 0, "-8" },
		{ &one_int, "9223372036854775807", 0, "9223372036854775807" },
		{ &one_int, "-9223372036854775808", 0, "-9223372036854775808" },
		{ &one_uint, "18446744073709551615", 0, "18446744073709551615" },
		{ &one_bool, "1", 0, "1" },
		{ &one_int, "", -EINVAL, NULL },
		{ &one_int, "\n", -EINVAL, NULL },
		{ &one_int, "-", -EINVAL, NULL },
		{ &one_int, "+1", -EINVAL, NULL },
		{ &one_int, "--1", -EINVAL, NULL },
		{ &one_int, "- 1", -EINVAL, NULL },
		{ &one_int, "08", -EINVAL, NULL },
		{ &one_int, "0x", -EINVAL, NULL },
		{ &one_int, "1k", -EINVAL, NULL },
		{ &one_int, "1.5", -EINVAL, NULL },
		{ &one_int, "yes", -EINVAL, NULL },
		{ &one_int, "18446744073709551616", -EINVAL, NULL },
		{ &one_int, "-9223372036854775809", -EINVAL, NULL },
		{ &one_uint, "-1", -EINVAL, NULL },
		{ &one_uint, "-0", 0, "0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value value = { 0 };
		struct error err = { 0 };
		char text[24];

		assert_int_equal(value_parse(cases[i].def, cases[i].in, &value, &err),
				 cases[i].rc);
		assert_true(value.is_numeric == (cases[i].rc == 0));
		assert_true((err.text[0] == '\0') == (cases[i].rc == 0));
		if (cases[i].rc < 0)
			continue;
		assert_int_equal(value.count, 1);
		value_number_text(value.numbers[0], text, sizeof(text));
		assert_string_equal(text, cases[i].out);
	}
}

static void a_vector_needs_all_its_numbers(void **state)
{
	static const struct {
		const char *in;
		int rc;
	} cases[] = {
		{ "4096 131072 6291456", 0 },
		{ "4096\t131072\t6291456\n", 0 },
		{ "  4096   131072  6291456 ", 0 },
		{ "4096", -EINVAL },
		{ "4096 131072", -EINVAL },
		{ "1 2 3 4", -EINVAL },
		{ "1 2 3 4 5 6 7 8 9", -EINVAL },
		{ "1 2 x", -EINVAL },
		{ "1,2,3", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value value = { 0 };

		assert_int_equal(value_parse(&three_ints, cases[i].in, &value, NULL),
				 cases[i].rc);
		assert_int_equal(value.count, cases[i].rc == 0 ? 3 : 0);
	}
}

static void a_text_is_checked_by_its_type(void **state)
{
	static const struct {
		const struct sysctl_def *def;
		const char *in;
		int rc;
	} cases[] = {
		{ &cpu_mask, "0", 0 },
		{ &cpu_mask, "ff", 0 },
		{ &cpu_mask, "00000000,000000ff\n", 0 },
		{ &cpu_mask, "", -EINVAL },
		{ &cpu_mask, "0xff", -EINVAL },
		{ &cpu_mask, "123456789", -EINVAL },
		{ &cpu_mask, ",ff", -EINVAL },
		{ &cpu_mask, "ff,", -EINVAL },
		{ &cpu_mask, "f,,f", -EINVAL },
		{ &ports, "", 0 },
		{ &ports, "\n", 0 },
		{ &ports, "80", 0 },
		{ &ports, "80,443,8000-8100\n", 0 },
		{ &ports, "0-1,3-127", 0 },
		{ &ports, "80,", 0 },
		{ &ports, ",80", -EINVAL },
		{ &ports, "80,,81", -EINVAL },
		{ &ports, "80 443", -EINVAL },
		{ &ports, "80, 443", -EINVAL },
		{ &ports, "8100-8000", -EINVAL },
		{ &ports, "8000-", -EINVAL },
		{ &ports, "-8000", -EINVAL },
		{ &ports, "http", -EINVAL },
		{ &word, "bbr", 0 },
		{ &word, "fq_codel\n", 0 },
		{ &word, "", -EINVAL },
		{ &word, "bbr cubic", -EINVAL },
		{ &words, "", 0 },
		{ &words, "reno cubic", 0 },
		{ &some_text, "anything at all: 1 2 3", 0 },
		{ &secret, "00000000-00000000-00000000-00000000", 0 },
		{ &secret, "0a:ff:00", 0 },
		{ &secret, "", -EINVAL },
		{ &secret, "hunter2", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value value = { 0 };

		if (value_parse(cases[i].def, cases[i].in, &value, NULL) != cases[i].rc)
			fail_msg("'%s' as %d", cases[i].in, cases[i].def->type);
		assert_false(value.is_numeric);
	}
}

static void blanks_around_a_text_do_not_belong_to_it(void **state)
{
	struct value value;

	(void)state;
	assert_int_equal(value_parse(&words, " \treno cubic \n", &value, NULL), 0);
	assert_int_equal(value.length, strlen("reno cubic"));
	assert_memory_equal(value.text, "reno cubic", value.length);
}

static void an_unknown_key_is_numeric_only_when_that_is_certain(void **state)
{
	static const struct {
		const char *in;
		size_t out;
	} cases[] = {
		{ "1", 1 },
		{ "0", 1 },
		{ "-1\n", 1 },
		{ "4096\t131072\t6291456", 3 },
		{ "1 2 3 4 5 6 7 8", 8 },
		{ "1 2 3 4 5 6 7 8 9", 0 },
		{ "010", 0 },
		{ "1 010", 0 },
		{ "-010", 0 },
		{ "0x10", 0 },
		{ "00000000,00000003", 0 },
		{ "80,443", 0 },
		{ "NONE", 0 },
		{ "", 0 },
		{ "1 a", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value value = { 0 };

		assert_int_equal(value_parse(NULL, cases[i].in, &value, NULL), 0);
		assert_int_equal(value.count, cases[i].out);
		assert_true(value.is_numeric == (cases[i].out > 0));
	}
}

static void a_refusal_says_what_was_wrong(void **state)
{
	static const struct {
		const struct sysctl_def *def;
		const char *in;
		const char *out;
	} cases[] = {
		{ &one_int, "many", "'many' is no number" },
		{ &one_uint, "-5", "'-5' is negative" },
		{ &three_ints, "1 2", "'1 2' has 2 numbers in place of 3" },
		{ &word, "a b", "'a b' is not one word" },
		{ &cpu_mask, "x", "'x' is no mask of CPUs" },
		{ &ports, "x", "'x' is no list of numbers and ranges" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value value;
		struct error err = { 0 };

		assert_int_equal(value_parse(cases[i].def, cases[i].in, &value, &err),
				 -EINVAL);
		assert_string_equal(err.text, cases[i].out);
	}
}

static void a_refusal_never_shows_a_secret(void **state)
{
	struct value value;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(value_parse(&secret, "hunter2", &value, &err), -EINVAL);
	assert_non_null(strstr(err.text, "the value"));
	assert_null(strstr(err.text, "hunter2"));
}

static void a_refusal_cuts_an_endless_value(void **state)
{
	struct value value;
	struct error err = { 0 };
	char endless[4096];

	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_int_equal(value_parse(&one_int, endless, &value, &err), -EINVAL);
	assert_non_null(strstr(err.text, "x'... is no number"));
}

static void values_are_compared_by_type(void **state)
{
	static const struct {
		const struct sysctl_def *def;
		const char *a;
		const char *b;
		bool out;
	} cases[] = {
		{ &one_int, "16", "0x10\n", true },
		{ &one_int, "1", "-1", false },
		{ &one_bool, "2", "1", false },
		{ &three_ints, "1\t2\t3", "1 2  3", true },
		{ &three_ints, "1 2 3", "1 3 2", false },
		{ &cpu_mask, "ff", "00000000,000000ff", true },
		{ &cpu_mask, "1,00000000", "1", false },
		{ &cpu_mask, "FF", "ff", true },
		{ &cpu_mask, "1,ff", "00000001,000000FF", true },
		{ &ports, "80,443", "443,80", true },
		{ &ports, "1-3", "1,2,3", true },
		{ &ports, "1-10", "6-10,1-5", true },
		{ &ports, "1-10", "1-4,6-10", false },
		{ &ports, "1-4", "1-10", false },
		{ &ports, "", "\n", true },
		{ &ports, "", "80", false },
		{ &ports, "0-18446744073709551615", "0-18446744073709551615", true },
		{ &words, "reno cubic", "cubic  reno", true },
		{ &words, "reno cubic", "reno", false },
		{ &words, "", "reno", false },
		{ &word, "bbr", "bbr\n", true },
		{ &word, "bbr", "bbr2", false },
		{ &some_text, "a b", "a\tb", true },
		{ &some_text, "a b", "ab", false },
		{ &some_text, "a b", "b a", false },
		{ &secret, "AB:cd", "ab:CD", true },
		{ &secret, "ab", "abc", false },
		{ NULL, "1 2", "1\t2", true },
		{ NULL, "1", "2", false },
		{ NULL, "10", "010", false },
		{ NULL, "NONE", "NONE\n", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value a, b;

		assert_int_equal(value_parse(cases[i].def, cases[i].a, &a, NULL), 0);
		assert_int_equal(value_parse(cases[i].def, cases[i].b, &b, NULL), 0);
		if (value_is_equal(cases[i].def, &a, &b) != cases[i].out)
			fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
		assert_true(value_is_equal(cases[i].def, &b, &a) == cases[i].out);
	}
}

static void numbers_are_ordered_over_the_whole_range(void **state)
{
	/* in order */
	static const struct value_number numbers[] = {
		{ .is_negative = true, .magnitude = (uint64_t)INT64_MAX + 1 },
		{ .is_negative = true, .magnitude = 2 },
		{ .is_negative = true, .magnitude = 1 },
		{ .magnitude = 0 },
		{ .magnitude = 1 },
		{ .magnitude = UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
			int order = value_number_compare(numbers[i], numbers[j]);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

static void a_number_is_made_from_a_signed_one(void **state)
{
	static const struct {
		int64_t in;
		const char *out;
		double as_double;
	} cases[] = {
		{ 0, "0", 0 },
		{ -1, "-1", -1 },
		{ 4096, "4096", 4096 },
		{ INT64_MIN, "-9223372036854775808", -9223372036854775808.0 },
		{ INT64_MAX, "9223372036854775807", 9223372036854775807.0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value_number number = value_number_from_i64(cases[i].in);
		char text[24];

		value_number_text(number, text, sizeof(text));
		assert_string_equal(text, cases[i].out);
		assert_true(value_number_double(number) == cases[i].as_double);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_read_as_the_kernel_reads_it),
		cmocka_unit_test(a_vector_needs_all_its_numbers),
		cmocka_unit_test(a_text_is_checked_by_its_type),
		cmocka_unit_test(blanks_around_a_text_do_not_belong_to_it),
		cmocka_unit_test(an_unknown_key_is_numeric_only_when_that_is_certain),
		cmocka_unit_test(a_refusal_says_what_was_wrong),
		cmocka_unit_test(a_refusal_never_shows_a_secret),
		cmocka_unit_test(a_refusal_cuts_an_endless_value),
		cmocka_unit_test(values_are_compared_by_type),
		cmocka_unit_test(numbers_are_ordered_over_the_whole_range),
		cmocka_unit_test(a_number_is_made_from_a_signed_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

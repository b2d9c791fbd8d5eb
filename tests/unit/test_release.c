#include "catalog/release.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_release_is_its_two_leading_numbers(void **state)
{
	static const struct {
		const char *in;
		int rc;
		uint32_t out;
	} cases[] = {
		{ "6.18.44-amd64", 0, KERNEL(6, 18) },
		{ "6.18", 0, KERNEL(6, 18) },
		{ "4.9", 0, KERNEL(4, 9) },
		{ "7.3.4+deb13-cloud-amd64", 0, KERNEL(7, 3) },
		{ "6.1-rc5", 0, KERNEL(6, 1) },
		{ "2.6.32", 0, KERNEL(2, 6) },
		{ "", -EINVAL, 0 },
		{ "6", -EINVAL, 0 },
		{ "6.", -EINVAL, 0 },
		{ ".18", -EINVAL, 0 },
		{ "v6.18", -EINVAL, 0 },
		{ " 6.18", -EINVAL, 0 },
		{ "-6.18", -EINVAL, 0 },
		{ "6.99999999999", -EINVAL, 0 },
		{ "65536.1", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t release = 0;

		assert_int_equal(release_parse(cases[i].in, &release), cases[i].rc);
		assert_int_equal(release, cases[i].out);
	}
}

static void releases_are_ordered_as_numbers_not_as_text(void **state)
{
	(void)state;
	assert_true(KERNEL(5, 10) > KERNEL(5, 9));
	assert_true(KERNEL(6, 0) > KERNEL(5, 19));
}

static const struct release_span exact = EXACTLY(4, 12);
static const struct release_span between = BETWEEN(3, 14, 4, 14);
static const struct release_span at_most = NOT_AFTER(3, 2);
static const struct release_span later = LATER_THAN(6, 18);
static const struct release_span nothing = { 0 };

static void a_release_is_judged_only_where_the_interval_allows(void **state)
{
	static const struct {
		const struct release_span *in;
		uint32_t release;
		enum release_answer out;
	} cases[] = {
		{ &exact, KERNEL(4, 11), RELEASE_BEFORE },
		{ &exact, KERNEL(4, 12), RELEASE_AFTER },
		{ &exact, KERNEL(6, 18), RELEASE_AFTER },
		{ &between, KERNEL(3, 14), RELEASE_BEFORE },
		{ &between, KERNEL(4, 4), RELEASE_UNKNOWN },
		{ &between, KERNEL(4, 14), RELEASE_AFTER },
		{ &at_most, KERNEL(3, 2), RELEASE_AFTER },
		{ &at_most, KERNEL(2, 6), RELEASE_UNKNOWN },
		{ &later, KERNEL(6, 18), RELEASE_BEFORE },
		{ &later, KERNEL(6, 19), RELEASE_UNKNOWN },
		{ &nothing, KERNEL(6, 18), RELEASE_UNKNOWN },
		{ &exact, 0, RELEASE_UNKNOWN },
		{ &between, 0, RELEASE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(release_compare(cases[i].in, cases[i].release),
				 cases[i].out);
}

static void an_interval_reads_as_words(void **state)
{
	static const struct {
		const struct release_span *in;
		const char *out;
	} cases[] = {
		{ &exact, "4.12" },
		{ &between, "between 3.14 and 4.14" },
		{ &at_most, "3.2 or earlier" },
		{ &later, "after 6.18" },
		{ &nothing, "unknown" },
	};
	char text[48];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		release_span_text(cases[i].in, text, sizeof(text));
		assert_string_equal(text, cases[i].out);
	}
}

static void the_longest_words_fit_the_promised_buffer(void **state)
{
	static const struct release_span longest = BETWEEN(999, 999, 999, 999);
	char text[48];

	(void)state;
	release_span_text(&longest, text, sizeof(text));
	assert_string_equal(text, "between 999.999 and 999.999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_release_is_its_two_leading_numbers),
		cmocka_unit_test(releases_are_ordered_as_numbers_not_as_text),
		cmocka_unit_test(a_release_is_judged_only_where_the_interval_allows),
		cmocka_unit_test(an_interval_reads_as_words),
		cmocka_unit_test(the_longest_words_fit_the_promised_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

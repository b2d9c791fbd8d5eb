#include "report/words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void spans_of_releases_are_words(void **state)
{
	static const struct {
		struct release_span span;
		const char *text;
	} cases[] = {
		{ EXACTLY(4, 12), "in Linux 4.12" },
		{ BETWEEN(3, 14, 4, 14), "between Linux 3.14 and 4.14" },
		{ NOT_AFTER(3, 2), "in Linux 3.2 or earlier" },
		{ LATER_THAN(6, 18), "after Linux 6.18" },
		{ { 0 }, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(text_clear) struct text text = { 0 };

		words_add_release(&text, &cases[i].span);
		assert_string_equal(text_string(&text), cases[i].text);
	}
}

static void types_tell_unit_and_range(void **state)
{
	static const struct {
		struct sysctl_def def;
		const char *text;
	} cases[] = {
		{ { .type = VALUE_UNKNOWN, .arity = 1 }, "not known" },
		{ { .type = VALUE_WORD, .arity = 1, .is_read_only = true },
		  "word, read-only" },
		{ { .type = VALUE_INT,
		    .arity = 3,
		    .unit = "bytes",
		    .accepted = RANGE(1, 10) },
		  "3 numbers: integer, in bytes; the kernel takes 1 to 10" },
		{ { .type = VALUE_INT,
		    .arity = 1,
		    .accepted = RANGE(-2147483648.0, 2147483647),
		    .sane = RANGE(0, 5) },
		  "integer; the kernel takes any number; 0 to 5 makes sense" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(text_clear) struct text text = { 0 };

		words_add_type(&text, &cases[i].def);
		assert_string_equal(text_string(&text), cases[i].text);
	}
}

static void meanings_are_spread(void **state)
{
	static const struct sysctl_def def = { .meanings = "0=off;1=on: a=b;none" };
	static const struct sysctl_def nothing = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	words_add_meanings(&text, &nothing);
	assert_string_equal(text_string(&text), "");
	words_add_meanings(&text, &def);
	assert_string_equal(text_string(&text), "0 = off; 1 = on: a=b; none");
}

static void seconds_read_well(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	words_add_seconds(&text, 2);
	assert_string_equal(text_string(&text), "2.0 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_of_releases_are_words),
		cmocka_unit_test(types_tell_unit_and_range),
		cmocka_unit_test(meanings_are_spread),
		cmocka_unit_test(seconds_read_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

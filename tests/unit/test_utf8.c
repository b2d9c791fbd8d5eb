#include "base/utf8.h"

#include "base/macros.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_character_is_taken_whole(void **state)
{
	static const struct {
		const char *in;
		size_t length;
		uint32_t character;
	} cases[] = {
		{ "a", 1, 'a' },
		{ "\n", 1, '\n' },
		{ "\xc3\xa9", 2, 0xe9 },
		{ "\xe2\x82\xac", 3, 0x20ac },
		{ "\xf0\x9f\x90\xa7", 4, 0x1f427 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t character = 0;

		assert_int_equal(utf8_decode(cases[i].in, &character), cases[i].length);
		assert_int_equal(character, cases[i].character);
	}
}

static void what_is_no_character_has_no_length(void **state)
{
	static const char *const cases[] = {
		"",		/* the end */
		"\x80",		/* a middle without a beginning */
		"\xc3",		/* cut */
		"\xe2\x82",	/* cut */
		"\xf0\x9f\x90", /* cut */
		"\xc3(",	/* a beginning without its middle */
		"\xc0\x80",	/* NUL in a long form */
		"\xe0\x80\x8a", /* a newline in a long form */
		"\xf0\x80\x80\x8a",
		"\xed\xa0\x80",	    /* a surrogate */
		"\xf4\x90\x80\x80", /* beyond Unicode */
		"\xf5\x80\x80\x80",
		"\xff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(utf8_decode(cases[i], NULL), 0);
}

static void columns_are_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns(""), 0);
	assert_int_equal(utf8_columns("abc"), 3);
	assert_int_equal(utf8_columns("\xc3\xa9t\xc3\xa9"), 3);
	assert_int_equal(utf8_columns("\xff\xfe"), 2);
	assert_int_equal(utf8_columns_of("\xc3\xa9t\xc3\xa9", 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_character_is_taken_whole),
		cmocka_unit_test(what_is_no_character_has_no_length),
		cmocka_unit_test(columns_are_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "report/prose.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct prose plain(unsigned width)
{
	return (struct prose){ .layout = { .width = width, .has_utf8 = true } };
}

static void long_text_is_wrapped_below_itself(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(20);

	(void)state;
	prose_add(&prose, (struct indent){ 2, 6 }, STYLE_STRONG, "do",
		  "raise the backlog of it");
	assert_string_equal(text_string(&prose.text), "  do  raise the\n"
						      "      backlog of it\n");
}

static void a_long_label_is_parted_from_the_text(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(40);

	(void)state;
	prose_add(&prose, (struct indent){ 0, 4 }, STYLE_PLAIN, "net.core.x", "= 1");
	assert_string_equal(text_string(&prose.text), "net.core.x = 1\n");
}

static void a_word_wider_than_the_line_stays_whole(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(10);

	(void)state;
	prose_add(&prose, (struct indent){ 0, 2 }, STYLE_PLAIN, "",
		  "a aaaaaaaaaaaaaaa b");
	assert_string_equal(text_string(&prose.text), "a\n  aaaaaaaaaaaaaaa\n  b\n");
}

static void hostile_names_control_nothing(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(80);

	(void)state;
	prose_add(&prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "a\033]0;x\007",
		  "b\nc \xc2\x9b"
		  "31m \xe2\x80\xae \xff");
	assert_string_equal(text_string(&prose.text), "a?]0;x? b?c ?31m ? ?\n");
}

static void tabs_between_numbers_are_blanks(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(80);

	(void)state;
	prose_add(&prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "",
		  "4096\t131072\t6291456");
	assert_string_equal(text_string(&prose.text), "4096 131072 6291456\n");
}

static void other_locales_get_ascii(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(80);

	(void)state;
	prose.layout.has_utf8 = false;
	prose_add(&prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "", "caf\xc3\xa9 x");
	assert_string_equal(text_string(&prose.text), "caf? x\n");
}

static void only_labels_are_coloured(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(12);

	(void)state;
	prose.layout.has_colour = true;
	prose_add(&prose, (struct indent){ 0, 8 }, STYLE_CRITICAL, "BAD", "one two");
	assert_string_equal(text_string(&prose.text),
			    "\033[1;31mBAD\033[0m     one\n        two\n");
}

static void gaps_do_not_add_up(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(80);
	const struct indent flat = { 0, 0 };

	(void)state;
	prose_gap(&prose);
	prose_add(&prose, flat, STYLE_PLAIN, "", "a");
	prose_gap(&prose);
	prose_gap(&prose);
	prose_add(&prose, flat, STYLE_PLAIN, "", "b");
	assert_string_equal(text_string(&prose.text), "a\n\nb\n");
}

static const char *const cells[] = {
	"key",	   "live", "verdict", "net.core.somaxconn", "4096",
	"differs", "x",	   "",	      "is as wanted here",
};

static void a_table_has_straight_columns(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(44);
	const struct prose_table table = { .cells = cells, .columns = 3, .rows = 3 };

	(void)state;
	prose_add_table(&prose, 1, &table);
	assert_string_equal(text_string(&prose.text),
			    " key                 live  verdict\n"
			    " net.core.somaxconn  4096  differs\n"
			    " x                         is as wanted here\n");
}

static void a_table_too_wide_is_stacked(void **state)
{
	AUTO(prose_clear) struct prose prose = plain(30);
	const struct prose_table table = { .cells = cells, .columns = 3, .rows = 3 };

	(void)state;
	prose_add_table(&prose, 0, &table);
	assert_string_equal(text_string(&prose.text), "net.core.somaxconn\n"
						      "    live: 4096; verdict:\n"
						      "    differs\n"
						      "x\n"
						      "    verdict: is as wanted here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_text_is_wrapped_below_itself),
		cmocka_unit_test(a_long_label_is_parted_from_the_text),
		cmocka_unit_test(a_word_wider_than_the_line_stays_whole),
		cmocka_unit_test(hostile_names_control_nothing),
		cmocka_unit_test(tabs_between_numbers_are_blanks),
		cmocka_unit_test(other_locales_get_ascii),
		cmocka_unit_test(only_labels_are_coloured),
		cmocka_unit_test(gaps_do_not_add_up),
		cmocka_unit_test(a_table_has_straight_columns),
		cmocka_unit_test(a_table_too_wide_is_stacked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "rules/template.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct template_value some_values[] = {
	{ .name = "port", .kind = TEMPLATE_INTEGER, .integer = 443 },
	{ .name = "big", .kind = TEMPLATE_INTEGER, .integer = INT64_MAX },
	{ .name = "share", .kind = TEMPLATE_REAL, .real = 0.93 },
	{ .name = "name", .kind = TEMPLATE_TEXT, .text = "nginx" },
	{ .name = "hostile", .kind = TEMPLATE_TEXT, .text = "a\033[2J{port}\nb" },
	{ .name = "program", .kind = TEMPLATE_UNKNOWN },
	{ .name = "pid", .kind = TEMPLATE_UNKNOWN },
	{ .name = "share", .is_threshold = true, .kind = TEMPLATE_REAL, .real = 0.9 },
};
static const struct template_row some_row = { some_values, ARRAY_SIZE(some_values) };

static void a_template_is_filled_from_the_row(void **state)
{
	static const struct {
		const char *in;
		int rc;
		const char *out;
	} cases[] = {
		{ "", 0, "" },
		{ "plain", 0, "plain" },
		{ "{port}", 0, "443" },
		{ "on {port}, {name}.", 0, "on 443, nginx." },
		{ "{{port}} is {port}", 0, "{port} is 443" },
		{ "{{{port}}}", 0, "{443}" },
		{ "{big}", 0, "9223372036854775807" },
		{ "{share} {:share}", 0, "0.93 0.9" },
		{ "{share:percent} {:share:percent}", 0, "93 % 90 %" },
		{ "{port:bytes}", 0, "443 bytes" },
		{ "{port:seconds}", 0, "7 min" },
		{ "{program} and {pid}", 0, "an unknown program and unknown" },
		{ "{pid:seconds}", 0, "unknown" },
		{ "{name:percent}", 0, "nginx" },
		{ "{hostile}", 0, "a?[2J{port}?b" },
		{ "{nothing}", -EINVAL,
		  "names column 'nothing', which the SELECT does not return" },
		{ "{:port}", -EINVAL, "'{:port}' is no threshold of the rule" },
		{ "{port", -EINVAL, "'{' without its '}': '{port'" },
		{ "{port {name}}", -EINVAL, "'{' without its '}': '{port {name}}'" },
		{ "port}", -EINVAL, "'}' without its '{'" },
		{ "{}", -EINVAL, "'{}' names no column" },
		{ "{:}", -EINVAL, "'{:}' names no column" },
		{ "{ port}", -EINVAL, "'{ port}' names no column" },
		{ "{port:hex}", -EINVAL,
		  "'{port:hex}' is not {NAME}, {NAME:percent}, {NAME:bytes} or {NAME:seconds}" },
		{ "{port:}", -EINVAL,
		  "'{port:}' is not {NAME}, {NAME:percent}, {NAME:bytes} or {NAME:seconds}" },
		{ "{port.x}", -EINVAL,
		  "'{port.x}' is not {NAME}, {NAME:percent}, {NAME:bytes} or {NAME:seconds}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(text_clear) struct text text = { 0 };
		struct error err = { 0 };

		assert_int_equal(template_check(cases[i].in, &some_row, &err),
				 cases[i].rc);
		assert_int_equal(template_fill(cases[i].in, &some_row, &text, &err),
				 cases[i].rc);
		assert_string_equal(cases[i].rc ? err.text : text_string(&text),
				    cases[i].out);
	}
}

static void the_form_is_checked_without_a_row(void **state)
{
	(void)state;
	assert_int_equal(template_check("{anything:bytes}", NULL, NULL), 0);
	assert_int_equal(template_check("{anything:bits}", NULL, NULL), -EINVAL);
}

static void a_number_is_short_and_has_no_exponent(void **state)
{
	static const struct {
		double in;
		const char *template;
		const char *out;
	} cases[] = {
		{ 0, "{x}", "0" },
		{ -0.0, "{x}", "0" },
		{ 3, "{x}", "3" },
		{ -3.5, "{x}", "-3.5" },
		{ 0.123456, "{x}", "0.12" },
		{ 0.00123456, "{x}", "0.001" },
		{ 0.0000001, "{x}", "0.0000001" },
		{ 9.999, "{x}", "10" },
		{ 12.345, "{x}", "12.3" },
		{ 123.45, "{x}", "123" },
		{ 1e15, "{x}", "1000000000000000" },
		{ INFINITY, "{x}", "unknown" },
		{ NAN, "{x}", "unknown" },
		{ 0, "{x:percent}", "0 %" },
		{ 0.017, "{x:percent}", "1.7 %" },
		{ 0.0005, "{x:percent}", "0.05 %" },
		{ 0.93, "{x:percent}", "93 %" },
		{ 1.234, "{x:percent}", "123 %" },
		{ INFINITY, "{x:percent}", "unknown" },
		{ 1, "{x:bytes}", "1 byte" },
		{ 1023, "{x:bytes}", "1023 bytes" },
		{ 1536, "{x:bytes}", "1.5 KiB" },
		{ 6291456, "{x:bytes}", "6 MiB" },
		{ 33554432000.0, "{x:bytes}", "31.2 GiB" },
		{ 0, "{x:seconds}", "0.0 s" },
		{ 0.0002, "{x:seconds}", "0.2 ms" },
		{ 0.25, "{x:seconds}", "250 ms" },
		{ 2, "{x:seconds}", "2.0 s" },
		{ 59.6, "{x:seconds}", "60 s" },
		{ 300, "{x:seconds}", "5 min" },
		{ 7200, "{x:seconds}", "2 h" },
		{ 259200, "{x:seconds}", "3 days" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct template_value value = { .name = "x",
						      .kind = TEMPLATE_REAL,
						      .real = cases[i].in };
		const struct template_row row = { &value, 1 };
		AUTO(text_clear) struct text text = { 0 };

		assert_int_equal(template_fill(cases[i].template, &row, &text, NULL), 0);
		assert_string_equal(text_string(&text), cases[i].out);
	}
}

static void a_value_cannot_control_a_terminal(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "t\xc3\xa9l\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		  "t\xc3\xa9l\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "a\tb\nc\rd\x7f", "a?b?c?d?" },
		{ "\033]0;title\a", "?]0;title?" },
		{ "\xc2\x9b"
		  "2J",
		  "?2J" }, /* CSI as one character */
		{ "\x9b"
		  "2J",
		  "?2J" }, /* and as one byte */
		{ "\xe2\x80\xae"
		  "cod",
		  "?cod" },			/* right to left from here on */
		{ "\xe2\x80\xa8", "?" },	/* separator of lines */
		{ "\xc0\xaf", "??" },		/* a slash in disguise */
		{ "\xed\xa0\x80", "???" },	/* half a pair of UTF-16 */
		{ "\xf4\x90\x80\x80", "????" }, /* beyond the last character */
		{ "cut \xe2\x82", "cut ??" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct template_value value = { .name = "x",
						      .kind = TEMPLATE_TEXT,
						      .text = cases[i].in };
		const struct template_row row = { &value, 1 };
		AUTO(text_clear) struct text text = { 0 };

		assert_int_equal(template_fill("{x}", &row, &text, NULL), 0);
		assert_string_equal(text_string(&text), cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_template_is_filled_from_the_row),
		cmocka_unit_test(the_form_is_checked_without_a_row),
		cmocka_unit_test(a_number_is_short_and_has_no_exponent),
		cmocka_unit_test(a_value_cannot_control_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

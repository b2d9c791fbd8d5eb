#include "report/json.h"

#include "base/macros.h"

#include <math.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void an_object_holds_its_members(void **state)
{
	AUTO(json_clear) struct json json = { 0 };

	(void)state;
	json_open(&json, NULL, JSON_OBJECT);
	json_add_string(&json, "name", "nginx");
	json_add_integer(&json, "port", -80);
	json_add_boolean(&json, "is_on", true);
	json_add_string(&json, "nothing", NULL);
	json_open(&json, "list", JSON_ARRAY);
	json_add_real(&json, NULL, 0.5);
	json_add_real(&json, NULL, 2);
	json_close(&json, JSON_ARRAY);
	json_open(&json, "empty", JSON_OBJECT);
	json_close(&json, JSON_OBJECT);
	json_add_integer(&json, "last", INT64_MIN);
	json_close(&json, JSON_OBJECT);
	assert_int_equal(text_check(&json.text), 0);
	assert_string_equal(text_string(&json.text), "{\n"
						     "  \"name\": \"nginx\",\n"
						     "  \"port\": -80,\n"
						     "  \"is_on\": true,\n"
						     "  \"nothing\": null,\n"
						     "  \"list\": [\n"
						     "    0.5,\n"
						     "    2\n"
						     "  ],\n"
						     "  \"empty\": {},\n"
						     "  \"last\": -9223372036854775808\n"
						     "}\n");
}

static void check_string(const char *in, const char *out)
{
	AUTO(json_clear) struct json json = { 0 };

	json_add_string(&json, NULL, in);
	assert_string_equal(text_string(&json.text), out);
}

static void strings_are_escaped(void **state)
{
	(void)state;
	check_string("", "\"\"");
	check_string("a\"b\\c", "\"a\\\"b\\\\c\"");
	check_string("a\nb\tc", "\"a\\nb\\tc\"");
	check_string("\033[31m\001\177", "\"\\u001b[31m\\u0001\\u007f\"");
	check_string("\xc2\x9b", "\"\\u009b\"");
	check_string("\xc3\xa9 \xf0\x9f\x90\xa7", "\"\xc3\xa9 \xf0\x9f\x90\xa7\"");
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
	(void)state;
	check_string("a\xff"
		     "b",
		     "\"a\xef\xbf\xbd"
		     "b\"");
	check_string("\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	check_string("\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void names_are_escaped_too(void **state)
{
	AUTO(json_clear) struct json json = { 0 };

	(void)state;
	json_open(&json, NULL, JSON_OBJECT);
	json_add_string(&json, "a\"", "b");
	json_close(&json, JSON_OBJECT);
	assert_string_equal(text_string(&json.text), "{\n  \"a\\\"\": \"b\"\n}\n");
}

static void what_is_not_finite_is_null(void **state)
{
	static const double numbers[] = { NAN, INFINITY, -INFINITY };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		AUTO(json_clear) struct json json = { 0 };

		json_add_real(&json, NULL, numbers[i]);
		assert_string_equal(text_string(&json.text), "null");
	}
}

static void only_numbers_of_json_are_numbers(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "0", "0" },	      { "-1", "-1" },		{ "12.50", "12.50" },
		{ "1e9", "1e9" },     { "-2.5E+3", "-2.5E+3" }, { "0.1e-7", "0.1e-7" },
		{ "", "\"\"" },	      { "-", "\"-\"" },		{ "05", "\"05\"" },
		{ ".5", "\".5\"" },   { "5.", "\"5.\"" },	{ "1e", "\"1e\"" },
		{ "inf", "\"inf\"" }, { "0x10", "\"0x10\"" },	{ "1 ", "\"1 \"" },
		{ "+1", "\"+1\"" },   { "1,2", "\"1,2\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(json_clear) struct json json = { 0 };

		json_add_number_text(&json, NULL, cases[i].in);
		assert_string_equal(text_string(&json.text), cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_holds_its_members),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
		cmocka_unit_test(names_are_escaped_too),
		cmocka_unit_test(what_is_not_finite_is_null),
		cmocka_unit_test(only_numbers_of_json_are_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

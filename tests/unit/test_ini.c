/* INI files: what is read, and what iniparser would misread. */
#include "base/ini.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct ini *ret, struct error *err)
{
	return ini_parse("x.ini", text, strlen(text), ret, err);
}

static void values_are_read_as_they_stand(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "[a]\nk = v\n", "v" },
		{ "[a]\nk=v", "v" },
		{ "[a]\n\tk\t=\tv\t\n", "v" },
		{ "[a]\nk = 4096 131072\t6291456\n", "4096 131072\t6291456" },
		{ "[a]\nk = >= 1\n", ">= 1" },
		{ "[a]\nk = a=b\n", "a=b" },
		{ "[a]\nk = {min(1, :x) || 'y'}\n", "{min(1, :x) || 'y'}" },
		{ "[a]\nk = UPPER Case\n", "UPPER Case" },
		{ "[a]\nk = gr\xc3\xbc\xc3\x9f\n", "gr\xc3\xbc\xc3\x9f" },
		{ "[a]\nk =\n", "" },
		{ "[a]\nk = \"\"\n", "" },
		{ "[a]\nk = ''\n", "" },
		{ "[a]\nk = a\\b\n", "a\\b" },
		{ "[a]\nk = 'a\\'\n", "a\\" },
		{ "[a]\nk = it's \"so\"\n", "it's \"so\"" },
		{ "\xef\xbb\xbf[a]\nk = v\n", "v" },
		{ "[a]\r\nk = v\r\n", "v" },
		{ "\n\n# c\n; c\n[a]\nk = v\n", "v" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(ini_clear) struct ini ini = { 0 };
		struct error err = { 0 };

		assert_int_equal(parse(cases[i].in, &ini, &err), 0);
		assert_int_equal(ini.count, 1);
		assert_string_equal(ini_get(&ini, "a", "k"), cases[i].out);
	}
}

static void a_blank_and_a_semicolon_begin_a_comment(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "[a] ; why\nk = v\n", "v" },
		{ "[a]\nk = v ; why\n", "v" },
		{ "[a]\nk = v\t;why\n", "v" },
		{ "[a]\nk = 40   ; --set rtt_ms=80 # or more\n", "40" },
		{ "[a]\nk = ; nothing\n", "" },
		{ "[a]\nk = \"v\" ; why\n", "v" },
		{ "[a]\nk = '' ; why\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(ini_clear) struct ini ini = { 0 };

		assert_int_equal(parse(cases[i].in, &ini, NULL), 0);
		assert_string_equal(ini_get(&ini, "a", "k"), cases[i].out);
	}
}

static void quotes_keep_semicolons_hashes_and_blanks(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "[a]\nk = \"a; b # c\"\n", "a; b # c" },
		{ "[a]\nk = 'a; \"\";'\n", "a; \"\";" },
		{ "[a]\nk = \" v \"\n", " v " },
		{ "[a]\nk = \"it's\"\n", "it's" },
		{ "[a]\nk = \"a; \\\n   b\"\n", "a; b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(ini_clear) struct ini ini = { 0 };

		assert_int_equal(parse(cases[i].in, &ini, NULL), 0);
		assert_string_equal(ini_get(&ini, "a", "k"), cases[i].out);
	}
}

static void a_backslash_joins_lines_with_one_blank(void **state)
{
	AUTO(ini_clear) struct ini ini = { 0 };

	(void)state;
	assert_int_equal(
		parse("[a]\nk = one \\\n\t  two\\\r\nthree ; four\nl = 5\n", &ini, NULL),
		0);
	assert_string_equal(ini_get(&ini, "a", "k"), "one two three");
	assert_string_equal(ini_get(&ini, "a", "l"), "5");
	assert_int_equal(ini.entries[0].line, 2);
	assert_int_equal(ini.entries[1].line, 5);
}

static void entries_keep_the_order_of_the_file(void **state)
{
	static const struct ini_entry wanted[] = {
		{ "b", "z", "1", 2 },
		{ "b", "y", "2", 3 },
		{ "a", "z", "3", 6 },
	};
	AUTO(ini_clear) struct ini ini = { 0 };

	(void)state;
	assert_int_equal(parse("[b]\nz = 1\ny = 2\n\n[a]\nz = 3\n[empty]\n", &ini, NULL),
			 0);
	assert_int_equal(ini.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_string_equal(ini.entries[i].section, wanted[i].section);
		assert_string_equal(ini.entries[i].key, wanted[i].key);
		assert_string_equal(ini.entries[i].value, wanted[i].value);
		assert_int_equal(ini.entries[i].line, wanted[i].line);
	}
	assert_null(ini_get(&ini, "a", "y"));
	assert_null(ini_get(&ini, "c", "z"));
}

static void an_empty_file_has_no_entries(void **state)
{
	static const char *const texts[] = { "", "\n", "; only a comment", "[a]\n",
					     "\xef\xbb\xbf" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO(ini_clear) struct ini ini = { 0 };

		assert_int_equal(parse(texts[i], &ini, NULL), 0);
		assert_int_equal(ini.count, 0);
	}
}

static void what_iniparser_would_misread_is_an_error_with_its_line(void **state)
{
	static const struct {
		const char *in;
		const char *out; /* begin of the message */
	} cases[] = {
		{ "k = v\n", "x.ini:1: key 'k' stands before any" },
		{ "[a]\nk\n", "x.ini:2: 'k' is neither" },
		{ "[a\nk = v\n", "x.ini:1: '[' without ']'" },
		{ "[]\nk = v\n", "x.ini:1: section without a name" },
		{ "[a]\n = v\n", "x.ini:2: key without a name" },
		{ "[a]x\n", "x.ini:1: 'x': only a comment" },
		{ "[a];x\n", "x.ini:1: ';x': only a comment" },
		{ "[a] # x\n", "x.ini:1: '# x': only a comment" },
		{ "[A]\n", "x.ini:1: section 'A': names are lower case" },
		{ "[a]\nKey = v\n", "x.ini:2: key 'Key': names are lower case" },
		{ "[a b]\n", "x.ini:1: section 'a b': a name has no blanks" },
		{ "[a:b]\n", "x.ini:1: section 'a:b'" },
		{ "[a]\nb:c = 1\n", "x.ini:2: key 'b:c'" },
		{ "[a]\nk l = v\n", "x.ini:2: key 'k l'" },
		{ "[a]\nk ; x = v\n", "x.ini:2: key 'k ; x'" },
		{ "[a]\n[k] = v\n", "x.ini:2: '= v': only a comment" },
		{ "[a]\nk = 1\n\nk = 1\n", "x.ini:4: key 'k' is already in line 2" },
		{ "[a]\n[b]\n[a]\n", "x.ini:3: section [a] is here for the second" },
		{ "[a]\nk = v;w\n", "x.ini:2: ';' in a value" },
		{ "[a]\nk =;w\n", "x.ini:2: ';' in a value" },
		{ "[a]\nk = v # w\n", "x.ini:2: '#' in a value" },
		{ "[a]\nk = v#w\n", "x.ini:2: '#' in a value" },
		{ "[a]\nk = # w\n", "x.ini:2: '#' in a value" },
		{ "[a]\nk = a # b ; c\n", "x.ini:2: '#' in a value" },
		{ "[a]\nk = \"v\n", "x.ini:2: the value begins with \"" },
		{ "[a]\nk = 'v\"\n", "x.ini:2: the value begins with '" },
		{ "[a]\nk = \"v\" w\n", "x.ini:2: 'w': only a comment" },
		{ "[a]\nk = \"v\";w\n", "x.ini:2: ';w': only a comment" },
		{ "[a]\nk = \"v\"w\"\n", "x.ini:2: 'w\"': only a comment" },
		{ "[a]\nk = v \\ \nl = w\n", "x.ini:2: blank after the '\\'" },
		{ "[a]\nk = v \\", "x.ini:2: the last line ends with '\\'" },
		{ "[a]\n; c \\\nk = v\n", "x.ini:2: a comment ends with '\\'" },
		{ "[a]\n# c\\\nk = v\n", "x.ini:2: a comment ends with '\\'" },
		{ "[a]\nk = v ; c \\\nl = w\n", "x.ini:2: a comment ends with '\\'" },
		{ "[a]\nk = 'v' ; c \\\nl = w\n", "x.ini:2: a comment ends with '\\'" },
		{ "[a]\nk = v\\ ; c\nl = w\n", "x.ini:2: the value ends with '\\'" },
		{ "[a]\nk = v\rw\n", "x.ini:2: control character 0x0d" },
		{ "[a]\nk = v\x1b[0m\n", "x.ini:2: control character 0x1b" },
		{ "[a]\nk = v\x7f\n", "x.ini:2: control character 0x7f" },
		{ "[a]\nk = \xff\n", "x.ini:2: byte 0xff is not UTF-8" },
		{ "[a]\nk = \xc0\xaf\n", "x.ini:2: byte 0xc0 is not UTF-8" },
		{ "[a]\nk = \xed\xa0\x80\n", "x.ini:2: byte 0xed is not UTF-8" },
		{ "[a]\nk = \xf4\x90\x80\x80\n", "x.ini:2: byte 0xf4 is not UTF-8" },
		{ "[a]\nk = \xc3", "x.ini:2: byte 0xc3 is not UTF-8" },
		{ "[a]\n\xc3\x84 = v\n", "x.ini:2: key '\xc3\x84'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(ini_clear) struct ini ini = { 0 };
		struct error err = { 0 };

		assert_int_equal(parse(cases[i].in, &ini, &err), -EINVAL);
		err.text[strlen(cases[i].out)] = '\0';
		assert_string_equal(err.text, cases[i].out);
		assert_null(ini.entries);
	}
}

static void a_nul_byte_is_an_error(void **state)
{
	static const char text[] = "[a]\nk = v\0w\n";
	AUTO(ini_clear) struct ini ini = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(ini_parse("x.ini", text, sizeof(text) - 1, &ini, &err), -EINVAL);
	assert_string_equal(err.text, "x.ini:2: control character 0x00");
}

static int parse_long(size_t value_length, const char *join, struct error *err)
{
	AUTO(ini_clear) struct ini ini = { 0 };
	char text[4096] = "[a]\nk = ";
	size_t length = strlen(text), half = value_length / 2;

	memset(text + length, 'x', half);
	length += half;
	(void)snprintf(text + length, sizeof(text) - length, "%s", join);
	length += strlen(join);
	memset(text + length, 'y', value_length - half);
	length += value_length - half;
	return ini_parse("x.ini", text, length, &ini, err);
}

static void a_line_has_a_limit_that_is_below_that_of_iniparser(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(parse_long(1013, "", &err), 0);
	assert_int_equal(parse_long(1014, "", &err), -EINVAL);
	assert_string_equal(
		err.text,
		"x.ini:2: 1019 bytes; 1018 are the most, continued lines included");
	assert_int_equal(parse_long(1012, "\\\n  ", &err), 0);
	assert_int_equal(parse_long(1013, "\\\n  ", &err), -EINVAL);
}

static void a_comment_may_be_longer_than_a_line(void **state)
{
	AUTO(ini_clear) struct ini ini = { 0 };
	char text[5000];

	(void)state;
	memset(text, 'c', sizeof(text));
	memcpy(text, "[a]\nk = v ; ", 12);
	assert_int_equal(ini_parse("x.ini", text, sizeof(text), &ini, NULL), 0);
	assert_string_equal(ini_get(&ini, "a", "k"), "v");
}

static void a_file_beyond_one_mebibyte_is_refused(void **state)
{
	enum { MOST = 1024 * 1024 };
	AUTO(ini_clear) struct ini ini = { 0 };
	auto_free char *text = malloc(MOST + 1);
	struct error err = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, '\n', MOST + 1);
	assert_int_equal(ini_parse("x.ini", text, MOST + 1, &ini, &err), -EFBIG);
	assert_string_equal(err.text, "x.ini: larger than 1 MiB");
	assert_int_equal(ini_parse("x.ini", text, MOST, &ini, &err), 0);
}

static void the_number_of_keys_has_a_limit(void **state)
{
	AUTO(ini_clear) struct ini ini = { 0 };
	auto_free char *text = malloc(100000);
	struct error err = { 0 };
	size_t length = 0;

	(void)state;
	assert_non_null(text);
	length += (size_t)snprintf(text, 100000, "[a]\n");
	for (int i = 0; i < 4096; i++)
		length += (size_t)snprintf(text + length, 100000 - length, "k%d = %d\n",
					   i, i);
	assert_int_equal(ini_parse("x.ini", text, length, &ini, &err), 0);
	assert_string_equal(ini_get(&ini, "a", "k4095"), "4095");
	ini_clear(&ini);
	length += (size_t)snprintf(text + length, 100000 - length, "one.more = 1\n");
	assert_int_equal(ini_parse("x.ini", text, length, &ini, &err), -EINVAL);
	assert_string_equal(err.text, "x.ini:4098: more than 4096 keys");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read_as_they_stand),
		cmocka_unit_test(a_blank_and_a_semicolon_begin_a_comment),
		cmocka_unit_test(quotes_keep_semicolons_hashes_and_blanks),
		cmocka_unit_test(a_backslash_joins_lines_with_one_blank),
		cmocka_unit_test(entries_keep_the_order_of_the_file),
		cmocka_unit_test(an_empty_file_has_no_entries),
		cmocka_unit_test(what_iniparser_would_misread_is_an_error_with_its_line),
		cmocka_unit_test(a_nul_byte_is_an_error),
		cmocka_unit_test(a_line_has_a_limit_that_is_below_that_of_iniparser),
		cmocka_unit_test(a_comment_may_be_longer_than_a_line),
		cmocka_unit_test(a_file_beyond_one_mebibyte_is_refused),
		cmocka_unit_test(the_number_of_keys_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

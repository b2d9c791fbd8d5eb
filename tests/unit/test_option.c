#include "cli/option.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { OPTION_FORMAT, OPTION_PROFILE, OPTION_ALL, OPTION_COUNT };

static const struct option_def options[] = {
	[OPTION_FORMAT] = { "format", "FORMAT", "how it is printed" },
	[OPTION_PROFILE] = { "profile", "PROFILE", "what to compare with" },
	[OPTION_ALL] = { "all", NULL, "leave nothing out" },
	[OPTION_COUNT] = { 0 },
};

enum { MOST_WORDS = 8 };

static int parse(const char *const *words, struct arguments *ret, char **argv,
		 struct error *err)
{
	int argc = 0;

	while (words[argc]) {
		argv[argc] = (char *)(uintptr_t)words[argc];
		argc++;
	}
	argv[argc] = NULL;
	return arguments_parse(options, argc, argv, ret, err);
}

static void options_and_operands_may_be_mixed(void **state)
{
	static const char *const words[] = { "audit",	      "one", "--all",	"two",
					     "--format=json", "--",  "--three", NULL };
	AUTO(arguments_clear) struct arguments arguments = { 0 };
	char *argv[MOST_WORDS];

	(void)state;
	assert_int_equal(parse(words, &arguments, argv, NULL), 0);
	assert_int_equal(arguments.operand_count, 3);
	assert_string_equal(arguments.operands[0], "one");
	assert_string_equal(arguments.operands[1], "two");
	assert_string_equal(arguments.operands[2], "--three");
	assert_true(arguments_has(&arguments, OPTION_ALL));
	assert_string_equal(arguments_value(&arguments, OPTION_FORMAT), "json");
	assert_false(arguments_has(&arguments, OPTION_PROFILE));
	assert_null(arguments_value(&arguments, OPTION_PROFILE));
}

static void the_last_value_counts_and_all_can_be_had(void **state)
{
	static const char *const words[] = { "audit", "--profile", "a", "--profile=b",
					     NULL };
	AUTO(arguments_clear) struct arguments arguments = { 0 };
	char *argv[MOST_WORDS];
	const char *values[1];

	(void)state;
	assert_int_equal(parse(words, &arguments, argv, NULL), 0);
	assert_string_equal(arguments_value(&arguments, OPTION_PROFILE), "b");
	assert_int_equal(arguments_values(&arguments, OPTION_PROFILE, values, 1), 2);
	assert_string_equal(values[0], "a");
}

static void help_is_asked_for_in_two_ways(void **state)
{
	static const char *const words[][3] = { { "audit", "--help", NULL },
						{ "audit", "-h", NULL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		AUTO(arguments_clear) struct arguments arguments = { 0 };
		char *argv[MOST_WORDS];

		assert_int_equal(parse(words[i], &arguments, argv, NULL), 0);
		assert_true(arguments.wants_help);
	}
}

static void a_wrong_option_is_named(void **state)
{
	static const struct {
		const char *word;
		const char *text;
	} cases[] = {
		{ "--formt=json",
		  "unknown option '--formt=json'; the nearest is '--format'" },
		{ "--xyz", "unknown option '--xyz'; --help lists them" },
		{ "-x", "unknown option '-x'; --help lists them" },
		{ "--format", "option '--format' needs a value" },
		{ "--all=1", "option '--all' takes no value" },
		{ "--help=1", "option '--help' takes no value" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const words[] = { "audit", cases[i].word, NULL };
		struct arguments arguments;
		struct error err = { 0 };
		char *argv[MOST_WORDS];

		assert_int_equal(parse(words, &arguments, argv, &err), -EINVAL);
		assert_string_equal(err.text, cases[i].text);
	}
}

static void help_names_every_option(void **state)
{
	AUTO(prose_clear) struct prose prose = { .layout = { .width = 80 } };

	(void)state;
	options_add_help(options, &prose);
	assert_string_equal(text_string(&prose.text),
			    "  --format FORMAT         how it is printed\n"
			    "  --profile PROFILE       what to compare with\n"
			    "  --all                   leave nothing out\n"
			    "  --help                  this text\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_may_be_mixed),
		cmocka_unit_test(the_last_value_counts_and_all_can_be_had),
		cmocka_unit_test(help_is_asked_for_in_two_ways),
		cmocka_unit_test(a_wrong_option_is_named),
		cmocka_unit_test(help_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

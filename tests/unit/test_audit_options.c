#include "cli/audit_options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_WORDS = 12 };

/* Read a command line; the strings stay where they are. */
static int read_words(const char *const *words, struct audit_options *ret,
		      struct error *err)
{
	AUTO(arguments_clear) struct arguments arguments = { 0 };
	char *argv[MOST_WORDS];
	int argc = 0;

	while (words[argc]) {
		argv[argc] = (char *)(uintptr_t)words[argc];
		argc++;
	}
	argv[argc] = NULL;
	assert_int_equal(arguments_parse(audit_option_defs, argc, argv, &arguments, NULL),
			 0);
	return audit_options_read(&arguments, ret, err);
}

static void without_options_there_are_defaults(void **state)
{
	static const char *const words[] = { "audit", NULL };
	AUTO(audit_options_clear) struct audit_options options = { 0 };

	(void)state;
	assert_int_equal(read_words(words, &options, NULL), 0);
	assert_int_equal(options.format, AUDIT_TEXT);
	assert_int_equal(options.fail_on, FAIL_ON_WARNING);
	assert_int_equal(options.order.interval_ms, 0);
	assert_int_equal(options.profile_count, 0);
	assert_int_equal(options.order.root_count, 0);
	assert_null(options.order.netns);
	assert_false(options.show_all);
}

static void every_option_is_understood(void **state)
{
	static const char *const words[] = { "audit",	      "--profile=a",
					     "--profile=b",   "--set=rtt_ms=80",
					     "--interval=2m", "--netns=web",
					     "--format=json", "--fail-on=never",
					     "--all",	      NULL };
	AUTO(audit_options_clear) struct audit_options options = { 0 };

	(void)state;
	assert_int_equal(read_words(words, &options, NULL), 0);
	assert_int_equal(options.profile_count, 2);
	assert_string_equal(options.profiles[1], "b");
	assert_int_equal(options.set_count, 1);
	assert_string_equal(options.sets[0].name, "rtt_ms");
	assert_string_equal(options.sets[0].value, "80");
	assert_int_equal(options.order.interval_ms, 120000);
	assert_string_equal(options.order.netns, "web");
	assert_int_equal(options.format, AUDIT_JSON);
	assert_int_equal(options.fail_on, FAIL_ON_NEVER);
	assert_true(options.show_all);
}

static void nonsense_is_refused_with_its_reason(void **state)
{
	static const struct {
		const char *words[4];
		const char *text;
	} cases[] = {
		{ { "--format=jso" }, "--format knows no 'jso'; the nearest is 'json'" },
		{ { "--fail-on=x" }, "--fail-on knows no 'x'" },
		{ { "--interval=soon" },
		  "--interval: 'soon' is no time such as 5s or 2m" },
		{ { "--interval=99ms" },
		  "--interval: '99ms' is not within 100ms and 24h" },
		{ { "--interval=25h" }, "--interval: '25h' is not within 100ms and 24h" },
		{ { "--profile=a", "--set=x" }, "--set: 'x' is not NAME=VALUE" },
		{ { "--profile=a", "--set==1" }, "--set: '=1' is not NAME=VALUE" },
		{ { "--profile=a", "--set=x=" }, "--set: 'x=' is not NAME=VALUE" },
		{ { "--set=x=1" }, "--set needs a --profile" },
		{ { "--root=a", "--root=b", "--root=c" }, "--root may be given 2 times" },
		{ { "--root=a", "--netns=b" }, "--netns does not go with --root" },
		{ { "--all-netns", "--netns=b" },
		  "--all-netns does not go with --netns, --root or --evidence" },
		{ { "--all-netns", "--save=b" },
		  "--save keeps one namespace: it does not go with --all-netns" },
		{ { "--evidence=a", "--save=b" }, "--save does not go with --evidence" },
		{ { "--evidence=a", "--netns=b" },
		  "an evidence file is as it is: --interval, --netns and --root do not go with it" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *words[] = { "audit", cases[i].words[0], cases[i].words[1],
					cases[i].words[2], NULL };
		struct audit_options options;
		struct error err = { 0 };

		assert_int_equal(read_words(words, &options, &err), -EINVAL);
		assert_string_equal(err.text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_there_are_defaults),
		cmocka_unit_test(every_option_is_understood),
		cmocka_unit_test(nonsense_is_refused_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

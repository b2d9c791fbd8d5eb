#include "base/macros.h"
#include "rules/waiver.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#define NOON_OF_2026_07_01 1782907200

static const char some_waivers[] = "[java-leaks]\n"
				   "rule = close-wait-leak\n"
				   "subject = java*\n"
				   "reason = ticket 4711\n"
				   "expires = 2026-07-01\n"
				   "[old]\n"
				   "rule = path-loss\n"
				   "reason = line is being replaced\n"
				   "expires = 2026-06-30\n"
				   "[all-of-it]\n"
				   "rule = ack-flood\n"
				   "reason = load test\n"
				   "[v6]\n"
				   "rule = accept-queue-program\n"
				   "subject = [::]:443\n"
				   "reason = known\n";

static void a_waiver_silences_its_rule_and_subject(void **state)
{
	static const struct {
		const char *rule, *subject, *name;
	} cases[] = {
		{ "close-wait-leak", "java", "java-leaks" },
		{ "close-wait-leak", "java on 10.0.0.1:80/x", "java-leaks" },
		{ "close-wait-leak", "nginx", NULL },
		{ "close-wait", "java", NULL },
		{ "path-loss", "anything", NULL },
		{ "ack-flood", "", "all-of-it" },
		{ "ack-flood", "anything", "all-of-it" },
		{ "accept-queue-program", "[::]:443", "v6" },
		{ "accept-queue-program", "[::]:80", NULL },
	};
	AUTO(waivers_clear) struct waiver_list list = { 0 };

	(void)state;
	assert_int_equal(waivers_parse("w.ini", some_waivers, strlen(some_waivers),
				       NOON_OF_2026_07_01, &list, NULL),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct waiver *waiver =
			waivers_find(&list, cases[i].rule, cases[i].subject);

		if (cases[i].name)
			assert_string_equal(waiver->name, cases[i].name);
		else
			assert_null(waiver);
	}
}

static void a_waiver_lasts_to_the_end_of_its_last_day(void **state)
{
	AUTO(waivers_clear) struct waiver_list list = { 0 };

	(void)state;
	assert_int_equal(waivers_parse("w.ini", some_waivers, strlen(some_waivers),
				       NOON_OF_2026_07_01, &list, NULL),
			 0);
	assert_int_equal(list.count, 4);
	assert_false(list.waivers[0].has_expired);
	assert_true(list.waivers[1].has_expired);
	assert_string_equal(list.waivers[1].expires, "2026-06-30");
	assert_int_equal(list.waivers[1].line, 7);
	assert_false(list.waivers[2].has_expired);
	assert_null(list.waivers[2].expires);
}

static void no_list_waives_nothing(void **state)
{
	(void)state;
	assert_null(waivers_find(NULL, "ack-flood", "x"));
}

static void a_broken_file_is_named_with_its_line(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "[a]\nrule = x\n", "w.ini:2: there is no reason in waiver 'a'" },
		{ "[a]\nreason = x\n", "w.ini:2: there is no rule in waiver 'a'" },
		{ "[a]\nrule = x\nreason = y\nuntil = z\n",
		  "w.ini:4: a waiver has rule, subject, reason and expires, not 'until'" },
		{ "[a]\nrule = x\nreason = y\nexpires = tomorrow\n",
		  "w.ini:4: not a date as 2026-12-31: 'tomorrow'" },
		{ "[a]\nrule = x\nreason = y\nexpires = 2026-13-01\n",
		  "w.ini:4: not a date as 2026-12-31: '2026-13-01'" },
		{ "[a]\nrule = x\nreason = y\nexpires = 2026-1-01\n",
		  "w.ini:4: not a date as 2026-12-31: '2026-1-01'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct waiver_list list = { 0 };
		struct error err = { 0 };

		assert_int_equal(waivers_parse("w.ini", cases[i].in, strlen(cases[i].in),
					       NOON_OF_2026_07_01, &list, &err),
				 -EINVAL);
		assert_string_equal(err.text, cases[i].out);
		assert_null(list.waivers);
	}
}

static void a_hostile_file_is_an_error(void **state)
{
	static const struct {
		const char *in;
		size_t length;
	} cases[] = {
		{ "\0\0\0\0", 4 },
		{ "[a]\nrule = x\0y\nreason = z\n", 27 },
		{ "rule = x\n", 9 },
		{ "[a\nrule = x\n", 12 },
		{ "[a]\nrule = x\nrule = y\nreason = z\n", 34 },
		{ "[a]\nrule = x\nreason = z\n[a]\nrule = y\n", 37 },
		{ "\177ELF\001\002", 6 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct waiver_list list = { 0 };
		struct error err = { 0 };

		assert_int_equal(waivers_parse("w.ini", cases[i].in, cases[i].length,
					       NOON_OF_2026_07_01, &list, &err),
				 -EINVAL);
		assert_int_equal(strncmp(err.text, "w.ini:", 6), 0);
	}
}

static void a_file_that_is_not_there_is_no_waiver(void **state)
{
	AUTO(waivers_clear) struct waiver_list list = { 0 };

	(void)state;
	assert_int_equal(waivers_load("/nowhere/waivers.ini", 0, &list, NULL), 0);
	assert_int_equal(list.count, 0);
}

static void a_folder_is_no_file(void **state)
{
	struct waiver_list list = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(waivers_load("/tmp", 0, &list, &err), -EINVAL);
	assert_string_equal(err.text, "cannot read '/tmp': not a regular file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_waiver_silences_its_rule_and_subject),
		cmocka_unit_test(a_waiver_lasts_to_the_end_of_its_last_day),
		cmocka_unit_test(no_list_waives_nothing),
		cmocka_unit_test(a_broken_file_is_named_with_its_line),
		cmocka_unit_test(a_hostile_file_is_an_error),
		cmocka_unit_test(a_file_that_is_not_there_is_no_waiver),
		cmocka_unit_test(a_folder_is_no_file),
	};

	if (setenv("TZ", "UTC", 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "report/audit_report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "audit_world.h"

static void check_text(struct audit_world *world, const char *expected)
{
	AUTO(prose_clear) struct prose prose = { .layout = { .width = 60 } };

	assert_int_equal(audit_add_text(&world->report, &prose, NULL), 0);
	assert_string_equal(text_string(&prose.text), expected);
}

static void a_healthy_host_needs_few_lines(void **state)
{
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 2);
	check_text(&world, "Linux 6.18.44, the initial network namespace, changes over\n"
			   "  2.0 s\n"
			   "\n"
			   "No problem found by 3 rules.\n"
			   "not here  snmp6: 'snmp6' does not exist here\n");
}

static void a_finding_says_what_is_wrong_and_what_to_do(void **state)
{
	AUTO(world_close) struct audit_world world;
	struct finding *finding;

	(void)state;
	world_open(&world, 2);
	finding = world_find(&world, 0, "port 80", "it lost 5 connections");
	finding->advice = borrow("raise it");
	finding->facts = world.facts;
	finding->fact_count = 2;
	finding->sets = world.sets;
	finding->set_count = 1;
	check_text(&world, "Linux 6.18.44, the initial network namespace, changes over\n"
			   "  2.0 s\n"
			   "\n"
			   "WARNING   queue: port 80 (a sysctl helps)\n"
			   "          it lost 5 connections\n"
			   "  do      raise it\n"
			   "  set     net.core.somaxconn: >= 8192 (now 4096; takes\n"
			   "          effect: next listen())\n"
			   "  seen    port=80 program=?\n"
			   "\n"
			   "1 problem found by 3 rules.\n"
			   "not here  snmp6: 'snmp6' does not exist here\n");
}

static void a_rule_that_is_not_sure_says_so(void **state)
{
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 2);
	(void)world_find(&world, 1, "x", "y");
	check_text(&world, "Linux 6.18.44, the initial network namespace, changes over\n"
			   "  2.0 s\n"
			   "\n"
			   "CRITICAL  ports: x (fix the program; no sysctl helps)\n"
			   "          y\n"
			   "  sure    not quite: the confidence of this rule is medium\n"
			   "\n"
			   "1 problem found by 3 rules.\n"
			   "not here  snmp6: 'snmp6' does not exist here\n");
}

static void what_a_finding_explains_stands_below_it(void **state)
{
	AUTO(world_close) struct audit_world world;
	struct finding *cause, *echo;

	(void)state;
	world_open(&world, 2);
	cause = world_find(&world, 0, "port 80", "it lost 5 connections");
	echo = world_find(&world, 2, "cookies", "cookies were sent");
	echo->cause = (struct finding_cause){ cause->rule, cause->subject };
	check_text(&world, "Linux 6.18.44, the initial network namespace, changes over\n"
			   "  2.0 s\n"
			   "\n"
			   "WARNING   queue: port 80 (a sysctl helps)\n"
			   "          it lost 5 connections\n"
			   "  hence   tw: cookies were sent\n"
			   "\n"
			   "1 problem found by 3 rules.\n"
			   "not here  snmp6: 'snmp6' does not exist here\n");
	assert_true(audit_has_failed(&world.report, FAIL_ON_WARNING));
	cause->waived_by = borrow("known");
	assert_false(audit_has_failed(&world.report, FAIL_ON_INFO));
}

static void what_is_only_history_is_one_line(void **state)
{
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 1);
	world_find(&world, 0, "a", "b")->is_history = true;
	world_find(&world, 0, "c", "d")->is_history = true;
	world.findings[0].severity = world.findings[1].severity = SEVERITY_INFO;
	check_text(&world,
		   "Linux 6.18.44, the initial network namespace, counters since\n"
		   "  boot\n"
		   "\n"
		   "history   at some time since boot, perhaps long ago: queue\n"
		   "          (--interval 5s tells whether now, --all how much)\n"
		   "\n"
		   "No problem found by 2 rules; 1 on counters can judge with\n"
		   "  --interval 5s only.\n"
		   "not here  snmp6: 'snmp6' does not exist here\n");
}

static void many_findings_of_a_rule_are_counted(void **state)
{
	AUTO(prose_clear) struct prose prose = { .layout = { .width = 60 } };
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 2);
	for (size_t i = 0; i < 8; i++)
		(void)world_find(&world, 0, "x", "y");
	assert_int_equal(audit_add_text(&world.report, &prose, NULL), 0);
	assert_non_null(
		strstr(text_string(&prose.text), "  and     3 more of queue (--all)\n"));
	assert_non_null(strstr(text_string(&prose.text), "8 problems found by 3 rules."));
}

static void the_same_advice_is_given_once(void **state)
{
	AUTO(prose_clear) struct prose prose = { .layout = { .width = 60 } };
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 2);
	world_find(&world, 0, "a", "b")->advice = borrow("raise it");
	world_find(&world, 0, "c", "d")->advice = borrow("raise it");
	world_find(&world, 0, "e", "f")->advice = borrow("restart");
	assert_int_equal(audit_add_text(&world.report, &prose, NULL), 0);
	assert_non_null(strstr(text_string(&prose.text), "b\n  do      raise it\n"));
	assert_non_null(strstr(text_string(&prose.text), "d\n  do      as above\n"));
	assert_non_null(strstr(text_string(&prose.text), "f\n  do      restart\n"));
}

static void a_waived_finding_is_no_problem(void **state)
{
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 2);
	world_find(&world, 0, "x", "y")->waived_by = borrow("known");
	assert_false(audit_has_failed(&world.report, FAIL_ON_INFO));
	check_text(&world, "Linux 6.18.44, the initial network namespace, changes over\n"
			   "  2.0 s\n"
			   "\n"
			   "waived    1 (--all shows them)\n"
			   "\n"
			   "No problem found by 3 rules.\n"
			   "not here  snmp6: 'snmp6' does not exist here\n");
}

static void rules_that_cannot_tell_are_listed_on_demand(void **state)
{
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 2);
	world.unknowns[0] = (struct cannot_tell){ &world.rules[2], borrow("needs x") };
	world.verdict.unknown_count = 1;
	world.report.show_all = true;
	check_text(&world, "Linux 6.18.44, the initial network namespace, changes over\n"
			   "  2.0 s\n"
			   "\n"
			   "No problem found by 2 rules; 1 cannot tell here:\n"
			   "  tw needs x\n"
			   "not here  snmp6: 'snmp6' does not exist here\n");
}

static void a_profile_shows_what_differs(void **state)
{
	AUTO(world_close) struct audit_world world;
	struct wanted wanted[2] = { { .key = borrow("net.core.somaxconn") },
				    { .key = borrow("net.ipv4.tcp_sack") } };
	struct comparison rows[2] = {
		{ .wanted = &wanted[0],
		  .verdict = VERDICT_DIFFERS,
		  .live = borrow("4096"),
		  .wanted_text = borrow(">= 8192") },
		{ .wanted = &wanted[1],
		  .verdict = VERDICT_OK,
		  .live = borrow("1"),
		  .wanted_text = borrow("1") },
	};
	struct stacked_profile profile = { .profile = { .name = borrow("proxy") } };
	struct stacked_row stacked[2] = { { &profile, &rows[0] },
					  { &profile, &rows[1] } };

	(void)state;
	world_open(&world, 2);
	world.stack = (struct profile_stack){ &profile, 1, stacked, 2 };
	assert_true(audit_has_failed(&world.report, FAIL_ON_CRITICAL));
	assert_false(audit_has_failed(&world.report, FAIL_ON_NEVER));
	check_text(&world, "Linux 6.18.44, the initial network namespace, changes over\n"
			   "  2.0 s\n"
			   "\n"
			   "profile   proxy: 1 of 2 keys differs\n"
			   "  key                 live  wanted   verdict\n"
			   "  net.core.somaxconn  4096  >= 8192  differs\n"
			   "  1 key is as wanted\n"
			   "\n"
			   "No problem found by 3 rules.\n"
			   "not here  snmp6: 'snmp6' does not exist here\n");
}

static void severities_decide_the_exit_status(void **state)
{
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 2);
	(void)world_find(&world, 2, "x", "y");
	assert_false(audit_has_failed(&world.report, FAIL_ON_WARNING));
	assert_true(audit_has_failed(&world.report, FAIL_ON_INFO));
	(void)world_find(&world, 0, "x", "y");
	assert_true(audit_has_failed(&world.report, FAIL_ON_WARNING));
	assert_false(audit_has_failed(&world.report, FAIL_ON_CRITICAL));
	(void)world_find(&world, 1, "x", "y");
	assert_true(audit_has_failed(&world.report, FAIL_ON_CRITICAL));
	assert_false(audit_has_failed(&world.report, FAIL_ON_NEVER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_host_needs_few_lines),
		cmocka_unit_test(a_finding_says_what_is_wrong_and_what_to_do),
		cmocka_unit_test(a_rule_that_is_not_sure_says_so),
		cmocka_unit_test(what_a_finding_explains_stands_below_it),
		cmocka_unit_test(what_is_only_history_is_one_line),
		cmocka_unit_test(many_findings_of_a_rule_are_counted),
		cmocka_unit_test(the_same_advice_is_given_once),
		cmocka_unit_test(a_waived_finding_is_no_problem),
		cmocka_unit_test(rules_that_cannot_tell_are_listed_on_demand),
		cmocka_unit_test(a_profile_shows_what_differs),
		cmocka_unit_test(severities_decide_the_exit_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

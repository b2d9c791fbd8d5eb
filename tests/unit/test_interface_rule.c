/* A rule that needs a sysctl of all interfaces, from the folder to the finding. */
#include "collect_folder.h"
#include "rules/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATTERN "net.ipv4.conf.*.rp_filter"

static const char text[] = "-- severity: info\n"
			   "-- remedy: program\n"
			   "-- judges: now\n"
			   "-- needs: " PATTERN "\n"
			   "-- source: the kernel\n"
			   "-- subject: {interface}\n"
			   "-- says: {interface} is strict\n"
			   "-- advice: nothing\n"
			   "SELECT interface FROM interface_sysctl "
			   "WHERE pattern = '" PATTERN "' AND value = 1";

static void judge(struct folder *folder, struct rule *rule, struct verdict *ret)
{
	const struct rule_list list = { rule, 1 };
	struct error err = { 0 };

	if (rule_parse("strict", "strict", text, strlen(text), rule, &err) < 0)
		fail_msg("%s", err.text);
	folder_collect(folder, PATTERN);
	assert_int_equal(rules_run(&list, &folder->evidence, NULL, 0, NULL, ret, NULL),
			 0);
}

static void every_interface_can_be_a_finding(void **state)
{
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	struct folder *folder = *state;

	folder_put_text(folder, "proc/sys/net/ipv4/conf/eth0/rp_filter", "1\n");
	folder_put_text(folder, "proc/sys/net/ipv4/conf/eth0.5/rp_filter", "1\n");
	folder_put_text(folder, "proc/sys/net/ipv4/conf/lo/rp_filter", "0\n");
	judge(folder, &rule, &verdict);
	assert_int_equal(verdict.unknown_count, 0);
	assert_int_equal(verdict.finding_count, 2);
	assert_string_equal(verdict.findings[0].subject, "eth0");
	assert_string_equal(verdict.findings[1].subject, "eth0.5");
}

static void without_an_interface_it_cannot_tell(void **state)
{
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	judge(*state, &rule, &verdict);
	assert_int_equal(verdict.finding_count, 0);
	assert_int_equal(verdict.unknown_count, 1);
	assert_string_equal(verdict.unknowns[0].reason,
			    "needs " PATTERN ", which no interface here has");
}

#define TEST(function)                                                                   \
	cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_interface_can_be_a_finding),
		TEST(without_an_interface_it_cannot_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

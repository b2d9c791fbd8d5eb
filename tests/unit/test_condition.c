#include "catalog/counter.h"
#include "catalog/sysctl.h"
#include "evidence/evidence.h"
#include "rules/built_in.h"
#include "rules/condition.h"
#include "rules/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct rule_threshold least[] = { { (char *)"least", 5, (char *)"" } };

static size_t find(const char *sql, struct found_condition *ret)
{
	const struct rule rule = {
		.sql = (char *)sql,
		.thresholds = least,
		.threshold_count = 1,
	};

	return conditions_find(&rule, ret);
}

static void what_stands_between_the_ands_is_found(void **state)
{
	struct found_condition found[CONDITION_MOST];

	(void)state;
	assert_int_equal(
		find("SELECT 1 AS \"where\" FROM socket WHERE change('Tcp.A')>=:least\n"
		     "\tAND sysctl ( 'net.b' ) = 2 AND uid > 3\n"
		     "\tAND EXISTS (SELECT max(1) FROM link) ORDER BY 1;",
		     found),
		3);
	assert_int_equal(found[0].condition.reader, READS_CHANGE);
	assert_int_equal(found[0].condition.test, TEST_MORE_OR_EQUAL);
	assert_int_equal(found[0].condition.threshold, 0);
	assert_string_equal(found[0].condition.name, "Tcp.A");
	assert_int_equal(found[1].condition.reader, READS_SYSCTL);
	assert_int_equal(found[1].condition.test, TEST_EQUAL);
	assert_int_equal(found[1].condition.threshold, -1);
	assert_true(found[1].condition.number == 2);
	assert_int_equal(found[2].condition.reader, READS_ROWS);
	assert_string_equal(found[2].condition.name, "SELECT max(1) FROM link");
}

/* Queries that may have a row although the condition does not hold. */
static void what_may_fail_and_leave_a_row_is_none(void **state)
{
	static const char *const queries[] = {
		"SELECT 1 WHERE change('Tcp.A') > 0 OR 1",
		"SELECT 1 WHERE NOT change('Tcp.A') > 0",
		"SELECT 1 WHERE change('Tcp.A') > 0 = 0",
		"SELECT 1 WHERE change('Tcp.A') > 0 + uid",
		"SELECT 1 WHERE change('Tcp.A', 1) > 0",
		"SELECT 1 WHERE change('Tcp.A') > -1",
		"SELECT 1 WHERE change('Tcp.A') IS NULL",
		"SELECT 1 WHERE change('Tcp.A') > :other",
		"SELECT 1 WHERE uid BETWEEN 1 AND change('Tcp.A') > 0",
		"SELECT 1 WHERE (change('Tcp.A') > 0 OR 1)",
		"SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM link)",
		"SELECT 1 WHERE change('Tcp.A') > 0 UNION SELECT 1",
		"SELECT 1 UNION ALL SELECT 1 WHERE change('Tcp.A') > 0",
		"SELECT count(*) FROM socket WHERE change('Tcp.A') > 0",
		"SELECT 1 + \"sum\"(uid) FROM socket WHERE change('Tcp.A') > 0",
		"SELECT uid FROM socket WHERE change('Tcp.A') > 0 ORDER BY sum(uid)",
		"SELECT uid FROM socket WHERE change('Tcp.A') > 0 HAVING 1",
		"SELECT uid FROM socket JOIN link ON 1 AND change('Tcp.A') > 0",
		"SELECT uid FROM (SELECT uid FROM socket WHERE change('Tcp.A') > 0)",
		"SELECT change('Tcp.A') > 0 AND change('Tcp.A') > 0",
		"SELECT 1 GROUP BY 1 HAVING 1 AND change('Tcp.A') > 0",
		"WITH link AS (SELECT 1) SELECT 1 WHERE EXISTS (SELECT 1 FROM link)",
	};
	struct found_condition found[CONDITION_MOST];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		if (find(queries[i], found) != 0)
			fail_msg("%s", queries[i]);
}

static void begin(struct evidence *evidence)
{
	const struct sample sample = { .uptime = 100,
				       .boot_id = "b",
				       .page_bytes = 4096 };

	assert_int_equal(evidence_open_memory(evidence, NULL), 0);
	assert_int_equal(evidence_begin_sample(evidence, &sample, NULL), 0);
}

static void add(struct evidence *evidence, const char *name, int64_t value)
{
	assert_int_equal(evidence_add_counter(evidence, name, strlen(name), value, NULL),
			 0);
}

static bool holds(struct evidence *evidence, const char *where)
{
	struct found_condition found[CONDITION_MOST];
	struct rule_condition condition;
	char sql[256];
	struct rule rule = {
		.sql = sql,
		.thresholds = least,
		.threshold_count = 1,
		.conditions = &condition,
		.condition_count = 1,
	};

	(void)snprintf(sql, sizeof(sql), "SELECT 1 WHERE %s", where);
	assert_int_equal(conditions_find(&rule, found), 1);
	condition = found[0].condition;
	return conditions_may_hold(&rule, evidence, &least[0].value);
}

static void a_condition_is_judged_as_the_query_would(void **state)
{
	static const struct {
		const char *where;
		bool holds;
	} cases[] = {
		{ "change('Tcp.InSegs') >= :least", true },
		{ "change('Tcp.InSegs') > :least", false },
		{ "change('Tcp.InSegs') = 5", true },
		{ "change('Tcp.InSegs') <> 5", false },
		{ "change('Tcp.InSegs') < 5.5", true },
		{ "change('Tcp.InSegs') <= 4", false },
		{ "counter('Tcp.InSegs') = 5", true },
		{ "counter('Tcp.OutSegs') = 0", false }, /* not known is not 0 */
		{ "counter('Tcp.OutSegs') <> 0", false },
		{ "sysctl('net.ipv4.tcp_sack') = 1", true },
		{ "sysctl('net.ipv4.tcp_sack') = 0", false },
		{ "sysctl('net.ipv4.tcp_rmem') > 0",
		  true }, /* a text is beyond numbers */
		{ "sysctl('net.ipv4.tcp_wmem') > 0", false },
		{ "EXISTS (SELECT 1 WHERE change('Tcp.InSegs') >= :least)", true },
		{ "EXISTS (SELECT 1 WHERE change('Tcp.InSegs') > :least)", false },
		{ "EXISTS (SELECT 1 FROM link)", false },
		{ "EXISTS (SELECT 1 FROM link l WHERE l.name = outer.name)", true },
	};
	AUTO(evidence_close) struct evidence evidence = { 0 };

	(void)state;
	begin(&evidence);
	add(&evidence, "Tcp.InSegs", 5);
	assert_int_equal(
		evidence_add_sysctl(&evidence, "net.ipv4.tcp_sack", "1", NULL, NULL), 0);
	assert_int_equal(evidence_add_sysctl(&evidence, "net.ipv4.tcp_rmem", "1\t2\t3",
					     NULL, NULL),
			 0);
	assert_int_equal(evidence_end_sample(&evidence, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (holds(&evidence, cases[i].where) != cases[i].holds)
			fail_msg("%s", cases[i].where);
}

/* A host on which nothing happened since boot: all is known, and all of it is 0. */
static void fill_with_silence(struct evidence *evidence)
{
	static const char *const sources[] = {
		"tcp",	   "udp",	   "packet", "link",	     "ethtool",
		"process", "softnet_stat", "kmsg",   "boot_setting",
	};

	begin(evidence);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		assert_int_equal(
			evidence_add_source(evidence, sources[i], SOURCE_OK, NULL, NULL),
			0);
	for (size_t i = 0; i < counter_table_count; i++)
		add(evidence, counter_table[i].name, 0);
	for (size_t i = 0; i < sysctl_count(); i++)
		assert_int_equal(evidence_add_sysctl(evidence, sysctl_at(i)->name, "1",
						     NULL, NULL),
				 0);
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

/* What an audit of an idle host costs is first of all the queries that it prepares. */
static void where_nothing_happened_hardly_a_rule_is_queried(void **state)
{
	static const char *const no_folders[] = { NULL };
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rules_clear) struct rule_list list = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill_with_silence(&evidence);
	assert_int_equal(rules_load(no_folders, &list, NULL), 0);
	assert_int_equal(rules_run(&list, &evidence, NULL, 0, NULL, &verdict, NULL), 0);
	assert_int_equal(verdict.finding_count, 0);
	assert_int_equal(verdict.unknown_count, 0);
	/* those on levels, which are always there */
	assert_in_range(verdict.query_count, 0, 3);
}

/* An EXISTS that fails to prepare alone would hold always, and be of no use. */
static void the_conditions_of_built_in_rules_can_be_asked(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	size_t count = 0;

	(void)state;
	begin(&evidence);
	assert_int_equal(evidence_end_sample(&evidence, NULL), 0);
	for (size_t i = 0; i < built_in_rule_count; i++) {
		const struct rule *rule = &built_in_rules[i];
		const double thresholds[RULE_MOST_THRESHOLDS] = { 1e9 };

		count += rule->condition_count > 0;
		if (rule->condition_count > 0 &&
		    conditions_may_hold(rule, &evidence, thresholds))
			fail_msg("%s: its conditions hold where nothing is known",
				 rule->id);
	}
	assert_true(count >= 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_between_the_ands_is_found),
		cmocka_unit_test(what_may_fail_and_leave_a_row_is_none),
		cmocka_unit_test(a_condition_is_judged_as_the_query_would),
		cmocka_unit_test(where_nothing_happened_hardly_a_rule_is_queried),
		cmocka_unit_test(the_conditions_of_built_in_rules_can_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/text.h"
#include "evidence/evidence.h"
#include "rules/finding.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_RULES = 3, MOST_WANTED = 4 };

static const struct sample sample = { .taken = 1000, .uptime = 100, .page_bytes = 4096 };

/* A rule that finds a row for each of its ports. */
static void parse(struct rule *rule, const char *id, const char *judges,
		  const char *because, const char *ports)
{
	AUTO(text_clear) struct text text = { 0 };
	struct error err = { 0 };

	text_addf(&text,
		  "-- severity: critical\n-- remedy: none\n-- judges: %s\n"
		  "-- needs: TcpExt.ListenDrops\n-- source: the kernel\n"
		  "-- subject: %s {port}\n-- says: {port}\n%s%s%s"
		  "SELECT column1 AS port, %s AS drops FROM (VALUES %s)",
		  judges, id, because ? "-- because: " : "", because ? because : "",
		  because ? "\n" : "",
		  strcmp(judges, "change") == 0 ? "change('TcpExt.ListenDrops')" : "7",
		  ports);
	if (rule_parse(id, id, text_string(&text), text.length, rule, &err) < 0)
		fail_msg("%s", err.text);
}

static void run(const struct rule *rules, size_t count, struct verdict *ret)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	const struct rule_list list = { (struct rule *)(uintptr_t)rules, count };
	static const char name[] = "TcpExt.ListenDrops";

	assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
	assert_int_equal(evidence_begin_sample(&evidence, &sample, NULL), 0);
	assert_int_equal(evidence_add_counter(&evidence, name, strlen(name), 7, NULL), 0);
	assert_int_equal(evidence_end_sample(&evidence, NULL), 0);
	assert_int_equal(rules_run(&list, &evidence, NULL, 0, NULL, ret, NULL), 0);
	assert_int_equal(ret->unknown_count, 0);
}

static const struct finding *find(const struct verdict *verdict, const char *subject)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (strcmp(verdict->findings[i].subject, subject) == 0)
			return &verdict->findings[i];
	fail_msg("no finding of '%s'", subject);
	return NULL;
}

/* cause: the subject of what explains it; NULL: nothing does */
static void check_cause(const struct verdict *verdict, const char *subject,
			const char *cause)
{
	const struct finding *finding = find(verdict, subject);

	if (!cause) {
		assert_null(finding->cause.rule);
		assert_int_equal(finding->severity,
				 finding->is_history ? SEVERITY_INFO : SEVERITY_CRITICAL);
		return;
	}
	assert_true(finding_explains(find(verdict, cause), finding));
	assert_false(finding_explains(finding, finding));
	assert_string_equal(finding->cause.subject, cause);
	assert_int_equal(finding->severity, SEVERITY_INFO);
}

/* One row of a table: three rules, and what explains what they find. */
static const struct {
	const char *judges[MOST_RULES], *because[MOST_RULES], *ports[MOST_RULES];
	struct {
		const char *subject, *cause;
	} want[MOST_WANTED];
} situations[] = {
	/* of any port, and of the same port */
	{ { "now", "now", "now" },
	  { NULL, "a", "a on port" },
	  { "(80)", "(81)", "(80), (81)" },
	  { { "a 80", NULL },
	    { "b 81", "a 80" },
	    { "c 80", "a 80" },
	    { "c 81", NULL } } },
	/* the first name wins; a chain leads to its end */
	{ { "now", "now", "now" },
	  { NULL, "a", "b, a" },
	  { "(80)", "(81)", "(82)" },
	  { { "a 80", NULL }, { "b 81", "a 80" }, { "c 82", "a 80" } } },
	/* a cause that comes later is found, too */
	{ { "now", "now", "now" },
	  { "b", "c", NULL },
	  { "(80)", "(81)", "(82)" },
	  { { "a 80", "c 82" }, { "b 81", "c 82" }, { "c 82", NULL } } },
	/* a circle is cut */
	{ { "now", "now", "now" },
	  { "b", "c", "a" },
	  { "(80)", "(81)", "(82)" },
	  { { "a 80", "c 82" }, { "b 81", "c 82" }, { "c 82", NULL } } },
	/* what was not found, and what is no column of the other, explain nothing */
	{ { "now", "now", "now" },
	  { NULL, "z", "a on drop" },
	  { "(80)", "(81)", "(82)" },
	  { { "b 81", NULL }, { "c 82", NULL } } },
	/* history explains history, nothing that is so now */
	{ { "change", "change", "now" },
	  { NULL, "a", "a" },
	  { "(80)", "(81)", "(82)" },
	  { { "a 80", NULL }, { "b 81", "a 80" }, { "c 82", NULL } } },
};

static void a_finding_names_what_explains_it(void **state)
{
	static const char *const ids[MOST_RULES] = { "a", "b", "c" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++) {
		AUTO(verdict_clear) struct verdict verdict = { 0 };
		struct rule rules[MOST_RULES] = { 0 };

		for (size_t n = 0; n < MOST_RULES; n++)
			parse(&rules[n], ids[n], situations[i].judges[n],
			      situations[i].because[n], situations[i].ports[n]);
		run(rules, MOST_RULES, &verdict);
		for (size_t n = 0; n < MOST_WANTED && situations[i].want[n].subject; n++)
			check_cause(&verdict, situations[i].want[n].subject,
				    situations[i].want[n].cause);
		for (size_t n = 0; n < MOST_RULES; n++)
			rule_clear(&rules[n]);
	}
}

/* A cause that no rule has, or a column that it does not have, would never be noticed. */
static void causes_of_built_in_rules_exist(void **state)
{
	static const char *const no_folders[] = { NULL };
	AUTO(rules_clear) struct rule_list list = { 0 };

	(void)state;
	assert_int_equal(rules_load(no_folders, &list, NULL), 0);
	for (size_t i = 0; i < list.count; i++) {
		for (size_t n = 0; n < list.rules[i].cause_count; n++) {
			const struct rule_cause *cause = &list.rules[i].causes[n];
			const struct rule *rule = rules_find(&list, cause->id);

			if (!rule)
				fail_msg("%s: no rule '%s'", list.rules[i].id, cause->id);
			if (cause->column && (!strstr(rule->sql, cause->column) ||
					      !strstr(list.rules[i].sql, cause->column)))
				fail_msg("%s: no column '%s'", list.rules[i].id,
					 cause->column);
		}
	}
}

static void a_bad_cause_is_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} bad[] = {
		{ "b on", "'b on' is not 'ID' or 'ID on COLUMN'" },
		{ "b port", "'b port' is not 'ID' or 'ID on COLUMN'" },
		{ "b on port too", "'b on port too' is not 'ID' or 'ID on COLUMN'" },
		{ "c, B", "'B' is not 'ID' or 'ID on COLUMN'" },
		{ ",", "it names nothing" },
		{ "a", "a rule does not explain itself" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO(rule_clear) struct rule rule = { 0 };
		AUTO(text_clear) struct text text = { 0 };
		struct error err = { 0 };

		text_addf(&text, "-- because: %s\nSELECT 1", bad[i].text);
		assert_int_equal(rule_parse("a", "a.sql", text_string(&text), text.length,
					    &rule, &err),
				 -EINVAL);
		assert_non_null(strstr(err.text, "a.sql:1: because: "));
		assert_non_null(strstr(err.text, bad[i].reason));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finding_names_what_explains_it),
		cmocka_unit_test(causes_of_built_in_rules_exist),
		cmocka_unit_test(a_bad_cause_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

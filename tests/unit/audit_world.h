/* A small made-up audit for tests of its reports: include it after cmocka.h. */
#pragma once

#include "report/audit_report.h"

/* Strings of the library are not const, and those of a test are never freed. */
static inline char *borrow(const char *text)
{
	return (char *)(uintptr_t)text;
}

struct audit_world {
	struct rule rules[4];
	struct rule_list rule_list;
	struct finding_fact facts[2];
	struct finding_set sets[1];
	struct finding findings[8];
	struct cannot_tell unknowns[1];
	struct verdict verdict;
	struct kernel kernel;
	struct evidence evidence;
	struct profile_stack stack;
	struct audit_report report;
};

static inline void world_add_sample(struct audit_world *world, double uptime)
{
	const struct sample sample = {
		.taken = 1764066000 + uptime,
		.uptime = uptime,
		.release = "6.18.44",
		.page_bytes = 4096,
	};

	assert_int_equal(evidence_begin_sample(&world->evidence, &sample, NULL), 0);
	assert_int_equal(
		evidence_add_source(&world->evidence, "tcp", SOURCE_OK, NULL, NULL), 0);
	assert_int_equal(evidence_add_source(&world->evidence, "snmp6", SOURCE_ABSENT,
					     "'snmp6' does not exist here", NULL),
			 0);
	assert_int_equal(evidence_add_sysctl(&world->evidence, "net.core.somaxconn",
					     "4096", NULL, NULL),
			 0);
	assert_int_equal(evidence_end_sample(&world->evidence, NULL), 0);
}

/* Two looks, 2 s apart; no finding yet. */
static inline void world_open(struct audit_world *world, size_t samples)
{
	*world = (struct audit_world){
		.rules = {
			{ .id = borrow("queue"), .severity = SEVERITY_WARNING,
			  .remedy = REMEDY_SYSCTL, .judges = JUDGES_CHANGE,
			  .confidence = CONFIDENCE_HIGH, .source = borrow("a source") },
			{ .id = borrow("ports"), .severity = SEVERITY_CRITICAL,
			  .remedy = REMEDY_PROGRAM, .confidence = CONFIDENCE_MEDIUM },
			{ .id = borrow("tw"), .severity = SEVERITY_INFO },
			{ .id = borrow("bad"), .problem = borrow("bad.sql:3: no") },
		},
		.facts = { { borrow("port"), borrow("80"), true },
			   { borrow("program"), NULL, false } },
		.sets = { { borrow("net.core.somaxconn"), borrow(">= 8192") } },
		.kernel = { .is_live = true, .release = "6.18.44", .is_init_netns = true,
			    .netns_cookie = 18446744073709551615u },
	};
	world->rule_list = (struct rule_list){ world->rules, 4 };
	world->verdict = (struct verdict){ .findings = world->findings,
					   .unknowns = world->unknowns };
	world->report = (struct audit_report){
		.kernel = &world->kernel,
		.evidence = &world->evidence,
		.rules = &world->rule_list,
		.verdict = &world->verdict,
		.stack = &world->stack,
	};
	assert_int_equal(evidence_open_memory(&world->evidence, NULL), 0);
	for (size_t i = 0; i < samples; i++)
		world_add_sample(world, 100 + 2 * (double)i);
}

static inline void world_close(struct audit_world *world)
{
	evidence_close(&world->evidence);
}

/* One more finding of a rule; the test may change it. */
static inline struct finding *world_find(struct audit_world *world, size_t rule,
					 const char *subject, const char *says)
{
	struct finding *finding = &world->findings[world->verdict.finding_count++];

	*finding = (struct finding){
		.rule = &world->rules[rule],
		.severity = world->rules[rule].severity,
		.subject = borrow(subject),
		.says = borrow(says),
	};
	return finding;
}

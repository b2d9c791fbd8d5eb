/* A rule file: parsed, checked against the schema, and run over a little evidence. */
#include "fuzz_support.h"

#include "rules/finding.h"
#include "rules/rule.h"

#include <errno.h>

static void fill(struct evidence *evidence)
{
	static const struct listener_row listener = {
		.cookie = 1,
		.family = 4,
		.address = "0.0.0.0",
		.port = 80,
		.queue = 5,
		.queue_limit = 4,
		.drops = 9,
		.inode = 7,
		.pid = 1,
		.program = "a\033[1m\xff",
	};
	static const struct destination_row destination = {
		.family = 4,
		.source = "10.0.0.1",
		.address = "10.0.0.2",
		.port = 443,
		.sockets = 28000,
		.time_wait = 27000,
		.time_wait_old = 100,
	};
	const struct sample sample = { .uptime = 10, .page_bytes = 4096 };

	ALWAYS(evidence_begin_sample(evidence, &sample, NULL) == 0);
	ALWAYS(evidence_add_listener(evidence, &listener, NULL) == 0);
	ALWAYS(evidence_add_destination(evidence, &destination, NULL) == 0);
	ALWAYS(evidence_add_sysctl(evidence, "net.core.somaxconn", "4096", NULL, NULL) ==
	       0);
	ALWAYS(evidence_add_sysctl(evidence, "net.ipv4.ip_local_port_range",
				   "32768\t60999", NULL, NULL) == 0);
	ALWAYS(evidence_add_sysctl(evidence, "net.ipv4.ip_local_reserved_ports", "", NULL,
				   NULL) == 0);
	ALWAYS(evidence_add_sysctl(evidence, "net.ipv4.tcp_tw_reuse", "2", NULL, NULL) ==
	       0);
	ALWAYS(evidence_add_sysctl(evidence, "net.ipv4.tcp_timestamps", "1", NULL,
				   NULL) == 0);
	ALWAYS(evidence_add_counter(evidence, "TcpExt.ListenOverflows", 22, 5, NULL) ==
	       0);
	ALWAYS(evidence_end_sample(evidence, NULL) == 0);
}

static void check_finding(const struct finding *finding)
{
	ALWAYS(fuzz_is_safe(finding->says));
	ALWAYS(!finding->advice || fuzz_is_safe(finding->advice));
	ALWAYS(!finding->subject || fuzz_is_safe(finding->subject));
	for (size_t i = 0; i < finding->fact_count; i++)
		ALWAYS(!finding->facts[i].value || fuzz_is_safe(finding->facts[i].value));
	for (size_t i = 0; i < finding->set_count; i++)
		ALWAYS(finding->sets[i].value && fuzz_is_safe(finding->sets[i].value));
}

static void run(struct rule *rule)
{
	AUTO(needs_clear) struct needs needs = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	const struct rule_list list = { .rules = rule, .count = 1 };
	struct evidence *evidence = fuzz_evidence();
	int code = rules_add_needs(&list, &needs, NULL);

	ALWAYS(code == 0 || code == -ENOENT || code == -EINVAL);
	fill(evidence);
	ALWAYS(rules_run(&list, evidence, NULL, 0, NULL, &verdict, NULL) == 0);
	ALWAYS(verdict.finding_count <= RULE_MOST_FINDINGS);
	for (size_t i = 0; i < verdict.finding_count; i++)
		check_finding(&verdict.findings[i]);
	for (size_t i = 0; i < verdict.unknown_count; i++)
		ALWAYS(fuzz_is_safe(verdict.unknowns[i].reason));
	ALWAYS(fuzz_number(evidence, "SELECT count(*) FROM sample") == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(rule_clear) struct rule rule = { 0 };
	struct error err = { 0 };
	int code = rule_parse("x", "x.sql", (const char *)data, size, &rule, &err);

	ALWAYS(code == 0 || code == -EINVAL);
	ALWAYS((code == 0) == (err.text[0] == '\0'));
	if (code < 0) {
		ALWAYS(strncmp(err.text, "x.sql", 5) == 0 && !rule.id);
		return 0;
	}
	ALWAYS(rule.says && rule.sql && rule.sql_line > 0);
	run(&rule);
	return 0;
}

/* The JSON of an audit, as docs/audit.schema.json describes it. */
#include "report/audit_report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* What a finding covers. */
enum window_kind {
	WINDOW_INTERVAL,   /* two samples */
	WINDOW_SINCE_BOOT, /* one sample: totals */
	WINDOW_NOW,	   /* levels and sockets at one moment */
};

static const char *const window_kinds[] = {
	[WINDOW_INTERVAL] = "interval",
	[WINDOW_SINCE_BOOT] = "since-boot",
	[WINDOW_NOW] = "now",
};

static enum window_kind evidence_window(const struct audit_report *report)
{
	return report->evidence->window_seconds >= 0 ? WINDOW_INTERVAL
						     : WINDOW_SINCE_BOOT;
}

/* Without a window, a finding that is no history rests on a level. */
static enum window_kind finding_window(const struct audit_report *report,
				       const struct finding *finding)
{
	if (finding->rule->judges == JUDGES_NOW ||
	    (!finding->is_history && report->evidence->window_seconds < 0))
		return WINDOW_NOW;
	return evidence_window(report);
}

static void add_window(const struct audit_report *report, enum window_kind kind,
		       struct json *json)
{
	double seconds = kind == WINDOW_INTERVAL ? report->evidence->window_seconds : NAN;

	json_open(json, "window", JSON_OBJECT);
	json_add_real(json, "seconds", round(seconds * 1000) / 1000);
	json_add_string(json, "kind", window_kinds[kind]);
	json_close(json, JSON_OBJECT);
}

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void add_kernel(const struct kernel *kernel, struct json *json)
{
	char cookie[24];

	(void)snprintf(cookie, sizeof(cookie), "%" PRIu64, kernel->netns_cookie);
	json_open(json, "kernel", JSON_OBJECT);
	json_add_string(json, "host", text_or_null(kernel->host));
	json_add_string(json, "release", text_or_null(kernel->release));
	json_add_string(json, "boot_id", text_or_null(kernel->boot_id));
	json_add_string(json, "netns", text_or_null(kernel->netns_name));
	json_add_string(json, "netns_cookie", kernel->netns_cookie ? cookie : NULL);
	json_add_boolean(json, "is_init_netns", kernel->is_init_netns);
	json_close(json, JSON_OBJECT);
}

static void add_taken(const struct audit_report *report, struct json *json)
{
	char text[AUDIT_TIME_BYTES];

	audit_time(report->evidence->taken_now, text);
	json_add_string(json, "taken", text_or_null(text));
}

static void add_evidence(const struct finding *finding, struct json *json)
{
	json_open(json, "evidence", JSON_OBJECT);
	for (size_t i = 0; i < finding->fact_count; i++) {
		const struct finding_fact *fact = &finding->facts[i];

		if (fact->value && fact->is_number)
			json_add_number_text(json, fact->name, fact->value);
		else
			json_add_string(json, fact->name, fact->value);
	}
	json_close(json, JSON_OBJECT);
}

static void add_sets(const struct finding *finding, struct json *json)
{
	json_open(json, "set", JSON_ARRAY);
	for (size_t i = 0; i < finding->set_count; i++) {
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "key", finding->sets[i].key);
		json_add_string(json, "value", finding->sets[i].value);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static void add_cause(const struct finding *finding, struct json *json)
{
	if (!finding->cause.rule) {
		json_add_string(json, "consequence_of", NULL);
		return;
	}
	json_open(json, "consequence_of", JSON_OBJECT);
	json_add_string(json, "id", finding->cause.rule->id);
	json_add_string(json, "subject", finding->cause.subject);
	json_close(json, JSON_OBJECT);
}

static void add_finding(const struct audit_report *report, const struct finding *finding,
			struct json *json)
{
	const struct rule *rule = finding->rule;

	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "id", rule->id);
	json_add_string(json, "severity", severity_text(finding->severity));
	json_add_string(json, "remedy", remedy_text(rule->remedy));
	json_add_string(json, "subject", finding->subject);
	json_add_string(json, "says", finding->says);
	add_evidence(finding, json);
	json_add_string(json, "advice", finding->advice);
	add_window(report, finding_window(report, finding), json);
	json_add_string(json, "confidence", confidence_text(rule->confidence));
	json_add_boolean(json, "is_history", finding->is_history);
	add_sets(finding, json);
	json_add_string(json, "source", rule->source);
	json_add_string(json, "waived", finding->waived_by);
	add_cause(finding, json);
	json_close(json, JSON_OBJECT);
}

static void add_findings(const struct audit_report *report, struct json *json)
{
	json_open(json, "findings", JSON_ARRAY);
	for (size_t i = 0; i < report->verdict->finding_count; i++)
		add_finding(report, &report->verdict->findings[i], json);
	json_close(json, JSON_ARRAY);
}

static void add_profile(const struct profile_stack *stack, struct json *json)
{
	json_open(json, "profile", JSON_ARRAY);
	for (size_t i = 0; i < stack->row_count; i++) {
		const struct comparison *row = stack->rows[i].comparison;

		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "profile", stack->rows[i].from->profile.name);
		json_add_string(json, "key", row->wanted->key);
		json_add_string(json, "live", row->live);
		json_add_string(json, "wanted", row->wanted_text);
		json_add_string(json, "target", row->target);
		json_add_string(json, "verdict", wanted_verdict_text(row->verdict));
		json_add_string(json, "reason", row->reason);
		json_add_string(json, "why", row->wanted->reason);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static void add_proposals(const struct audit_report *report, struct json *json)
{
	json_open(json, "proposals", JSON_ARRAY);
	for (size_t i = 0; i < report->proposal_count; i++) {
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "profile", report->proposals[i].profile);
		json_add_string(json, "why", report->proposals[i].why);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static int add_source(void *data, const char *name, const char *state, const char *reason)
{
	struct json *json = data;

	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "name", name);
	json_add_string(json, "state", state);
	json_add_string(json, "reason", text_or_null(reason));
	json_close(json, JSON_OBJECT);
	return 0;
}

static int add_sources(const struct audit_report *report, struct json *json,
		       struct error *err)
{
	int r;

	json_open(json, "sources", JSON_ARRAY);
	r = audit_sources(report, add_source, json, err);
	json_close(json, JSON_ARRAY);
	return r;
}

static void add_pair(struct json *json, const char *id, const char *reason)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "id", id);
	json_add_string(json, "reason", reason);
	json_close(json, JSON_OBJECT);
}

static void add_unknowns(const struct audit_report *report, struct json *json)
{
	json_open(json, "cannot_tell", JSON_ARRAY);
	for (size_t i = 0; i < report->verdict->unknown_count; i++)
		add_pair(json, report->verdict->unknowns[i].rule->id,
			 report->verdict->unknowns[i].reason);
	json_close(json, JSON_ARRAY);
	json_open(json, "broken_rules", JSON_ARRAY);
	for (size_t i = 0; i < report->rules->count; i++) {
		if (report->rules->rules[i].problem)
			add_pair(json, report->rules->rules[i].id,
				 report->rules->rules[i].problem);
	}
	json_close(json, JSON_ARRAY);
}

int audit_add_json(const struct audit_report *report, struct json *json,
		   struct error *err)
{
	int r;

	json_open(json, NULL, JSON_OBJECT);
	json_add_integer(json, "schema_version", AUDIT_SCHEMA_VERSION);
	json_add_string(json, "tcptune", TCPTUNE_VERSION);
	add_kernel(report->kernel, json);
	json_add_string(json, "evidence_file", report->file);
	add_taken(report, json);
	add_window(report, evidence_window(report), json);
	add_findings(report, json);
	add_profile(report->stack, json);
	add_proposals(report, json);
	r = add_sources(report, json, err);
	add_unknowns(report, json);
	json_close(json, JSON_OBJECT);
	return r;
}

#include "report/applied_report.h"

#include "report/change_report.h"
#include "report/words.h"

#include <inttypes.h>
#include <math.h>

enum { HANG = 10 };

/* Does the rule propose a key that the change has set? */
static bool is_target(const struct applied_report *report,
		      const struct applied_finding *finding)
{
	const struct rule *rule = rules_find(report->rules, finding->rule);

	for (size_t i = 0; rule && i < rule->set_count; i++) {
		const struct record_key *key =
			record_find_key(report->record, rule->sets[i].key);

		if (key && key->role == ROLE_CHANGE)
			return true;
	}
	return false;
}

static const char *unit_of(const struct applied_report *report,
			   const struct applied_finding *finding)
{
	for (size_t i = 0; i < report->findings->count; i++) {
		const struct tracked *tracked = &report->findings->items[i];

		if (strcmp(tracked->rule, finding->rule) == 0 &&
		    strcmp(tracked->subject, finding->subject) == 0)
			return tracked->unit;
	}
	return "";
}

static void add_header(const struct applied_report *report, struct prose *prose)
{
	AUTO(text_clear) struct text line = { 0 };
	const struct applied_result *result = report->result;
	char time[TIME_BYTES];

	record_time_text(report->record->taken, time);
	text_addf(&line, "change %" PRId64 ", applied %s: ", report->record->id, time);
	words_add_seconds(&line, (double)(result->end - result->at));
	text_add(&line, " before and after are compared");
	if (result->load >= 0)
		text_addf(&line, "; new connections after are %.0f %% of those before",
			  100 * result->load);
	if (line.has_failed)
		prose->text.has_failed = true;
	prose_add(prose, (struct indent){ 0, 2 }, STYLE_STRONG, "", text_string(&line));
}

static enum style style_of(enum applied_verdict verdict)
{
	switch (verdict) {
	case APPLIED_HELPED:
		return STYLE_GOOD;
	case APPLIED_WORSE:
		return STYLE_CRITICAL;
	case APPLIED_NO_EFFECT:
		return STYLE_WARNING;
	case APPLIED_NOT_ENOUGH:
		return STYLE_QUIET;
	}
	return STYLE_PLAIN;
}

static void add_finding(const struct applied_report *report,
			const struct applied_finding *finding, struct prose *prose)
{
	const char *unit = unit_of(report, finding);

	prose_gap(prose);
	prose_addf(prose, (struct indent){ 0, 2 }, style_of(finding->verdict),
		   applied_verdict_text(finding->verdict), "%s: %s%s", finding->rule,
		   finding->subject,
		   is_target(report, finding) ? " (this change is a cure for it)" : "");
	prose_addf(prose, (struct indent){ HANG, HANG }, STYLE_PLAIN, "",
		   "seen in %zu of %zu reports before, in %zu of %zu after",
		   finding->before.seen, finding->before.runs, finding->after.seen,
		   finding->after.runs);
	if (unit[0])
		prose_addf(prose, (struct indent){ HANG, HANG }, STYLE_PLAIN, "",
			   "%s, on average: %.3g before, %.3g after", unit,
			   finding->before.mean, finding->after.mean);
	if (finding->reason)
		prose_add(prose, (struct indent){ HANG, HANG }, STYLE_QUIET, "",
			  finding->reason);
}

void applied_add_text(const struct applied_report *report, struct prose *prose)
{
	const struct applied_result *result = report->result;

	add_header(report, prose);
	if (result->count == 0) {
		prose_gap(prose);
		prose_add(
			prose, (struct indent){ 0, 2 }, STYLE_PLAIN, "",
			result->end == result->at
				? "not enough evidence yet: there are no reports on both sides of it."
				: "No finding was seen before or after: there was nothing to help against.");
	}
	for (size_t i = 0; i < result->count; i++)
		add_finding(report, &result->findings[i], prose);
}

static void add_side(struct json *json, const char *name, const struct applied_side *side)
{
	json_open(json, name, JSON_OBJECT);
	json_add_integer(json, "reports", (int64_t)side->runs);
	json_add_integer(json, "seen", (int64_t)side->seen);
	json_add_real(json, "mean", side->mean);
	json_close(json, JSON_OBJECT);
}

void applied_add_json(const struct applied_report *report, struct json *json)
{
	const struct applied_result *result = report->result;

	json_open(json, NULL, JSON_OBJECT);
	json_add_integer(json, "schema_version", REPORT_SCHEMA_VERSION);
	json_add_integer(json, "change", report->record->id);
	json_add_integer(json, "applied", result->at);
	json_add_integer(json, "seconds", result->end - result->at);
	json_add_real(json, "load_ratio", result->load < 0 ? NAN : result->load);
	json_open(json, "findings", JSON_ARRAY);
	for (size_t i = 0; i < result->count; i++) {
		const struct applied_finding *finding = &result->findings[i];

		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "id", finding->rule);
		json_add_string(json, "subject", finding->subject);
		json_add_string(json, "verdict", applied_verdict_text(finding->verdict));
		json_add_string(json, "reason", finding->reason);
		json_add_boolean(json, "is_target", is_target(report, finding));
		json_add_string(json, "unit", unit_of(report, finding));
		add_side(json, "before", &finding->before);
		add_side(json, "after", &finding->after);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

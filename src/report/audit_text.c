#include "report/audit_text.h"

#include "report/words.h"

#include <string.h>

static const struct indent block = { 0, AUDIT_HANG };

static bool has_window(const struct audit_report *report)
{
	return report->evidence->window_seconds >= 0;
}

/* Of a file everything is told by the file, where and when it was taken, too. */
static void add_namespace(const struct audit_report *report, struct text *text)
{
	const struct kernel *kernel = report->kernel;

	if (!kernel->is_live && !report->file)
		text_add(text, "from a folder of dumps");
	else if (kernel->netns_name[0])
		text_addf(text, "network namespace '%s'", kernel->netns_name);
	else if (kernel->is_init_netns)
		text_add(text, "the initial network namespace");
	else
		text_add(text, "a network namespace of its own");
}

static void add_file(const struct audit_report *report, struct prose *prose)
{
	char taken[AUDIT_TIME_BYTES];

	audit_time(report->evidence->taken_now, taken);
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_QUIET, "",
		   "from evidence file '%s', taken %s", report->file,
		   taken[0] ? taken : "at a time that is not known");
}

static void add_header(const struct audit_report *report, struct prose *prose)
{
	AUTO(text_clear) struct text line = { 0 };
	const struct kernel *kernel = report->kernel;

	if (report->file)
		text_addf(&line, "%s, ",
			  kernel->host[0] ? kernel->host : "(unknown host)");
	text_addf(&line, "Linux %s, ",
		  kernel->release[0] ? kernel->release : "(unknown)");
	add_namespace(report, &line);
	if (has_window(report)) {
		text_add(&line, ", changes over ");
		words_add_seconds(&line, report->evidence->window_seconds);
	} else {
		text_add(&line, ", counters since boot");
	}
	prose_add(prose, (struct indent){ 0, 2 }, STYLE_STRONG, "", text_string(&line));
	if (report->file)
		add_file(report, prose);
}

static size_t count_problems(const struct audit_report *report)
{
	size_t count = 0;

	for (size_t i = 0; i < report->verdict->finding_count; i++) {
		const struct finding *finding = &report->verdict->findings[i];

		count += finding->severity > SEVERITY_INFO && !finding->waived_by;
	}
	return count;
}

static bool is_unknown(const struct audit_report *report, const struct rule *rule)
{
	for (size_t i = 0; i < report->verdict->unknown_count; i++) {
		if (report->verdict->unknowns[i].rule == rule)
			return true;
	}
	return false;
}

/* How far to trust a silence. */
struct outcome {
	size_t judged;	     /* rules that looked and could tell */
	size_t needs_window; /* rules on changes, where there is no window */
	size_t unknown;
};

static struct outcome count_rules(const struct audit_report *report)
{
	struct outcome outcome = { 0 };

	for (size_t i = 0; i < report->rules->count; i++) {
		const struct rule *rule = &report->rules->rules[i];

		if (rule->problem)
			continue;
		if (is_unknown(report, rule))
			outcome.unknown++;
		else if (rule->judges == JUDGES_CHANGE && !has_window(report))
			outcome.needs_window++;
		else
			outcome.judged++;
	}
	return outcome;
}

static void add_outcome(const struct audit_report *report, struct prose *prose)
{
	struct outcome outcome = count_rules(report);
	size_t problems = count_problems(report);
	AUTO(text_clear) struct text line = { 0 };

	if (problems == 0)
		text_add(&line, "No problem found");
	else
		text_addf(&line, "%zu problem%s found", problems, words_plural(problems));
	text_addf(&line, " by %zu rule%s", outcome.judged, words_plural(outcome.judged));
	if (outcome.needs_window > 0)
		text_addf(&line, "; %zu on counters can judge with %s only",
			  outcome.needs_window, audit_window_option(report));
	if (outcome.unknown > 0)
		text_addf(&line, "; %zu cannot tell here%s", outcome.unknown,
			  report->show_all ? "" : " (--all says why)");
	text_add_char(&line, outcome.unknown > 0 && report->show_all ? ':' : '.');
	if (line.has_failed)
		prose->text.has_failed = true;
	prose_gap(prose);
	prose_add(prose, (struct indent){ 0, 2 },
		  problems == 0 ? STYLE_GOOD : STYLE_STRONG, "", text_string(&line));
}

static void add_unknowns(const struct audit_report *report, struct prose *prose)
{
	for (size_t i = 0; report->show_all && i < report->verdict->unknown_count; i++) {
		const struct cannot_tell *unknown = &report->verdict->unknowns[i];

		prose_add(prose, (struct indent){ 2, 4 }, STYLE_PLAIN, unknown->rule->id,
			  unknown->reason);
	}
}

/* A source that is not ok, as a line with its reason. */
static int add_source(void *data, const char *name, const char *state, const char *reason)
{
	struct prose *prose = data;

	if (strcmp(state, source_state_text(SOURCE_OK)) == 0)
		return 0;
	if (strcmp(state, source_state_text(SOURCE_ABSENT)) == 0)
		prose_addf(prose, block, STYLE_QUIET, "not here", "%s: %s", name, reason);
	else
		prose_addf(prose, block, STYLE_QUIET, "not seen", "%s (%s): %s", name,
			   state, reason);
	return 0;
}

static void add_proposals(const struct audit_report *report, struct prose *prose)
{
	if (report->proposal_count > 0)
		prose_gap(prose);
	for (size_t i = 0; i < report->proposal_count; i++)
		prose_addf(prose, block, STYLE_PLAIN, "fits",
			   "profile %s: %s (--profile %s)", report->proposals[i].profile,
			   report->proposals[i].why, report->proposals[i].profile);
}

int audit_add_text(const struct audit_report *report, struct prose *prose,
		   struct error *err)
{
	int r;

	add_header(report, prose);
	audit_add_findings(report, prose);
	r = audit_add_profiles(report, prose, err);
	if (r < 0)
		return r;
	add_proposals(report, prose);
	add_outcome(report, prose);
	add_unknowns(report, prose);
	return audit_sources(report, add_source, prose, err);
}

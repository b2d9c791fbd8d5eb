/* Findings in the text of an audit. */
#include "catalog/sysctl.h"
#include "report/audit_text.h"

#include <string.h>

/* Blocks of one rule before the rest of its findings is only counted. */
enum { MOST_OF_A_RULE = 5, VALUE_BYTES = 256 };

static const struct indent heading = { 0, AUDIT_HANG };
static const struct indent detail = { 2, AUDIT_HANG };

static const char *const severity_labels[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "WARNING",
	[SEVERITY_CRITICAL] = "CRITICAL",
};

static const enum style severity_styles[] = {
	[SEVERITY_INFO] = STYLE_QUIET,
	[SEVERITY_WARNING] = STYLE_WARNING,
	[SEVERITY_CRITICAL] = STYLE_CRITICAL,
};

/* Where the cure lies: whether a sysctl helps is what people want to know first. */
static const char *const remedy_words[] = {
	[REMEDY_NONE] = "harmless",
	[REMEDY_SYSCTL] = "a sysctl helps",
	[REMEDY_PROGRAM] = "fix the program; no sysctl helps",
	[REMEDY_NETWORK] = "fix the network; no sysctl helps",
};

static void add_heading(const struct finding *finding, struct prose *prose)
{
	bool has_subject = finding->subject && finding->subject[0];

	prose_addf(prose, heading, severity_styles[finding->severity],
		   severity_labels[finding->severity], "%s%s%s (%s%s)", finding->rule->id,
		   has_subject ? ": " : "", has_subject ? finding->subject : "",
		   remedy_words[finding->rule->remedy],
		   finding->is_history ? "; since boot, may be long over" : "");
}

/* "net.core.somaxconn: >= 8192 (now 4096; takes effect: next listen())" */
static void add_sets(const struct audit_report *report, const struct finding *finding,
		     struct prose *prose)
{
	for (size_t i = 0; i < finding->set_count; i++) {
		const struct finding_set *set = &finding->sets[i];
		const struct sysctl_def *def = sysctl_find(set->key);
		char now[VALUE_BYTES];
		bool is_known =
			evidence_sysctl(report->evidence, set->key, now, sizeof(now));

		prose_addf(prose, detail, STYLE_STRONG, "set",
			   "%s: %s (now %s; takes effect: %s)", set->key, set->value,
			   is_known ? now : "not known",
			   sysctl_effect_text(def ? def->effect : EFFECT_UNKNOWN));
	}
}

/* "port=8080 drops=42": what proves it, one word each. */
static void add_facts(const struct finding *finding, struct prose *prose)
{
	AUTO(text_clear) struct text line = { 0 };

	for (size_t i = 0; i < finding->fact_count; i++) {
		const struct finding_fact *fact = &finding->facts[i];

		text_addf(&line, "%s%s=%s", i > 0 ? " " : "", fact->name,
			  fact->value ? fact->value : "?");
	}
	if (line.has_failed)
		prose->text.has_failed = true;
	if (line.length > 0)
		prose_add(prose, detail, STYLE_QUIET, "seen", text_string(&line));
}

/* Findings of one rule often have one cure. */
static bool repeats_advice(const struct audit_report *report, size_t index)
{
	const struct finding *finding = &report->verdict->findings[index];

	return index > 0 && finding[-1].rule == finding->rule && finding[-1].advice &&
	       audit_is_shown(report, &finding[-1]) &&
	       strcmp(finding[-1].advice, finding->advice) == 0;
}

/* What it explains; with --all that has a block of its own, which names this one. */
static void add_consequences(const struct audit_report *report,
			     const struct finding *cause, struct prose *prose)
{
	const struct verdict *verdict = report->verdict;

	for (size_t i = 0; !report->show_all && i < verdict->finding_count; i++) {
		const struct finding *finding = &verdict->findings[i];

		if (finding_explains(cause, finding) && !finding->waived_by)
			prose_addf(prose, detail, STYLE_QUIET, "hence", "%s: %s",
				   finding->rule->id, finding->says);
	}
}

static void add_block(const struct audit_report *report, size_t index,
		      struct prose *prose)
{
	const struct finding *finding = &report->verdict->findings[index];
	const struct rule *rule = finding->rule;

	prose_gap(prose);
	add_heading(finding, prose);
	prose_add(prose, (struct indent){ AUDIT_HANG, AUDIT_HANG }, STYLE_PLAIN, "",
		  finding->says);
	if (finding->advice && finding->advice[0])
		prose_add(prose, detail, STYLE_STRONG, "do",
			  repeats_advice(report, index) ? "as above" : finding->advice);
	add_sets(report, finding, prose);
	add_facts(finding, prose);
	if (rule->confidence != CONFIDENCE_HIGH)
		prose_addf(prose, detail, STYLE_QUIET, "sure",
			   "not quite: the confidence of this rule is %s",
			   confidence_text(rule->confidence));
	add_consequences(report, finding, prose);
	if (finding->cause.rule)
		prose_addf(prose, detail, STYLE_QUIET, "because", "%s: %s",
			   finding->cause.rule->id, finding->cause.subject);
	if (finding->waived_by)
		prose_add(prose, detail, STYLE_QUIET, "waived", finding->waived_by);
}

static void add_line(const struct audit_report *report, const struct finding *finding,
		     struct prose *prose)
{
	prose_addf(prose, heading, severity_styles[finding->severity],
		   severity_labels[finding->severity], "%s: %s", finding->rule->id,
		   finding->says);
	add_consequences(report, finding, prose);
}

/* Findings of the same rule before this one that were shown; they follow each other. */
static size_t count_shown_before(const struct audit_report *report, size_t index)
{
	const struct finding *findings = report->verdict->findings;
	size_t count = 0;

	for (size_t i = index; i-- > 0 && findings[i].rule == findings[index].rule;)
		count += audit_is_shown(report, &findings[i]);
	return count;
}

static bool is_last_of_rule(const struct audit_report *report, size_t index)
{
	const struct verdict *verdict = report->verdict;

	return index + 1 == verdict->finding_count ||
	       verdict->findings[index + 1].rule != verdict->findings[index].rule;
}

static void add_finding(const struct audit_report *report, size_t index,
			struct prose *prose)
{
	const struct finding *finding = &report->verdict->findings[index];
	size_t before = count_shown_before(report, index);

	if (report->show_all)
		add_block(report, index, prose);
	else if (before >= MOST_OF_A_RULE && is_last_of_rule(report, index))
		prose_addf(prose, detail, STYLE_QUIET, "and", "%zu more of %s (--all)",
			   before + 1 - MOST_OF_A_RULE, finding->rule->id);
	else if (before >= MOST_OF_A_RULE)
		return;
	else if (finding->severity == SEVERITY_INFO)
		add_line(report, finding, prose);
	else
		add_block(report, index, prose);
}

/* The names of what happened at some time since boot, each once. */
static void add_history(const struct audit_report *report, struct prose *prose)
{
	AUTO(text_clear) struct text line = { 0 };
	const struct rule *last = NULL;

	for (size_t i = 0; i < report->verdict->finding_count; i++) {
		const struct finding *finding = &report->verdict->findings[i];

		if (!finding->is_history || finding->waived_by || finding->cause.rule ||
		    finding->rule == last)
			continue;
		text_addf(&line, "%s%s", line.length ? ", " : "", finding->rule->id);
		last = finding->rule;
	}
	if (line.has_failed)
		prose->text.has_failed = true;
	if (line.length > 0)
		prose_addf(
			prose, heading, STYLE_QUIET, "history",
			"at some time since boot, perhaps long ago: %s (%s tells whether now, --all how much)",
			text_string(&line), audit_window_option(report));
}

static void add_waived(const struct audit_report *report, struct prose *prose)
{
	size_t count = 0;

	for (size_t i = 0; i < report->verdict->finding_count; i++)
		count += report->verdict->findings[i].waived_by != NULL;
	if (count > 0)
		prose_addf(prose, heading, STYLE_QUIET, "waived",
			   "%zu (--all shows them)", count);
}

void audit_add_findings(const struct audit_report *report, struct prose *prose)
{
	bool is_first_info = true;

	for (size_t i = 0; i < report->verdict->finding_count; i++) {
		const struct finding *finding = &report->verdict->findings[i];

		if (!audit_is_shown(report, finding))
			continue;
		if (finding->severity == SEVERITY_INFO && is_first_info) {
			prose_gap(prose);
			is_first_info = false;
		}
		add_finding(report, i, prose);
	}
	if (report->show_all)
		return;
	if (is_first_info)
		prose_gap(prose);
	add_history(report, prose);
	add_waived(report, prose);
}

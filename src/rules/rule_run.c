/* Running the rules: query by query, row by row, into findings. */
#include "rules/finding.h"

#include "rules/condition.h"
#include "rules/need_check.h"
#include "rules/rule_check.h"
#include "rules/safe_text.h"
#include "rules/verdict.h"
#include "rules/waiver.h"

#include <errno.h>
#include <string.h>

/* One run over all rules. */
struct run {
	struct evidence *evidence;
	const struct threshold_override *overrides;
	size_t override_count;
	const struct waiver_list *waivers;
	struct need_check check;
	struct verdict verdict;
};

static void run_clear(struct run *run)
{
	need_check_clear(&run->check);
	verdict_clear(&run->verdict);
}

/* --- a rule ----------------------------------------------------------------------- */

static int set_waiver(const struct run *run, struct finding *finding)
{
	const struct waiver *waiver =
		waivers_find(run->waivers, finding->rule->id, finding->subject);
	AUTO(text_clear) struct text reason = { 0 };

	if (!waiver)
		return 0;
	safe_text_add(&reason, waiver->reason);
	finding->waived_by = TAKE(reason.data);
	return text_check(&reason) < 0 || !finding->waived_by ? -ENOMEM : 0;
}

static enum confidence lower(enum confidence confidence)
{
	return confidence == CONFIDENCE_HIGH ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
}

/* A column that means something to the program; NULL when the rule does not have it. */
static const struct template_value *find_column(const struct rule_row *row,
						const char *name)
{
	const struct template_row names = { row->values, row->column_count };

	return template_row_find(&names, name, strlen(name));
}

static bool is_about_now(const struct rule *rule, const struct rule_row *row)
{
	const struct template_value *value = find_column(row, "is_now");

	return rule->judges == JUDGES_NOW ||
	       (value && value->kind == TEMPLATE_INTEGER && value->integer != 0);
}

static int add_finding(struct run *run, const struct rule *rule, bool is_partial,
		       const struct rule_row *row, struct error *err)
{
	bool is_history = run->evidence->window_seconds < 0 && !is_about_now(rule, row);
	AUTO(finding_clear)
	struct finding finding = {
		.rule = rule,
		.severity = is_history ? SEVERITY_INFO : rule->severity,
		.confidence = is_partial ? lower(rule->confidence) : rule->confidence,
		.is_history = is_history,
	};
	int r = finding_fill(&finding, row, run->evidence, &run->verdict, err);

	if (r == 0)
		r = set_waiver(run, &finding);
	return r < 0 ? r : verdict_add_finding(&run->verdict, &finding);
}

/* The value of each threshold: the profile's where it gives one, else the rule's. */
static int set_thresholds(const struct run *run, const struct rule *rule, double *ret,
			  struct error *err)
{
	for (size_t i = 0; i < rule->threshold_count; i++)
		ret[i] = rule->thresholds[i].value;
	for (size_t i = 0; i < run->override_count; i++) {
		const struct threshold_override *override = &run->overrides[i];
		const struct rule_threshold *threshold;

		if (strcmp(override->rule, rule->id) != 0)
			continue;
		threshold =
			rule_find_threshold(rule, override->name, strlen(override->name));
		if (!threshold)
			return error_set(
				err, -EINVAL,
				"the profile sets threshold '%s', which the rule does not have",
				override->name);
		ret[threshold - rule->thresholds] = override->value;
	}
	return 0;
}

/* A row is a finding, or says what the rule cannot tell. */
static int add_row(struct run *run, const struct rule *rule, bool is_partial,
		   const struct rule_row *row, struct error *err)
{
	const struct template_value *why = find_column(row, "cannot_tell");

	if (why && why->kind == TEMPLATE_TEXT)
		return verdict_add_unknown(&run->verdict, rule, why->text);
	return add_finding(run, rule, is_partial, row, err);
}

/* Rows beyond the limit are counted, and that they are not shown is said. */
static int add_rows(struct run *run, const struct rule *rule, bool is_partial,
		    sqlite3_stmt *statement, struct rule_row *row, struct error *err)
{
	size_t count = 0;
	int r;

	while ((r = evidence_step(run->evidence, statement, err)) > 0) {
		if (++count > RULE_MOST_FINDINGS)
			continue;
		rule_row_read(row, statement);
		r = add_row(run, rule, is_partial, row, err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (count > RULE_MOST_FINDINGS)
		return error_set(err, -E2BIG, "found %zu rows; the first %d are shown",
				 count, RULE_MOST_FINDINGS);
	return 0;
}

static int query(struct run *run, const struct rule *rule, bool is_partial,
		 struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	double thresholds[RULE_MOST_THRESHOLDS];
	struct rule_row row;
	int r = set_thresholds(run, rule, thresholds, err);

	run->verdict.query_count++;
	if (r == 0)
		r = rule_prepare(rule, run->evidence, thresholds, &statement, &row, err);
	return r < 0 ? r : add_rows(run, rule, is_partial, statement, &row, err);
}

/* Whether the query need not run. An override that cannot be used is said by query(). */
static int is_quiet(struct run *run, const struct rule *rule, struct error *err)
{
	double thresholds[RULE_MOST_THRESHOLDS];
	int r = need_check_is_quiet(&run->check, rule, err);

	if (r != 0 || rule->condition_count == 0 ||
	    set_thresholds(run, rule, thresholds, NULL) < 0)
		return r;
	return !conditions_may_hold(rule, run->evidence, thresholds);
}

/* Whatever goes wrong in one rule but memory is about that rule alone. */
static int run_rule(struct run *run, const struct rule *rule)
{
	AUTO(text_clear) struct text reason = { 0 };
	struct error why = { 0 };
	bool is_partial = false;
	int r;

	if (rule->problem)
		return verdict_add_unknown(&run->verdict, rule, rule->problem);
	r = need_check_rule(&run->check, rule, &is_partial, &reason, &why);
	if (r == 0)
		return verdict_add_unknown(&run->verdict, rule, text_string(&reason));
	if (r > 0)
		r = is_quiet(run, rule, &why);
	if (r == 1)
		return 0;
	if (r == 0)
		r = query(run, rule, is_partial, &why);
	if (r == 0 || r == -ENOMEM)
		return r;
	return verdict_add_unknown(&run->verdict, rule, why.text);
}

int rules_run(const struct rule_list *list, struct evidence *evidence,
	      const struct threshold_override *overrides, size_t override_count,
	      const struct waiver_list *waivers, struct verdict *ret, struct error *err)
{
	AUTO(run_clear)
	struct run run = {
		.evidence = evidence,
		.overrides = overrides,
		.override_count = override_count,
		.waivers = waivers,
	};
	int r = need_check_open(evidence, &run.check, err);

	for (size_t i = 0; r == 0 && i < list->count; i++)
		r = run_rule(&run, &list->rules[i]);
	if (r == 0)
		r = verdict_link_causes(&run.verdict);
	if (r == -ENOMEM)
		return error_set(err, r, "out of memory");
	if (r < 0)
		return r;
	verdict_sort(&run.verdict);
	*ret = run.verdict;
	run.verdict = (struct verdict){ 0 };
	return 0;
}

/* --- what to collect -------------------------------------------------------------- */

static int add_names(char *const *names, size_t count, struct needs *needs,
		     struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		int r = needs_add(needs, names[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int add_needs(const struct rule *rule, struct needs *needs, struct error *err)
{
	int r = add_names(rule->needs, rule->need_count, needs, err);

	if (r == 0)
		r = add_names(rule->uses, rule->use_count, needs, err);
	for (size_t i = 0; r == 0 && i < rule->set_count; i++)
		r = needs_add(needs, rule->sets[i].key, err);
	return r;
}

int rules_add_needs(const struct rule_list *list, struct needs *needs, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct rule *rule = &list->rules[i];
		int r = rule->problem ? 0 : add_needs(rule, needs, err);

		if (r < 0) {
			error_prefix(err, "rule '%s'", rule->id);
			return r;
		}
	}
	return 0;
}

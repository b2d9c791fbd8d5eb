/* `tcptune audit`: look at a kernel, judge it, report. It writes nothing. */
#include "cli/audit.h"
#include "cli/command.h"
#include "evidence/evidence_file.h"
#include "report/audit_report.h"

#include <errno.h>
#include <time.h>

static void audit_clear(struct audit *audit)
{
	proposals_clear(&audit->proposals);
	verdict_clear(&audit->verdict);
	observation_clear(&audit->seen);
	needs_clear(&audit->needs);
	profile_stack_clear(&audit->stack);
	waivers_clear(&audit->waivers);
	rules_clear(&audit->rules);
	audit_options_clear(&audit->options);
}

/* A rule that cannot run says nothing: so the person must hear of it. */
static void complain_of_broken_rules(const struct rule_list *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->rules[i].problem)
			console_complain("rule '%s' is left out: %s", rules->rules[i].id,
					 rules->rules[i].problem);
	}
}

/* With a broken file of waivers, findings that someone had accepted come back. */
static int load_waivers(struct audit *audit)
{
	struct error err = { 0 };
	int r = waivers_load(WAIVER_FILE, time(NULL), &audit->waivers, &err);

	if (r < 0)
		console_complain("waivers are left out: %s", err.text);
	return r == -ENOMEM ? r : 0;
}

static int load_all(struct audit *audit, struct error *err)
{
	int r = rules_load(NULL, &audit->rules, err);

	if (r < 0)
		return r;
	complain_of_broken_rules(&audit->rules);
	r = load_waivers(audit);
	if (r == 0)
		r = profile_stack_load(audit->options.profiles,
				       audit->options.profile_count, &audit->stack, err);
	if (r == 0)
		r = rules_add_needs(&audit->rules, &audit->needs, err);
	if (r == 0)
		r = profile_stack_add_needs(&audit->stack, &audit->needs, err);
	if (r == 0 && audit->options.is_quick)
		r = needs_be_quick(&audit->needs, err);
	if (r == 0 && audit->options.save)
		r = needs_add_everything(&audit->needs, err);
	needs_finish(&audit->needs);
	return r;
}

int audit_judge(struct audit *audit, struct error *err)
{
	auto_free struct threshold_override *thresholds = NULL;
	size_t threshold_count = 0;
	int r = profile_stack_thresholds(&audit->stack, &thresholds, &threshold_count);

	if (r == 0)
		r = rules_run(&audit->rules, &audit->seen.evidence, thresholds,
			      threshold_count, &audit->waivers, &audit->verdict, err);
	if (r == 0)
		r = profile_stack_compare(&audit->stack, &audit->seen.evidence,
					  audit->options.sets, audit->options.set_count,
					  err);
	/* who names a profile has made the choice */
	if (r == 0 && audit->options.profile_count == 0)
		r = propose_profiles(&audit->seen.evidence, &audit->proposals, err);
	return r;
}

static enum exit_status print_json(const struct audit_report *report,
				   enum exit_status status)
{
	AUTO(json_clear) struct json json = { 0 };
	struct error err = { 0 };
	int r = audit_add_json(report, &json, &err);

	return r < 0 ? console_fail(r, &err) : console_print(&json.text, status);
}

static enum exit_status print_text(const struct audit_report *report,
				   enum exit_status status)
{
	AUTO(prose_clear) struct prose prose = console_prose();
	struct error err = { 0 };
	int r = audit_add_text(report, &prose, &err);

	return r < 0 ? console_fail(r, &err) : console_print(&prose.text, status);
}

struct audit_report audit_report_of(struct audit *audit)
{
	return (struct audit_report){
		.kernel = &audit->seen.kernel,
		.evidence = &audit->seen.evidence,
		.rules = &audit->rules,
		.verdict = &audit->verdict,
		.stack = &audit->stack,
		.proposals = audit->proposals.rows,
		.proposal_count = audit->proposals.count,
		.file = audit->seen.file,
		.show_all = audit->options.show_all,
	};
}

static enum exit_status print_report(struct audit *audit)
{
	const struct audit_report report = audit_report_of(audit);
	enum exit_status status = audit_has_failed(&report, audit->options.fail_on)
					  ? STATUS_FOUND
					  : STATUS_FINE;

	switch (audit->options.format) {
	case AUDIT_TEXT:
		return print_text(&report, status);
	case AUDIT_JSON:
		return print_json(&report, status);
	}
	return STATUS_CANNOT;
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(audit_clear) struct audit audit = { .seen = OBSERVATION_NONE };
	struct error err = { 0 };
	int r = audit_options_read(arguments, &audit.options, &err);

	if (r == 0 && audit.options.save)
		r = evidence_file_check(audit.options.save, false, &err);
	if (r == 0)
		r = load_all(&audit, &err);
	if (r == 0 && (audit.options.all_netns || audit.options.file_count > 1))
		return audit_many(&audit);
	if (r == 0)
		r = observe(&audit.options.order, &audit.needs, &audit.seen, &err);
	if (r > 0)
		return (enum exit_status)(SIGNAL_STATUS + r);
	if (r == 0 && audit.options.save)
		r = evidence_save(&audit.seen.evidence, audit.options.save, false, &err);
	if (r == 0)
		r = audit_judge(&audit, &err);
	return r < 0 ? console_fail(r, &err) : print_report(&audit);
}

const struct command command_audit = {
	.name = "audit",
	.summary = "Say what limits TCP on this host, and what helps",
	.arguments = "",
	.notes =
		"Exit status: 0 nothing to do; 1 findings, or a profile's keys that differ; 2 wrong use or a bad file; 3 could not look. Nothing is written. 'tcptune explain ID' tells more about a finding.",
	.options = audit_option_defs,
	.run = run,
};

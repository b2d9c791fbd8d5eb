/* `tcptune audit`: look at a kernel, judge it, report. It writes nothing. */
#include "cli/audit_options.h"
#include "cli/boot_evidence.h"
#include "cli/command.h"
#include "cli/propose.h"
#include "cli/wait.h"
#include "collect/collect.h"
#include "history/last_sample.h"
#include "report/audit_report.h"
#include "rules/waiver.h"

#include <errno.h>
#include <time.h>

enum { SIGNAL_STATUS = 128 };

/* Everything that one audit holds. */
struct audit {
	struct audit_options options;
	struct rule_list rules;
	struct waiver_list waivers;
	struct profile_stack stack;
	struct needs needs;
	struct kernel kernel;
	struct evidence evidence;
	bool has_evidence;
	struct verdict verdict;
	struct proposal_list proposals;
};

static void audit_clear(struct audit *audit)
{
	proposals_clear(&audit->proposals);
	verdict_clear(&audit->verdict);
	if (audit->has_evidence)
		evidence_close(&audit->evidence);
	kernel_close(&audit->kernel);
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
	needs_finish(&audit->needs);
	return r;
}

static int open_live(struct audit *audit, struct error *err)
{
	const char *netns = audit->options.netns;
	int r = netns ? kernel_enter_netns(netns, err) : 0;

	if (r == 0)
		r = kernel_open(&audit->kernel, err);
	if (r == 0 && netns)
		(void)snprintf(audit->kernel.netns_name, sizeof(audit->kernel.netns_name),
			       "%s", netns);
	return r;
}

/*
 * What a report has kept gives rules on changes a window. Where that is not there, not of
 * this boot and namespace, or not to be read, there is none.
 */
static int open_evidence(struct audit *audit, struct error *err)
{
	AUTO(history_close) struct history history = { 0 };
	int r = audit->options.interval_ms == 0
			? history_open_reading(audit->options.state_path, &history, NULL)
			: -ENOENT;

	if (r == 0)
		r = last_sample_open(&history, &audit->kernel, LAST_SAMPLE_LEAST_SECONDS,
				     LAST_SAMPLE_MOST_SECONDS, &audit->evidence, NULL,
				     NULL);
	if (r < 0)
		r = evidence_open_memory(&audit->evidence, err);
	audit->has_evidence = r == 0;
	return r;
}

/* Returns: 0, or the number of a signal that asks to stop */
static int observe_live(struct audit *audit, struct error *err)
{
	int r = open_live(audit, err);

	if (r == 0)
		r = open_evidence(audit, err);
	if (r == 0)
		r = collect_sample(&audit->kernel, &audit->needs, &audit->evidence, err);
	if (r < 0 || audit->options.interval_ms == 0)
		return r;
	r = wait_ms(audit->options.interval_ms);
	if (r != 0)
		return r;
	return collect_sample(&audit->kernel, &audit->needs, &audit->evidence, err);
}

static int observe_folders(struct audit *audit, struct error *err)
{
	int opened = evidence_open_memory(&audit->evidence, err);

	audit->has_evidence = opened == 0;
	if (opened < 0)
		return opened;
	for (size_t i = 0; i < audit->options.root_count; i++) {
		int r;

		kernel_close(&audit->kernel);
		r = kernel_open_folder(audit->options.roots[i], &audit->kernel, err);
		if (r == 0)
			r = collect_sample(&audit->kernel, &audit->needs,
					   &audit->evidence, err);
		if (r < 0)
			return r;
	}
	if (audit->options.root_count > 1 && audit->evidence.window_seconds < 0)
		console_complain(
			"'%s' is not the same boot as '%s', later: the changes between them are not known",
			audit->options.roots[1], audit->options.roots[0]);
	return 0;
}

static int observe(struct audit *audit, struct error *err)
{
	return audit->options.root_count > 0 ? observe_folders(audit, err)
					     : observe_live(audit, err);
}

/* The last folder is the host as it is now. */
static int add_boot(struct audit *audit, struct error *err)
{
	size_t count = audit->options.root_count;
	const char *root = count > 0 ? audit->options.roots[count - 1] : NULL;

	if (!audit->needs.tables[TABLE_BOOT_SETTING])
		return 0;
	return boot_evidence_add(&audit->evidence, &audit->kernel, root, err);
}

static int judge(struct audit *audit, struct error *err)
{
	auto_free struct threshold_override *thresholds = NULL;
	size_t threshold_count = 0;
	int r = profile_stack_thresholds(&audit->stack, &thresholds, &threshold_count);

	if (r == 0)
		r = rules_run(&audit->rules, &audit->evidence, thresholds,
			      threshold_count, &audit->waivers, &audit->verdict, err);
	if (r == 0)
		r = profile_stack_compare(&audit->stack, &audit->evidence,
					  audit->options.sets, audit->options.set_count,
					  err);
	/* who names a profile has made the choice */
	if (r == 0 && audit->options.profile_count == 0)
		r = propose_profiles(&audit->evidence, &audit->proposals, err);
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

static enum exit_status print_report(struct audit *audit)
{
	const struct audit_report report = {
		.kernel = &audit->kernel,
		.evidence = &audit->evidence,
		.rules = &audit->rules,
		.verdict = &audit->verdict,
		.stack = &audit->stack,
		.proposals = audit->proposals.rows,
		.proposal_count = audit->proposals.count,
		.show_all = audit->options.show_all,
	};
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
	AUTO(audit_clear) struct audit audit = { .kernel = KERNEL_NONE };
	struct error err = { 0 };
	int r = audit_options_read(arguments, &audit.options, &err);

	if (r == 0)
		r = load_all(&audit, &err);
	if (r == 0)
		r = observe(&audit, &err);
	if (r == 0)
		r = add_boot(&audit, &err);
	if (r > 0)
		return (enum exit_status)(SIGNAL_STATUS + r);
	if (r == 0)
		r = judge(&audit, &err);
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

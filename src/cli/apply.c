/* `tcptune apply`: plan, show, ask, write; and with --dry-run the same without the end.
 */
#include "apply/apply.h"

#include "apply/interfaces_load.h"
#include "cli/apply_leave.h"
#include "cli/persist.h"
#include "cli/session.h"
#include "cli/wait.h"
#include "cli/wishes.h"
#include "collect/collect.h"
#include "plan/fingerprint.h"
#include "report/plan_report.h"
#include "report/words.h"

#include <errno.h>
#include <sys/sysinfo.h>

enum { SIGNAL_STATUS = 128 };

/* Everything that one apply holds. problem: why it cannot write, where it can plan. */
struct run {
	struct apply_options options;
	struct wishes wishes;
	struct session session;
	struct interfaces interfaces;
	struct needs needs;
	struct evidence evidence;
	bool has_evidence;
	struct plan plan;
	struct apply_outcome outcome;
	struct persist_report persisted;
	int problem_code;
	struct error problem;
};

static void run_clear(struct run *run)
{
	persist_report_clear(&run->persisted);
	apply_outcome_clear(&run->outcome);
	plan_clear(&run->plan);
	if (run->has_evidence)
		evidence_close(&run->evidence);
	needs_clear(&run->needs);
	interfaces_clear(&run->interfaces);
	session_close(&run->session);
	wishes_clear(&run->wishes);
	apply_options_clear(&run->options);
}

/* --- looking ---------------------------------------------------------------------- */

/* Open, or open again, the state folder; this thread is in the namespace already. */
static int open_state(struct run *run, bool creates, struct error *err)
{
	const struct session_order order = {
		.state_path = run->options.state_path,
		.command = "apply",
		.creates = creates,
		.locks = !run->options.is_dry_run,
	};
	AUTO(session_close) struct session session = SESSION_NONE;
	int r = session_open(&order, &session, err);

	if (r < 0)
		return r;
	(void)snprintf(session.kernel.netns_name, sizeof(session.kernel.netns_name), "%s",
		       run->session.kernel.netns_name);
	session_close(&run->session);
	run->session = session;
	session = (struct session)SESSION_NONE;
	return 0;
}

/* Who may not open the journal may still see the plan. */
static int open_session(struct run *run, struct error *err)
{
	int r = session_enter(run->options.netns, &run->session.kernel, err);

	if (r < 0)
		return r;
	r = open_state(run, false, &run->problem);
	if (r == -EACCES || r == -EPERM) {
		run->problem_code = r;
		return 0;
	}
	if (r < 0)
		*err = run->problem;
	return r;
}

static int load(struct run *run, struct error *err)
{
	const struct apply_options *options = &run->options;
	int r = wishes_load(options->profiles, options->profile_count, options->key_sets,
			    options->key_set_count, options->fixes, options->fix_count,
			    &run->wishes, err);

	run->wishes.parameters = options->parameters;
	run->wishes.parameter_count = options->parameter_count;
	if (r == 0)
		r = open_session(run, err);
	if (r == 0)
		r = interfaces_load(&run->session.kernel, &run->interfaces, err);
	return r < 0 ? r
		     : wishes_add_needs(&run->wishes, &run->interfaces, &run->needs, err);
}

/* Returns: 0, or the number of a signal that asks to stop */
static int observe(struct run *run, struct error *err)
{
	int r = evidence_open_memory(&run->evidence, err);

	if (r < 0)
		return r;
	run->has_evidence = true;
	r = collect_sample(&run->session.kernel, &run->needs, &run->evidence, err);
	if (r < 0 || run->options.interval_ms == 0)
		return r;
	r = wait_ms(run->options.interval_ms);
	if (r != 0)
		return r;
	return collect_sample(&run->session.kernel, &run->needs, &run->evidence, err);
}

static void tell_missing(const char *rule, const char *why)
{
	console_complain("finding '%s': nothing to fix: %s", rule, why);
}

static struct bound_host describe_host(const struct kernel *kernel)
{
	struct bound_host host = { .page_bytes = kernel->page_bytes };
	struct sysinfo info;

	if (sysinfo(&info) == 0)
		host.memory_bytes = (uint64_t)info.totalram * info.mem_unit;
	return host;
}

static int make_plan(struct run *run, struct error *err)
{
	const struct bound_host host = describe_host(&run->session.kernel);
	const struct plan_options options = {
		.only = run->options.only,
		.allows_irreversible = run->options.allows_irreversible,
	};
	int r = wishes_compare(&run->wishes, &run->evidence, &run->session.kernel,
			       tell_missing, err);

	if (r == 0)
		r = plan_build(run->wishes.requests, run->wishes.request_count,
			       &run->evidence, &run->interfaces, &host, &options,
			       &run->plan, err);
	if (r == 0 && run->plan.count == 0 && run->wishes.request_count > 0)
		r = error_set(err, -EINVAL, "--only %s: none of the %zu keys matches",
			      options.only, run->wishes.request_count);
	return r;
}

/* --- deciding --------------------------------------------------------------------- */

/* A plan can be seen by who may not open the journal. */
static int check_leave(struct run *run, struct error *err)
{
	int r = apply_check_leave(&run->options, &run->plan, &run->session, err);

	if (r == 0 && run->problem_code < 0) {
		*err = run->problem;
		r = run->problem_code;
	}
	return r;
}

/* Returns: 1 yes, 0 no; -EINVAL nobody can be asked */
static int ask(const struct run *run)
{
	size_t count = plan_tally(&run->plan, CHANGE_WRITE);
	char answer[16];

	if (run->options.is_yes)
		return 1;
	if (!isatty(STDIN_FILENO) || run->options.is_json)
		return -EINVAL;
	(void)fprintf(stderr, "Write %zu value%s%s? [y/N] ", count, words_plural(count),
		      run->options.persists ? ", and keep all for the next boot" : "");
	return fgets(answer, sizeof(answer), stdin) &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

/* --- writing ---------------------------------------------------------------------- */

/* The folder and the journal are made only when there is something to put in. */
static int make_session(struct run *run, struct error *err)
{
	int r = 0;

	if (!run->session.has_journal) {
		/* a report may have made the folder: its lock is taken once more */
		state_close(&run->session.state);
		r = open_state(run, true, err);
	}
	return r < 0 ? r : apply_check_waiting(&run->session, err);
}

/* A path is named in full, so that `status` finds it from anywhere. */
static int add_name(const char *profile, struct text *names)
{
	auto_free char *path = strchr(profile, '/') ? realpath(profile, NULL) : NULL;

	text_addf(names, "%s%s", names->length > 0 ? "\n" : "", path ? path : profile);
	return text_check(names);
}

static int add_origins(const struct run *run, struct text *names, char *fingerprint)
{
	struct fingerprint hash = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->options.profile_count; i++) {
		r = add_name(run->options.profiles[i], names);
		if (r == 0)
			r = fingerprint_add(&hash,
					    &run->wishes.stack.profiles[i].profile);
	}
	fingerprint_text(&hash, fingerprint);
	return r;
}

static int write_plan(struct run *run, struct error *err)
{
	AUTO(text_clear) struct text names = { 0 };
	char fingerprint[FINGERPRINT_BYTES];
	struct sysctl_door door;
	struct apply_order order = {
		.plan = &run->plan,
		.command = "apply",
		.window_ms = run->options.window_ms,
	};
	int r = make_session(run, err);

	if (r == 0 && run->options.persists)
		r = persist_check(&run->session, err);
	if (r < 0)
		return r;
	if (add_origins(run, &names, fingerprint) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	if (run->wishes.stack.count > 0) {
		order.profiles = text_string(&names);
		order.fingerprint = fingerprint;
	}
	door = door_of_kernel(&run->session.kernel);
	return apply_plan(&run->session.state, &run->session.journal,
			  &run->session.kernel, &door, &order, &run->outcome, err);
}

/* The values are set; what fails now concerns the next boot alone. */
static enum exit_status keep_for_boot(struct run *run, struct error *err)
{
	int r = persist_keep(&run->session, run->outcome.record.id, &run->persisted, err);

	if (r == 0)
		return persist_status(&run->persisted);
	if (!run->persisted.record)
		error_prefix(err, "the values are set, but not kept for the next boot");
	(void)console_fail(r, err);
	run->persisted.problem = err->text;
	return STATUS_PARTLY;
}

/* --- saying ----------------------------------------------------------------------- */

/* Is there a value that can be kept for the next boot? */
static bool has_kept(const struct plan *plan)
{
	return plan_tally(plan, CHANGE_WRITE) + plan_tally(plan, CHANGE_ALREADY) +
		       plan_tally(plan, CHANGE_KEPT) >
	       0;
}

static enum exit_status print_plan(const struct run *run)
{
	AUTO(prose_clear) struct prose prose = console_prose();

	if (run->options.is_json)
		return STATUS_FINE;
	if (plan_add_text(&run->plan, &prose) < 0)
		prose.text.has_failed = true;
	if (run->options.persists && has_kept(&run->plan))
		prose_add(&prose, (struct indent){ 0, 2 }, STYLE_PLAIN, "",
			  persist_has_plan(&run->session, &run->plan)
				  ? "kept for the next boot already"
				  : "to be kept for the next boot in " PERSIST_SYSCTL_PATH);
	return console_print(&prose.text, STATUS_FINE);
}

static enum exit_status print_end(const struct run *run, enum exit_status status,
				  const char *problem)
{
	const struct plan_report report = {
		.plan = &run->plan,
		.outcome = &run->outcome,
		.problem = problem && problem[0] ? problem : NULL,
		.is_dry_run = run->options.is_dry_run,
		.persisted = run->options.persists ? &run->persisted : NULL,
	};
	AUTO(json_clear) struct json json = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();

	if (run->options.is_json) {
		plan_add_json(&report, &json);
		return console_print(&json.text, status);
	}
	if (run->outcome.record.id != 0)
		outcome_add_text(&run->plan, &run->outcome, &prose);
	if (run->options.persists)
		persist_add_text(&run->persisted, &prose);
	else
		persist_add_covered(&run->session.list, &run->outcome.record, &prose);
	return console_print(&prose.text, status);
}

/* There is something to write. */
static enum exit_status carry_out(struct run *run)
{
	struct error err = { 0 };
	enum exit_status status;
	int r = check_leave(run, &err), answer;

	if (r < 0) {
		(void)console_fail(r, &err);
		return print_end(run, STATUS_CANNOT, err.text);
	}
	answer = ask(run);
	if (answer < 0) {
		console_complain("nobody can be asked here: --yes says that it is meant");
		return print_end(run, STATUS_USAGE, "not asked for with --yes");
	}
	if (answer == 0) {
		console_complain("nothing is written");
		return STATUS_CANNOT;
	}
	r = write_plan(run, &err);
	status = r == 0					? STATUS_FINE
		 : run->outcome.result.not_restored > 0 ? STATUS_PARTLY
							: STATUS_CANNOT;
	if (r < 0)
		(void)console_fail(r, &err);
	else if (run->options.persists)
		status = keep_for_boot(run, &err);
	return print_end(run, status, err.text);
}

static bool has_something_to_do(const struct run *run)
{
	if (plan_tally(&run->plan, CHANGE_WRITE) +
		    plan_tally(&run->plan, CHANGE_REFUSED) >
	    0)
		return true;
	return run->options.persists && !persist_has_plan(&run->session, &run->plan);
}

/* The same questions as before writing; what would stand in the way is told. */
static enum exit_status end_dry_run(struct run *run)
{
	struct error err = { 0 };

	if (check_leave(run, &err) < 0)
		console_complain("%s", err.text);
	return print_end(run, STATUS_FOUND, err.text);
}

static enum exit_status decide(struct run *run)
{
	enum exit_status status = print_plan(run);

	if (status != STATUS_FINE)
		return status;
	if (!has_something_to_do(run))
		return print_end(run, STATUS_FINE, NULL);
	return run->options.is_dry_run ? end_dry_run(run) : carry_out(run);
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(run_clear) struct run run = { .session = SESSION_NONE };
	struct error err = { 0 };
	int r = apply_options_read(arguments, &run.options, &err);

	if (r == 0)
		r = load(&run, &err);
	if (r == 0)
		r = observe(&run, &err);
	if (r > 0)
		return (enum exit_status)(SIGNAL_STATUS + r);
	if (r == 0)
		r = make_plan(&run, &err);
	return r < 0 ? console_fail(r, &err) : decide(&run);
}

const struct command command_apply = {
	.name = "apply",
	.summary =
		"Set what profiles, findings or you want, so that it can be taken back",
	.arguments = "",
	.notes =
		"Before the first write the old value of every key that may change is in the journal, synced. Every write is read back; when one fails, all are put back. Exit status: 0 done, or nothing to do; 1 --dry-run with something to do; 2 wrong use, or nobody to ask; 3 nothing was changed; 4 something could not be put back.",
	.options = apply_option_defs,
	.run = run,
};

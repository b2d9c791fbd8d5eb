/* `tcptune undo`: take changes back, guarded, layer by layer. */
#include "apply/persist.h"
#include "apply/watch.h"
#include "base/parse.h"
#include "cli/session.h"
#include "report/change_report.h"

#include <errno.h>
#include <inttypes.h>

enum {
	OPTION_ALL,
	OPTION_FORCE,
	OPTION_NETNS,
	OPTION_EXPIRED,
	OPTION_STATE,
	OPTION_FORMAT,
	OPTION_COUNT,
};

static const struct option_def options[] = {
	[OPTION_ALL] = { "all", NULL,
			 "every change of this boot, in every namespace, and all that is kept for the next" },
	[OPTION_FORCE] = { "force", NULL,
			   "put back also what someone else changed since, and leave for good what cannot be put back" },
	[OPTION_NETNS] = { "netns", "NETNS",
			   "the last change in this namespace: a name of 'ip netns', a path, or pid:N" },
	[OPTION_EXPIRED] = { "expired", NULL,
			     "wait until the time for a confirmation of this change is over, and undo it then; timers run this" },
	[OPTION_STATE] = { "state", "FOLDER",
			   "the journal is here and not in /var/lib/tcptune" },
	[OPTION_FORMAT] = { "format", "text|json", "text for people (default), or JSON" },
	[OPTION_COUNT] = { 0 },
};

/* What is undone in one run, the last change first. */
struct run {
	struct session session;
	struct undo_outcome *outcomes;
	size_t count;
	bool force, is_json;
	int code; /* of the first that failed */
	struct error problem;
};

static void run_clear(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		undo_outcome_clear(&run->outcomes[i]);
	free(run->outcomes);
	session_close(&run->session);
}

static bool is_undoable(const struct run *run, const struct record *record)
{
	return record_is_active(record) &&
	       record_is_of_boot(record, &run->session.kernel);
}

/* Is it one of this namespace, or may it be taken for one? */
static bool is_here(const struct run *run, const struct record *record)
{
	return record_is_of(record, &run->session.kernel) ||
	       (run->force && record_may_be_of(record, &run->session.kernel));
}

/* Its values are not for the next boot any more. */
static void take_out_of_files(struct run *run, struct record *record,
			      struct undo_outcome *outcome)
{
	struct error err = { 0 };
	int r = persist_set(&run->session.journal, &run->session.list, record, false,
			    run->force, &err);

	outcome->took_files = r == 0 || r == -EINPROGRESS;
	if (!outcome->took_files)
		outcome->file_problem = err;
	else if (r < 0)
		console_complain("%s", err.text);
}

/* One that was cut off may have been done already. */
static void undo_one(struct run *run, struct record *record)
{
	struct undo_outcome *outcome = &run->outcomes[run->count];
	const struct undo_order order = { .force = run->force };
	struct error err = { 0 };
	int r = 0;

	if (is_undoable(run, record))
		r = undo_record(&run->session.journal, &run->session.list, record, &order,
				outcome, &err);
	else if (record->is_persistent)
		outcome->record = record;
	if (r < 0 && run->code == 0) {
		run->code = r;
		run->problem = err;
	}
	if (!outcome->record)
		return;
	run->count++;
	if (record->is_persistent)
		take_out_of_files(run, record, outcome);
}

/* What was cut off comes first: until then nobody knows what is in the kernel. */
static void undo_cut_off(struct run *run)
{
	for (size_t i = run->session.list.count; i-- > 0;) {
		struct record *record = &run->session.list.records[i];

		if (record_is_cut_off(record) && is_here(run, record))
			undo_one(run, record);
	}
}

static void undo_all(struct run *run)
{
	for (size_t i = run->session.list.count; i-- > 0;)
		undo_one(run, &run->session.list.records[i]);
}

static void undo_last(struct run *run)
{
	for (size_t i = run->session.list.count; i-- > 0;) {
		struct record *record = &run->session.list.records[i];

		if (is_undoable(run, record) && is_here(run, record)) {
			undo_one(run, record);
			return;
		}
	}
	/* of an earlier boot, or left in the files by an undo that could not change them */
	for (size_t i = run->session.list.count; i-- > 0;) {
		if (run->session.list.records[i].is_persistent) {
			undo_one(run, &run->session.list.records[i]);
			return;
		}
	}
}

static int undo_named(struct run *run, const char *id, struct error *err)
{
	struct record *record = NULL;
	int r = session_find(&run->session, id, &record, err);

	if (r < 0)
		return r;
	if (!record->is_persistent && !record_is_of_boot(record, &run->session.kernel))
		console_complain(
			"change %s is of an earlier boot: the reboot took it back", id);
	else if (!record->is_persistent && !record_is_active(record))
		console_complain("change %s is undone already", id);
	undo_cut_off(run);
	undo_one(run, record);
	return 0;
}

/* Without an id only this namespace was looked at. */
static void tell_elsewhere(const struct run *run)
{
	for (size_t i = run->session.list.count; i-- > 0;) {
		const struct record *record = &run->session.list.records[i];

		if (!is_undoable(run, record))
			continue;
		console_complain(
			"nothing is in force in this network namespace; change %" PRId64
			" is in another: 'tcptune undo %" PRId64 "'",
			record->id, record->id);
		return;
	}
}

static enum exit_status status_of(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct undo_outcome *outcome = &run->outcomes[i];

		/* what an earlier boot left in the kernel is not there any more */
		if ((outcome->record->state != RECORD_UNDONE &&
		     record_is_of_boot(outcome->record, &run->session.kernel)) ||
		    outcome->file_problem.text[0])
			return STATUS_PARTLY;
	}
	if (run->code == 0)
		return STATUS_FINE;
	return run->count > 0 ? STATUS_PARTLY : STATUS_CANNOT;
}

static enum exit_status print(const struct run *run)
{
	const struct undo_report report = {
		.outcomes = run->outcomes,
		.count = run->count,
		.problem = run->code < 0 ? run->problem.text : NULL,
	};
	AUTO(json_clear) struct json json = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();

	if (run->code < 0)
		(void)console_fail(run->code, &run->problem);
	if (run->is_json) {
		undo_add_json(&report, &json);
		return console_print(&json.text, status_of(run));
	}
	undo_add_text(&report, &prose);
	return console_print(&prose.text, status_of(run));
}

static int open_run(const struct arguments *arguments, struct run *run, struct error *err)
{
	const struct session_order order = {
		.state_path = arguments_value(arguments, OPTION_STATE),
		.netns = arguments_value(arguments, OPTION_NETNS),
		.command = "undo",
		.locks = true,
	};
	int r = session_read_format(arguments, OPTION_FORMAT, &run->is_json, err);

	if (r == 0)
		r = session_open(&order, &run->session, err);
	if (r < 0)
		return r;
	run->force = arguments_has(arguments, OPTION_FORCE);
	run->outcomes = calloc(run->session.list.count + 1, sizeof(*run->outcomes));
	return run->outcomes ? 0 : error_set(err, -ENOMEM, "out of memory");
}

static int undo(const struct arguments *arguments, struct run *run, struct error *err)
{
	int r = open_run(arguments, run, err);

	if (r < 0)
		return r;
	if (arguments->operand_count > 0)
		return undo_named(run, arguments->operands[0], err);
	if (arguments_has(arguments, OPTION_ALL)) {
		undo_all(run);
		return 0;
	}
	undo_cut_off(run);
	if (run->count == 0)
		undo_last(run);
	if (run->count == 0 && run->code == 0)
		tell_elsewhere(run);
	return 0;
}

/* What the timer of systemd runs. */
static enum exit_status wait_and_undo(const struct arguments *arguments)
{
	const char *path = arguments_value(arguments, OPTION_STATE);
	struct error err = { 0 };
	int64_t id = 0;
	int r;

	if (arguments->operand_count != 1 || parse_i64(arguments->operands[0], &id) < 0) {
		console_complain("--expired needs the number of a change");
		return STATUS_USAGE;
	}
	r = watch_run(path ? path : STATE_FOLDER, id, &err);
	return r < 0 ? console_fail(r, &err) : STATUS_FINE;
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(run_clear) struct run run = { .session = SESSION_NONE };
	bool is_all = arguments_has(arguments, OPTION_ALL);
	struct error err = { 0 };
	int r;

	if (arguments->operand_count > 1 || (is_all && arguments->operand_count > 0)) {
		console_complain("undo takes the number of one change, or --all");
		return STATUS_USAGE;
	}
	if (arguments_has(arguments, OPTION_EXPIRED))
		return wait_and_undo(arguments);
	r = undo(arguments, &run, &err);
	return r < 0 ? console_fail(r, &err) : print(&run);
}

const struct command command_undo = {
	.name = "undo",
	.summary = "Take a change back: the last one here, the one of a number, or all",
	.arguments = "[ID]",
	.notes =
		"A value that someone else changed since is left and named. A change below others only loses what it alone still holds; the ones above then lead back to what was before it. Exit status: 0 undone, or nothing to undo; 3 nothing was changed; 4 something was left.",
	.options = options,
	.run = run,
};

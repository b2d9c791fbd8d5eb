/* `tcptune persist`: keep a change for the next boot, too. */
#include "cli/persist.h"

#include "cli/persist_boot.h"
#include "plan/rounding.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

enum { OPTION_STATE, OPTION_FORMAT, OPTION_COUNT };

static const struct option_def options[] = {
	[OPTION_STATE] = { "state", "FOLDER",
			   "the journal is here and not in /var/lib/tcptune" },
	[OPTION_FORMAT] = { "format", "text|json", "text for people (default), or JSON" },
	[OPTION_COUNT] = { 0 },
};

/* --- what has to be so ------------------------------------------------------------ */

/* Boot sets the sysctls of the namespace that process 1 is in. */
static int check_namespace(struct error *err)
{
	struct stat own, first;

	if (stat("/proc/thread-self/ns/net", &own) < 0 ||
	    stat("/proc/1/ns/net", &first) < 0)
		return error_set(err, -errno,
				 "cannot look at the network namespace of process 1: %s",
				 strerror(errno));
	if (own.st_dev == first.st_dev && own.st_ino == first.st_ino)
		return 0;
	return error_set(
		err, -EPERM,
		"this network namespace is not the one of process 1, which the next boot sets: nothing can be kept for it");
}

int persist_check(struct session *session, struct error *err)
{
	int r = check_namespace(err);

	return r < 0 || !session->has_journal ? r
					      : persist_probe(&session->journal, err);
}

static bool is_kept_by(const struct change *change)
{
	return change->state == CHANGE_WRITE || change->state == CHANGE_ALREADY ||
	       change->state == CHANGE_KEPT;
}

int persist_check_plan(const struct plan *plan, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->count; i++) {
		if (is_kept_by(&plan->changes[i]))
			r = persist_check_key(plan->changes[i].key, err);
	}
	return r;
}

bool persist_has_plan(const struct session *session, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct change *change = &plan->changes[i];
		const struct record_key *key =
			persist_find(&session->list, change->key);

		if (is_kept_by(change) && change->will_be &&
		    (!key || !rounding_is_equal_text(change->def, change->will_be,
						     key->wanted)))
			return false;
	}
	return true;
}

static int check_record(const struct session *session, const struct record *record,
			struct error *err)
{
	int r = 0;

	if (!record_is_of_boot(record, &session->kernel))
		return error_set(err, -ESRCH,
				 "change %" PRId64
				 " is of an earlier boot: apply it again, with --persist",
				 record->id);
	if (record->state == RECORD_WAITING)
		return error_set(err, -ESRCH,
				 "change %" PRId64
				 " waits for its confirmation: 'tcptune confirm %" PRId64
				 "' first",
				 record->id, record->id);
	if (record->state != RECORD_KEPT)
		return error_set(err, -ESRCH,
				 "change %" PRId64 " is not in force: it is %s",
				 record->id, record_state_text(record->state));
	if (!record_is_of(record, &session->kernel))
		return error_set(err, -EPERM,
				 "change %" PRId64 " is of another network namespace",
				 record->id);
	for (size_t i = 0; r == 0 && i < record->key_count; i++) {
		if (record->keys[i].role != ROLE_REACH)
			r = persist_check_key(record->keys[i].key, err);
	}
	return r;
}

/* --- doing it --------------------------------------------------------------------- */

static int find_modules(struct record *record, struct error *err)
{
	AUTO(text_clear) struct text modules = { 0 };
	int r = persist_find_modules(record, &modules, err);

	if (r < 0)
		return r;
	if (record_set_text(&record->modules,
			    modules.length ? text_string(&modules) : NULL) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return 0;
}

int persist_keep(struct session *session, int64_t id, struct persist_report *ret,
		 struct error *err)
{
	char number[24];
	struct record *record = NULL;
	int r = session_reload(session, err), boot;

	(void)snprintf(number, sizeof(number), "%" PRId64, id);
	if (r == 0)
		r = session_find(session, number, &record, err);
	if (r == 0)
		r = check_record(session, record, err);
	if (r == 0)
		r = persist_check(session, err);
	if (r == 0)
		r = find_modules(record, err);
	if (r == 0)
		r = persist_set(&session->journal, &session->list, record, true, false,
				err);
	if (r < 0 && r != -EINPROGRESS)
		return r;
	ret->record = record;
	boot = persist_follow_boot(record, ret, r < 0 ? NULL : err);
	return r < 0 ? r : boot;
}

enum exit_status persist_status(const struct persist_report *report)
{
	return persist_report_tally(report, PERSIST_HOLDS) == report->count
		       ? STATUS_FINE
		       : STATUS_FOUND;
}

/* --- the command ------------------------------------------------------------------ */

/* The last change here that is kept and not yet persistent. */
static int find_last(const struct session *session, int64_t *ret, struct error *err)
{
	for (size_t i = session->list.count; i-- > 0;) {
		const struct record *record = &session->list.records[i];

		if (record_is_active(record) && !record->is_persistent &&
		    record_is_of(record, &session->kernel)) {
			*ret = record->id;
			return 0;
		}
	}
	return error_set(
		err, -ESRCH,
		"no change here is left to be kept for the next boot; 'tcptune status' shows all");
}

static int keep(const struct arguments *arguments, struct session *session,
		struct persist_report *report, struct error *err)
{
	const struct session_order order = {
		.state_path = arguments_value(arguments, OPTION_STATE),
		.command = "persist",
		.locks = true,
	};
	struct record *record = NULL;
	int64_t id = 0;
	int r = session_open(&order, session, err);

	if (r == 0 && arguments->operand_count > 0) {
		r = session_find(session, arguments->operands[0], &record, err);
		id = record ? record->id : 0;
	} else if (r == 0) {
		r = find_last(session, &id, err);
	}
	return r < 0 ? r : persist_keep(session, id, report, err);
}

static enum exit_status print(const struct persist_report *report, bool is_json,
			      enum exit_status status)
{
	AUTO(json_clear) struct json json = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();

	if (is_json) {
		persist_add_document(report, &json);
		return console_print(&json.text, status);
	}
	persist_add_text(report, &prose);
	return console_print(&prose.text, status);
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(session_close) struct session session = SESSION_NONE;
	AUTO(persist_report_clear) struct persist_report report = { 0 };
	struct error err = { 0 };
	enum exit_status status;
	bool is_json = false;
	int r = session_read_format(arguments, OPTION_FORMAT, &is_json, &err);

	if (arguments->operand_count > 1) {
		console_complain("persist takes the number of one change");
		return STATUS_USAGE;
	}
	if (r < 0)
		return console_fail(r, &err);
	r = keep(arguments, &session, &report, &err);
	if (r == 0)
		return print(&report, is_json, persist_status(&report));
	status = console_fail(r, &err);
	report.problem = err.text;
	return print(&report, is_json, report.record ? STATUS_PARTLY : status);
}

const struct command command_persist = {
	.name = "persist",
	.summary = "Keep a change for the next boot, too, in one sysctl file of ours",
	.arguments = "[ID]",
	.notes =
		"Without an id: the last change here that is not kept yet. Nothing is loaded again, and nobody else's file is touched. Exit status: 0 the next boot will set all of it; 1 it is in the file, but another line takes precedence, or that cannot be told; 3 nothing was written; 4 in the file, but not known to be in the journal.",
	.options = options,
	.run = run,
};

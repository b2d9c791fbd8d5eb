#include "cli/session.h"

#include "apply/persist.h"
#include "base/parse.h"

#include <errno.h>
#include <inttypes.h>

static void tell_expired(void *data, const struct undo_outcome *outcome)
{
	(void)data;
	console_complain("change %" PRId64 " was not confirmed in time: %s",
			 outcome->record->id,
			 outcome->record->state == RECORD_UNDONE
				 ? "everything is put back"
				 : "what could be put back is; see 'tcptune status'");
}

static bool has_expired(const struct session *session)
{
	int64_t now_ms = deadline_now_ms();

	for (size_t i = 0; i < session->list.count; i++) {
		if (deadline_is_over(&session->list.records[i], &session->kernel, now_ms))
			return true;
	}
	return false;
}

/* Of the process that planned it nothing is left, and it had written nothing. */
static int settle_planned(struct session *session, struct record *record,
			  struct error *err)
{
	if (record_set_text(&record->note, "was cut off before its first write") < 0)
		return error_set(err, -ENOMEM, "out of memory");
	record->deadline_ms = 0;
	return journal_set_state(&session->journal, record, RECORD_UNDONE, err);
}

/* A change that is waiting or cut off in a namespace that is gone holds nobody up. */
static int settle_elsewhere(struct session *session, struct record *record,
			    struct error *err)
{
	AUTO(undo_outcome_clear) struct undo_outcome outcome = { 0 };
	struct visit visit = VISIT_NONE;
	int r;

	if (record_is_of(record, &session->kernel))
		return 0;
	r = visit_begin(record, false, &visit, NULL);
	if (r == 0)
		return visit_end(&visit, err);
	if (r != -ENOENT || record->netns_cookie == 0)
		return 0;
	console_complain("change %" PRId64 ": its network namespace is gone", record->id);
	return undo_record(&session->journal, &session->list, record,
			   &(struct undo_order){ 0 }, &outcome, err);
}

int session_reload(struct session *session, struct error *err)
{
	record_list_clear(&session->list);
	return journal_load(&session->journal, &session->list, err);
}

/*
 * Under the lock: nobody else is at work. What cannot be put back here is told, and does
 * not keep a command from looking, or from undoing it with --force.
 */
static int settle(struct session *session, struct error *err)
{
	struct error overdue = { 0 }, files = { 0 };
	int r = deadline_undo_expired(&session->journal, &session->list, &session->kernel,
				      tell_expired, NULL, &overdue);

	if (r < 0)
		console_complain("a change is overdue to be put back: %s", overdue.text);
	r = r < 0 ? session_reload(session, err) : 0;
	if (r == 0 && persist_settle(&session->journal, &files) < 0)
		console_complain("what was cut off is not completed: %s", files.text);
	for (size_t i = 0; r == 0 && i < session->list.count; i++) {
		struct record *record = &session->list.records[i];

		if (!record_is_of_boot(record, &session->kernel))
			continue;
		if (record->state == RECORD_PLANNED)
			r = settle_planned(session, record, err);
		else if (record->state == RECORD_WAITING || record_is_cut_off(record))
			r = settle_elsewhere(session, record, err);
	}
	return r;
}

/* A command that only looks takes the lock for what is overdue, if it can. */
static int settle_in_passing(struct session *session, struct error *err)
{
	struct error busy = { 0 };
	int r;

	if (!has_expired(session))
		return 0;
	r = state_lock(&session->state, "undo of what was not confirmed", &busy);
	if (r < 0) {
		console_complain("a change is overdue to be put back: %s", busy.text);
		return 0;
	}
	r = session_reload(session, err);
	if (r == 0)
		r = settle(session, err);
	release_close(&session->state.lock);
	session->state.lock = -1;
	return r;
}

int session_enter(const char *netns, struct kernel *ret, struct error *err)
{
	int r = netns ? kernel_enter_netns(netns, err) : 0;

	if (r == 0)
		r = kernel_open(ret, err);
	if (r == 0 && netns)
		(void)snprintf(ret->netns_name, sizeof(ret->netns_name), "%s", netns);
	return r;
}

static int open_state(const struct session_order *order, struct session *session,
		      struct error *err)
{
	const char *path = order->state_path ? order->state_path : STATE_FOLDER;
	int r = state_open(path, order->creates, &session->state, err);

	if (r == -ENOENT && !order->creates)
		return 0;
	if (r == 0 && order->locks)
		r = state_lock(&session->state, order->command, err);
	if (r == 0)
		r = journal_open(&session->state, order->creates, &session->journal, err);
	if (r == -ENOENT && !order->creates)
		return 0;
	if (r < 0)
		return r;
	session->has_journal = true;
	r = session_reload(session, err);
	if (r == 0)
		r = order->locks ? settle(session, err) : settle_in_passing(session, err);
	return r;
}

int session_open(const struct session_order *order, struct session *ret,
		 struct error *err)
{
	AUTO(session_close) struct session session = SESSION_NONE;
	int r = session_enter(order->netns, &session.kernel, err);

	if (r == 0)
		r = open_state(order, &session, err);
	if (r < 0)
		return r;
	*ret = session;
	session = (struct session)SESSION_NONE;
	return 0;
}

void session_close(struct session *session)
{
	record_list_clear(&session->list);
	journal_close(&session->journal);
	state_close(&session->state);
	kernel_close(&session->kernel);
	*session = (struct session)SESSION_NONE;
}

int session_find(const struct session *session, const char *id, struct record **ret,
		 struct error *err)
{
	int64_t number;

	if (parse_i64(id, &number) < 0)
		return error_set(err, -EINVAL, "'%s' is no number of a change", id);
	for (size_t i = 0; i < session->list.count; i++) {
		if (session->list.records[i].id == number) {
			*ret = &session->list.records[i];
			return 0;
		}
	}
	return error_set(err, -EINVAL,
			 "there is no change %s; 'tcptune history' lists them", id);
}

int session_read_format(const struct arguments *arguments, size_t option,
			bool *ret_is_json, struct error *err)
{
	const char *format = arguments_value(arguments, option);

	*ret_is_json = format && strcmp(format, "json") == 0;
	if (format && !*ret_is_json && strcmp(format, "text") != 0)
		return error_set(err, -EINVAL, "--format knows no '%s'", format);
	return 0;
}

/* `tcptune confirm` and `tcptune extend`: keep a change, or think longer. */
#include "apply/watch.h"
#include "base/parse.h"
#include "cli/session.h"
#include "report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

enum { OPTION_STATE, OPTION_COUNT };
enum { LONGEST_MS = 24 * 60 * 60 * 1000, SHORTEST_MS = 1000 };

static const struct option_def options[] = {
	[OPTION_STATE] = { "state", "FOLDER",
			   "the journal is here and not in /var/lib/tcptune" },
	[OPTION_COUNT] = { 0 },
};

static int open_session(const struct arguments *arguments, const char *command,
			struct session *ret, struct error *err)
{
	const struct session_order order = {
		.state_path = arguments_value(arguments, OPTION_STATE),
		.command = command,
		.locks = true,
	};

	return session_open(&order, ret, err);
}

/* The record of an id, or else the one that waits; NULL when none does. */
static int find(const struct session *session, const char *id, struct record **ret,
		struct error *err)
{
	if (id)
		return session_find(session, id, ret, err);
	*ret = deadline_find_waiting(&session->list, &session->kernel);
	return 0;
}

/* Why a record that does not wait cannot be confirmed or extended. */
static int refuse(const struct record *record, struct error *err)
{
	if (!record)
		return error_set(err, -ESRCH, "no change waits for a confirmation");
	if (record_is_cut_off(record))
		return error_set(err, -ESRCH,
				 "change %" PRId64 " was cut off: 'tcptune undo %" PRId64
				 "' puts everything back",
				 record->id, record->id);
	return error_set(err, -ESRCH,
			 "change %" PRId64 " waits for no confirmation: it is %s",
			 record->id, record_state_text(record->state));
}

static enum exit_status say(const char *format, ...) PRINTF(1, 2);

static enum exit_status say(const char *format, ...)
{
	AUTO(prose_clear) struct prose prose = console_prose();
	char text[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	prose_add(&prose, (struct indent){ 0, 0 }, STYLE_GOOD, "", text);
	return console_print(&prose.text, STATUS_FINE);
}

/* The lock is held, so that the watcher comes before all of this or after it. */
static int keep(struct session *session, struct record *record, struct error *err)
{
	if (record && record->state == RECORD_KEPT)
		return 0;
	if (!record || record->state != RECORD_WAITING)
		return refuse(record, err);
	record->deadline_ms = 0;
	record->finished = (double)time(NULL);
	return journal_set_state(&session->journal, record, RECORD_KEPT, err);
}

static enum exit_status run_confirm(const struct arguments *arguments)
{
	AUTO(session_close) struct session session = SESSION_NONE;
	struct record *record = NULL;
	struct error err = { 0 };
	int r;

	if (arguments->operand_count > 1) {
		console_complain("confirm takes the number of one change");
		return STATUS_USAGE;
	}
	r = open_session(arguments, "confirm", &session, &err);
	if (r == 0)
		r = find(&session, arguments->operands[0], &record, &err);
	if (r == 0)
		r = keep(&session, record, &err);
	return r < 0 ? console_fail(r, &err)
		     : say("change %" PRId64 " is kept", record->id);
}

static int read_time(const char *text, int64_t *ret, struct error *err)
{
	if (parse_duration(text, ret) < 0)
		return error_set(err, -EINVAL, "'%s' is no time such as 90s or 5m", text);
	if (*ret < SHORTEST_MS || *ret > LONGEST_MS)
		return error_set(err, -EINVAL, "'%s' is not within 1s and 24h", text);
	return 0;
}

/* A second watcher does no harm, and the first one may have been killed. */
static int extend(struct session *session, struct record *record, int64_t ms,
		  struct error *err)
{
	enum watcher watcher;
	int r;

	if (!record || record->state != RECORD_WAITING)
		return refuse(record, err);
	record->deadline_ms = deadline_now_ms() + ms;
	r = journal_put_state(&session->journal, record, err);
	return r < 0 ? r : watch_start(&session->state, record, &watcher, err);
}

static enum exit_status run_extend(const struct arguments *arguments)
{
	AUTO(session_close) struct session session = SESSION_NONE;
	AUTO(text_clear) struct text time = { 0 };
	struct record *record = NULL;
	struct error err = { 0 };
	int64_t ms = 0;
	int r;

	if (arguments->operand_count != 2) {
		console_complain(
			"extend takes the number of a change and a time: extend 3 5m");
		return STATUS_USAGE;
	}
	r = read_time(arguments->operands[1], &ms, &err);
	if (r == 0)
		r = open_session(arguments, "extend", &session, &err);
	if (r == 0)
		r = find(&session, arguments->operands[0], &record, &err);
	if (r == 0)
		r = extend(&session, record, ms, &err);
	if (r < 0)
		return console_fail(r, &err);
	words_add_seconds(&time, (double)ms / 1000);
	return say("change %" PRId64 " is put back in %s, unless it is confirmed",
		   record->id, text_string(&time));
}

const struct command command_confirm = {
	.name = "confirm",
	.summary = "Keep a change that waits for its confirmation",
	.arguments = "[ID]",
	.notes = "Exit status: 0 it is kept; 3 it is too late, or nothing waits.",
	.options = options,
	.run = run_confirm,
};

const struct command command_extend = {
	.name = "extend",
	.summary = "Give a change that waits for its confirmation more time, from now on",
	.arguments = "ID TIME",
	.options = options,
	.run = run_extend,
};

/* What was told, kept for those who look later. */
#include "history/findings.h"

#include <errno.h>

static void event_clear(struct event *event)
{
	free(event->rule);
	free(event->subject);
	free(event->says);
}

void event_list_clear(struct event_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		event_clear(&list->events[i]);
	free(list->events);
	*list = (struct event_list){ 0 };
}

int event_add(struct event_list *list, enum event_kind kind, int64_t taken,
	      const char *rule, const char *subject, int severity, const char *says,
	      struct error *err)
{
	struct event *grown =
		realloc(list->events, (list->count + 1) * sizeof(*list->events));
	struct event event = {
		.kind = kind,
		.taken = taken,
		.rule = strdup(rule),
		.subject = strdup(subject),
		.says = strdup(says),
		.severity = severity,
	};

	if (grown)
		list->events = grown;
	if (!grown || !event.rule || !event.subject || !event.says) {
		event_clear(&event);
		return error_set(err, -ENOMEM, "out of memory");
	}
	list->events[list->count++] = event;
	return 0;
}

static enum event_kind parse_kind(const char *text)
{
	for (int i = 0; i < EVENT_KINDS_; i++) {
		if (text && strcmp(event_kind_text((enum event_kind)i), text) == 0)
			return (enum event_kind)i;
	}
	return EVENT_NOTHING;
}

static const char *column_text(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return text ? text : "";
}

int events_load(struct history *history, int64_t since, size_t most,
		struct event_list *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	AUTO(event_list_clear) struct event_list list = { 0 };
	int result = SQLITE_DONE;
	int r = database_prepare(history->db,
				 "SELECT what, taken, rule, subject, severity, says FROM"
				 " (SELECT * FROM event WHERE place = ? AND taken >= ?"
				 " ORDER BY id DESC LIMIT ?) ORDER BY id",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	sqlite3_bind_int64(statement, 2, since);
	sqlite3_bind_int64(statement, 3, (int64_t)most);
	while (r == 0 && (result = sqlite3_step(statement)) == SQLITE_ROW)
		r = event_add(&list, parse_kind(column_text(statement, 0)),
			      sqlite3_column_int64(statement, 1),
			      column_text(statement, 2), column_text(statement, 3),
			      sqlite3_column_int(statement, 4), column_text(statement, 5),
			      err);
	if (r == 0 && result != SQLITE_DONE)
		r = error_set(err, database_errno(result), "%s",
			      sqlite3_errmsg(history->db));
	if (r < 0)
		return r;
	*ret = list;
	list = (struct event_list){ 0 };
	return 0;
}

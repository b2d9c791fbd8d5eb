#include "history/findings.h"

#include <errno.h>

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

void tracked_list_clear(struct tracked_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		tracked_clear(&list->items[i]);
	free(list->items);
	*list = (struct tracked_list){ 0 };
}

static struct tracked *add(struct tracked_list *list)
{
	struct tracked *grown = list->items;

	if ((list->count & (list->count + 1)) == 0) /* at 0, 1, 3, 7, ... */
		grown = realloc(list->items, (2 * list->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	list->items = grown;
	grown[list->count] = (struct tracked){ .level = -1 };
	return &grown[list->count++];
}

/* --- out of the history ----------------------------------------------------------- */

enum column {
	COLUMN_KIND,
	COLUMN_RULE,
	COLUMN_SUBJECT,
	COLUMN_SEVERITY,
	COLUMN_SAYS,
	COLUMN_ADVICE,
	COLUMN_UNIT,
	COLUMN_FIRST_SEEN,
	COLUMN_SINCE,
	COLUMN_LAST_SEEN,
	COLUMN_COUNT,
	COLUMN_IS_OPEN,
	COLUMN_IS_TOLD,
	COLUMN_LAST_TOLD,
	COLUMN_PATIENCE,
	COLUMN_LEVEL,
	COLUMN_REFERENCE,
	COLUMN_EDGE,
	COLUMN_ABOVE,
	COLUMN_BELOW,
	COLUMN_ABSENT,
};

#define COLUMNS                                                                            \
	"kind, rule, subject, severity, says, advice, unit, first_seen, since, last_seen," \
	" count, is_open, is_told, last_told, patience, level, reference, edge, above,"    \
	" below, absent"

static char *copy_text(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return strdup(text ? text : "");
}

/* The counters of hysteresis are small: what is not came from a damaged file. */
static int read_small(sqlite3_stmt *row, int column)
{
	int64_t number = sqlite3_column_int64(row, column);

	return number < 0 || number > INT32_MAX / 4 ? 0 : (int)number;
}

static double read_real(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL
		       ? -1
		       : sqlite3_column_double(row, column);
}

static int read_row(sqlite3_stmt *row, struct tracked *ret)
{
	ret->kind = copy_text(row, COLUMN_KIND);
	ret->rule = copy_text(row, COLUMN_RULE);
	ret->subject = copy_text(row, COLUMN_SUBJECT);
	ret->says = copy_text(row, COLUMN_SAYS);
	ret->advice = copy_text(row, COLUMN_ADVICE);
	ret->unit = copy_text(row, COLUMN_UNIT);
	ret->severity = read_small(row, COLUMN_SEVERITY);
	ret->first_seen = sqlite3_column_int64(row, COLUMN_FIRST_SEEN);
	ret->since = sqlite3_column_int64(row, COLUMN_SINCE);
	ret->last_seen = sqlite3_column_int64(row, COLUMN_LAST_SEEN);
	ret->count = sqlite3_column_int64(row, COLUMN_COUNT);
	ret->is_open = sqlite3_column_int(row, COLUMN_IS_OPEN) != 0;
	ret->is_told = sqlite3_column_int(row, COLUMN_IS_TOLD) != 0;
	ret->last_told = sqlite3_column_int64(row, COLUMN_LAST_TOLD);
	ret->patience = read_small(row, COLUMN_PATIENCE);
	ret->level = read_real(row, COLUMN_LEVEL);
	ret->reference = read_real(row, COLUMN_REFERENCE);
	ret->edge = read_real(row, COLUMN_EDGE);
	ret->above = read_small(row, COLUMN_ABOVE);
	ret->below = read_small(row, COLUMN_BELOW);
	ret->absent = read_small(row, COLUMN_ABSENT);
	return ret->kind && ret->rule && ret->subject && ret->says && ret->advice &&
			       ret->unit
		       ? 0
		       : -ENOMEM;
}

int findings_load(struct history *history, struct tracked_list *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	AUTO(tracked_list_clear) struct tracked_list list = { 0 };
	int result = SQLITE_DONE;
	int r = database_prepare(history->db,
				 "SELECT " COLUMNS " FROM finding WHERE place = ?"
				 " ORDER BY is_open DESC, severity DESC, rule, subject",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct tracked *tracked = add(&list);

		if (!tracked || read_row(statement, tracked) < 0)
			return no_memory(err);
	}
	if (result != SQLITE_DONE)
		return error_set(err, database_errno(result), "%s",
				 sqlite3_errmsg(history->db));
	*ret = list;
	list = (struct tracked_list){ 0 };
	return 0;
}

/* --- a run ------------------------------------------------------------------------ */

static struct tracked *find(struct tracked_list *list, const struct observation *seen)
{
	for (size_t i = 0; i < list->count; i++) {
		struct tracked *item = &list->items[i];

		if (strcmp(item->kind, seen->kind) == 0 &&
		    strcmp(item->rule, seen->rule) == 0 &&
		    strcmp(item->subject, seen->subject) == 0)
			return item;
	}
	return NULL;
}

static int add_event_of(const struct tracked *tracked, enum event_kind kind, int64_t now,
			struct event_list *events, struct error *err)
{
	if (kind == EVENT_NOTHING)
		return 0;
	return event_add(events, kind, now, tracked->rule, tracked->subject,
			 tracked->severity, tracked->says, err);
}

int findings_see(struct tracked_list *list, const struct observation *seen, int64_t now,
		 struct event_list *events, struct error *err)
{
	struct tracked *tracked = find(list, seen);
	int kind;

	if (!tracked)
		tracked = add(list);
	kind = tracked ? track_seen(tracked, seen, now) : -ENOMEM;
	return kind < 0 ? no_memory(err)
			: add_event_of(tracked, (enum event_kind)kind, now, events, err);
}

int findings_miss(struct tracked_list *list, int64_t now,
		  bool (*could_judge)(void *data, const struct tracked *tracked),
		  void *data, struct event_list *events, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->count; i++) {
		struct tracked *tracked = &list->items[i];

		if (!tracked->was_looked_at && could_judge(data, tracked))
			r = add_event_of(tracked, track_unseen(tracked, now), now, events,
					 err);
	}
	return r;
}

/* --- into the history ------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
	sqlite3_bind_text(statement, column + 2, text, -1, SQLITE_STATIC);
}

static void bind_integer(sqlite3_stmt *statement, int column, int64_t number)
{
	sqlite3_bind_int64(statement, column + 2, number);
}

static void bind_real(sqlite3_stmt *statement, int column, double number)
{
	if (number < 0)
		sqlite3_bind_null(statement, column + 2);
	else
		sqlite3_bind_double(statement, column + 2, number);
}

static int store_one(sqlite3_stmt *statement, const struct tracked *tracked,
		     struct error *err)
{
	bind_text(statement, COLUMN_KIND, tracked->kind);
	bind_text(statement, COLUMN_RULE, tracked->rule);
	bind_text(statement, COLUMN_SUBJECT, tracked->subject);
	bind_integer(statement, COLUMN_SEVERITY, tracked->severity);
	bind_text(statement, COLUMN_SAYS, tracked->says);
	bind_text(statement, COLUMN_ADVICE, tracked->advice);
	bind_text(statement, COLUMN_UNIT, tracked->unit);
	bind_integer(statement, COLUMN_FIRST_SEEN, tracked->first_seen);
	bind_integer(statement, COLUMN_SINCE, tracked->since);
	bind_integer(statement, COLUMN_LAST_SEEN, tracked->last_seen);
	bind_integer(statement, COLUMN_COUNT, tracked->count);
	bind_integer(statement, COLUMN_IS_OPEN, tracked->is_open);
	bind_integer(statement, COLUMN_IS_TOLD, tracked->is_told);
	bind_integer(statement, COLUMN_LAST_TOLD, tracked->last_told);
	bind_integer(statement, COLUMN_PATIENCE, tracked->patience);
	bind_real(statement, COLUMN_LEVEL, tracked->level);
	bind_real(statement, COLUMN_REFERENCE, tracked->reference);
	bind_real(statement, COLUMN_EDGE, tracked->edge);
	bind_integer(statement, COLUMN_ABOVE, tracked->above);
	bind_integer(statement, COLUMN_BELOW, tracked->below);
	bind_integer(statement, COLUMN_ABSENT, tracked->absent);
	return database_step(statement, err);
}

static int store_changed(struct history *history, const struct tracked_list *list,
			 struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = database_prepare(history->db,
				 "INSERT OR REPLACE INTO finding (place, " COLUMNS ")"
				 " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
				 &statement, err);

	if (r == 0)
		sqlite3_bind_int64(statement, 1, history->place);
	for (size_t i = 0; r == 0 && i < list->count; i++) {
		if (list->items[i].has_changed)
			r = store_one(statement, &list->items[i], err);
	}
	return r;
}

static int store_events(struct history *history, const struct event_list *events,
			struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = events->count ? database_prepare(history->db,
						 "INSERT INTO event VALUES"
						 " (NULL,?,?,?,?,?,?,?)",
						 &statement, err)
			      : 0;

	for (size_t i = 0; r == 0 && i < events->count; i++) {
		const struct event *event = &events->events[i];

		sqlite3_bind_int64(statement, 1, history->place);
		sqlite3_bind_int64(statement, 2, event->taken);
		sqlite3_bind_text(statement, 3, event_kind_text(event->kind), -1,
				  SQLITE_STATIC);
		sqlite3_bind_text(statement, 4, event->rule, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 5, event->subject, -1, SQLITE_STATIC);
		sqlite3_bind_int(statement, 6, event->severity);
		sqlite3_bind_text(statement, 7, event->says, -1, SQLITE_STATIC);
		r = database_step(statement, err);
	}
	return r;
}

/* The closed ones that were not seen for longest go first. */
static int forget_most(struct history *history, const struct tracked_list *list,
		       struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r;

	if (list->count <= FINDINGS_MOST)
		return 0;
	r = database_prepare(
		history->db,
		"DELETE FROM finding WHERE rowid IN (SELECT rowid FROM finding"
		" WHERE place = ? ORDER BY is_open, last_seen LIMIT ?)",
		&statement, err);
	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	sqlite3_bind_int64(statement, 2, (int64_t)(list->count - FINDINGS_MOST));
	return database_step(statement, err);
}

int findings_store(struct history *history, const struct tracked_list *list,
		   const struct event_list *events, struct error *err)
{
	int r = store_changed(history, list, err);

	if (r == 0)
		r = store_events(history, events, err);
	return r < 0 ? r : forget_most(history, list, err);
}

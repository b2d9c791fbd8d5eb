/* Places, runs, and how long they are kept. */
#include "history/history.h"

#include <errno.h>

enum { SECONDS_A_DAY = 24 * 60 * 60, BYTES_A_MIB = 1024 * 1024 };

const char *history_place_name(const struct kernel *kernel)
{
	if (kernel->netns_name[0])
		return kernel->netns_name;
	return kernel->is_init_netns ? "init" : "own";
}

/* The number in the first column; `otherwise` when there is no row or it is NULL. */
static int query_number(sqlite3_stmt *statement, int64_t otherwise, int64_t *ret,
			struct error *err)
{
	int result = sqlite3_step(statement);

	*ret = otherwise;
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return error_set(err, database_errno(result), "%s",
				 sqlite3_errmsg(sqlite3_db_handle(statement)));
	if (result == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
		*ret = sqlite3_column_int64(statement, 0);
	return 0;
}

static int query_one(struct history *history, const char *sql, int64_t first,
		     int64_t second, int64_t *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = database_prepare(history->db, sql, &statement, err);

	if (r < 0)
		return r;
	if (sqlite3_bind_parameter_count(statement) > 0)
		sqlite3_bind_int64(statement, 1, first);
	if (sqlite3_bind_parameter_count(statement) > 1)
		sqlite3_bind_int64(statement, 2, second);
	return query_number(statement, 0, ret, err);
}

int history_find_place(struct history *history, const struct kernel *kernel,
		       struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	const char *name = history_place_name(kernel);
	int r = database_prepare(history->db, "SELECT id FROM place WHERE name = ?",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	r = query_number(statement, 0, &history->place, err);
	if (r == 0 && history->place == 0)
		return error_set(err, -ENOENT,
				 "the history holds nothing of network namespace '%s'",
				 name);
	return r;
}

static int add_place(struct history *history, const struct kernel *kernel,
		     struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = history_find_place(history, kernel, NULL);

	if (r != -ENOENT)
		return r < 0 ? error_set(err, r, "%s", sqlite3_errmsg(history->db)) : 0;
	r = database_prepare(history->db, "INSERT INTO place VALUES (NULL, ?)",
			     &statement, err);
	if (r < 0)
		return r;
	sqlite3_bind_text(statement, 1, history_place_name(kernel), -1, SQLITE_STATIC);
	r = database_step(statement, err);
	history->place = sqlite3_last_insert_rowid(history->db);
	return r;
}

/* The first run of each day has all points, so that older days can go. */
static int decide_key(struct history *history, struct error *err)
{
	int64_t last = 0;
	int r = query_one(history,
			  "SELECT taken FROM run WHERE place = ? AND is_key"
			  " ORDER BY id DESC LIMIT 1",
			  history->place, 0, &last, err);

	history->is_key_run = history->now / SECONDS_A_DAY != last / SECONDS_A_DAY;
	return r;
}

int history_begin_run(struct history *history, const struct kernel *kernel, double taken,
		      double window, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = add_place(history, kernel, err);

	history->now = (int64_t)taken;
	if (r == 0)
		r = decide_key(history, err);
	if (r == 0)
		r = database_prepare(history->db,
				     "INSERT INTO run VALUES (NULL, ?, ?, ?, ?)",
				     &statement, err);
	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	sqlite3_bind_int64(statement, 2, history->now);
	sqlite3_bind_int(statement, 3, history->is_key_run);
	if (window >= 0)
		sqlite3_bind_double(statement, 4, window);
	r = database_step(statement, err);
	history->run = sqlite3_last_insert_rowid(history->db);
	return r;
}

/* --- keeping ---------------------------------------------------------------------- */

int history_bytes(struct history *history, int64_t *ret, struct error *err)
{
	int64_t pages = 0, free_pages = 0, size = 0;
	int r = query_one(history, "PRAGMA page_count", 0, 0, &pages, err);

	if (r == 0)
		r = query_one(history, "PRAGMA freelist_count", 0, 0, &free_pages, err);
	if (r == 0)
		r = query_one(history, "PRAGMA page_size", 0, 0, &size, err);
	*ret = (pages - free_pages) * size;
	return r;
}

/* Runs of this place before a key run, with all that hangs on them. */
static int forget_before(struct history *history, int64_t key, struct error *err)
{
	static const char *const statements[] = {
		"DELETE FROM point WHERE run < ?1 AND run IN"
		" (SELECT id FROM run WHERE place = ?2 AND id < ?1)",
		"DELETE FROM run WHERE id < ?1 AND place = ?2",
		/* subjects that are gone since then */
		"DELETE FROM series WHERE place = ?2 AND subject <> '' AND coalesce(latest, 0) = 0 AND moved < ?1",
		"DELETE FROM event WHERE place = ?2 AND taken <"
		" (SELECT taken FROM run WHERE id = ?1)",
		"DELETE FROM finding WHERE place = ?2 AND last_seen <"
		" (SELECT taken FROM run WHERE id = ?1)",
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(statements); i++) {
		AUTO(database_finalize) sqlite3_stmt *statement = NULL;

		r = database_prepare(history->db, statements[i], &statement, err);
		if (r < 0)
			return r;
		sqlite3_bind_int64(statement, 1, key);
		sqlite3_bind_int64(statement, 2, history->place);
		r = database_step(statement, err);
	}
	return r;
}

/* The place whose oldest day is the oldest gives it up. Returns: 1 when one did */
static int forget_oldest_day(struct history *history, struct error *err)
{
	struct history other = *history;
	int64_t key = 0;
	/* the second key run of each place that has two */
	int r = query_one(history,
			  "SELECT place FROM run WHERE is_key GROUP BY place"
			  " HAVING count(*) > 1 ORDER BY min(id) LIMIT 1",
			  0, 0, &other.place, err);

	if (r < 0 || other.place == 0)
		return r;
	r = query_one(history,
		      "SELECT id FROM run WHERE place = ? AND is_key"
		      " ORDER BY id LIMIT 1 OFFSET 1",
		      other.place, 0, &key, err);
	if (r == 0)
		r = forget_before(&other, key, err);
	return r < 0 ? r : 1;
}

static int retain_size(struct history *history, int64_t most_bytes, struct error *err)
{
	for (;;) {
		int64_t bytes = 0;
		int r = history_bytes(history, &bytes, err);

		if (r < 0 || bytes <= most_bytes)
			return r;
		r = forget_oldest_day(history, err);
		if (r <= 0)
			return r;
	}
}

/* Once a day, with the key run: other runs begin no new day. */
static int retain_age(struct history *history, int64_t keep_days, struct error *err)
{
	int64_t key = 0;
	int r;

	if (!history->is_key_run)
		return 0;
	r = query_one(
		history,
		"SELECT max(id) FROM run WHERE place = ?1 AND is_key AND taken <= ?2",
		history->place, history->now - keep_days * SECONDS_A_DAY, &key, err);
	return r < 0 || key == 0 ? r : forget_before(history, key, err);
}

int history_retain(struct history *history, int64_t keep_days, int64_t keep_mib,
		   struct error *err)
{
	int r = retain_age(history, keep_days ? keep_days : HISTORY_KEEP_DAYS, err);

	if (r < 0)
		return r;
	return retain_size(history,
			   (keep_mib ? keep_mib : HISTORY_KEEP_MIB) * BYTES_A_MIB, err);
}

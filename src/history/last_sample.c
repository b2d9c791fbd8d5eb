#include "history/last_sample.h"

#include <errno.h>

enum column {
	COLUMN_TAKEN,
	COLUMN_UPTIME,
	COLUMN_BOOT,
	COLUMN_COOKIE,
	COLUMN_SCHEMA,
	COLUMN_IMAGE,
};

static enum last_sample_state judge(sqlite3_stmt *row, const struct kernel *kernel)
{
	const char *boot = (const char *)sqlite3_column_text(row, COLUMN_BOOT);
	uint64_t cookie = (uint64_t)sqlite3_column_int64(row, COLUMN_COOKIE);

	if (!boot || strcmp(boot, kernel->boot_id) != 0)
		return LAST_SAMPLE_REBOOTED;
	return cookie == kernel->netns_cookie ? LAST_SAMPLE_SAME
					      : LAST_SAMPLE_NETNS_CHANGED;
}

static bool is_of_use(sqlite3_stmt *row, const struct kernel *kernel, double least,
		      double most)
{
	double age =
		kernel_uptime_seconds(kernel) - sqlite3_column_double(row, COLUMN_UPTIME);

	/* an update of the program may bring other tables */
	return age >= least && age <= most &&
	       sqlite3_column_int64(row, COLUMN_SCHEMA) == evidence_schema_hash();
}

/* ret: begins with that sample where it is of use; else it stays closed. */
static int open_row(sqlite3_stmt *row, const struct kernel *kernel, double least,
		    double most, struct evidence *ret, struct last_sample *ret_last,
		    struct error *err)
{
	ret_last->taken = sqlite3_column_double(row, COLUMN_TAKEN);
	ret_last->state = judge(row, kernel);
	if (ret_last->state != LAST_SAMPLE_SAME || !is_of_use(row, kernel, least, most))
		return 0;
	return evidence_open_image(sqlite3_column_blob(row, COLUMN_IMAGE),
				   (size_t)sqlite3_column_bytes(row, COLUMN_IMAGE), ret,
				   err);
}

int last_sample_open(struct history *history, const struct kernel *kernel, double least,
		     double most, struct evidence *ret, struct last_sample *ret_last,
		     struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct last_sample last = { 0 };
	struct evidence evidence = { 0 };
	int result, r;

	r = database_prepare(history->db,
			     "SELECT taken, uptime, boot_id, netns_cookie, schema_hash,"
			     " image FROM last_sample WHERE place ="
			     " (SELECT id FROM place WHERE name = ?)",
			     &statement, err);
	if (r < 0)
		return r;
	sqlite3_bind_text(statement, 1, history_place_name(kernel), -1, SQLITE_STATIC);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		r = open_row(statement, kernel, least, most, &evidence, &last, err);
	else if (result != SQLITE_DONE)
		r = error_set(err, database_errno(result), "%s",
			      sqlite3_errmsg(history->db));
	if (r == 0 && !evidence.db)
		r = evidence_open_memory(&evidence, err);
	if (r < 0)
		return r;
	*ret = evidence;
	if (ret_last)
		*ret_last = last;
	return 0;
}

int last_sample_store(struct history *history, const struct kernel *kernel,
		      struct evidence *evidence, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	void *image = NULL;
	size_t size = 0;
	int r = database_prepare(
		history->db, "INSERT OR REPLACE INTO last_sample VALUES (?,?,?,?,?,?,?)",
		&statement, err);

	if (r == 0)
		r = evidence_image(evidence, &image, &size, err);
	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	sqlite3_bind_double(statement, 2, evidence->taken_now);
	sqlite3_bind_double(statement, 3, evidence->uptime_now);
	sqlite3_bind_text(statement, 4, kernel->boot_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 5, (int64_t)kernel->netns_cookie);
	sqlite3_bind_int64(statement, 6, evidence_schema_hash());
	sqlite3_bind_blob64(statement, 7, image, size, sqlite3_free);
	return database_step(statement, err);
}

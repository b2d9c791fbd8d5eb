#include "evidence/evidence_file.h"

#include "base/file.h"
#include "evidence/file_copy.h"
#include "evidence/file_schema.h"
#include "evidence/needs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

/* A file under inspection, in memory: nothing can change it meanwhile. */
struct foreign {
	struct text image;
	sqlite3 *db;
	int64_t deadline_ms;
};

static void foreign_clear(struct foreign *foreign)
{
	database_close(&foreign->db);
	text_clear(&foreign->image);
}

/* --- bytes ---------------------------------------------------------------------------
 */

static int read_standard(struct text *ret)
{
	for (;;) {
		ssize_t got;

		if (!text_reserve(ret, BUFSIZ))
			return -ENOMEM;
		got = read(STDIN_FILENO, ret->data + ret->length,
			   ret->capacity - ret->length - 1);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			return 0;
		ret->length += got > 0 ? (size_t)got : 0;
		if (ret->length > EVIDENCE_FILE_BYTES)
			return -EFBIG;
	}
}

static int read_image(const char *path, struct text *ret, struct error *err)
{
	static const char magic[16] = "SQLite format 3";
	int r = strcmp(path, "-") == 0
			? read_standard(ret)
			: file_read(AT_FDCWD, path, EVIDENCE_FILE_BYTES, ret);

	if (r == -EFBIG)
		return error_set(err, r, "it is larger than %d MiB",
				 EVIDENCE_FILE_BYTES >> 20);
	if (r < 0)
		return error_set(err, r == -EISDIR ? -EINVAL : r, "cannot read it: %s",
				 strerror(-r));
	if (ret->length < FILE_HEADER_BYTES ||
	    memcmp(ret->data, magic, sizeof(magic)) != 0)
		return error_set(err, -EINVAL, "it is no evidence file");
	return 0;
}

/* --- the database, before a row of it is read ----------------------------------------
 */

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int is_late(void *data)
{
	const struct foreign *foreign = data;

	return now_ms() > foreign->deadline_ms;
}

/* "ok" of the check of all its pages. */
static int check_integrity(sqlite3 *db, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	const char *answer;
	int r = database_prepare(db, "PRAGMA integrity_check(1)", &statement, err);
	int result;

	if (r < 0)
		return r;
	result = sqlite3_step(statement);
	if (result == SQLITE_INTERRUPT)
		return error_set(err, -ETIME, "it takes too long to check");
	if (result != SQLITE_ROW)
		return error_set(err, database_errno(result), "%s", sqlite3_errmsg(db));
	answer = (const char *)sqlite3_column_text(statement, 0);
	if (answer && strcmp(answer, "ok") == 0)
		return 0;
	return error_set(err, -EUCLEAN, "it is damaged: %s", answer ? answer : "");
}

static int foreign_open(const char *path, sqlite3 *ours, struct foreign *foreign,
			struct error *err)
{
	int r = read_image(path, &foreign->image, err);

	if (r == 0)
		r = database_open_foreign(foreign->image.data, foreign->image.length,
					  &foreign->db, err);
	if (r < 0)
		return r;
	foreign->deadline_ms = now_ms() + EVIDENCE_FILE_MS;
	sqlite3_progress_handler(foreign->db, 1000, is_late, foreign);
	r = file_schema_check(foreign->db, ours, err);
	return r < 0 ? r : check_integrity(foreign->db, err);
}

/* --- rows -----------------------------------------------------------------------------
 */

/* A table that an older file does not have: rules that need it must not take it as empty.
 */
static void note_lack(struct evidence *evidence, const char *table)
{
	for (size_t i = 0; i < TABLE_COUNT_; i++)
		if (strcmp(need_table_text((enum need_table)i), table) == 0)
			evidence->lacks_table[i] = true;
}

static int copy_tables(sqlite3 *file, struct evidence *evidence, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *names = NULL;
	struct file_copy copy = { .file = file, .evidence = evidence };
	int r = database_prepare(evidence->db,
				 "SELECT name FROM sqlite_schema"
				 " WHERE type = 'table' AND name <> 'window'",
				 &names, err);

	while (r == 0 && sqlite3_step(names) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(names, 0);

		r = file_copy_table(&copy, name, err);
		if (r == -ENOENT) {
			note_lack(evidence, name);
			r = 0;
		}
	}
	return r;
}

/* What the types of columns do not say. */
static int check_meaning(struct evidence *evidence, struct error *err)
{
	static const struct {
		const char *sql; /* a row when it is wrong */
		const char *problem;
	} checks[] = {
		{ "SELECT 1 FROM sample WHERE page_bytes NOT BETWEEN 1 AND 1 << 30 OR id < 1",
		  "a sample makes no sense" },
		{ "SELECT 1 FROM source WHERE state NOT IN ('ok', 'partial', 'unreadable', 'absent', 'skipped')",
		  "a source has a state that does not exist" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		AUTO(database_finalize) sqlite3_stmt *statement = NULL;
		int r = database_prepare(evidence->db, checks[i].sql, &statement, err);

		if (r < 0)
			return r;
		if (sqlite3_step(statement) != SQLITE_DONE)
			return error_set(err, -EINVAL, "%s", checks[i].problem);
	}
	return 0;
}

/* Columns that newer versions have, from those that say the same. */
static int fill_new_columns(struct evidence *evidence, struct error *err)
{
	static const char sql[] =
#define FILL(table)                                                                      \
	"UPDATE " table " SET endpoint = iif(family = 6, '[' || address || ']', address)"    \
	" || ':' || port WHERE endpoint IS NULL AND address <> '*';"
		FILL("listener") FILL("destination") FILL("udp_socket");
#undef FILL

	return database_run(evidence->db, sql, err);
}

static int load_rows(sqlite3 *file, struct evidence *evidence, struct error *err)
{
	int r = database_run(evidence->db, "BEGIN", err);

	if (r == 0)
		r = copy_tables(file, evidence, err);
	if (r == 0)
		r = check_meaning(evidence, err);
	if (r == 0)
		r = fill_new_columns(evidence, err);
	if (r == 0)
		r = evidence_use_latest(evidence, err);
	return r < 0 ? r : database_run(evidence->db, "COMMIT", err);
}

/* Whatever a file makes SQLite say is about the file. */
static int blame_file(int r, const char *path, struct error *err)
{
	switch (r) {
	case 0:
	case -ENOMEM:
	case -ENOENT:
	case -EACCES:
	case -EPERM:
	case -EFBIG:
		break;
	default:
		r = -EINVAL;
	}
	if (r < 0)
		error_prefix(err, "evidence file '%s'", path);
	return r;
}

int evidence_load(const char *path, struct evidence *ret, struct error *err)
{
	AUTO(foreign_clear) struct foreign foreign = { 0 };
	struct evidence evidence;
	int r = evidence_open_memory(&evidence, err);

	if (r < 0)
		return r;
	r = foreign_open(path, evidence.db, &foreign, err);
	if (r == 0)
		r = load_rows(foreign.db, &evidence, err);
	if (r < 0) {
		evidence_close(&evidence);
		return blame_file(r, path, err);
	}
	*ret = evidence;
	return 0;
}

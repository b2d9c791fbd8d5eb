#include "history/history.h"

#include "history/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

enum { BUSY_MS = 5000 };

static int fail(struct error *err, int code, const char *path)
{
	error_prefix(err, "history '%s/" HISTORY_FILE "'", path);
	return code == -EINVAL ? -EUCLEAN : code; /* our own SQL does not fit: not ours */
}

/* --- opening ---------------------------------------------------------------------- */

/* SQLite would make it by the umask. */
static int make_file(const char *path, struct error *err)
{
	auto_close int fd =
		open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);

	return fd < 0 ? error_set(err, -errno, "cannot be made: %s", strerror(errno)) : 0;
}

/* What is only read may lie anywhere; it must be ours even so. */
static int check_file(const char *path, struct error *err)
{
	struct stat about;

	if (lstat(path, &about) < 0)
		return error_set(err, -errno, "%s", strerror(errno));
	if (!S_ISREG(about.st_mode) || about.st_uid != geteuid() || (about.st_mode & 022))
		return error_set(err, -EPERM, "others may write it");
	return 0;
}

static int open_file(const char *folder, bool writes, sqlite3 **ret, struct error *err)
{
	AUTO(database_close) sqlite3 *db = NULL;
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/" HISTORY_FILE, folder);
	int r = length < 0 || (size_t)length >= sizeof(path)
			? error_set(err, -ENAMETOOLONG, "the path is too long")
			: 0;
	int result;

	if (r == 0 && writes)
		r = make_file(path, err);
	else if (r == 0)
		r = check_file(path, err);
	if (r < 0)
		return r;
	result = sqlite3_open_v2(path, &db,
				 (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
					 SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
				 NULL);
	if (result != SQLITE_OK)
		return error_set(err, database_errno(result), "%s",
				 db ? sqlite3_errmsg(db) : sqlite3_errstr(result));
	sqlite3_busy_timeout(db, BUSY_MS);
	*ret = TAKE(db);
	return 0;
}

static int read_version(sqlite3 *db, int64_t *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = database_prepare(db, "PRAGMA user_version", &statement, err);
	int result;

	if (r < 0)
		return r;
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW)
		return error_set(err, database_errno(result), "%s", sqlite3_errmsg(db));
	*ret = sqlite3_column_int64(statement, 0);
	return 0;
}

/*
 * What brings the tables of version N to N + 1, in place N; NULL where a file of that
 * version never existed. Version 0 is an empty file.
 */
static const char *const migrations[HISTORY_VERSION] = {
	[0] = history_schema,
};

/* In the transaction of the run: a migration that is cut off has not happened. */
static int migrate(sqlite3 *db, struct error *err)
{
	int64_t version = 0;
	int r = read_version(db, &version, err);

	if (r == 0 && version > HISTORY_VERSION)
		return error_set(
			err, -EPROTO,
			"was made by a newer tcptune (version %lld, this one knows %d): it is left as it is",
			(long long)version, HISTORY_VERSION);
	if (r == 0 && version < 0)
		return error_set(err, -EUCLEAN, "has no version that there ever was");
	for (; r == 0 && version < HISTORY_VERSION; version++)
		r = database_run(db, migrations[version], err);
	return r;
}

/*
 * The transaction takes the lock of the one writer at once. Two syncs a run: a power cut
 * loses at most the run, never the file.
 */
static int begin(sqlite3 *db, struct error *err)
{
	int r = database_run(
		db, "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;", err);

	if (r == 0)
		r = database_run(db, "BEGIN IMMEDIATE", err);
	return r < 0 ? r : migrate(db, err);
}

int history_open(const char *path, struct history *ret, struct error *err)
{
	AUTO(database_close) sqlite3 *db = NULL;
	int r = open_file(path, true, &db, err);

	if (r == 0)
		r = begin(db, err);
	if (r < 0)
		return fail(err, r, path);
	*ret = (struct history){ .db = TAKE(db) };
	return 0;
}

int history_open_memory(struct history *ret, struct error *err)
{
	AUTO(database_close) sqlite3 *db = NULL;
	int r = database_open_memory(&db, err);

	if (r == 0)
		r = begin(db, err);
	if (r < 0)
		return r;
	*ret = (struct history){ .db = TAKE(db), .is_in_memory = true };
	return 0;
}

int history_open_reading(const char *path, struct history *ret, struct error *err)
{
	AUTO(database_close) sqlite3 *db = NULL;
	int64_t version = 0;
	int r = open_file(path, false, &db, err);

	if (r == 0)
		r = read_version(db, &version, err);
	if (r == 0 && version == 0)
		r = error_set(err, -ENOENT, "is empty");
	if (r == 0 && version != HISTORY_VERSION)
		r = error_set(err, -EPROTO, "is of version %lld, this tcptune knows %d",
			      (long long)version, HISTORY_VERSION);
	if (r < 0)
		return fail(err, r, path);
	*ret = (struct history){ .db = TAKE(db) };
	return 0;
}

int history_commit(struct history *history, struct error *err)
{
	int r = database_run(history->db, "COMMIT", err);

	if (r < 0)
		error_prefix(err, "the history cannot be kept");
	return r;
}

void history_close(struct history *history)
{
	database_close(&history->db); /* rolls back what was not committed */
	*history = (struct history){ 0 };
}

/* --- putting aside ---------------------------------------------------------------- */

static int find_free_name(int folder, char *ret, struct error *err)
{
	struct stat about;

	for (int i = 1; i <= HISTORY_MOST_ASIDE; i++) {
		(void)snprintf(ret, HISTORY_NAME_BYTES, HISTORY_FILE ".bad-%d", i);
		if (fstatat(folder, ret, &about, AT_SYMLINK_NOFOLLOW) < 0)
			return errno == ENOENT ? 0
					       : error_set(err, -errno,
							   "cannot look for '%s': %s",
							   ret, strerror(errno));
	}
	return error_set(err, -EEXIST,
			 "there are %d damaged ones beside it already (" HISTORY_FILE
			 ".bad-1 and so on): look at the disk, then remove them",
			 HISTORY_MOST_ASIDE);
}

/* Its rollback journal goes first: without it, the file could be taken for whole. */
int history_put_aside(const char *path, char *ret_name, struct error *err)
{
	auto_close int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char journal[HISTORY_NAME_BYTES + 16];
	int r;

	if (folder < 0)
		return error_set(err, -errno, "cannot open '%s': %s", path,
				 strerror(errno));
	r = find_free_name(folder, ret_name, err);
	if (r < 0)
		return r;
	(void)snprintf(journal, sizeof(journal), "%s-journal", ret_name);
	if (renameat(folder, HISTORY_FILE "-journal", folder, journal) < 0 &&
	    errno != ENOENT)
		return error_set(err, -errno, "cannot be moved aside: %s",
				 strerror(errno));
	if (renameat(folder, HISTORY_FILE, folder, ret_name) < 0)
		return error_set(err, -errno, "cannot be moved aside: %s",
				 strerror(errno));
	return 0;
}

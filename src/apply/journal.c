#include "apply/journal.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>

#define FILE_NAME "journal.sqlite"

enum { BUSY_MS = 5000 };

/* From each version to the next. after: a word of SQL, hence read_back. */
static const char *const schema[JOURNAL_VERSION] = {
	"CREATE TABLE change ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, note TEXT,"
	" taken REAL NOT NULL, finished REAL, boot_id TEXT NOT NULL, netns_cookie INTEGER,"
	" netns TEXT, is_init_netns INTEGER NOT NULL, uid INTEGER NOT NULL, sudo_user TEXT,"
	" tty TEXT, command TEXT, profiles TEXT, fingerprint TEXT, deadline_ms INTEGER NOT NULL,"
	" window_ms INTEGER NOT NULL);"
	"CREATE TABLE change_key ("
	" change INTEGER NOT NULL REFERENCES change(id), position INTEGER NOT NULL,"
	" key TEXT NOT NULL, role TEXT NOT NULL, old TEXT, wanted TEXT, read_back TEXT,"
	" origin TEXT, note TEXT, fate TEXT NOT NULL, hold TEXT, seen_right REAL NOT NULL,"
	" drift_since REAL NOT NULL, PRIMARY KEY (change, position)) WITHOUT ROWID;"
	"PRAGMA user_version = 1;",
	"ALTER TABLE change ADD COLUMN is_persistent INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE change ADD COLUMN modules TEXT;"
	"ALTER TABLE change_key ADD COLUMN reason TEXT;"
	"CREATE TABLE file ("
	" path TEXT PRIMARY KEY, data BLOB, next_data BLOB, is_writing INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"PRAGMA user_version = 2;",
};

static int fail(struct error *err, int code, const struct state *state)
{
	error_prefix(err, "journal '%s/" FILE_NAME "'", state->path);
	return code == -EINVAL ? -EUCLEAN : code; /* not the user's mistake */
}

/* --- opening ---------------------------------------------------------------------- */

/* SQLite would make it by the umask, and not sync its name. */
static int make_file(const struct state *state, struct error *err)
{
	auto_close int fd = openat(state->folder, FILE_NAME,
				   O_RDWR | O_CREAT | O_NOFOLLOW | FILE_OPEN_FLAGS, 0600);

	if (fd < 0 || fsync(fd) < 0 || fsync(state->folder) < 0)
		return error_set(err, -errno, "cannot be made: %s", strerror(errno));
	return 0;
}

static int open_file(const struct state *state, int flags, sqlite3 **ret,
		     struct error *err)
{
	AUTO(database_close) sqlite3 *db = NULL;
	char path[PATH_MAX];
	int result, length = snprintf(path, sizeof(path), "%s/" FILE_NAME, state->path);

	if (length < 0 || (size_t)length >= sizeof(path))
		return error_set(err, -ENAMETOOLONG, "the path is too long");
	result = sqlite3_open_v2(
		path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (result != SQLITE_OK)
		return error_set(err, database_errno(result), "%s",
				 db ? sqlite3_errmsg(db) : sqlite3_errstr(result));
	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_extended_result_codes(db, 0);
	*ret = TAKE(db);
	return 0;
}

static int read_version(sqlite3 *db, int *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = database_prepare(db, "PRAGMA user_version", &statement, err);
	int result;

	if (r < 0)
		return r;
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW)
		return error_set(err, database_errno(result), "%s", sqlite3_errmsg(db));
	*ret = sqlite3_column_int(statement, 0);
	return 0;
}

/* A new journal, or one of an older tcptune, becomes one of this version. */
static int make_schema(sqlite3 *db, struct error *err)
{
	int r = database_run(db, "BEGIN IMMEDIATE", err);
	int version = 0;

	if (r == 0)
		r = read_version(db, &version, err);
	for (; r == 0 && version >= 0 && version < JOURNAL_VERSION; version++)
		r = database_run(db, schema[version], err);
	if (r == 0)
		r = database_run(db, "COMMIT", err);
	if (r < 0) /* what this cannot take back, the next opening does */
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static int check_version(const struct journal *journal, struct error *err)
{
	int version = 0;
	int r = read_version(journal->db, &version, err);

	if (r < 0 || version == JOURNAL_VERSION)
		return r;
	if (version > JOURNAL_VERSION)
		return error_set(err, -EPROTO, "was made by a newer tcptune (version %d)",
				 version);
	if (journal->is_read_only && version == 0)
		return error_set(err, -ENOENT, "is empty");
	if (journal->is_read_only)
		return error_set(err, -EROFS,
				 "is of an older tcptune and cannot be brought up to date");
	return make_schema(journal->db, err);
}

static bool may_write(const struct state *state)
{
	return faccessat(state->folder, FILE_NAME, W_OK, AT_EACCESS) == 0 &&
	       faccessat(state->folder, ".", W_OK, AT_EACCESS) == 0;
}

static int open_journal(const struct state *state, bool creates, struct journal *journal,
			struct error *err)
{
	static const char settings[] =
		"PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;"
		"PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF";
	int r;

	if (faccessat(state->folder, FILE_NAME, F_OK, 0) < 0) {
		if (errno != ENOENT || !creates)
			return error_set(err, -errno, "%s", strerror(errno));
		r = make_file(state, err);
		if (r < 0)
			return r;
	}
	journal->is_read_only = !may_write(state);
	if (journal->is_read_only && creates)
		return error_set(err, -EROFS, "cannot be written");
	r = open_file(state,
		      journal->is_read_only ? SQLITE_OPEN_READONLY
					    : SQLITE_OPEN_READWRITE,
		      &journal->db, err);
	if (r == 0 && !journal->is_read_only)
		r = database_run(journal->db, settings, err);
	return r < 0 ? r : check_version(journal, err);
}

int journal_open(const struct state *state, bool creates, struct journal *ret,
		 struct error *err)
{
	AUTO(journal_close) struct journal journal = { 0 };
	int r = open_journal(state, creates, &journal, err);

	if (r < 0)
		return fail(err, r, state);
	*ret = journal;
	journal.db = NULL;
	return 0;
}

void journal_close(struct journal *journal)
{
	database_close(&journal->db);
}

/* --- writing ---------------------------------------------------------------------- */

static void bind(sqlite3_stmt *statement, int index, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, index);
}

int journal_begin(struct journal *journal, struct error *err)
{
	int r = database_run(journal->db, "BEGIN IMMEDIATE", err);

	error_prefix(r < 0 ? err : NULL, "journal");
	return r;
}

int journal_commit(struct journal *journal, struct error *err)
{
	int r = database_run(journal->db, "COMMIT", err);

	error_prefix(r < 0 ? err : NULL, "journal");
	return r;
}

void journal_abandon(struct journal *journal)
{
	if (!sqlite3_get_autocommit(journal->db))
		(void)sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
}

static int insert_record(struct journal *journal, struct record *record,
			 struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *insert = NULL;
	int r = database_prepare(
		journal->db,
		"INSERT INTO change (state, note, taken, boot_id, netns_cookie, netns,"
		" is_init_netns, uid, sudo_user, tty, command, profiles, fingerprint,"
		" deadline_ms, window_ms, is_persistent, modules)"
		" VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		&insert, err);

	if (r < 0)
		return r;
	bind(insert, 1, record_state_text(record->state));
	bind(insert, 2, record->note);
	sqlite3_bind_double(insert, 3, record->taken);
	bind(insert, 4, record->boot_id);
	if (record->netns_cookie)
		sqlite3_bind_int64(insert, 5, (int64_t)record->netns_cookie);
	bind(insert, 6, record->netns);
	sqlite3_bind_int(insert, 7, record->is_init_netns);
	sqlite3_bind_int64(insert, 8, record->uid);
	bind(insert, 9, record->sudo_user);
	bind(insert, 10, record->tty);
	bind(insert, 11, record->command);
	bind(insert, 12, record->profiles);
	bind(insert, 13, record->fingerprint);
	sqlite3_bind_int64(insert, 14, record->deadline_ms);
	sqlite3_bind_int64(insert, 15, record->window_ms);
	sqlite3_bind_int(insert, 16, record->is_persistent);
	bind(insert, 17, record->modules);
	r = database_step(insert, err);
	if (r == 0)
		record->id = sqlite3_last_insert_rowid(journal->db);
	return r;
}

static int insert_key(sqlite3_stmt *insert, const struct record *record, size_t position,
		      struct error *err)
{
	const struct record_key *key = &record->keys[position];

	sqlite3_bind_int64(insert, 1, record->id);
	sqlite3_bind_int64(insert, 2, (int64_t)position);
	bind(insert, 3, key->key);
	bind(insert, 4, key_role_text(key->role));
	bind(insert, 5, key->old);
	bind(insert, 6, key->wanted);
	bind(insert, 7, key->after);
	bind(insert, 8, key->origin);
	bind(insert, 9, key->note);
	bind(insert, 10, key_fate_text(key->fate));
	bind(insert, 11, key->hold);
	sqlite3_bind_double(insert, 12, key->seen_right);
	sqlite3_bind_double(insert, 13, key->drift_since);
	bind(insert, 14, key->reason);
	return database_step(insert, err);
}

static int insert_all(struct journal *journal, struct record *record, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *insert = NULL;
	int r = insert_record(journal, record, err);

	if (r == 0)
		r = database_prepare(
			journal->db,
			"INSERT INTO change_key VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			&insert, err);
	for (size_t i = 0; r == 0 && i < record->key_count; i++)
		r = insert_key(insert, record, i, err);
	return r;
}

int journal_add(struct journal *journal, struct record *record, struct error *err)
{
	int r = journal_begin(journal, err);

	if (r < 0)
		return r;
	r = insert_all(journal, record, err);
	if (r == 0)
		r = journal_commit(journal, err);
	if (r < 0) {
		journal_abandon(journal);
		record->id = 0;
	}
	return r;
}

int journal_put_state(struct journal *journal, const struct record *record,
		      struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *update = NULL;
	int r = database_prepare(
		journal->db,
		"UPDATE change SET state=?, note=?, deadline_ms=?, finished=?,"
		" is_persistent=?, modules=? WHERE id=?",
		&update, err);

	if (r < 0)
		return r;
	bind(update, 1, record_state_text(record->state));
	bind(update, 2, record->note);
	sqlite3_bind_int64(update, 3, record->deadline_ms);
	sqlite3_bind_double(update, 4, record->finished);
	sqlite3_bind_int(update, 5, record->is_persistent);
	bind(update, 6, record->modules);
	sqlite3_bind_int64(update, 7, record->id);
	return database_step(update, err);
}

int journal_put_key(struct journal *journal, const struct record *record,
		    const struct record_key *key, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *update = NULL;
	int r = database_prepare(
		journal->db,
		"UPDATE change_key SET old=?, read_back=?, fate=?, hold=?,"
		" seen_right=?, drift_since=? WHERE change=? AND position=?",
		&update, err);

	if (r < 0)
		return r;
	bind(update, 1, key->old);
	bind(update, 2, key->after);
	bind(update, 3, key_fate_text(key->fate));
	bind(update, 4, key->hold);
	sqlite3_bind_double(update, 5, key->seen_right);
	sqlite3_bind_double(update, 6, key->drift_since);
	sqlite3_bind_int64(update, 7, record->id);
	sqlite3_bind_int64(update, 8, key - record->keys);
	return database_step(update, err);
}

int journal_put_sighting(struct journal *journal, const struct record *record,
			 const struct record_key *key, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *update = NULL;
	int r = database_prepare(
		journal->db,
		"UPDATE change_key SET seen_right=?, drift_since=? WHERE change=? AND position=?",
		&update, err);

	if (r < 0)
		return r;
	sqlite3_bind_double(update, 1, key->seen_right);
	sqlite3_bind_double(update, 2, key->drift_since);
	sqlite3_bind_int64(update, 3, record->id);
	sqlite3_bind_int64(update, 4, key - record->keys);
	return database_step(update, err);
}

int journal_set_state(struct journal *journal, struct record *record,
		      enum record_state state, struct error *err)
{
	enum record_state before = record->state;
	int r;

	record->state = state;
	r = journal_put_state(journal, record, err);
	error_prefix(r < 0 ? err : NULL, "journal");
	if (r < 0)
		record->state = before;
	return r;
}

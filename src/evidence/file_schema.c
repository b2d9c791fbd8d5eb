#include "evidence/file_schema.h"

#include <errno.h>
#include <string.h>

/* How a table was made up to a version, where it is made otherwise today. */
static const struct {
	const char *name;
	int last_version;
	const char *sql;
} former_tables[] = {
	{ "sample", 1,
	  "CREATE TABLE sample (\n"
	  "\tid INTEGER PRIMARY KEY,\n"
	  "\ttaken REAL NOT NULL,\n"
	  "\tuptime REAL NOT NULL,\n"
	  "\tboot_id TEXT,\n"
	  "\trelease TEXT,\n"
	  "\tnetns TEXT,\n"
	  "\tnetns_cookie INTEGER,\n"
	  "\tis_init_netns INTEGER NOT NULL,\n"
	  "\tpage_bytes INTEGER NOT NULL\n"
	  ")" },
	{ "tcp_state", 1,
	  "CREATE TABLE tcp_state (\n"
	  "\tsample INTEGER NOT NULL, family INTEGER NOT NULL, state TEXT NOT NULL,\n"
	  "\tsockets INTEGER NOT NULL, timewait INTEGER NOT NULL\n"
	  ")" },
	{ "listener", 1,
	  "CREATE TABLE listener (\n"
	  "\tsample INTEGER NOT NULL, cookie INTEGER NOT NULL, family INTEGER NOT NULL,\n"
	  "\taddress TEXT NOT NULL, port INTEGER NOT NULL,\n"
	  "\tqueue INTEGER NOT NULL, queue_limit INTEGER NOT NULL, drops INTEGER,\n"
	  "\twaiting INTEGER NOT NULL, oldest_waiting_ms INTEGER,\n"
	  "\tsyn_received INTEGER NOT NULL, established INTEGER NOT NULL, time_wait INTEGER NOT NULL,\n"
	  "\tuid INTEGER NOT NULL, inode INTEGER NOT NULL, pid INTEGER, program TEXT,\n"
	  "\tcgroup TEXT, service TEXT\n"
	  ")" },
	{ "destination", 1,
	  "CREATE TABLE destination (\n"
	  "\tsample INTEGER NOT NULL, family INTEGER NOT NULL,\n"
	  "\tsource TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,\n"
	  "\tis_loopback INTEGER NOT NULL,\n"
	  "\tsockets INTEGER NOT NULL, missed INTEGER NOT NULL,\n"
	  "\testablished INTEGER NOT NULL, time_wait INTEGER NOT NULL, time_wait_old INTEGER NOT NULL,\n"
	  "\tsyn_sent INTEGER NOT NULL, outside INTEGER NOT NULL\n"
	  ")" },
	{ "closing", 1,
	  "CREATE TABLE closing (\n"
	  "\tsample INTEGER NOT NULL, state TEXT NOT NULL, has_owner INTEGER NOT NULL,\n"
	  "\ttimer TEXT NOT NULL, port INTEGER NOT NULL, uid INTEGER NOT NULL,\n"
	  "\tsockets INTEGER NOT NULL, backoff INTEGER NOT NULL,\n"
	  "\toldest_ms INTEGER, pid INTEGER, program TEXT, cgroup TEXT, service TEXT\n"
	  ")" },
	{ "udp_socket", 1,
	  "CREATE TABLE udp_socket (\n"
	  "\tsample INTEGER NOT NULL, cookie INTEGER, family INTEGER NOT NULL,\n"
	  "\taddress TEXT NOT NULL, port INTEGER NOT NULL,\n"
	  "\tqueue INTEGER NOT NULL, receive_buffer INTEGER, drops INTEGER,\n"
	  "\tsockets INTEGER NOT NULL,\n"
	  "\tuid INTEGER, inode INTEGER, pid INTEGER, program TEXT, cgroup TEXT, service TEXT\n"
	  ")" },
};

/* Where the header of a SQLite file says what it is (application_id, big endian). */
enum { APPLICATION_AT = 68 };

static const char magic[16] = "SQLite format 3";

bool file_header_is_ours(const unsigned char *header)
{
	static const unsigned char application[] = {
		(EVIDENCE_APPLICATION_ID >> 24) & 0xff,
		(EVIDENCE_APPLICATION_ID >> 16) & 0xff,
		(EVIDENCE_APPLICATION_ID >> 8) & 0xff,
		EVIDENCE_APPLICATION_ID & 0xff,
	};

	return memcmp(header, magic, sizeof(magic)) == 0 &&
	       memcmp(header + APPLICATION_AT, application, sizeof(application)) == 0;
}

static int read_number(sqlite3 *db, const char *sql, int64_t *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = database_prepare(db, sql, &statement, err);

	if (r < 0)
		return r;
	if (sqlite3_step(statement) != SQLITE_ROW)
		return error_set(err, -EINVAL, "%s", sqlite3_errmsg(db));
	*ret = sqlite3_column_int64(statement, 0);
	return 0;
}

static int check_version(sqlite3 *file, int64_t *ret, struct error *err)
{
	int64_t application;
	int r = read_number(file, "PRAGMA user_version", ret, err);

	if (r == 0)
		r = read_number(file, "PRAGMA application_id", &application, err);
	if (r < 0)
		return r;
	if (*ret < 1 ||
	    (application != EVIDENCE_APPLICATION_ID && !(*ret == 1 && application == 0)))
		return error_set(err, -EINVAL, "it is a database, but no evidence");
	if (*ret > EVIDENCE_SCHEMA_VERSION)
		return error_set(
			err, -EINVAL,
			"it is of version %lld, made by a newer tcptune; this one reads up to version %d",
			(long long)*ret, EVIDENCE_SCHEMA_VERSION);
	return 0;
}

/* The text that a table had in that version; today's where nothing else is known. */
static const char *table_text(const char *name, int64_t version, const char *today)
{
	for (size_t i = 0; i < ARRAY_SIZE(former_tables); i++) {
		if (strcmp(former_tables[i].name, name) == 0 &&
		    version <= former_tables[i].last_version)
			return former_tables[i].sql;
	}
	return today;
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* theirs: type, name, sql of one object; ours: the same of its namesake */
static bool is_ours(sqlite3_stmt *theirs, sqlite3_stmt *ours, int64_t version)
{
	const char *type = (const char *)sqlite3_column_text(theirs, 0);
	const char *name = (const char *)sqlite3_column_text(theirs, 1);
	const char *sql = (const char *)sqlite3_column_text(theirs, 2);
	const char *today;

	if (!name)
		return false;
	sqlite3_bind_text(ours, 1, name, -1, SQLITE_TRANSIENT);
	if (sqlite3_step(ours) != SQLITE_ROW ||
	    !is_same(type, (const char *)sqlite3_column_text(ours, 0)))
		return false;
	today = (const char *)sqlite3_column_text(ours, 2);
	if (strcmp(type, "view") == 0 && version < EVIDENCE_SCHEMA_VERSION)
		return true; /* never looked at */
	return is_same(sql, table_text(name, version, today));
}

static int check_objects(sqlite3 *file, sqlite3 *ours, int64_t version,
			 int64_t *ret_count, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *theirs = NULL;
	AUTO(database_finalize) sqlite3_stmt *namesake = NULL;
	int r = database_prepare(file, "SELECT type, name, sql FROM sqlite_schema",
				 &theirs, err);
	int result;

	if (r == 0)
		r = database_prepare(
			ours, "SELECT type, name, sql FROM sqlite_schema WHERE name = ?1",
			&namesake, err);
	if (r < 0)
		return r;
	*ret_count = 0;
	while ((result = sqlite3_step(theirs)) == SQLITE_ROW) {
		const char *type = (const char *)sqlite3_column_text(theirs, 0);
		const char *name = (const char *)sqlite3_column_text(theirs, 1);

		if (!is_ours(theirs, namesake, version))
			return error_set(err, -EINVAL,
					 "its %.20s '%.64s' is not one of evidence",
					 type ? type : "object", name ? name : "");
		sqlite3_reset(namesake);
		++*ret_count;
	}
	return result == SQLITE_DONE ? 0
				     : error_set(err, database_errno(result), "%s",
						 sqlite3_errmsg(file));
}

int file_schema_check(sqlite3 *file, sqlite3 *ours, struct error *err)
{
	int64_t version, count = 0, wanted;
	int r = check_version(file, &version, err);

	if (r == 0)
		r = check_objects(file, ours, version, &count, err);
	if (r == 0)
		r = read_number(ours, "SELECT count(*) FROM sqlite_schema", &wanted, err);
	if (r < 0)
		return r;
	if (count > wanted || (version == EVIDENCE_SCHEMA_VERSION && count < wanted))
		return error_set(err, -EINVAL,
				 "it has %lld tables and views, where evidence has %lld",
				 (long long)count, (long long)wanted);
	return 0;
}

#include "base/database.h"

#include "base/database_memory.h"

#include <errno.h>

/* More than any file of ours has. */
enum {
	FOREIGN_VALUE_BYTES = 1024 * 1024,
	FOREIGN_SQL_BYTES = 64 * 1024,
	FOREIGN_DEPTH = 100,
	FOREIGN_COLUMNS = 500,
};

int database_errno(int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EPERM;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_INTERRUPT:
		return -ETIME;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		return -EINVAL;
	default:
		return -EIO;
	}
}

int database_open_memory(sqlite3 **ret, struct error *err)
{
	sqlite3 *db = NULL;
	int result;

	database_memory_install();
	result = sqlite3_open_v2(":memory:", &db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					 SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
				 NULL);
	if (result != SQLITE_OK) {
		sqlite3_close(db);
		return error_set(err, database_errno(result),
				 "cannot open a database in memory: %s",
				 sqlite3_errstr(result));
	}
	*ret = db;
	return 0;
}

/* Give the database a copy of the image that it owns and may grow. */
static int load_image(sqlite3 *db, const void *image, size_t size, struct error *err)
{
	unsigned char *copy = sqlite3_malloc64(2 * size);
	int result;

	if (!copy)
		return error_set(err, -ENOMEM, "out of memory");
	memcpy(copy, image, size);
	result = sqlite3_deserialize(
		db, "main", copy, (sqlite3_int64)size, (sqlite3_int64)(2 * size),
		SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
	if (result != SQLITE_OK)
		return error_set(err, database_errno(result), "%s", sqlite3_errmsg(db));
	/* there is no file to protect */
	return database_run(db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF",
			    err);
}

int database_open_image(const void *image, size_t size, sqlite3 **ret, struct error *err)
{
	sqlite3 *db = NULL;
	int code = database_open_memory(&db, err);

	if (code == 0)
		code = load_image(db, image, size, err);
	if (code < 0) {
		database_close(&db);
		return code;
	}
	*ret = db;
	return 0;
}

static int configure_foreign(sqlite3 *db, struct error *err)
{
	static const struct {
		int option, value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (sqlite3_db_config(db, options[i].option, options[i].value, NULL) !=
		    SQLITE_OK)
			return error_set(err, -EIO, "%s", sqlite3_errmsg(db));
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, FOREIGN_VALUE_BYTES);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, FOREIGN_SQL_BYTES);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, FOREIGN_DEPTH);
	sqlite3_limit(db, SQLITE_LIMIT_COLUMN, FOREIGN_COLUMNS);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	return database_run(db, "PRAGMA cell_size_check = ON; PRAGMA query_only = ON",
			    err);
}

int database_open_foreign(void *image, size_t size, sqlite3 **ret, struct error *err)
{
	sqlite3 *db = NULL;
	int code = database_open_memory(&db, err);
	int result = SQLITE_OK;

	if (code == 0)
		code = configure_foreign(db, err);
	if (code == 0)
		result = sqlite3_deserialize(db, "main", image, (sqlite3_int64)size,
					     (sqlite3_int64)size,
					     SQLITE_DESERIALIZE_READONLY);
	if (result != SQLITE_OK)
		code = error_set(err, database_errno(result), "%s", sqlite3_errmsg(db));
	if (code < 0) {
		database_close(&db);
		return code;
	}
	*ret = db;
	return 0;
}

int database_run(sqlite3 *db, const char *sql, struct error *err)
{
	int result = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (result != SQLITE_OK)
		return error_set(err, database_errno(result), "%s", sqlite3_errmsg(db));
	return 0;
}

int database_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (result != SQLITE_OK)
		return error_set(err, database_errno(result), "%s", sqlite3_errmsg(db));
	*ret = statement;
	return 0;
}

int database_step(sqlite3_stmt *statement, struct error *err)
{
	int result = sqlite3_step(statement);
	int code = 0;

	if (result != SQLITE_DONE && result != SQLITE_ROW)
		code = error_set(err, database_errno(result), "%s",
				 sqlite3_errmsg(sqlite3_db_handle(statement)));
	sqlite3_reset(statement);
	return code;
}

void database_close(sqlite3 **db)
{
	sqlite3_close(*db);
	*db = NULL;
}

void database_finalize(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
	*statement = NULL;
}

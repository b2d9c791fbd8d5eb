/* Opening SQLite safely, and the few calls that every user of it repeats. */
#pragma once

#include "base/error.h"

#include <sqlite3.h>
#include <stdint.h>

/* A private database in memory. Fails: -ENOMEM, or -EIO with SQLite's text. */
MUST_CHECK int database_open_memory(sqlite3 **ret, struct error *err);

/*
 * A private database in memory that begins as a copy of a database file.
 *
 * image: bytes of the file
 */
MUST_CHECK int database_open_image(const void *image, size_t size, sqlite3 **ret,
				   struct error *err);

/*
 * A database file from anywhere, to be read: its triggers and views are off, its schema
 * is not trusted, and lengths and depths are limited. Nothing is written, neither to it
 * nor beside it.
 *
 * image: bytes of the file; stays where it is while the database is open
 * Fails:  -EUCLEAN and others with SQLite's text
 */
MUST_CHECK int database_open_foreign(void *image, size_t size, sqlite3 **ret,
				     struct error *err);

/* Run statements that return nothing. */
MUST_CHECK int database_run(sqlite3 *db, const char *sql, struct error *err);

/* Prepare one statement. Fails: -EINVAL with SQLite's text. */
MUST_CHECK int database_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret,
				struct error *err);

/* Run a prepared statement that returns nothing, and make it ready for the next bind. */
MUST_CHECK int database_step(sqlite3_stmt *statement, struct error *err);

/* The errno for a result code of SQLite. */
int database_errno(int result);

void database_close(sqlite3 **db);
void database_finalize(sqlite3_stmt **statement);

/* Inside of evidence/: what an evidence file must look like before a row of it is read.
 */
#pragma once

#include "evidence/evidence.h"

enum { FILE_HEADER_BYTES = 100 };

/*
 * Is it the header of a SQLite file that tcptune made? One of version 1 does not say.
 *
 * header: FILE_HEADER_BYTES
 */
bool file_header_is_ours(const unsigned char *header);

/*
 * Check the version of a file, and that its schema is the one of that version: each table
 * by its text, each view by its name, in a file of today's version by its text, too; and
 * nothing else.
 *
 * ours:   a database with today's schema
 * Fails:  -EINVAL with the reason
 */
MUST_CHECK int file_schema_check(sqlite3 *file, sqlite3 *ours, struct error *err);

/* Inside of evidence/: rows of a foreign file, value by value, into tables of our own. */
#pragma once

#include "evidence/evidence.h"

/* One copy under way. rows: copied so far. */
struct file_copy {
	sqlite3 *file;
	struct evidence *evidence;
	int64_t rows;
};

/*
 * Copy one table. A column that the file does not have is NULL. A value that is not of
 * the column's type, not finite, negative where that makes no sense, too long or a text
 * with NUL bytes, and a row that breaks a constraint, are refused.
 *
 * Fails:  -EINVAL with table, row and reason; -ENOENT the file has no such table
 */
MUST_CHECK int file_copy_table(struct file_copy *copy, const char *table,
			       struct error *err);

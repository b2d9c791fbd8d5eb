#include "evidence/file_copy.h"

#include "base/text.h"
#include "evidence/evidence_file.h"
#include "evidence/guard.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* A table of ours: its columns by a statement over it, and how to fill a row. */
struct table {
	const char *name;
	sqlite3_stmt *columns;
	sqlite3_stmt *rows; /* of the file */
	sqlite3_stmt *insert;
	int count;
};

static void table_clear(struct table *table)
{
	database_finalize(&table->columns);
	database_finalize(&table->rows);
	database_finalize(&table->insert);
}

/* --- statements --------------------------------------------------------------------- */

static bool has_column(sqlite3 *file, const char *table, const char *column)
{
	return sqlite3_table_column_metadata(file, "main", table, column, NULL, NULL,
					     NULL, NULL, NULL) == SQLITE_OK;
}

/* "SELECT a, NULL, c FROM t": the columns of ours, in their order */
static int prepare_rows(const struct file_copy *copy, struct table *table,
			struct error *err)
{
	AUTO(text_clear) struct text sql = { 0 };

	for (int i = 0; i < table->count; i++) {
		const char *column = sqlite3_column_name(table->columns, i);

		text_addf(&sql, "%s%s", i == 0 ? "SELECT " : ", ",
			  has_column(copy->file, table->name, column) ? column : "NULL");
	}
	text_addf(&sql, " FROM %s", table->name);
	if (text_check(&sql) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return database_prepare(copy->file, text_string(&sql), &table->rows, err);
}

static int prepare_insert(const struct file_copy *copy, struct table *table,
			  struct error *err)
{
	AUTO(text_clear) struct text sql = { 0 };

	text_addf(&sql, "INSERT INTO %s VALUES (?", table->name);
	for (int i = 1; i < table->count; i++)
		text_add(&sql, ",?");
	text_add_char(&sql, ')');
	if (text_check(&sql) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return database_prepare(copy->evidence->db, text_string(&sql), &table->insert,
				err);
}

static int table_open(const struct file_copy *copy, struct table *table,
		      struct error *err)
{
	char sql[128];
	int r;

	(void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", table->name);
	r = database_prepare(copy->evidence->db, sql, &table->columns, err);
	if (r < 0)
		return r;
	table->count = sqlite3_column_count(table->columns);
	r = prepare_rows(copy, table, err);
	return r < 0 ? r : prepare_insert(copy, table, err);
}

/* --- values ------------------------------------------------------------------------- */

/* A gauge such as Tcp.MaxConn is -1; a cookie has 64 bits. */
static bool may_be_negative(const char *table, const char *column)
{
	return (strcmp(table, "counter") == 0 && strcmp(column, "value") == 0) ||
	       strstr(column, "cookie");
}

static const char *check_text(sqlite3_value *value)
{
	const char *text;

	if (sqlite3_value_type(value) != SQLITE_TEXT)
		return "is no text";
	text = (const char *)sqlite3_value_text(value);
	if (!text)
		return "cannot be read";
	if (sqlite3_value_bytes(value) > GUARD_TEXT_BYTES)
		return "is too long";
	return strlen(text) != (size_t)sqlite3_value_bytes(value) ? "holds a NUL" : NULL;
}

static const char *check_real(sqlite3_value *value)
{
	int type = sqlite3_value_type(value);

	if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
		return "is no number";
	if (!isfinite(sqlite3_value_double(value)))
		return "is not finite";
	return sqlite3_value_double(value) < 0 ? "is negative" : NULL;
}

/* type: of our column, INTEGER, REAL or TEXT. NULL: the value may stand there. */
static const char *check_value(sqlite3_value *value, const char *table,
			       const char *column, const char *type)
{
	if (sqlite3_value_type(value) == SQLITE_NULL)
		return NULL; /* our own NOT NULL decides */
	if (strcmp(type, "TEXT") == 0)
		return check_text(value);
	if (strcmp(type, "REAL") == 0)
		return check_real(value);
	if (sqlite3_value_type(value) != SQLITE_INTEGER)
		return "is no whole number";
	return sqlite3_value_int64(value) < 0 && !may_be_negative(table, column)
		       ? "is negative"
		       : NULL;
}

static int copy_row(const struct file_copy *copy, const struct table *table,
		    struct error *err)
{
	for (int i = 0; i < table->count; i++) {
		sqlite3_value *value = sqlite3_column_value(table->rows, i);
		const char *column = sqlite3_column_name(table->columns, i);
		const char *problem =
			check_value(value, table->name, column,
				    sqlite3_column_decltype(table->columns, i));

		if (problem)
			return error_set(err, -EINVAL, "column '%s' %s", column, problem);
		if (sqlite3_bind_value(table->insert, i + 1, value) != SQLITE_OK)
			return error_set(err, -EINVAL, "column '%s' is too long", column);
	}
	if (database_step(table->insert, err) < 0)
		return sqlite3_errcode(copy->evidence->db) == SQLITE_NOMEM ? -ENOMEM
									   : -EINVAL;
	return 0;
}

static int copy_rows(struct file_copy *copy, const struct table *table, struct error *err)
{
	int64_t first = copy->rows;
	int result;

	while ((result = sqlite3_step(table->rows)) == SQLITE_ROW) {
		int r;

		if (++copy->rows > EVIDENCE_FILE_ROWS)
			return error_set(err, -EINVAL, "it has more than %d rows",
					 EVIDENCE_FILE_ROWS);
		r = copy_row(copy, table, err);
		if (r < 0) {
			error_prefix(err, "table '%s', row %lld", table->name,
				     (long long)(copy->rows - first));
			return r;
		}
	}
	if (result == SQLITE_DONE)
		return 0;
	if (result == SQLITE_INTERRUPT)
		return error_set(err, -ETIME, "it takes too long to read");
	return error_set(err, database_errno(result), "table '%s': %s", table->name,
			 sqlite3_errmsg(copy->file));
}

int file_copy_table(struct file_copy *copy, const char *table, struct error *err)
{
	AUTO(table_clear) struct table one = { .name = table };
	int r;

	if (!has_column(copy->file, table, NULL))
		return -ENOENT;
	r = table_open(copy, &one, err);
	return r < 0 ? r : copy_rows(copy, &one, err);
}

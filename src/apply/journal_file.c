#include "apply/journal_file.h"

#include <errno.h>

void journal_file_clear(struct journal_file *file)
{
	free(file->data);
	free(file->next);
	*file = (struct journal_file){ 0 };
}

static int take(sqlite3_stmt *row, struct journal_file *file)
{
	int r = record_set_text(&file->data, (const char *)sqlite3_column_text(row, 0));

	file->is_writing = sqlite3_column_int(row, 2);
	return r < 0 ? r
		     : record_set_text(&file->next,
				       (const char *)sqlite3_column_text(row, 1));
}

int journal_load_file(struct journal *journal, const char *path, struct journal_file *ret,
		      struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *select = NULL;
	AUTO(journal_file_clear) struct journal_file file = { 0 };
	int result, r = database_prepare(
			    journal->db,
			    "SELECT data, next_data, is_writing FROM file WHERE path=?",
			    &select, err);

	if (r < 0)
		return r;
	sqlite3_bind_text(select, 1, path, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return error_set(err, database_errno(result), "journal: %s",
				 sqlite3_errmsg(journal->db));
	if (result == SQLITE_ROW && take(select, &file) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	*ret = file;
	file = (struct journal_file){ 0 };
	return 0;
}

static void bind(sqlite3_stmt *statement, int index, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, index);
}

int journal_put_file(struct journal *journal, const char *path,
		     const struct journal_file *file, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *insert = NULL;
	int r = database_prepare(journal->db,
				 "INSERT OR REPLACE INTO file VALUES (?,?,?,?)", &insert,
				 err);

	if (r < 0)
		return r;
	bind(insert, 1, path);
	bind(insert, 2, file->data);
	bind(insert, 3, file->next);
	sqlite3_bind_int(insert, 4, file->is_writing);
	return database_step(insert, err);
}

/* SQL from outside, behind the guard. */
#include "evidence/evidence.h"
#include "evidence/functions.h"

#include <errno.h>
#include <string.h>

static bool is_only_blank(const char *sql)
{
	for (;;) {
		sql += strspn(sql, " \t\r\n;");
		if (sql[0] == '-' && sql[1] == '-')
			sql += strcspn(sql, "\n");
		else
			return *sql == '\0';
	}
}

int evidence_prepare(struct evidence *evidence, const char *sql, sqlite3_stmt **ret,
		     struct error *err)
{
	struct guard *guard = &evidence->context->guard;
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	const char *tail = NULL;
	int result;

	guard->is_on = true;
	guard_restart(guard);
	result = sqlite3_prepare_v2(evidence->db, sql, -1, &statement, &tail);
	guard->is_on = false;
	if (result != SQLITE_OK && guard->has_refused)
		return error_set(err, -EPERM, "not allowed here: %s",
				 sqlite3_errmsg(evidence->db));
	if (result != SQLITE_OK)
		return error_set(err, database_errno(result), "%s",
				 sqlite3_errmsg(evidence->db));
	if (!statement)
		return error_set(err, -EINVAL, "there is no statement");
	if (!is_only_blank(tail))
		return error_set(err, -EINVAL, "more than one statement");
	if (!sqlite3_stmt_readonly(statement) || sqlite3_column_count(statement) == 0)
		return error_set(err, -EPERM, "not allowed here: only SELECT is");
	*ret = TAKE(statement);
	return 0;
}

int evidence_step(struct evidence *evidence, sqlite3_stmt *statement, struct error *err)
{
	struct guard *guard = &evidence->context->guard;
	int result;

	guard->is_on = true;
	result = sqlite3_step(statement);
	guard->is_on = false;
	if (result == SQLITE_ROW)
		return 1;
	guard_restart(guard);
	if (result == SQLITE_DONE)
		return 0;
	if (result == SQLITE_INTERRUPT)
		return error_set(err, -ETIME,
				 "stopped: it takes too many steps or too long");
	return error_set(err, database_errno(result), "%s", sqlite3_errmsg(evidence->db));
}

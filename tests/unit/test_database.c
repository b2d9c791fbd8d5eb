#include "base/database.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int open_database(void **state)
{
	sqlite3 *db = NULL;

	if (database_open_memory(&db, NULL) < 0)
		return -1;
	*state = db;
	return 0;
}

static int close_database(void **state)
{
	sqlite3 *db = *state;

	database_close(&db);
	return db ? -1 : 0;
}

static void every_result_of_sqlite_is_an_errno(void **state)
{
	static const struct {
		int in;
		int rc;
	} cases[] = {
		{ SQLITE_OK, 0 },
		{ SQLITE_ROW, 0 },
		{ SQLITE_DONE, 0 },
		{ SQLITE_NOMEM, -ENOMEM },
		{ SQLITE_BUSY, -EBUSY },
		{ SQLITE_BUSY_SNAPSHOT, -EBUSY },
		{ SQLITE_LOCKED, -EBUSY },
		{ SQLITE_PERM, -EPERM },
		{ SQLITE_AUTH, -EPERM },
		{ SQLITE_READONLY, -EROFS },
		{ SQLITE_FULL, -ENOSPC },
		{ SQLITE_INTERRUPT, -ETIME },
		{ SQLITE_CORRUPT, -EUCLEAN },
		{ SQLITE_NOTADB, -EUCLEAN },
		{ SQLITE_ERROR, -EINVAL },
		{ SQLITE_TOOBIG, -EINVAL },
		{ SQLITE_IOERR, -EIO },
		{ SQLITE_IOERR_READ, -EIO },
		{ SQLITE_CANTOPEN, -EIO },
		{ SQLITE_MISUSE, -EIO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(database_errno(cases[i].in), cases[i].rc);
}

static void a_database_in_memory_is_private(void **state)
{
	sqlite3 *first = *state, *second = NULL;

	assert_int_equal(database_open_memory(&second, NULL), 0);
	assert_int_equal(database_run(first, "CREATE TABLE t(a)", NULL), 0);
	assert_int_equal(database_run(second, "SELECT * FROM t", NULL), -EINVAL);
	database_close(&second);
	assert_null(second);
	database_close(&second);
}

static void statements_run_until_one_fails(void **state)
{
	struct error err = { 0 };
	AUTO(database_finalize) sqlite3_stmt *count = NULL;

	assert_int_equal(
		database_run(*state,
			     "CREATE TABLE t(a NOT NULL); INSERT INTO t VALUES(1);"
			     "INSERT INTO t VALUES(NULL); INSERT INTO t VALUES(2)",
			     &err),
		-EIO);
	assert_non_null(strstr(err.text, "t.a"));
	assert_int_equal(database_prepare(*state, "SELECT count(*) FROM t", &count, &err),
			 0);
	assert_int_equal(sqlite3_step(count), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(count, 0), 1);
}

static void a_statement_that_is_no_sql_fails_with_the_text_of_sqlite(void **state)
{
	struct error err = { 0 };
	sqlite3_stmt *statement = NULL;

	assert_int_equal(database_prepare(*state, "SELEKT 1", &statement, &err), -EINVAL);
	assert_null(statement);
	assert_non_null(strstr(err.text, "SELEKT"));
	assert_int_equal(
		database_prepare(*state, "SELECT * FROM nothing", &statement, NULL),
		-EINVAL);
	assert_null(statement);
}

static void a_stepped_statement_is_ready_for_the_next_row(void **state)
{
	AUTO(database_finalize) sqlite3_stmt *insert = NULL, *sum = NULL;

	assert_int_equal(database_run(*state, "CREATE TABLE t(a UNIQUE)", NULL), 0);
	assert_int_equal(
		database_prepare(*state, "INSERT INTO t VALUES(?)", &insert, NULL), 0);
	for (int i = 1; i <= 3; i++) {
		sqlite3_bind_int(insert, 1, i);
		assert_int_equal(database_step(insert, NULL), 0);
	}
	assert_int_equal(database_prepare(*state, "SELECT sum(a) FROM t", &sum, NULL), 0);
	assert_int_equal(sqlite3_step(sum), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(sum, 0), 6);
}

static void a_step_that_fails_says_why_and_can_be_tried_again(void **state)
{
	AUTO(database_finalize) sqlite3_stmt *insert = NULL;
	struct error err = { 0 };

	assert_int_equal(database_run(*state, "CREATE TABLE t(a UNIQUE)", NULL), 0);
	assert_int_equal(
		database_prepare(*state, "INSERT INTO t VALUES(?)", &insert, NULL), 0);
	sqlite3_bind_int(insert, 1, 1);
	assert_int_equal(database_step(insert, &err), 0);
	assert_int_equal(database_step(insert, &err), -EIO);
	assert_non_null(strstr(err.text, "UNIQUE"));
	sqlite3_bind_int(insert, 1, 2);
	assert_int_equal(database_step(insert, &err), 0);
}

static void nothing_is_finalized_without_harm(void **state)
{
	sqlite3_stmt *statement = NULL;

	(void)state;
	database_finalize(&statement);
	assert_null(statement);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_result_of_sqlite_is_an_errno),
		cmocka_unit_test_setup_teardown(a_database_in_memory_is_private,
						open_database, close_database),
		cmocka_unit_test_setup_teardown(statements_run_until_one_fails,
						open_database, close_database),
		cmocka_unit_test_setup_teardown(
			a_statement_that_is_no_sql_fails_with_the_text_of_sqlite,
			open_database, close_database),
		cmocka_unit_test_setup_teardown(
			a_stepped_statement_is_ready_for_the_next_row, open_database,
			close_database),
		cmocka_unit_test_setup_teardown(
			a_step_that_fails_says_why_and_can_be_tried_again, open_database,
			close_database),
		cmocka_unit_test(nothing_is_finalized_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

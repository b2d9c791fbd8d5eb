/* Evidence files, written and read back; what is refused, and what an older one lacks. */
#include "collect_folder.h"

#include "evidence/evidence_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Two samples of a host, saved as FOLDER/saved; the path of it. */
static const char *save_two(struct folder *folder)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/saved", folder->path);
	folder_put_text(folder, "proc/sys/kernel/hostname", "web1\n");
	folder_put_text(folder, "proc/net/netstat", "TcpExt: ListenDrops\nTcpExt: 5\n");
	folder_collect(folder, "TcpExt.ListenDrops net.core.somaxconn");
	folder_put_text(folder, "proc/net/netstat", "TcpExt: ListenDrops\nTcpExt: 12\n");
	folder_collect(folder, "TcpExt.ListenDrops net.core.somaxconn");
	assert_int_equal(evidence_save(&folder->evidence, path, false, NULL), 0);
	return path;
}

static int64_t ask(struct evidence *evidence, const char *sql)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;

	assert_int_equal(evidence_prepare(evidence, sql, &statement, NULL), 0);
	assert_int_equal(evidence_step(evidence, statement, NULL), 1);
	return sqlite3_column_int64(statement, 0);
}

static void what_was_saved_is_read_with_its_window(void **state)
{
	struct evidence evidence;
	struct kernel kernel;

	assert_int_equal(evidence_load(save_two(*state), &evidence, NULL), 0);
	assert_int_equal(evidence.window_seconds, 10);
	assert_int_equal(ask(&evidence, "SELECT change('TcpExt.ListenDrops')"), 7);
	assert_int_equal(evidence_kernel(&evidence, &kernel, NULL), 0);
	assert_string_equal(kernel.host, "web1");
	assert_false(kernel.is_live);
	evidence_close(&evidence);
}

/* Run a statement on the saved file, as anybody could. */
static void tamper(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	database_close(&db);
}

static void what_is_not_ours_is_refused_with_its_name(void **state)
{
	static const struct {
		const char *sql;
		const char *text;
	} cases[] = {
		{ "CREATE TABLE more (a)", "table 'more' is not one of evidence" },
		{ "CREATE INDEX i ON counter (value)",
		  "index 'i' is not one of evidence" },
		{ "CREATE TRIGGER t INSERT ON counter BEGIN SELECT 1; END",
		  "trigger 't' is not one of evidence" },
		{ "DROP VIEW port_use; CREATE VIEW port_use AS SELECT 1",
		  "view 'port_use' is not one of evidence" },
		{ "DROP VIEW port_use", "tables and views, where evidence has" },
		{ "PRAGMA user_version = 9", "made by a newer tcptune" },
		{ "UPDATE counter SET value = 'x'",
		  "table 'counter', row 1: column 'value' is no whole number" },
		{ "UPDATE sample SET uptime = 9e999",
		  "table 'sample', row 1: column 'uptime' is not finite" },
		{ "UPDATE sysctl SET key = x'00'", "column 'key' is no text" },
		{ "DELETE FROM sample", "there is no sample" },
	};
	struct folder *folder = *state;
	const char *path = save_two(folder);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct evidence evidence;
		struct error err = { 0 };

		assert_int_equal(evidence_save(&folder->evidence, path, false, NULL), 0);
		tamper(path, cases[i].sql);
		assert_int_equal(evidence_load(path, &evidence, &err), -EINVAL);
		if (!strstr(err.text, cases[i].text))
			fail_msg("%s: %s", cases[i].sql, err.text);
	}
}

/* Its rules must not take what nobody looked for as empty. */
static void a_table_that_an_older_file_does_not_have_is_lacking(void **state)
{
	const char *path = save_two(*state);
	struct evidence evidence;

	tamper(path,
	       "PRAGMA user_version = 1; DROP TABLE log_line; DROP TABLE sample;"
	       "DROP TABLE closing; DROP TABLE destination; DROP TABLE listener;"
	       "DROP TABLE tcp_state; DROP TABLE udp_socket;"
	       "CREATE TABLE sample (\n\tid INTEGER PRIMARY KEY,\n\ttaken REAL NOT NULL,\n"
	       "\tuptime REAL NOT NULL,\n\tboot_id TEXT,\n\trelease TEXT,\n\tnetns TEXT,\n"
	       "\tnetns_cookie INTEGER,\n\tis_init_netns INTEGER NOT NULL,\n"
	       "\tpage_bytes INTEGER NOT NULL\n);"
	       "INSERT INTO sample VALUES (1, 1, 1, NULL, NULL, NULL, NULL, 0, 4096)");
	assert_int_equal(evidence_load(path, &evidence, NULL), 0);
	assert_true(evidence.lacks_table[TABLE_LOG_LINE]);
	assert_false(evidence.lacks_table[TABLE_CAPTURE]);
	assert_int_equal(ask(&evidence, "SELECT host IS NULL FROM sample"), 1);
	evidence_close(&evidence);
}

static void a_file_that_is_no_evidence_is_left_as_it_is(void **state)
{
	struct folder *folder = *state;
	char path[128];

	(void)save_two(folder);
	folder_put_text(folder, "letter", "dear all");
	(void)snprintf(path, sizeof(path), "%s/letter", folder->path);
	assert_int_equal(evidence_save(&folder->evidence, path, false, NULL), -EINVAL);
	assert_int_equal(evidence_save(&folder->evidence, path, true, NULL), 0);
	assert_int_equal(evidence_save(&folder->evidence, folder->path, true, NULL),
			 -EINVAL);
	assert_int_equal(evidence_save(&folder->evidence, "/nowhere/x", true, NULL),
			 -ENOENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_was_saved_is_read_with_its_window),
		TEST(what_is_not_ours_is_refused_with_its_name),
		TEST(a_table_that_an_older_file_does_not_have_is_lacking),
		TEST(a_file_that_is_no_evidence_is_left_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

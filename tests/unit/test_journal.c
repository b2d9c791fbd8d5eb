/* The journal: what is put in comes out again, whole or not at all. */
#include "apply/journal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A state folder under /tmp. */
struct fixture {
	char folder[64], path[80];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	(void)snprintf(fixture->folder, sizeof(fixture->folder),
		       "/tmp/test_journal.XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/state", fixture->folder);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { "/journal.sqlite", "/journal.sqlite-journal",
					     "/lock", "" };
	struct fixture *fixture = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", fixture->path, files[i]);
		(void)remove(path);
	}
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static void open_all(const struct fixture *fixture, struct state *state,
		     struct journal *journal)
{
	struct error err = { 0 };

	if (state_open(fixture->path, true, state, &err) < 0 ||
	    journal_open(state, true, journal, &err) < 0)
		fail_msg("%s", err.text);
}

static void fill(struct record *record)
{
	struct record_key *key = record_add_key(record);

	assert_non_null(key);
	assert_int_equal(record_set_text(&record->boot_id, "boot"), 0);
	assert_int_equal(record_set_text(&record->netns, "web"), 0);
	assert_int_equal(record_set_text(&record->profiles, "nginx-proxy\nserver"), 0);
	record->taken = 1700000000;
	record->netns_cookie = UINT64_C(0xfedcba9876543210);
	record->uid = 1000;
	record->deadline_ms = 123456789;
	assert_int_equal(record_set_text(&key->key, "net.core.somaxconn"), 0);
	assert_int_equal(record_set_text(&key->old, "128"), 0);
	assert_int_equal(record_set_text(&key->wanted, "4096"), 0);
	assert_int_equal(record_set_text(&key->note, "a note"), 0);
	key = record_add_key(record);
	assert_non_null(key);
	assert_int_equal(record_set_text(&key->key, "net.ipv4.ip_local_reserved_ports"),
			 0);
	assert_int_equal(record_set_text(&key->old, ""), 0);
	key->role = ROLE_REACH;
}

static void what_is_put_in_comes_out_again(void **state)
{
	AUTO(state_close) struct state folder = STATE_NONE;
	AUTO(journal_close) struct journal journal = { 0 };
	AUTO(record_clear) struct record record = { 0 };
	AUTO(record_list_clear) struct record_list list = { 0 };
	const struct record *got;

	open_all(*state, &folder, &journal);
	fill(&record);
	assert_int_equal(journal_add(&journal, &record, NULL), 0);
	assert_int_equal(record.id, 1);
	assert_int_equal(journal_load(&journal, &list, NULL), 0);
	assert_int_equal(list.count, 1);
	got = &list.records[0];
	assert_int_equal(got->state, RECORD_PLANNED);
	assert_string_equal(got->boot_id, "boot");
	assert_string_equal(got->profiles, "nginx-proxy\nserver");
	assert_true(got->netns_cookie == record.netns_cookie);
	assert_int_equal(got->uid, 1000);
	assert_int_equal(got->deadline_ms, 123456789);
	assert_null(got->note);
	assert_int_equal(got->key_count, 2);
	assert_string_equal(got->keys[0].wanted, "4096");
	assert_string_equal(got->keys[0].note, "a note");
	assert_null(got->keys[0].after);
	assert_non_null(got->keys[0].def);
	assert_int_equal(got->keys[1].role, ROLE_REACH);
	assert_string_equal(got->keys[1].old, "");
	assert_null(got->keys[1].wanted);
}

static void what_is_not_committed_never_was(void **state)
{
	AUTO(state_close) struct state folder = STATE_NONE;
	AUTO(journal_close) struct journal journal = { 0 };
	AUTO(record_clear) struct record record = { 0 };
	AUTO(record_list_clear) struct record_list list = { 0 };

	open_all(*state, &folder, &journal);
	fill(&record);
	assert_int_equal(journal_add(&journal, &record, NULL), 0);
	assert_int_equal(journal_begin(&journal, NULL), 0);
	record.state = RECORD_KEPT;
	assert_int_equal(record_set_text(&record.keys[0].after, "4096"), 0);
	assert_int_equal(journal_put_state(&journal, &record, NULL), 0);
	assert_int_equal(journal_put_key(&journal, &record, &record.keys[0], NULL), 0);
	journal_abandon(&journal);
	assert_int_equal(journal_load(&journal, &list, NULL), 0);
	assert_int_equal(list.records[0].state, RECORD_PLANNED);
	assert_null(list.records[0].keys[0].after);
}

static void a_state_outlives_the_process(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(record_clear) struct record record = { 0 };
	AUTO(record_list_clear) struct record_list list = { 0 };
	AUTO(state_close) struct state folder = STATE_NONE;
	AUTO(journal_close) struct journal journal = { 0 };

	open_all(fixture, &folder, &journal);
	fill(&record);
	assert_int_equal(journal_add(&journal, &record, NULL), 0);
	assert_int_equal(journal_set_state(&journal, &record, RECORD_WRITING, NULL), 0);
	journal_close(&journal);
	state_close(&folder);
	open_all(fixture, &folder, &journal);
	assert_int_equal(journal_load(&journal, &list, NULL), 0);
	assert_int_equal(list.records[0].state, RECORD_WRITING);
}

static void the_folder_is_ours_alone(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(state_close) struct state folder = STATE_NONE;
	AUTO(state_close) struct state again = STATE_NONE;
	struct error err = { 0 };
	struct stat about;

	assert_int_equal(state_open(fixture->path, false, &folder, NULL), -ENOENT);
	assert_int_equal(state_open(fixture->path, true, &folder, NULL), 0);
	assert_int_equal(stat(fixture->path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	assert_int_equal(chmod(fixture->path, 0750), 0);
	assert_int_equal(state_open(fixture->path, false, &again, &err), -EPERM);
	assert_non_null(strstr(err.text, "open to others"));
}

static void one_writer_at_a_time(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(state_close) struct state first = STATE_NONE;
	AUTO(state_close) struct state second = STATE_NONE;
	struct error err = { 0 };
	char holder[64];

	assert_int_equal(state_open(fixture->path, true, &first, NULL), 0);
	assert_int_equal(state_open(fixture->path, true, &second, NULL), 0);
	assert_int_equal(state_lock(&first, "apply", NULL), 0);
	assert_int_equal(state_lock(&second, "undo", &err), -EBUSY);
	(void)snprintf(holder, sizeof(holder), "process %d (apply)", getpid());
	assert_non_null(strstr(err.text, holder));
	state_close(&first);
	assert_int_equal(state_lock(&second, "undo", NULL), 0);
}

static void a_file_that_is_no_journal_is_refused(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(state_close) struct state folder = STATE_NONE;
	AUTO(journal_close) struct journal journal = { 0 };
	char path[128];
	FILE *file;

	assert_int_equal(state_open(fixture->path, true, &folder, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/journal.sqlite", fixture->path);
	file = fopen(path, "w");
	assert_non_null(file);
	for (unsigned i = 0; i < 1000; i++)
		assert_true(fputs("no database ", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(journal_open(&folder, true, &journal, NULL), -EUCLEAN);
}

static void a_newer_journal_is_refused(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(state_close) struct state folder = STATE_NONE;
	AUTO(journal_close) struct journal journal = { 0 };

	open_all(fixture, &folder, &journal);
	assert_int_equal(database_run(journal.db, "PRAGMA user_version = 3", NULL), 0);
	journal_close(&journal);
	assert_int_equal(journal_open(&folder, true, &journal, NULL), -EPROTO);
}

/* Version 1 knew nothing of files for the next boot. */
static void an_older_journal_is_brought_up_to_date(void **state)
{
	static const char back_to_1[] = "ALTER TABLE change DROP COLUMN is_persistent;"
					"ALTER TABLE change DROP COLUMN modules;"
					"ALTER TABLE change_key DROP COLUMN reason;"
					"DROP TABLE file; PRAGMA user_version = 1";
	const struct fixture *fixture = *state;
	AUTO(state_close) struct state folder = STATE_NONE;
	AUTO(journal_close) struct journal journal = { 0 };
	AUTO(record_list_clear) struct record_list list = { 0 };

	open_all(fixture, &folder, &journal);
	assert_int_equal(database_run(journal.db,
				      "INSERT INTO change (state, taken, boot_id, is_init_netns,"
				      " uid, deadline_ms, window_ms)"
				      " VALUES ('kept', 1, 'x', 1, 0, 0, 0)",
				      NULL),
			 0);
	assert_int_equal(database_run(journal.db, back_to_1, NULL), 0);
	journal_close(&journal);
	assert_int_equal(journal_open(&folder, false, &journal, NULL), 0);
	assert_int_equal(journal_load(&journal, &list, NULL), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.records[0].state, RECORD_KEPT);
	assert_false(list.records[0].is_persistent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_put_in_comes_out_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_committed_never_was, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_state_outlives_the_process, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_folder_is_ours_alone, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_writer_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_older_journal_is_brought_up_to_date,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_is_no_journal_is_refused,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_newer_journal_is_refused, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

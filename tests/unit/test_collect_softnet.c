/* /proc/net/softnet_stat: columns come with kernels, CPUs go, 32 bits wrap. */
#include "collect_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ZEROS " 00000000 00000000 00000000 00000000 00000000"

static void put(struct folder *folder, const char *text)
{
	folder_put_text(folder, "proc/net/softnet_stat", text);
}

static int64_t counter(struct folder *folder, const char *name)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "SELECT counter('%s')", name);
	return folder_number(folder, sql);
}

/* Linux 6.12 and later */
static void fifteen_columns_are_all_there(void **state)
{
	struct folder *folder = *state;

	put(folder, "0000000a 00000002 00000003" ZEROS
		    " 00000000 00000004 00000005 00000006 00000000 00000007 00000008\n"
		    "00000010 00000000 00000001" ZEROS
		    " 00000000 00000000 00000000 00000001 00000003 00000000 00000001\n");
	folder_collect(folder, "softnet softnet.processed softnet.dropped "
			       "softnet.time_squeeze softnet.received_rps "
			       "softnet.flow_limit_count softnet.backlog_len "
			       "softnet.input_qlen softnet.process_qlen");
	assert_string_equal(folder_source(folder, "softnet_stat"), "ok");
	assert_int_equal(counter(folder, "softnet.processed"), 26);
	assert_int_equal(counter(folder, "softnet.dropped"), 2);
	assert_int_equal(counter(folder, "softnet.time_squeeze"), 4);
	assert_int_equal(counter(folder, "softnet.received_rps"), 4);
	assert_int_equal(counter(folder, "softnet.flow_limit_count"), 5);
	assert_int_equal(counter(folder, "softnet.backlog_len"), 7);
	assert_int_equal(counter(folder, "softnet.input_qlen"), 7);
	assert_int_equal(counter(folder, "softnet.process_qlen"), 9);
	assert_string_equal(folder_text(folder,
					"SELECT group_concat(cpu || ':' || processed "
					"|| ':' || dropped) FROM softnet"),
			    "0:10:2,3:16:0");
}

/* Linux 5.10 to 6.1 */
static void thirteen_columns_have_no_queues(void **state)
{
	struct folder *folder = *state;

	put(folder, "0000000a 00000002 00000003" ZEROS
		    " 00000000 00000004 00000005 00000006 00000002\n");
	folder_collect(folder, "softnet softnet.backlog_len softnet.input_qlen");
	assert_string_equal(folder_source(folder, "softnet_stat"), "ok");
	assert_int_equal(counter(folder, "softnet.backlog_len"), 6);
	assert_string_equal(folder_text(folder, "SELECT counter('softnet.input_qlen')"),
			    "NULL");
	assert_int_equal(folder_number(folder, "SELECT cpu FROM softnet"), 2);
	assert_string_equal(folder_text(folder, "SELECT input_qlen FROM softnet"),
			    "NULL");
}

/* Before 4.20 lines do not name their CPU. */
static void eleven_columns_are_counted_by_line(void **state)
{
	struct folder *folder = *state;

	put(folder, "0000000a 00000002 00000003" ZEROS " 00000000 00000004 00000005\n"
		    "0000000b 00000002 00000003" ZEROS " 00000000 00000004 00000005\n");
	folder_collect(folder, "softnet");
	assert_string_equal(folder_text(folder, "SELECT group_concat(cpu) FROM softnet"),
			    "0,1");
	assert_string_equal(folder_text(folder, "SELECT backlog_len FROM softnet"),
			    "NULL");
}

/* The line of one CPU at two moments, and what became of it between them. */
static void a_counter_that_wrapped_goes_on(void **state)
{
	static const struct {
		const char *before, *now;
		int64_t change;
	} cases[] = {
		{ "00000005", "00000009", 4 },
		{ "fffffffe", "00000003", 5 },
		{ "ffffffff", "00000000", 1 },
		{ "00000000", "ffffffff", 4294967295 },
		{ "80000000", "7fffffff", 4294967295 },
	};
	struct folder *folder = *state;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int moment = 0; moment < 2; moment++) {
			(void)snprintf(text, sizeof(text),
				       "00000000 %s 00000000" ZEROS
				       " 00000000 00000000 00000000 00000000 %08zx\n",
				       moment ? cases[i].now : cases[i].before, i);
			put(folder, text);
			folder_collect(folder, "softnet softnet.dropped");
		}
		assert_int_equal(
			folder_number(folder, "SELECT change('softnet.dropped')"),
			cases[i].change);
		assert_int_equal(
			folder_number(folder,
				      "SELECT dropped_change FROM softnet_change"),
			cases[i].change);
	}
}

/* A counter that was carried on once is carried on from there. */
static void it_goes_on_over_many_samples(void **state)
{
	static const char *const values[] = { "fffffff0", "00000010", "00000020",
					      "fffffff0", "00000000" };
	static const int64_t changes[] = { 0xfffffff0, 0x20, 0x10, 0xffffffd0, 0x10 };
	struct folder *folder = *state;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		(void)snprintf(text, sizeof(text),
			       "%s 00000000 00000000" ZEROS
			       " 00000000 00000000 00000000 00000000 00000000\n",
			       values[i]);
		put(folder, text);
		folder_collect(folder, "softnet.processed");
		assert_int_equal(
			folder_number(folder, "SELECT change('softnet.processed')"),
			changes[i]);
	}
	assert_int_equal(counter(folder, "softnet.processed"), 0x200000000);
}

/* A queue is a level: it may fall. */
static void gauges_are_not_carried_on(void **state)
{
	static const char *const values[] = { "00000009", "00000002" };
	struct folder *folder = *state;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		(void)snprintf(text, sizeof(text),
			       "00000000 00000000 00000000" ZEROS
			       " 00000000 00000000 00000000 %s 00000000\n",
			       values[i]);
		put(folder, text);
		folder_collect(folder, "softnet.backlog_len");
	}
	assert_int_equal(counter(folder, "softnet.backlog_len"), 2);
}

/* The sum falls with the CPU: then it is not known how much it grew. */
static void a_cpu_that_went_takes_its_numbers_along(void **state)
{
	static const char one[] = "00000005 00000000 00000000" ZEROS
				  " 00000000 00000000 00000000 00000000 00000001\n";
	struct folder *folder = *state;
	char both[256];

	(void)snprintf(both, sizeof(both),
		       "00000064 00000000 00000000" ZEROS
		       " 00000000 00000000 00000000 00000000 00000000\n%s",
		       one);
	put(folder, both);
	folder_collect(folder, "softnet.processed");
	put(folder, one);
	folder_collect(folder, "softnet.processed");
	assert_string_equal(folder_text(folder, "SELECT change('softnet.processed')"),
			    "NULL");
	assert_int_equal(counter(folder, "softnet.processed"), 5);
}

static void torn_files_are_partial(void **state)
{
	static const struct {
		const char *text, *source;
	} cases[] = {
		{ "", "partial: 'softnet_stat' is empty" },
		{ "\n", "partial: 'softnet_stat' is torn at line 1" },
		{ "0000000a 00000002\n", "partial: 'softnet_stat' is torn at line 1" },
		{ "0000000a 00000002 00000003" ZEROS " 00000000\n0000\n",
		  "partial: 'softnet_stat' is torn at line 2" },
		{ "xyz\n", "partial: 'softnet_stat' is torn at line 1" },
	};
	struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put(folder, cases[i].text);
		folder_collect(folder, "softnet");
		assert_string_equal(folder_source(folder, "softnet_stat"),
				    cases[i].source);
	}
}

static void a_missing_file_is_absent(void **state)
{
	struct folder *folder = *state;

	folder_collect(folder, "softnet");
	assert_string_equal(folder_source(folder, "softnet_stat"),
			    "absent: 'softnet_stat' does not exist here");
}

static void what_nobody_needs_is_not_read(void **state)
{
	struct folder *folder = *state;

	put(folder, "0000000a 00000002 00000003" ZEROS " 00000000\n");
	folder_collect(folder, "Tcp.ActiveOpens");
	assert_string_equal(folder_source(folder, "softnet_stat"), "nothing");
	assert_int_equal(folder_number(folder, "SELECT count(*) FROM softnet"), 0);
}

#define TEST(function)                                                                   \
	cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fifteen_columns_are_all_there),
		TEST(thirteen_columns_have_no_queues),
		TEST(eleven_columns_are_counted_by_line),
		TEST(a_counter_that_wrapped_goes_on),
		TEST(it_goes_on_over_many_samples),
		TEST(gauges_are_not_carried_on),
		TEST(a_cpu_that_went_takes_its_numbers_along),
		TEST(torn_files_are_partial),
		TEST(a_missing_file_is_absent),
		TEST(what_nobody_needs_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

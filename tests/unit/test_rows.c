/* The rows that C writes and the tables of the schema have the same columns. */
#include "collect_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void every_table_has_the_columns_that_rows_fill(void **state)
{
	char sql[128];

	for (int table = 0; table < ROW_TABLE_COUNT_; table++) {
		(void)snprintf(sql, sizeof(sql),
			       "SELECT count(*) FROM pragma_table_info('%s')",
			       row_table_name((enum row_table)table));
		assert_int_equal(folder_number(*state, sql),
				 row_table_columns((enum row_table)table));
	}
}

/* Member by member: a column that is bound at the wrong place has another number. */
static void a_link_has_each_number_in_its_column(void **state)
{
	struct folder *folder = *state;
	const struct link_row row = {
		.number = 1,
		.name = "n",
		.kind = "k",
		.is_up = 2,
		.mtu = 3,
		.rx_packets = 4,
		.tx_packets = 5,
		.rx_bytes = 6,
		.tx_bytes = 7,
		.rx_errors = 8,
		.tx_errors = 9,
		.rx_dropped = 10,
		.tx_dropped = 11,
		.rx_missed = 12,
		.rx_fifo = 13,
		.rx_over = 14,
		.qdisc = "q",
		.qdisc_drops = 15,
		.qdisc_overlimits = 16,
		.qdisc_backlog = 17,
		.qdisc_child_drops = 18,
		.qdisc_child_overlimits = 19,
		.qdisc_child_backlog = 20,
		.gso_max_size = 21,
		.gso_max_segs = 22,
		.gro_max_size = 23,
		.tso_max_size = 24,
	};

	assert_int_equal(evidence_add_link(&folder->evidence, &row, NULL), 0);
	assert_string_equal(
		folder_text(
			folder,
			"SELECT number || name || kind || is_up || "
			"mtu || rx_packets || tx_packets || rx_bytes || tx_bytes || "
			"rx_errors || tx_errors || rx_dropped || tx_dropped || rx_missed "
			"|| rx_fifo || rx_over || qdisc || qdisc_drops || "
			"qdisc_overlimits || qdisc_backlog || qdisc_child_drops || "
			"qdisc_child_overlimits || qdisc_child_backlog || gso_max_size || "
			"gso_max_segs || gro_max_size || tso_max_size FROM link"),
		"1nk234567891011121314q15161718192021222324");
}

static void what_is_not_known_is_null(void **state)
{
	struct folder *folder = *state;
	const struct capture_row capture = { .type = "raw",
					     .interface = "*",
					     .ring_bytes = -1,
					     .ring_blocks = -1,
					     .queue = -1,
					     .receive_buffer = -1,
					     .drops = -1,
					     .uid = -1 };

	assert_int_equal(evidence_add_capture(&folder->evidence, &capture, NULL), 0);
	assert_int_equal(
		folder_number(folder,
			      "SELECT count(*) FROM capture WHERE ring_bytes IS NULL "
			      "AND ring_blocks IS NULL AND queue IS NULL AND "
			      "receive_buffer IS NULL AND drops IS NULL AND uid IS NULL "
			      "AND pid IS NULL AND program IS NULL"),
		1);
}

static void zero_is_a_number(void **state)
{
	struct folder *folder = *state;
	const struct capture_row capture = { .type = "raw", .interface = "*" };

	assert_int_equal(evidence_add_capture(&folder->evidence, &capture, NULL), 0);
	assert_int_equal(folder_number(folder,
				       "SELECT ring_bytes + ring_blocks + queue + "
				       "receive_buffer + drops + uid FROM capture"),
			 0);
}

#define TEST(function)                                                                   \
	cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_table_has_the_columns_that_rows_fill),
		TEST(a_link_has_each_number_in_its_column),
		TEST(what_is_not_known_is_null),
		TEST(zero_is_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "collect/socket_top.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- sockets ------------------------------------------------------------------------ */

/* As inet_diag tells of it. info_bytes: of tcp_info, as this or that kernel has it. */
struct message {
	struct inet_diag_msg socket;
	_Alignas(4) char attributes[1024];
	size_t length;
};

static void add_attribute(struct message *message, uint16_t type, const void *data,
			  size_t size)
{
	const struct nlattr attribute = { .nla_len = (uint16_t)(sizeof(attribute) + size),
					  .nla_type = type };

	memcpy(message->attributes + message->length, &attribute, sizeof(attribute));
	memcpy(message->attributes + message->length + sizeof(attribute), data, size);
	message->length += NLA_ALIGN(sizeof(attribute) + size);
}

static void begin(struct message *ret, uint32_t cookie, unsigned state, const char *to)
{
	memset(ret, 0, sizeof(*ret));
	ret->socket.idiag_family = AF_INET;
	ret->socket.idiag_state = (uint8_t)state;
	ret->socket.idiag_inode = 4711;
	ret->socket.id.idiag_cookie[0] = cookie;
	ret->socket.id.idiag_sport = htons(40000);
	ret->socket.id.idiag_dport = htons(443);
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", ret->socket.id.idiag_src), 1);
	assert_int_equal(inet_pton(AF_INET, to, ret->socket.id.idiag_dst), 1);
}

static void see(struct socket_tops *tops, uint32_t cookie, struct tcp_info info)
{
	struct message message;

	begin(&message, cookie, DIAG_ESTABLISHED, "198.51.100.7");
	add_attribute(&message, INET_DIAG_INFO, &info, sizeof(info));
	socket_tops_add(tops, &message.socket, message.length, false);
}

static int64_t number(struct evidence *evidence, const char *sql)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;

	assert_int_equal(database_prepare(evidence->db, sql, &statement, NULL), 0);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	if (sqlite3_column_type(statement, 0) == SQLITE_NULL)
		return -1;
	return sqlite3_column_int64(statement, 0);
}

static void store(const struct socket_tops *tops, struct evidence *evidence)
{
	const struct sample sample = { .taken = 1, .uptime = 1, .page_bytes = 4096 };
	const struct holders holders = { 0 };

	assert_int_equal(evidence_open_memory(evidence, NULL), 0);
	assert_int_equal(evidence_begin_sample(evidence, &sample, NULL), 0);
	assert_int_equal(socket_tops_store(tops, &holders, evidence, NULL), 0);
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

/* --- tests -------------------------------------------------------------------------- */

static void the_worst_are_kept_and_all_are_counted(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	auto_free struct socket_tops *tops = calloc(1, sizeof(*tops));

	(void)state;
	assert_non_null(tops);
	for (uint32_t i = 0; i < 1000; i++)
		see(tops, i + 1, (struct tcp_info){ .tcpi_total_retrans = i * 7 % 1000 });
	store(tops, &evidence);
	assert_int_equal(number(&evidence, "SELECT count(*) FROM socket"),
			 SOCKET_TOP_MOST);
	assert_int_equal(number(&evidence, "SELECT min(retransmitted) FROM socket"),
			 1000 - SOCKET_TOP_MOST);
	assert_int_equal(number(&evidence, "SELECT max(retransmitted) FROM socket"), 999);
	/* one had none */
	assert_int_equal(
		number(&evidence,
		       "SELECT sockets FROM socket_count WHERE what = 'retransmitted'"),
		999);
	assert_int_equal(
		number(&evidence, "SELECT sockets FROM socket_count WHERE what = 'all'"),
		1000);
}

static void a_socket_with_two_reasons_has_one_row(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	auto_free struct socket_tops *tops = calloc(1, sizeof(*tops));

	(void)state;
	assert_non_null(tops);
	see(tops, 1,
	    (struct tcp_info){
		    .tcpi_total_retrans = 5, .tcpi_lost = 2, .tcpi_reord_seen = 1 });
	see(tops, 2, (struct tcp_info){ .tcpi_total_retrans = 5 });
	store(tops, &evidence);
	assert_int_equal(number(&evidence, "SELECT count(*) FROM socket"), 2);
	assert_int_equal(
		number(&evidence,
		       "SELECT sum(sockets) FROM socket_count WHERE what IN ('losing', 'reordered')"),
		2);
}

/* Linux 4.9, 5.4, 6.1, 6.6 and 6.18, from the end of what it has. */
static void what_a_kernel_lacks_is_not_known(void **state)
{
	static const struct {
		size_t bytes;
		const char *known, *unknown;
	} kernels[] = {
		{ 160, "min_rtt_us", "busy_us" },
		{ 192, "send_buffer_limited_us", "bytes_sent" },
		{ 224, "reordering_seen", "out_of_order" },
		{ 232, "peer_window", "receive_window" },
		{ 248, "receive_window", "NULL" },
		{ 280, "receive_window", "NULL" },
	};
	unsigned char info[SOCKET_INFO_BYTES];

	(void)state;
	memset(info, 1, sizeof(info));
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };
		auto_free struct socket_tops *tops = calloc(1, sizeof(*tops));
		struct message message;
		char sql[64];

		assert_non_null(tops);
		begin(&message, 1, DIAG_ESTABLISHED, "198.51.100.7");
		add_attribute(&message, INET_DIAG_INFO, info, kernels[i].bytes);
		socket_tops_add(tops, &message.socket, message.length, true);
		store(tops, &evidence);
		(void)snprintf(sql, sizeof(sql), "SELECT %s FROM socket",
			       kernels[i].known);
		if (number(&evidence, sql) <= 0)
			fail_msg("%zu bytes: %s is not known", kernels[i].bytes,
				 kernels[i].known);
		(void)snprintf(sql, sizeof(sql), "SELECT %s FROM socket",
			       kernels[i].unknown);
		assert_int_equal(number(&evidence, sql), -1);
	}
}

static void what_was_not_told_is_not_looked_at(void **state)
{
	static const unsigned states[] = { DIAG_ESTABLISHED, DIAG_CLOSE_WAIT,
					   DIAG_SYN_SENT, DIAG_TIME_WAIT, DIAG_SYN_RECV };
	AUTO(evidence_close) struct evidence evidence = { 0 };
	auto_free struct socket_tops *tops = calloc(1, sizeof(*tops));

	(void)state;
	assert_non_null(tops);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		struct message message;

		begin(&message, 1, states[i], "198.51.100.7");
		socket_tops_add(tops, &message.socket, message.length, true);
	}
	see(tops, 9, (struct tcp_info){ .tcpi_options = TCPI_OPT_WSCALE });
	store(tops, &evidence);
	assert_int_equal(
		number(&evidence, "SELECT sockets FROM socket_count WHERE what = 'all'"),
		3);
	assert_int_equal(
		number(&evidence,
		       "SELECT sockets FROM socket_count WHERE what = 'looked-at'"),
		1);
	assert_int_equal(
		number(&evidence,
		       "SELECT sockets FROM socket_count WHERE what = 'no-window-scaling'"),
		0);
	assert_int_equal(
		number(&evidence,
		       "SELECT sockets FROM socket_count WHERE what = 'no-sack'"),
		1);
	assert_int_equal(number(&evidence, "SELECT count(*) FROM socket"), 0);
}

static void silence_counts_where_nobody_would_notice(void **state)
{
	static const struct {
		const char *to;
		unsigned timer;
		uint32_t sent_ms, received_ms;
		int64_t idle;
	} cases[] = {
		{ "198.51.100.7", DIAG_TIMER_NONE, 90000, 90000, 1 },
		{ "198.51.100.7", DIAG_TIMER_KEEPALIVE, 90000, 90000, 0 },
		{ "198.51.100.7", DIAG_TIMER_NONE, 90000, 100, 0 },
		{ "127.0.0.1", DIAG_TIMER_NONE, 90000, 90000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free struct socket_tops *tops = calloc(1, sizeof(*tops));
		const struct tcp_info info = { .tcpi_last_data_sent = cases[i].sent_ms,
					       .tcpi_last_data_recv =
						       cases[i].received_ms,
					       .tcpi_last_ack_recv =
						       cases[i].received_ms };
		struct message message;

		assert_non_null(tops);
		begin(&message, 1, DIAG_ESTABLISHED, cases[i].to);
		message.socket.idiag_timer = (uint8_t)cases[i].timer;
		add_attribute(&message, INET_DIAG_INFO, &info, sizeof(info));
		socket_tops_add(tops, &message.socket, message.length, true);
		assert_true(tops->lists[SOCKET_TOP_IDLE].sockets == cases[i].idle);
	}
}

/* Attributes of any length must not be read or written beyond their end. */
static void torn_attributes_are_survived(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 17, 300 };
	char bytes[300];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };
		auto_free struct socket_tops *tops = calloc(1, sizeof(*tops));
		struct message message;

		assert_non_null(tops);
		begin(&message, 1, DIAG_ESTABLISHED, "198.51.100.7");
		add_attribute(&message, INET_DIAG_CONG, bytes, sizes[i] / 2);
		add_attribute(&message, INET_DIAG_SKMEMINFO, bytes, sizes[i] / 4);
		add_attribute(&message, INET_DIAG_INFO, bytes, sizes[i]);
		socket_tops_add(tops, &message.socket, message.length, false);
		store(tops, &evidence);
		assert_int_equal(
			number(&evidence,
			       "SELECT coalesce(max(length(congestion)), 0) <= 15 FROM socket"),
			1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_are_kept_and_all_are_counted),
		cmocka_unit_test(a_socket_with_two_reasons_has_one_row),
		cmocka_unit_test(what_a_kernel_lacks_is_not_known),
		cmocka_unit_test(what_was_not_told_is_not_looked_at),
		cmocka_unit_test(silence_counts_where_nobody_would_notice),
		cmocka_unit_test(torn_attributes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

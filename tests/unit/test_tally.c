#include "collect/tally.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LOW = 32768, HIGH = 60999, REUSE_DELAY_MS = 1000, WEB = 80, TLS = 443 };

static int make(void **state)
{
	static struct tally tally;

	*state = &tally;
	return tally_init(&tally, LOW, HIGH, REUSE_DELAY_MS);
}

static int unmake(void **state)
{
	tally_clear(*state);
	return 0;
}

/* --- sockets ------------------------------------------------------------------------ */

/*
 * A socket as inet_diag tells of it. from, to: addresses as people write them; a colon
 * makes it an IPv6 socket; NULL is any. Attributes come only when they are wanted.
 */
struct socket {
	unsigned state, timer;
	const char *from, *to;
	unsigned port, to_port;
	uint32_t queue, queue_limit, expires, uid, inode;
	uint64_t cookie;
	bool is_v6;
	bool has_info, has_memory;
	uint32_t idle_sent_ms, idle_ack_ms, backoff, drops;
	uint32_t retransmits, total_retrans;
};

struct message {
	struct inet_diag_msg socket;
	_Alignas(4) char attributes[512];
	size_t length;
};

static void fill_address(const char *text, bool is_v6, __be32 *ret)
{
	if (text)
		assert_int_equal(inet_pton(is_v6 ? AF_INET6 : AF_INET, text, ret), 1);
}

static void add_attribute(struct message *message, uint16_t type, const void *data,
			  size_t size)
{
	const struct nlattr attribute = { .nla_len = (uint16_t)(sizeof(attribute) + size),
					  .nla_type = type };

	memcpy(message->attributes + message->length, &attribute, sizeof(attribute));
	memcpy(message->attributes + message->length + sizeof(attribute), data, size);
	message->length += NLA_ALIGN(sizeof(attribute) + size);
}

static void fill(const struct socket *socket, struct message *ret)
{
	bool is_v6 = socket->is_v6 || (socket->from && strchr(socket->from, ':'));

	memset(ret, 0, sizeof(*ret));
	ret->socket.idiag_family = is_v6 ? AF_INET6 : AF_INET;
	ret->socket.idiag_state = (uint8_t)socket->state;
	ret->socket.idiag_timer = (uint8_t)socket->timer;
	ret->socket.id.idiag_sport = htons((uint16_t)socket->port);
	ret->socket.id.idiag_dport = htons((uint16_t)socket->to_port);
	fill_address(socket->from, is_v6, ret->socket.id.idiag_src);
	fill_address(socket->to, is_v6, ret->socket.id.idiag_dst);
	ret->socket.id.idiag_cookie[0] = (uint32_t)socket->cookie;
	ret->socket.id.idiag_cookie[1] = (uint32_t)(socket->cookie >> 32);
	ret->socket.idiag_rqueue = socket->queue;
	ret->socket.idiag_wqueue = socket->queue_limit;
	ret->socket.idiag_expires = socket->expires;
	ret->socket.idiag_uid = socket->uid;
	ret->socket.idiag_inode = socket->inode;
	if (socket->has_info) {
		const struct tcp_info info = {
			.tcpi_backoff = (uint8_t)socket->backoff,
			.tcpi_retransmits = (uint8_t)socket->retransmits,
			.tcpi_total_retrans = socket->total_retrans,
			.tcpi_last_data_sent = socket->idle_sent_ms,
			.tcpi_last_ack_recv = socket->idle_ack_ms
		};

		add_attribute(ret, INET_DIAG_INFO, &info, sizeof(info));
	}
	if (socket->has_memory) {
		const uint32_t memory[SK_MEMINFO_VARS] = { [SK_MEMINFO_DROPS] =
								   socket->drops };

		add_attribute(ret, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
	}
}

static void listen_on(struct tally *tally, struct socket socket)
{
	struct message message;

	socket.state = DIAG_LISTEN;
	fill(&socket, &message);
	tally_add_listener(tally, &message.socket, message.length);
}

static void see(struct tally *tally, struct socket socket)
{
	struct message message;

	fill(&socket, &message);
	tally_add_socket(tally, &message.socket, message.length);
}

#define LISTEN(...) listen_on(tally, (struct socket){ __VA_ARGS__ })
#define SEE(...)    see(tally, (struct socket){ __VA_ARGS__ })

/* The only group of outgoing connections. */
static const struct destination *only_destination(const struct tally *tally)
{
	const struct destination *found = NULL;

	assert_int_equal(tally->destinations.count, 1);
	for (size_t i = 0; i < DESTINATIONS_SLOTS; i++)
		if (tally->destinations.slots[i].key.family)
			found = &tally->destinations.slots[i];
	assert_non_null(found);
	return found;
}

/* --- which listener a connection came through --------------------------------------- */

static void a_listener_is_kept_as_the_kernel_tells_of_it(void **state)
{
	struct tally *tally = *state;

	LISTEN(.from = "10.0.0.1", .port = WEB, .queue = 3, .queue_limit = 128, .uid = 33,
	       .inode = 4711, .cookie = 0x1234567890abcdef, .has_memory = true,
	       .drops = 9);
	LISTEN(.from = "::", .port = TLS);
	assert_int_equal(tally->listener_count, 2);
	assert_true(tally->listeners[0].cookie == 0x1234567890abcdef);
	assert_int_equal(tally->listeners[0].family, AF_INET);
	assert_int_equal(tally->listeners[0].port, WEB);
	assert_int_equal(tally->listeners[0].queue, 3);
	assert_int_equal(tally->listeners[0].queue_limit, 128);
	assert_true(tally->listeners[0].drops == 9);
	assert_int_equal(tally->listeners[0].uid, 33);
	assert_int_equal(tally->listeners[0].inode, 4711);
	/* not told is not none */
	assert_true(tally->listeners[1].drops == -1);
	assert_true(tally->listeners[1].oldest_waiting_ms == -1);
	assert_true(tally->states[0][DIAG_LISTEN] == 1);
	assert_true(tally->states[1][DIAG_LISTEN] == 1);
	assert_int_equal(tally_has_waiting(tally), true);
}

static void no_queue_is_nobody_waiting(void **state)
{
	struct tally *tally = *state;

	assert_int_equal(tally_has_waiting(tally), false);
	LISTEN(.port = WEB, .queue_limit = 128);
	assert_int_equal(tally_has_waiting(tally), false);
}

static void a_connection_belongs_to_the_listener_that_takes_it(void **state)
{
	static const struct {
		const char *listener, *local;
		bool is_taken;
	} cases[] = {
		{ "0.0.0.0", "10.0.0.1", true },
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.2", "10.0.0.1", false },
		{ "::", "10.0.0.1", true }, /* dual stack */
		{ "::", "::ffff:10.0.0.1", true },
		{ "::", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::2", "2001:db8::1", false },
		{ "0.0.0.0", "2001:db8::1", false },
		{ "0.0.0.0", "::ffff:10.0.0.1", true },
		{ "10.0.0.1", "::ffff:10.0.0.1", true },
		{ "10.0.0.1", "2001:db8::1", false },
		{ "::1", "127.0.0.1", false },
		/* an IPv6 socket bound to an IPv4 address: Tomcat's [::ffff:127.0.0.1] */
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1", true },
		{ "::ffff:10.0.0.2", "::ffff:10.0.0.1", false },
		/* and to all of them: ss shows it as [::ffff:0.0.0.0] */
		{ "::ffff:0.0.0.0", "::ffff:10.0.0.1", true },
		{ "::ffff:0.0.0.0", "2001:db8::1", false },
	};
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(tally_clear) struct tally one = { 0 };
		struct tally *tally = &one;

		assert_int_equal(tally_init(tally, LOW, HIGH, REUSE_DELAY_MS), 0);
		LISTEN(.from = cases[i].listener, .port = WEB);
		SEE(.state = DIAG_ESTABLISHED, .from = cases[i].local, .port = WEB,
		    .to_port = 40000, .inode = 1);
		if (tally->listeners[0].established == cases[i].is_taken &&
		    tally->destinations.count == !cases[i].is_taken)
			continue;
		print_message("# %s by %s\n", cases[i].local, cases[i].listener);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void a_connection_to_another_port_is_outgoing(void **state)
{
	struct tally *tally = *state;

	LISTEN(.port = WEB);
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .to = "10.0.0.2",
	    .port = 40000, .to_port = WEB, .inode = 1);
	assert_true(tally->listeners[0].established == 0);
	assert_int_equal(only_destination(tally)->sockets, 1);
}

static void the_listener_of_just_that_address_comes_first(void **state)
{
	static const char *const orders[][3] = {
		{ "0.0.0.0", "::", "10.0.0.1" },
		{ "10.0.0.1", "::", "0.0.0.0" },
		{ "::", "10.0.0.1", "0.0.0.0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		AUTO(tally_clear) struct tally one = { 0 };
		struct tally *tally = &one;

		assert_int_equal(tally_init(tally, LOW, HIGH, REUSE_DELAY_MS), 0);
		for (size_t n = 0; n < 3; n++)
			LISTEN(.from = orders[i][n], .port = WEB);
		SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB,
		    .inode = 1);
		for (size_t n = 0; n < 3; n++)
			assert_true(tally->listeners[n].established ==
				    (strcmp(orders[i][n], "10.0.0.1") == 0));
	}
}

/* nginx: "listen 80; listen [::]:80;", the second with IPV6_V6ONLY. As the kernel does
 * it. */
static void of_two_wildcards_the_one_of_the_same_family_comes_first(void **state)
{
	static const char *const orders[][2] = { { "0.0.0.0", "::" },
						 { "::", "0.0.0.0" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		AUTO(tally_clear) struct tally one = { 0 };
		struct tally *tally = &one;

		assert_int_equal(tally_init(tally, LOW, HIGH, REUSE_DELAY_MS), 0);
		for (size_t n = 0; n < 2; n++)
			LISTEN(.from = orders[i][n], .port = WEB);
		for (int n = 0; n < 3; n++)
			SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB,
			    .inode = 1);
		SEE(.state = DIAG_ESTABLISHED, .from = "2001:db8::1", .port = WEB,
		    .inode = 1);
		for (size_t n = 0; n < 2; n++)
			assert_int_equal(tally->listeners[n].established,
					 orders[i][n][0] == ':' ? 1 : 3);
	}
}

static void listeners_of_a_reuseport_group_share_what_is_counted(void **state)
{
	struct tally *tally = *state;

	for (uint32_t i = 0; i < 4; i++)
		LISTEN(.from = "10.0.0.1", .port = WEB, .cookie = i, .queue = i);
	LISTEN(.from = "10.0.0.2", .port = WEB);
	LISTEN(.from = "10.0.0.1", .port = TLS);
	for (uint32_t i = 0; i < 8; i++)
		SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB,
		    .to_port = 50000 + i, .inode = 1);
	for (size_t i = 0; i < 4; i++) {
		const struct tally_listener *group =
			&tally->listeners[tally->listeners[i].group];

		assert_int_equal(tally->listeners[i].group, tally->listeners[0].group);
		assert_true(group->established == 8);
		/* but each has its own queue */
		assert_int_equal(tally->listeners[i].queue, i);
	}
	assert_int_equal(tally->listeners[4].group, 4);
	assert_int_equal(tally->listeners[5].group, 5);
	assert_true(tally->listeners[4].established == 0);
	assert_true(tally->listeners[5].established == 0);
}

static void many_listeners_on_one_port_are_all_kept(void **state)
{
	struct tally *tally = *state;

	for (unsigned i = 0; i < 1000; i++) {
		char address[32];

		(void)snprintf(address, sizeof(address), "10.0.%u.%u", i / 250, i % 250);
		LISTEN(.from = address, .port = WEB);
	}
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.0", .port = WEB, .inode = 1);
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.3.249", .port = WEB, .inode = 1);
	assert_int_equal(tally->listener_count, 1000);
	assert_true(tally->listeners[0].established == 1);
	assert_true(tally->listeners[999].established == 1);
	assert_int_equal(tally->destinations.count, 0);
}

/* --- inbound ------------------------------------------------------------------------ */

static void inbound_connections_are_counted_by_state(void **state)
{
	static const struct {
		unsigned state;
		int64_t syn_received, established, time_wait;
	} cases[] = {
		{ DIAG_ESTABLISHED, 0, 1, 0 }, { DIAG_SYN_RECV, 1, 0, 0 },
		{ DIAG_TIME_WAIT, 0, 0, 1 },   { DIAG_CLOSE_WAIT, 0, 0, 0 },
		{ DIAG_FIN_WAIT1, 0, 0, 0 },   { DIAG_FIN_WAIT2, 0, 0, 0 },
		{ DIAG_LAST_ACK, 0, 0, 0 },    { DIAG_CLOSING, 0, 0, 0 },
		{ DIAG_CLOSE, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(tally_clear) struct tally one = { 0 };
		struct tally *tally = &one;

		assert_int_equal(tally_init(tally, LOW, HIGH, REUSE_DELAY_MS), 0);
		LISTEN(.port = WEB);
		SEE(.state = cases[i].state, .from = "10.0.0.1", .port = WEB, .inode = 1);
		assert_true(tally->states[0][cases[i].state] == 1);
		assert_true(tally->listeners[0].syn_received == cases[i].syn_received);
		assert_true(tally->listeners[0].established == cases[i].established);
		assert_true(tally->listeners[0].time_wait == cases[i].time_wait);
		assert_true(tally->listeners[0].waiting == 0);
		assert_int_equal(tally->destinations.count, 0);
	}
}

static void a_connection_without_an_inode_waits_for_accept(void **state)
{
	struct tally *tally = *state;

	LISTEN(.port = WEB);
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB, .has_info = true,
	    .idle_sent_ms = 500);
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB, .has_info = true,
	    .idle_sent_ms = 2500);
	SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .port = WEB, .has_info = true,
	    .idle_sent_ms = 900); /* the client gave up */
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB, .inode = 7,
	    .has_info = true, .idle_sent_ms = 99999); /* was accepted */
	SEE(.state = DIAG_TIME_WAIT, .from = "10.0.0.1", .port = WEB);
	SEE(.state = DIAG_SYN_RECV, .from = "10.0.0.1", .port = WEB);
	assert_true(tally->listeners[0].waiting == 3);
	assert_true(tally->listeners[0].oldest_waiting_ms == 2500);
	assert_true(tally->listeners[0].established == 3);
}

static void the_age_of_who_waits_is_not_known_without_tcp_info(void **state)
{
	struct tally *tally = *state;

	LISTEN(.port = WEB);
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB);
	assert_true(tally->listeners[0].waiting == 1);
	assert_true(tally->listeners[0].oldest_waiting_ms == -1);
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB, .has_info = true);
	assert_true(tally->listeners[0].oldest_waiting_ms == 0);
}

/* --- outgoing ----------------------------------------------------------------------- */

static void outgoing_connections_are_grouped_by_where_they_go(void **state)
{
	struct tally *tally = *state;

	for (unsigned i = 0; i < 3; i++)
		SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .to = "10.0.0.9",
		    .port = 40000 + i, .to_port = TLS, .inode = 1);
	SEE(.state = DIAG_SYN_SENT, .from = "10.0.0.1", .to = "10.0.0.9", .port = 40003,
	    .to_port = TLS, .inode = 1);
	SEE(.state = DIAG_TIME_WAIT, .from = "10.0.0.1", .to = "10.0.0.9", .port = 40004,
	    .to_port = TLS, .timer = DIAG_TIMER_TIMEWAIT, .expires = 60000);
	SEE(.state = DIAG_FIN_WAIT1, .from = "10.0.0.1", .to = "10.0.0.9", .port = 40005,
	    .to_port = TLS);
	/* the same in its IPv6 form */
	SEE(.state = DIAG_ESTABLISHED, .from = "::ffff:10.0.0.1", .to = "::ffff:10.0.0.9",
	    .port = 40006, .to_port = TLS, .inode = 1);
	assert_int_equal(only_destination(tally)->sockets, 7);
	assert_int_equal(only_destination(tally)->established, 4);
	assert_int_equal(only_destination(tally)->syn_sent, 1);
	assert_int_equal(only_destination(tally)->time_wait, 1);
	assert_int_equal(only_destination(tally)->time_wait_old, 0);
	assert_int_equal(only_destination(tally)->key.family, AF_INET);
	assert_true(destination_source_ports(&tally->destinations.sources[0]) == 7);
	assert_true(tally->states[0][DIAG_ESTABLISHED] == 4);
	assert_true(tally->states[1][DIAG_ESTABLISHED] == 0);
}

static void a_local_port_outside_the_range_takes_none_of_it(void **state)
{
	static const struct {
		unsigned port;
		uint32_t sockets, outside;
	} cases[] = {
		{ LOW - 1, 0, 1 },  { LOW, 1, 0 }, { HIGH, 1, 0 },
		{ HIGH + 1, 0, 1 }, { 0, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(tally_clear) struct tally one = { 0 };
		struct tally *tally = &one;

		assert_int_equal(tally_init(tally, LOW, HIGH, REUSE_DELAY_MS), 0);
		SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .to = "10.0.0.9",
		    .port = cases[i].port, .to_port = TLS, .inode = 1);
		assert_int_equal(only_destination(tally)->sockets, cases[i].sockets);
		assert_int_equal(only_destination(tally)->established, cases[i].sockets);
		assert_int_equal(only_destination(tally)->outside, cases[i].outside);
		assert_int_equal(tally->destinations.source_count, cases[i].sockets);
	}
}

static void without_a_known_range_nothing_is_inside_it(void **state)
{
	AUTO(tally_clear) struct tally one = { 0 };
	struct tally *tally = &one;

	(void)state;
	assert_int_equal(tally_init(tally, 0, 0, REUSE_DELAY_MS), 0);
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .to = "10.0.0.9",
	    .port = 40000, .to_port = TLS, .inode = 1);
	assert_int_equal(only_destination(tally)->sockets, 0);
	assert_int_equal(only_destination(tally)->outside, 1);
}

static void a_time_wait_is_old_when_its_port_may_be_taken_again(void **state)
{
	static const struct {
		uint32_t expires; /* of 60 s */
		int64_t delay;
		uint32_t old;
	} cases[] = {
		{ 60000, 1000, 0 }, { 59001, 1000, 0 },	     { 59000, 1000, 1 },
		{ 0, 1000, 1 },	    { 30000, 30000, 1 },     { 30001, 30000, 0 },
		{ 60000, 0, 1 },    { UINT32_MAX, 1000, 0 }, { 60001, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(tally_clear) struct tally one = { 0 };
		struct tally *tally = &one;

		assert_int_equal(tally_init(tally, LOW, HIGH, cases[i].delay), 0);
		SEE(.state = DIAG_TIME_WAIT, .timer = DIAG_TIMER_TIMEWAIT,
		    .from = "10.0.0.1", .to = "10.0.0.9", .port = 40000, .to_port = TLS,
		    .expires = cases[i].expires);
		assert_int_equal(only_destination(tally)->time_wait, 1);
		assert_int_equal(only_destination(tally)->time_wait_old, cases[i].old);
	}
}

static void a_syn_without_an_answer_went_out_again_or_never_left(void **state)
{
	static const struct {
		bool has_info;
		uint32_t retransmits, total, retried, stuck;
	} cases[] = {
		{ true, 0, 0, 0, 0 }, { true, 1, 1, 1, 0 },  { true, 2, 0, 0, 1 },
		{ true, 0, 3, 0, 0 }, { false, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(tally_clear) struct tally one = { 0 };
		struct tally *tally = &one;

		assert_int_equal(tally_init(tally, LOW, HIGH, REUSE_DELAY_MS), 0);
		SEE(.state = DIAG_SYN_SENT, .from = "10.0.0.1", .to = "10.0.0.9",
		    .port = 40000, .to_port = TLS, .inode = 1,
		    .has_info = cases[i].has_info, .retransmits = cases[i].retransmits,
		    .total_retrans = cases[i].total);
		assert_int_equal(only_destination(tally)->syn_sent, 1);
		assert_int_equal(only_destination(tally)->syn_retried, cases[i].retried);
		assert_int_equal(only_destination(tally)->syn_stuck, cases[i].stuck);
	}
}

static void a_peer_that_was_not_heard_for_a_second_is_counted(void **state)
{
	struct tally *tally = *state;
	static const uint32_t silences[] = { 0, 999, 1000, 3600000 };

	for (size_t i = 0; i < ARRAY_SIZE(silences); i++)
		SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .port = WEB, .inode = 7,
		    .has_info = true, .idle_ack_ms = silences[i]);
	SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .port = WEB, .inode = 7);
	assert_int_equal(tally->closing_count, 1);
	assert_int_equal(tally->closing[0].sockets, 5);
	assert_int_equal(tally->closing[0].aged, 2);
	SEE(.state = DIAG_FIN_WAIT1, .from = "10.0.0.1", .port = WEB, .has_info = true,
	    .timer = DIAG_TIMER_PROBE, .idle_ack_ms = 5000, .idle_sent_ms = 999);
	assert_int_equal(tally->closing[1].aged, 0);
	SEE(.state = DIAG_FIN_WAIT1, .from = "10.0.0.1", .port = WEB, .has_info = true,
	    .timer = DIAG_TIMER_PROBE, .idle_ack_ms = 10, .idle_sent_ms = 1000);
	assert_int_equal(tally->closing[1].aged, 1);
}

/* --- closing ------------------------------------------------------------------------ */

/* What the kernel keeps of a FIN_WAIT2 whose socket is gone: a small one, as of
 * TIME_WAIT. */
static void a_fin_wait2_without_its_socket_is_counted_as_both(void **state)
{
	struct tally *tally = *state;

	SEE(.state = DIAG_FIN_WAIT2, .timer = DIAG_TIMER_TIMEWAIT, .from = "10.0.0.1",
	    .to = "10.0.0.9", .port = 40000, .to_port = TLS, .expires = 59000);
	SEE(.state = DIAG_FIN_WAIT2, .timer = DIAG_TIMER_KEEPALIVE, .from = "10.0.0.1",
	    .to = "10.0.0.9", .port = 40001, .to_port = TLS, .inode = 8);
	assert_true(tally->states[0][DIAG_FIN_WAIT2] == 2);
	assert_true(tally->timewait_fin_wait2[0] == 1);
	assert_true(tally->states[0][DIAG_TIME_WAIT] == 0);
	assert_int_equal(only_destination(tally)->sockets, 2);
	assert_int_equal(only_destination(tally)->time_wait, 0);
	assert_int_equal(tally->closing_count, 2);
	assert_int_equal(tally->closing[0].has_owner, false);
	assert_int_equal(tally->closing[1].has_owner, true);
}

static void closing_sockets_are_grouped_by_kind_and_owner(void **state)
{
	struct tally *tally = *state;

	LISTEN(.port = WEB);
	for (unsigned i = 0; i < 6; i++)
		SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .port = WEB,
		    .to_port = 50000 + i, .uid = 33, .inode = 100 + i, .has_info = true,
		    .idle_ack_ms = 1000 * i, .backoff = i % 2);
	SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .port = WEB, .uid = 34,
	    .inode = 1);
	SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .to = "10.0.0.9", .port = 40000,
	    .uid = 33, .inode = 2);
	SEE(.state = DIAG_LAST_ACK, .from = "10.0.0.1", .port = WEB, .uid = 33,
	    .timer = DIAG_TIMER_RETRANSMIT);
	SEE(.state = DIAG_ESTABLISHED, .from = "10.0.0.1", .port = WEB, .uid = 33,
	    .inode = 3);
	assert_int_equal(tally->closing_count, 4);
	assert_true(tally->closing[0].sockets == 6);
	assert_true(tally->closing[0].backoff == 3);
	assert_true(tally->closing[0].oldest_ms == 5000);
	assert_int_equal(tally->closing[0].port, WEB);
	assert_int_equal(tally->closing[0].inode_count, TALLY_SAMPLE_INODES);
	assert_int_equal(tally->closing[0].inodes[0], 100);
	assert_int_equal(tally->closing[2].port, 0); /* outgoing */
	assert_int_equal(tally->closing[3].has_owner, false);
	assert_int_equal(tally->closing[3].inode_count, 0);
	assert_true(tally->closing[3].oldest_ms == -1);
}

/* --- limits and nonsense ------------------------------------------------------------ */

static void too_many_kinds_of_closing_sockets_are_said_to_be_cut(void **state)
{
	struct tally *tally = *state;

	for (uint32_t i = 0; i < TALLY_MOST_CLOSING; i++)
		SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .to = "10.0.0.9",
		    .port = 40000, .uid = i, .inode = 1);
	assert_int_equal(tally->is_cut_closing, false);
	SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .to = "10.0.0.9", .port = 40000,
	    .uid = TALLY_MOST_CLOSING, .inode = 1);
	assert_int_equal(tally->is_cut_closing, true);
	assert_int_equal(tally->closing_count, TALLY_MOST_CLOSING);
	/* those that are known are counted on, and so are the states */
	SEE(.state = DIAG_CLOSE_WAIT, .from = "10.0.0.1", .to = "10.0.0.9", .port = 40000,
	    .uid = 5, .inode = 1);
	assert_true(tally->closing[5].sockets == 2);
	assert_true(tally->states[0][DIAG_CLOSE_WAIT] == TALLY_MOST_CLOSING + 2);
}

static void too_many_listeners_are_said_to_be_cut(void **state)
{
	struct tally *tally = *state;
	struct message message;
	const struct socket socket = { .state = DIAG_LISTEN, .from = "10.0.0.1" };

	fill(&socket, &message);
	for (uint32_t i = 0; i < TALLY_MOST_LISTENERS; i++) {
		message.socket.id.idiag_sport = htons((uint16_t)(i + 1));
		tally_add_listener(tally, &message.socket, message.length);
	}
	assert_int_equal(tally->is_cut_listeners, false);
	message.socket.id.idiag_src[0] = htonl(0x0a000002);
	tally_add_listener(tally, &message.socket, message.length);
	assert_int_equal(tally->is_cut_listeners, true);
	assert_int_equal(tally->listener_count, TALLY_MOST_LISTENERS);
	assert_true(tally->states[0][DIAG_LISTEN] == TALLY_MOST_LISTENERS + 1);
}

static void a_socket_in_no_state_at_all_does_no_harm(void **state)
{
	struct tally *tally = *state;

	LISTEN(.port = 0);
	SEE(.state = 0, .from = "10.0.0.1", .to = "10.0.0.9");
	SEE(.state = DIAG_LISTEN, .from = "10.0.0.1", .port = WEB);
	SEE(.state = DIAG_CLOSE, .from = "10.0.0.1", .to = "10.0.0.9", .port = 40000,
	    .to_port = TLS);
	assert_true(tally->states[0][DIAG_CLOSE] == 1);
	for (size_t i = 0; i < DESTINATIONS_SLOTS; i++)
		assert_true(tally->destinations.slots[i].key.port != TLS);
}

static void a_cleared_tally_can_be_cleared_again(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	tally_clear(&tally);
	assert_int_equal(tally_init(&tally, LOW, HIGH, REUSE_DELAY_MS), 0);
	tally_clear(&tally);
	assert_null(tally.first_on_port);
	tally_clear(&tally);
}

#define WITH_TALLY(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TALLY(a_listener_is_kept_as_the_kernel_tells_of_it),
		WITH_TALLY(no_queue_is_nobody_waiting),
		cmocka_unit_test(a_connection_belongs_to_the_listener_that_takes_it),
		WITH_TALLY(a_connection_to_another_port_is_outgoing),
		cmocka_unit_test(the_listener_of_just_that_address_comes_first),
		cmocka_unit_test(of_two_wildcards_the_one_of_the_same_family_comes_first),
		WITH_TALLY(listeners_of_a_reuseport_group_share_what_is_counted),
		WITH_TALLY(many_listeners_on_one_port_are_all_kept),
		cmocka_unit_test(inbound_connections_are_counted_by_state),
		WITH_TALLY(a_connection_without_an_inode_waits_for_accept),
		WITH_TALLY(the_age_of_who_waits_is_not_known_without_tcp_info),
		WITH_TALLY(outgoing_connections_are_grouped_by_where_they_go),
		cmocka_unit_test(a_local_port_outside_the_range_takes_none_of_it),
		cmocka_unit_test(without_a_known_range_nothing_is_inside_it),
		cmocka_unit_test(a_time_wait_is_old_when_its_port_may_be_taken_again),
		cmocka_unit_test(a_syn_without_an_answer_went_out_again_or_never_left),
		WITH_TALLY(a_peer_that_was_not_heard_for_a_second_is_counted),
		WITH_TALLY(a_fin_wait2_without_its_socket_is_counted_as_both),
		WITH_TALLY(closing_sockets_are_grouped_by_kind_and_owner),
		WITH_TALLY(too_many_kinds_of_closing_sockets_are_said_to_be_cut),
		WITH_TALLY(too_many_listeners_are_said_to_be_cut),
		WITH_TALLY(a_socket_in_no_state_at_all_does_no_harm),
		cmocka_unit_test(a_cleared_tally_can_be_cleared_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

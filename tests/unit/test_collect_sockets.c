/* UDP and packet sockets out of recorded answers, and the control groups of TCP's. */
#include "collect_folder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* One socket to be recorded. family 0: IPv4. state 0: as UDP sockets mostly are. */
struct socket {
	int family;
	uint8_t state;
	uint16_t port;
	uint32_t cookie, queue, buffer, drops, uid, inode;
	uint64_t cgroup;
};

static void add_socket(struct text *messages, const struct socket *socket)
{
	_Alignas(struct nlmsghdr) char buffer[512];
	struct nlmsghdr *message = message_begin(buffer, SOCK_DIAG_BY_FAMILY);
	struct inet_diag_msg *about = mnl_nlmsg_put_extra_header(message, sizeof(*about));
	uint32_t memory[SK_MEMINFO_VARS] = { [SK_MEMINFO_RMEM_ALLOC] = socket->queue,
					     [SK_MEMINFO_RCVBUF] = socket->buffer,
					     [SK_MEMINFO_DROPS] = socket->drops };

	about->idiag_family = socket->family ? (uint8_t)socket->family : AF_INET;
	about->idiag_state = socket->state ? socket->state : 7;
	about->id.idiag_sport = htons(socket->port);
	about->id.idiag_cookie[0] = socket->cookie;
	about->idiag_rqueue = socket->queue;
	about->idiag_uid = socket->uid;
	about->idiag_inode = socket->inode;
	if (about->idiag_family == AF_INET6)
		about->id.idiag_src[3] = htonl(1);
	mnl_attr_put(message, INET_DIAG_SKMEMINFO, sizeof(memory), memory);
	if (socket->cgroup)
		mnl_attr_put_u64(message, INET_DIAG_CGROUP_ID, socket->cgroup);
	message_end(messages, message);
}

static void put_sockets(struct folder *folder, const char *file,
			const struct socket *sockets, size_t count)
{
	AUTO(text_clear) struct text messages = { 0 };

	for (size_t i = 0; i < count; i++)
		add_socket(&messages, &sockets[i]);
	folder_put(folder, file, text_string(&messages), messages.length);
}

/* --- UDP --------------------------------------------------------------------------- */

static void sockets_in_trouble_have_rows_and_the_others_one(void **state)
{
	static const struct socket sockets4[] = {
		{ .port = 53,
		  .cookie = 1,
		  .queue = 0,
		  .buffer = 1000,
		  .drops = 7,
		  .uid = 9 },
		{ .port = 54, .cookie = 2, .queue = 501, .buffer = 1000 },
		{ .port = 55, .cookie = 3, .queue = 500, .buffer = 1000 },
		{ .port = 56, .cookie = 4, .queue = 20, .buffer = 1000, .state = 1 },
	};
	static const struct socket sockets6[] = {
		{ .family = AF_INET6,
		  .port = 443,
		  .cookie = 5,
		  .buffer = 1000,
		  .drops = 1 },
	};
	struct folder *folder = *state;

	put_sockets(folder, "netlink/udp4.nl", sockets4, ARRAY_SIZE(sockets4));
	put_sockets(folder, "netlink/udp6.nl", sockets6, ARRAY_SIZE(sockets6));
	folder_collect(folder, "udp_socket");
	assert_string_equal(folder_source(folder, "udp"), "ok");
	assert_string_equal(
		folder_text(folder,
			    "SELECT group_concat(family || ' ' || address || ' ' || "
			    "port || ' ' || drops || ' ' || queue) FROM udp_socket "
			    "WHERE address <> '*'"),
		"4 0.0.0.0 53 7 0,4 0.0.0.0 54 0 501,6 ::1 443 1 0");
	assert_int_equal(folder_number(folder, "SELECT sum(sockets) FROM udp_socket"), 5);
	assert_int_equal(folder_number(folder,
				       "SELECT sockets FROM udp_socket WHERE "
				       "address = '*' AND queue = 520 AND uid IS NULL "
				       "AND cookie IS NULL AND inode IS NULL"),
			 2);
	assert_string_equal(folder_text(folder, "SELECT endpoint FROM udp_socket_change "
						"WHERE family = 6"),
			    "[::1]:443");
}

static void drops_are_those_of_the_window(void **state)
{
	struct socket socket = { .port = 53, .cookie = 1, .buffer = 1000, .drops = 7 };
	struct folder *folder = *state;

	put_sockets(folder, "netlink/udp4.nl", &socket, 1);
	folder_collect(folder, "udp_socket");
	assert_int_equal(
		folder_number(folder, "SELECT drops_change FROM udp_socket_change"), 7);
	socket.drops = 10;
	put_sockets(folder, "netlink/udp4.nl", &socket, 1);
	folder_collect(folder, "udp_socket");
	assert_int_equal(
		folder_number(folder, "SELECT drops_change FROM udp_socket_change"), 3);
}

/* Drops grow with the cookie; the 256 worst of 1000 are those with the most. */
static void the_worst_are_kept(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct folder *folder = *state;

	for (uint32_t i = 0; i < 1000; i++) {
		/* 7919 is prime to 1000: the order is mixed */
		uint32_t drops = i * 7919 % 1000 + 1;
		const struct socket socket = {
			.port = 53, .cookie = drops, .buffer = 1000, .drops = drops
		};

		add_socket(&messages, &socket);
	}
	folder_put(folder, "netlink/udp4.nl", text_string(&messages), messages.length);
	folder_collect(folder, "udp_socket");
	assert_string_equal(
		folder_source(folder, "udp"),
		"partial: more than 256 UDP sockets with drops or full buffers: "
		"the worst are kept");
	assert_int_equal(folder_number(folder, "SELECT count(*) FROM udp_socket WHERE "
					       "address <> '*'"),
			 256);
	assert_int_equal(folder_number(folder, "SELECT min(drops) FROM udp_socket WHERE "
					       "address <> '*'"),
			 1000 - 256 + 1);
	assert_int_equal(folder_number(folder, "SELECT sum(sockets) FROM udp_socket"),
			 1000);
	assert_int_equal(folder_number(folder, "SELECT sum(drops) FROM udp_socket"),
			 1000 * 1001 / 2);
}

/* Linux before 4.7 or so: SKMEMINFO has no drops. */
static void without_memory_drops_are_not_known(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	_Alignas(struct nlmsghdr) char buffer[512];
	struct nlmsghdr *message = message_begin(buffer, SOCK_DIAG_BY_FAMILY);
	struct inet_diag_msg *about = mnl_nlmsg_put_extra_header(message, sizeof(*about));
	struct folder *folder = *state;

	about->idiag_family = AF_INET;
	about->idiag_state = 7;
	about->idiag_rqueue = 5000;
	message_end(&messages, message);
	folder_put(folder, "netlink/udp4.nl", text_string(&messages), messages.length);
	folder_collect(folder, "udp_socket");
	assert_int_equal(folder_number(folder, "SELECT count(*) FROM udp_socket"), 1);
	assert_string_equal(folder_text(folder, "SELECT address FROM udp_socket"), "*");
}

static void kernels_without_udp_diag_are_absent(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct folder *folder = *state;

	folder_collect(folder, "udp_socket");
	assert_string_equal(folder_source(folder, "udp"),
			    "absent: the list of UDP sockets was not recorded");
	message_refuse(&messages, -ENOENT);
	folder_put(folder, "netlink/udp4.nl", text_string(&messages), messages.length);
	folder_put(folder, "netlink/udp6.nl", text_string(&messages), messages.length);
	folder_collect(folder, "udp_socket");
	assert_string_equal(folder_source(folder, "udp"),
			    "absent: this kernel cannot list UDP sockets (no udp_diag)");
	assert_int_equal(folder_number(folder, "SELECT count(*) FROM udp_socket"), 0);
}

/* A kernel without IPv6 refuses the second list only. */
static void without_ipv6_there_is_one_family(void **state)
{
	static const struct socket socket = { .port = 53, .cookie = 1, .drops = 7 };
	AUTO(text_clear) struct text messages = { 0 };
	struct folder *folder = *state;

	message_refuse(&messages, -ENOENT);
	put_sockets(folder, "netlink/udp4.nl", &socket, 1);
	folder_put(folder, "netlink/udp6.nl", text_string(&messages), messages.length);
	folder_collect(folder, "udp_socket");
	assert_string_equal(folder_source(folder, "udp"), "ok");
	assert_int_equal(folder_number(folder, "SELECT sum(sockets) FROM udp_socket"), 1);
}

/* --- packet sockets ---------------------------------------------------------------- */

static void add_packet_socket(struct text *messages, uint32_t cookie, uint32_t interface,
			      uint32_t blocks, uint32_t drops)
{
	_Alignas(struct nlmsghdr) char buffer[512];
	struct nlmsghdr *message = message_begin(buffer, SOCK_DIAG_BY_FAMILY);
	struct packet_diag_msg *about =
		mnl_nlmsg_put_extra_header(message, sizeof(*about));
	const struct packet_diag_info info = { .pdi_index = interface };
	const struct packet_diag_ring ring = { .pdr_block_size = 262144,
					       .pdr_block_nr = blocks };
	const uint32_t memory[SK_MEMINFO_VARS] = { [SK_MEMINFO_RMEM_ALLOC] = 100,
						   [SK_MEMINFO_RCVBUF] = 212992,
						   [SK_MEMINFO_DROPS] = drops };

	about->pdiag_family = AF_PACKET;
	about->pdiag_type = 3;
	about->pdiag_num = 3;
	about->pdiag_ino = 77;
	about->pdiag_cookie[0] = cookie;
	mnl_attr_put(message, PACKET_DIAG_INFO, sizeof(info), &info);
	mnl_attr_put_u32(message, PACKET_DIAG_UID, 1000);
	if (blocks)
		mnl_attr_put(message, PACKET_DIAG_RX_RING, sizeof(ring), &ring);
	mnl_attr_put(message, PACKET_DIAG_MEMINFO, sizeof(memory), memory);
	message_end(messages, message);
}

static void put_packet_sockets(struct folder *folder, uint32_t drops)
{
	AUTO(text_clear) struct text messages = { 0 };

	add_packet_socket(&messages, 1, 0, 0, drops);
	add_packet_socket(&messages, 2, 4, 8, drops);
	folder_put(folder, "netlink/packet.nl", text_string(&messages), messages.length);
}

static void drops_of_a_ring_are_not_known(void **state)
{
	struct folder *folder = *state;

	put_packet_sockets(folder, 5);
	folder_collect(folder, "capture");
	assert_string_equal(folder_source(folder, "packet"), "ok");
	assert_string_equal(
		folder_text(folder,
			    "SELECT type || protocol || interface || drops || ' ' || "
			    "receive_buffer || ' ' || queue || ' ' || uid FROM capture "
			    "WHERE ring_bytes IS NULL AND ring_blocks IS NULL"),
		"raw3*5 212992 100 1000");
	assert_string_equal(folder_text(folder,
					"SELECT interface || ' ' || ring_bytes || ' ' || "
					"ring_blocks FROM capture WHERE drops IS NULL"),
			    "#4 2097152 8");
}

static void captures_are_judged_by_the_window(void **state)
{
	struct folder *folder = *state;

	put_packet_sockets(folder, 5);
	folder_collect(folder, "capture");
	put_packet_sockets(folder, 25);
	folder_collect(folder, "capture");
	assert_string_equal(folder_text(folder,
					"SELECT group_concat(coalesce(drops_change, "
					"'unknown')) FROM capture_change"),
			    "20,unknown");
}

static void too_many_captures_are_partial(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct folder *folder = *state;

	for (uint32_t i = 0; i < 300; i++)
		add_packet_socket(&messages, i, 0, 0, 0);
	folder_put(folder, "netlink/packet.nl", text_string(&messages), messages.length);
	folder_collect(folder, "capture");
	assert_string_equal(
		folder_source(folder, "packet"),
		"partial: more than 256 packet sockets: 44 others are not seen");
	assert_int_equal(folder_number(folder, "SELECT count(*) FROM capture"), 256);
}

/* --- control groups of TCP sockets ------------------------------------------------- */

/* Owned sockets of two services are two rows; orphans of both are one, of no group. */
static void closing_sockets_are_told_apart_by_service(void **state)
{
	static const struct socket sockets[] = {
		{ .state = 8, .port = 999, .inode = 10, .cgroup = 5 },
		{ .state = 8, .port = 999, .inode = 11, .cgroup = 5 },
		{ .state = 8, .port = 999, .inode = 12, .cgroup = 6 },
		{ .state = 5, .port = 999, .cgroup = 5 },
		{ .state = 5, .port = 999, .cgroup = 6 },
	};
	struct folder *folder = *state;

	put_sockets(folder, "netlink/tcp4.nl", sockets, ARRAY_SIZE(sockets));
	folder_collect(folder, "closing");
	assert_string_equal(folder_text(folder,
					"SELECT group_concat(state || has_owner || "
					"':' || sockets, ' ') FROM closing"),
			    "CLOSE_WAIT1:2 CLOSE_WAIT1:1 FIN_WAIT20:2");
}

static void a_folder_has_no_control_groups(void **state)
{
	static const struct socket socket = {
		.state = 10, .port = 80, .queue = 1, .drops = 3, .inode = 4, .cgroup = 1
	};
	struct folder *folder = *state;

	put_sockets(folder, "netlink/tcp4.nl", &socket, 1);
	folder_collect(folder, "listener process");
	assert_int_equal(folder_number(folder,
				       "SELECT count(*) FROM listener WHERE drops = 3 "
				       "AND cgroup IS NULL AND service IS NULL"),
			 1);
	assert_string_equal(folder_source(folder, "process"),
			    "absent: a folder of dumps has no processes");
}

#define TEST(function)                                                                   \
	cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sockets_in_trouble_have_rows_and_the_others_one),
		TEST(drops_are_those_of_the_window),
		TEST(the_worst_are_kept),
		TEST(without_memory_drops_are_not_known),
		TEST(kernels_without_udp_diag_are_absent),
		TEST(without_ipv6_there_is_one_family),
		TEST(drops_of_a_ring_are_not_known),
		TEST(captures_are_judged_by_the_window),
		TEST(too_many_captures_are_partial),
		TEST(closing_sockets_are_told_apart_by_service),
		TEST(a_folder_has_no_control_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

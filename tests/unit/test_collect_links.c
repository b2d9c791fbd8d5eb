/* Interfaces, queueing disciplines and offloads out of recorded answers. */
#include "collect_folder.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/gen_stats.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void add_link(struct text *messages, int number, const char *name,
		     const char *kind, unsigned flags, uint64_t missed)
{
	_Alignas(struct nlmsghdr) char buffer[1024];
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWLINK);
	struct ifinfomsg *about = mnl_nlmsg_put_extra_header(message, sizeof(*about));
	const struct rtnl_link_stats64 statistics = { .rx_packets = 1000,
						      .tx_packets = 2000,
						      .rx_bytes = 1ULL << 40,
						      .tx_bytes = 4,
						      .rx_errors = 5,
						      .tx_errors = 6,
						      .rx_dropped = 7,
						      .tx_dropped = 8,
						      .rx_over_errors = 11,
						      .rx_fifo_errors = 10,
						      .rx_missed_errors = missed };
	struct nlattr *info;

	about->ifi_index = number;
	about->ifi_flags = flags;
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	mnl_attr_put_u32(message, IFLA_MTU, 1500);
	mnl_attr_put_strz(message, IFLA_QDISC, "mq");
	mnl_attr_put(message, IFLA_STATS64, sizeof(statistics), &statistics);
	mnl_attr_put_u32(message, IFLA_GSO_MAX_SIZE, 65536);
	if (kind) {
		info = mnl_attr_nest_start(message, IFLA_LINKINFO);
		mnl_attr_put_strz(message, IFLA_INFO_KIND, kind);
		mnl_attr_nest_end(message, info);
	}
	message_end(messages, message);
}

static void add_qdisc(struct text *messages, int number, uint32_t parent, uint32_t drops)
{
	_Alignas(struct nlmsghdr) char buffer[512];
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWQDISC);
	struct tcmsg *about = mnl_nlmsg_put_extra_header(message, sizeof(*about));
	const struct gnet_stats_queue queue = { .drops = drops,
						.overlimits = drops * 10,
						.backlog = drops * 100 };
	const char old[64] = { 1 };
	struct nlattr *nest;

	about->tcm_ifindex = number;
	about->tcm_parent = parent;
	mnl_attr_put_strz(message, TCA_KIND, "fq");
	/* the statistics of old, whose type inside TCA_STATS2 is the queue's */
	mnl_attr_put(message, TCA_STATS, 36, old);
	nest = mnl_attr_nest_start(message, TCA_STATS2);
	mnl_attr_put(message, TCA_STATS_BASIC, 16, old);
	mnl_attr_put(message, TCA_STATS_QUEUE, sizeof(queue), &queue);
	mnl_attr_nest_end(message, nest);
	message_end(messages, message);
}

static void put_links(struct folder *folder, uint64_t missed)
{
	AUTO(text_clear) struct text messages = { 0 };

	add_link(&messages, 7, "eth0", NULL, IFF_UP, missed);
	add_link(&messages, 1, "lo", NULL, IFF_UP | IFF_LOOPBACK, 0);
	add_link(&messages, 9, "veth1", "veth", 0, 0);
	folder_put(folder, "netlink/link.nl", text_string(&messages), messages.length);
}

static void put_qdiscs(struct folder *folder)
{
	AUTO(text_clear) struct text messages = { 0 };

	add_qdisc(&messages, 7, TC_H_ROOT, 3);
	add_qdisc(&messages, 7, 0x10001, 1);
	add_qdisc(&messages, 7, 0x10002, 2);
	add_qdisc(&messages, 7, TC_H_INGRESS, 99);
	add_qdisc(&messages, 9, TC_H_ROOT, 0);
	add_qdisc(&messages, 4711, TC_H_ROOT, 1);
	folder_put(folder, "netlink/qdisc.nl", text_string(&messages), messages.length);
}

static void statistics_are_in_their_columns(void **state)
{
	struct folder *folder = *state;

	put_links(folder, 9);
	put_qdiscs(folder);
	folder_collect(folder, "link");
	assert_string_equal(folder_source(folder, "link"), "ok");
	assert_string_equal(
		folder_text(
			folder,
			"SELECT number || ' ' || kind || ' ' || is_up || ' ' || mtu || ' ' "
			"|| rx_packets || ' ' || tx_packets || ' ' || rx_bytes || ' ' || "
			"tx_bytes || ' ' || rx_errors || ' ' || tx_errors || ' ' || "
			"rx_dropped || ' ' || tx_dropped || ' ' || rx_missed || ' ' || "
			"rx_fifo || ' ' || rx_over FROM link WHERE name = 'eth0'"),
		"7 device 1 1500 1000 2000 1099511627776 4 5 6 7 8 9 10 11");
	assert_string_equal(folder_text(folder, "SELECT group_concat(kind || is_up) FROM "
						"(SELECT * FROM link ORDER BY number)"),
			    "loopback1,device1,veth0");
	assert_string_equal(folder_text(folder,
					"SELECT gso_max_size || qdisc FROM link WHERE "
					"gro_max_size IS NULL AND tso_max_size IS NULL"),
			    "65536mq");
}

static void queueing_disciplines_are_summed_below_the_root(void **state)
{
	struct folder *folder = *state;

	put_links(folder, 9);
	put_qdiscs(folder);
	folder_collect(folder, "link");
	assert_string_equal(
		folder_text(folder,
			    "SELECT qdisc_drops || ' ' || qdisc_overlimits || ' ' || "
			    "qdisc_backlog || ' ' || qdisc_child_drops || ' ' || "
			    "qdisc_child_overlimits || ' ' || qdisc_child_backlog "
			    "FROM link WHERE name = 'eth0'"),
		"3 30 300 3 30 300");
	assert_int_equal(folder_number(folder,
				       "SELECT qdisc_drops FROM link WHERE name = "
				       "'veth1' AND qdisc_child_drops IS NULL"),
			 0);
	assert_string_equal(folder_text(folder,
					"SELECT qdisc_drops FROM link WHERE name = "
					"'lo'"),
			    "NULL");
}

static void without_queueing_disciplines_it_is_partial(void **state)
{
	struct folder *folder = *state;

	put_links(folder, 9);
	folder_collect(folder, "link");
	assert_string_equal(folder_source(folder, "link"),
			    "partial: queueing disciplines are not known: not recorded");
	assert_int_equal(folder_number(folder, "SELECT count(*) FROM link"), 3);
}

static void changes_are_those_of_the_window(void **state)
{
	struct folder *folder = *state;

	put_qdiscs(folder);
	put_links(folder, 9);
	folder_collect(folder, "link");
	assert_int_equal(folder_number(folder, "SELECT rx_missed_change FROM link_change "
					       "WHERE name = 'eth0'"),
			 9);
	put_links(folder, 21);
	folder_collect(folder, "link");
	assert_string_equal(folder_text(folder,
					"SELECT rx_missed_change || ' ' || "
					"rx_packets_change || ' ' || "
					"qdisc_drops_change FROM link_change WHERE "
					"name = 'eth0'"),
			    "12 0 0");
}

/* What a dump of a machine without netlink has. */
static void the_old_file_tells_packets_and_drops(void **state)
{
	struct folder *folder = *state;

	folder_put_text(folder, "proc/net/dev",
			"Inter-|   Receive      |  Transmit\n"
			" face |bytes    packets|bytes\n"
			"    lo: 100 2 0 0 0 0 0 0 100 2 0 0 0 0 0 0\n"
			"eth0.5:9000 80 7 6 5 4 3 2 7000 60 5 4 3 2 1 0\n");
	folder_collect(folder, "link");
	assert_string_equal(
		folder_source(folder, "link"),
		"partial: without netlink '/proc/net/dev' tells packets and drops only");
	assert_string_equal(
		folder_text(folder,
			    "SELECT name || ' ' || rx_bytes || ' ' || rx_packets || ' ' "
			    "|| rx_errors || ' ' || rx_dropped || ' ' || rx_fifo || ' ' "
			    "|| tx_bytes || ' ' || tx_packets || ' ' || tx_errors || ' ' "
			    "|| tx_dropped FROM link WHERE name = 'eth0.5' AND mtu IS "
			    "NULL AND rx_missed IS NULL AND kind IS NULL AND number IS "
			    "NULL"),
		"eth0.5 9000 80 7 6 5 7000 60 5 4");
}

static void a_torn_old_file_is_partial(void **state)
{
	static const struct {
		const char *line, *source;
	} cases[] = {
		{ "eth0 1 2 3\n", "partial: 'dev' has a line without an interface" },
		{ ": 1 2 3\n", "partial: 'dev' has a line without an interface" },
		{ "eth0: 1 2 3\n", "partial: 'dev' has too few numbers for 'eth0'" },
		{ "a-name-that-is-too-long: 1\n",
		  "partial: 'dev' has a line without an interface" },
	};
	struct folder *folder = *state;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)snprintf(text, sizeof(text), "heading\nheading\n%s", cases[i].line);
		folder_put_text(folder, "proc/net/dev", text);
		folder_collect(folder, "link");
		assert_string_equal(folder_source(folder, "link"), cases[i].source);
	}
}

static void a_folder_with_neither_is_absent(void **state)
{
	struct folder *folder = *state;

	folder_collect(folder, "link offload");
	assert_string_equal(folder_source(folder, "link"),
			    "absent: the list of interfaces was not recorded");
	assert_string_equal(folder_source(folder, "ethtool"),
			    "absent: the list of offloads was not recorded");
}

/* --- offloads ---------------------------------------------------------------------- */

static struct nlmsghdr *begin_ethtool(void *buffer, uint8_t command, uint32_t number,
				      const char *name)
{
	struct nlmsghdr *message = message_begin(buffer, 40);
	struct genlmsghdr *generic =
		mnl_nlmsg_put_extra_header(message, sizeof(*generic));
	struct nlattr *header;

	generic->cmd = command;
	header = mnl_attr_nest_start(message, ETHTOOL_A_FEATURES_HEADER);
	mnl_attr_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, number);
	mnl_attr_put_strz(message, ETHTOOL_A_HEADER_DEV_NAME, name);
	mnl_attr_nest_end(message, header);
	return message;
}

/* A set of features: names, those that begin with '+' with a value. */
static void add_features(struct nlmsghdr *message, uint16_t type,
			 const char *const *names)
{
	struct nlattr *set = mnl_attr_nest_start(message, type);
	struct nlattr *bits = mnl_attr_nest_start(message, ETHTOOL_A_BITSET_BITS);

	for (; *names; names++) {
		struct nlattr *bit =
			mnl_attr_nest_start(message, ETHTOOL_A_BITSET_BITS_BIT);

		mnl_attr_put_strz(message, ETHTOOL_A_BITSET_BIT_NAME,
				  *names + (**names == '+'));
		if (**names == '+')
			mnl_attr_put(message, ETHTOOL_A_BITSET_BIT_VALUE, 0, NULL);
		mnl_attr_nest_end(message, bit);
	}
	mnl_attr_nest_end(message, bits);
	mnl_attr_nest_end(message, set);
}

static void put_features(struct folder *folder)
{
	static const char *const all[] = { "+tx-tcp-segmentation",
					   "+tx-generic-segmentation",
					   "+rx-gro",
					   "rx-lro",
					   "tx-checksum-ip-generic",
					   NULL };
	static const char *const on[] = { "tx-tcp-segmentation", "rx-gro", NULL };
	static const char *const fixed[] = { "rx-gro", NULL };
	AUTO(text_clear) struct text messages = { 0 };
	_Alignas(struct nlmsghdr) char buffer[2048];
	struct nlmsghdr *message =
		begin_ethtool(buffer, ETHTOOL_MSG_FEATURES_GET_REPLY, 7, "eth0");

	add_features(message, ETHTOOL_A_FEATURES_HW, all);
	add_features(message, ETHTOOL_A_FEATURES_ACTIVE, on);
	add_features(message, ETHTOOL_A_FEATURES_NOCHANGE, fixed);
	message_end(&messages, message);
	folder_put(folder, "netlink/features.nl", text_string(&messages),
		   messages.length);
}

static void put_rings(struct folder *folder)
{
	AUTO(text_clear) struct text messages = { 0 };
	_Alignas(struct nlmsghdr) char buffer[512];
	struct nlmsghdr *message =
		begin_ethtool(buffer, ETHTOOL_MSG_RINGS_GET_REPLY, 7, "eth0");

	mnl_attr_put_u32(message, ETHTOOL_A_RINGS_RX_MAX, 4096);
	mnl_attr_put_u32(message, ETHTOOL_A_RINGS_TX_MAX, 2048);
	mnl_attr_put_u32(message, ETHTOOL_A_RINGS_RX, 512);
	mnl_attr_put_u32(message, ETHTOOL_A_RINGS_TX, 256);
	message_end(&messages, message);
	folder_put(folder, "netlink/rings.nl", text_string(&messages), messages.length);
}

static void offloads_are_on_off_or_fixed(void **state)
{
	struct folder *folder = *state;

	put_features(folder);
	put_rings(folder);
	folder_collect(folder, "offload");
	assert_string_equal(folder_source(folder, "ethtool"), "ok");
	assert_string_equal(
		folder_text(folder,
			    "SELECT number || name || ' ' || tso || tso_fixed || ' ' || "
			    "gso || gso_fixed || ' ' || gro || gro_fixed || ' ' || lro "
			    "|| lro_fixed FROM offload_now"),
		"7eth0 10 00 11 01");
	assert_string_equal(folder_text(folder,
					"SELECT rx_ring || ' ' || rx_ring_max || ' ' || "
					"tx_ring || ' ' || tx_ring_max FROM offload"),
			    "512 4096 256 2048");
}

/* A feature that this kernel does not name is neither on nor off. */
static void unknown_features_are_not_off(void **state)
{
	static const char *const all[] = { "+rx-gro", NULL };
	AUTO(text_clear) struct text messages = { 0 };
	_Alignas(struct nlmsghdr) char buffer[2048];
	struct nlmsghdr *message =
		begin_ethtool(buffer, ETHTOOL_MSG_FEATURES_GET_REPLY, 1, "lo");
	struct folder *folder = *state;

	add_features(message, ETHTOOL_A_FEATURES_HW, all);
	message_end(&messages, message);
	folder_put(folder, "netlink/features.nl", text_string(&messages),
		   messages.length);
	put_rings(folder);
	folder_collect(folder, "offload");
	assert_string_equal(folder_text(folder,
					"SELECT tso IS NULL AND tso_fixed IS NULL AND "
					"lro IS NULL AND gro = 0 FROM offload WHERE "
					"name = 'lo'"),
			    "1");
	assert_string_equal(folder_text(folder,
					"SELECT tso IS NULL AND rx_ring = 512 FROM "
					"offload WHERE name = 'eth0'"),
			    "1");
}

static void without_rings_it_is_partial(void **state)
{
	struct folder *folder = *state;

	put_features(folder);
	folder_collect(folder, "offload");
	assert_string_equal(folder_source(folder, "ethtool"),
			    "partial: ring sizes are not known: not recorded");
	assert_int_equal(folder_number(folder,
				       "SELECT count(*) FROM offload WHERE rx_ring IS "
				       "NULL AND tso = 1"),
			 1);
}

/* Linux 5.10, when the last interface of the list has no rings. */
static void a_list_of_rings_may_end_with_a_refusal(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct folder *folder = *state;

	put_features(folder);
	message_refuse(&messages, -EOPNOTSUPP);
	folder_put(folder, "netlink/rings.nl", text_string(&messages), messages.length);
	folder_collect(folder, "offload");
	assert_string_equal(folder_source(folder, "ethtool"), "ok");
	assert_string_equal(folder_text(folder, "SELECT rx_ring FROM offload"), "NULL");
}

#define TEST(function)                                                                   \
	cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(statistics_are_in_their_columns),
		TEST(queueing_disciplines_are_summed_below_the_root),
		TEST(without_queueing_disciplines_it_is_partial),
		TEST(changes_are_those_of_the_window),
		TEST(the_old_file_tells_packets_and_drops),
		TEST(a_torn_old_file_is_partial),
		TEST(a_folder_with_neither_is_absent),
		TEST(offloads_are_on_off_or_fixed),
		TEST(unknown_features_are_not_off),
		TEST(without_rings_it_is_partial),
		TEST(a_list_of_rings_may_end_with_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

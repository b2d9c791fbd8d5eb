/*
 * The rules about paths, windows and buffers on evidence written by hand: a host in good
 * health, and what each situation changes of it. The laboratory makes them for real.
 */
#include "catalog/counter.h"
#include "rules/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MTU = 1500, MSS = 1448, WINDOW_SECONDS = 10 };

/* --- a host in good health ---------------------------------------------------------- */

static const struct {
	const char *key, *value;
} sysctls[] = {
	{ "net.ipv4.tcp_rmem", "4096 131072 6291456" },
	{ "net.ipv4.tcp_wmem", "4096 16384 4194304" },
	{ "net.ipv4.tcp_moderate_rcvbuf", "1" },
	{ "net.ipv4.tcp_window_scaling", "1" },
	{ "net.ipv4.tcp_sack", "1" },
	{ "net.ipv4.tcp_mtu_probing", "0" },
	{ "net.ipv4.tcp_slow_start_after_idle", "1" },
	{ "net.ipv4.tcp_congestion_control", "cubic" },
	{ "net.ipv4.tcp_keepalive_time", "7200" },
	{ "net.core.rmem_max", "212992" },
	{ "net.core.wmem_max", "212992" },
	{ "net.ipv4.conf.all.rp_filter", "0" },
	{ "net.ipv4.conf.default.rp_filter", "0" },
	{ "net.ipv4.conf.eth0.rp_filter", "0" },
	{ "net.ipv4.ip_local_port_range", "32768 60999" },
};

/* Of the second sample; every other counter stays at 0. */
static const struct {
	const char *name;
	int64_t value;
} traffic[] = {
	{ "Tcp.InSegs", 100000 },
	{ "Tcp.OutSegs", 100000 },
	{ "Tcp.ActiveOpens", 1000 },
	{ "Tcp.PassiveOpens", 1000 },
	{ "TcpExt.TCPOrigDataSent", 100000 },
	{ "Ip.InReceives", 100000 },
	{ "Ip.OutRequests", 100000 },
	{ "Udp.InDatagrams", 10000 },
};

/* cookie 1: nginx receives on port 80; 40 ms, buffers as autotuning made them */
static struct socket_row receiver(bool is_second)
{
	struct socket_row row;

	memset(&row, 0, sizeof(row));
	row.cookie = 1;
	row.family = 4;
	row.state = "ESTABLISHED";
	row.is_inbound = true;
	row.address = "192.0.2.1";
	row.port = 80;
	row.peer = "198.51.100.7";
	row.peer_port = 40000;
	row.timer = "none";
	row.recovery = "open";
	row.congestion = "cubic";
	row.has_window_scaling = row.has_timestamps = row.has_sack = 1;
	row.send_scale = row.receive_scale = 7;
	row.rto_us = 240000;
	row.rtt_us = row.min_rtt_us = row.receive_rtt_us = 40000;
	row.mss = row.receive_mss = MSS;
	row.pmtu = MTU;
	row.cwnd = 10;
	row.ssthresh = INT32_MAX;
	row.bytes_received = is_second ? 12000000 : 2000000;
	row.receive_window = row.receive_ssthresh = 400000;
	row.receive_space = 40000;
	row.receive_buffer = 800000;
	row.send_buffer = 87040;
	row.peer_window = 65536;
	row.delivery_rate = -1;
	row.pid = 100;
	row.program = "nginx";
	row.inode = 1001;
	return row;
}

/* cookie 2: backup sends to 203.0.113.9:443, not held back by anything but the program */
static struct socket_row sender(bool is_second)
{
	struct socket_row row = receiver(is_second);

	row.cookie = 2;
	row.is_inbound = false;
	row.port = 50000;
	row.peer = "203.0.113.9";
	row.peer_port = 443;
	row.timer = "retransmit";
	row.cwnd = 100;
	row.unacked = 60;
	row.bytes_received = 0;
	row.bytes_acked = row.bytes_sent = is_second ? 12000000 : 2000000;
	row.data_segments_sent = row.delivered = row.bytes_acked / MSS;
	row.busy_us = is_second ? 12000000 : 2000000;
	row.send_buffer = 600000;
	row.send_queue = 90000;
	row.peer_window = 1000000;
	row.last_received_ms = 5000;
	row.last_ack_ms = 10;
	row.program = "backup";
	row.inode = 1002;
	return row;
}

static void add_counters(struct evidence *evidence, bool is_second)
{
	for (size_t i = 0; i < counter_table_count; i++) {
		const struct counter_def *def = &counter_table[i];
		int64_t value = 0;

		for (size_t n = 0; is_second && n < ARRAY_SIZE(traffic); n++)
			if (strcmp(traffic[n].name, def->name) == 0)
				value = traffic[n].value;
		assert_int_equal(evidence_add_counter(evidence, def->name,
						      strlen(def->name), value, NULL),
				 0);
	}
}

static void add_sockets(struct evidence *evidence, bool is_second)
{
	static const struct socket_count_row counts[] = {
		{ "all", 2 },  { "looked-at", 2 },	   { "established", 2 },
		{ "idle", 0 }, { "no-window-scaling", 0 }, { "no-sack", 0 },
	};
	const struct socket_row rows[] = { receiver(is_second), sender(is_second) };
	const struct udp_socket_row udp = { .cookie = 3,
					    .family = 4,
					    .address = "0.0.0.0",
					    .port = 53,
					    .receive_buffer = 212992,
					    .sockets = 1,
					    .pid = 53,
					    .program = "named" };
	const struct link_row link = { .number = 2,
				       .name = "eth0",
				       .tx_packets = is_second ? 100000 : 0,
				       .qdisc = "fq_codel" };

	const struct listener_row listener = { .cookie = 4,
					       .family = 4,
					       .address = "0.0.0.0",
					       .port = 80,
					       .queue_limit = 511 };

	assert_int_equal(evidence_add_listener(evidence, &listener, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(evidence_add_socket(evidence, &rows[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		assert_int_equal(evidence_add_socket_count(evidence, &counts[i], NULL),
				 0);
	assert_int_equal(evidence_add_udp_socket(evidence, &udp, NULL), 0);
	assert_int_equal(evidence_add_link(evidence, &link, NULL), 0);
}

static void add_sample(struct evidence *evidence, bool is_second)
{
	static const char *const sources[] = { "tcp",  "udp",	  "link",
					       "snmp", "netstat", "sysctl" };
	const struct sample sample = { .taken = is_second ? WINDOW_SECONDS : 0,
				       .uptime = is_second ? 1000 + WINDOW_SECONDS : 1000,
				       .boot_id = "boot",
				       .release = "6.18.0",
				       .page_bytes = 4096 };

	assert_int_equal(evidence_begin_sample(evidence, &sample, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		assert_int_equal(
			evidence_add_source(evidence, sources[i], SOURCE_OK, NULL, NULL),
			0);
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++)
		assert_int_equal(evidence_add_sysctl(evidence, sysctls[i].key,
						     sysctls[i].value, NULL, NULL),
				 0);
	add_counters(evidence, is_second);
	add_sockets(evidence, is_second);
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

static void fill(struct evidence *evidence)
{
	assert_int_equal(evidence_open_memory(evidence, NULL), 0);
	add_sample(evidence, false);
	add_sample(evidence, true);
}

/* --- what a situation changes of it ------------------------------------------------- */

/* A counter of the second sample; columns of a socket, in the second sample or in both.
 */
#define COUNTER(name, value)                                                             \
	"UPDATE counter SET value = " #value " WHERE sample = 2 AND name = '" name "';"
#define NO_COUNTER(name) "DELETE FROM counter WHERE name = '" name "';"
#define SYSCTL(key, text)                                                                \
	"UPDATE sysctl SET value = '" text "' WHERE key = 'net." key "';"
#define NO_SYSCTL(name)                                                                       \
	"UPDATE sysctl SET value = NULL, reason = 'permission denied' WHERE key = 'net." name \
	"';"
#define RECEIVER(columns) "UPDATE socket SET " columns " WHERE cookie = 1;"
#define SENDER(columns)	  "UPDATE socket SET " columns " WHERE cookie = 2;"
#define SENDER_NOW(columns)                                                              \
	"UPDATE socket SET " columns " WHERE cookie = 2 AND sample = 2;"
#define RECEIVER_NOW(columns)                                                            \
	"UPDATE socket SET " columns " WHERE cookie = 1 AND sample = 2;"
#define NO_SOCKETS                                                                       \
	"UPDATE source SET state = 'unreadable', reason = 'no' WHERE name = 'tcp';"

/* A window of so many bytes, filled in each round trip of 40 ms: in 10 s, 250 times. */
#define FILLED(buffer, window, bytes)                                                    \
	RECEIVER("receive_buffer = " #buffer ", receive_ssthresh = " #window             \
		 ", receive_space = " #window ", bytes_received = 2000000")              \
	RECEIVER_NOW("bytes_received = 2000000 + " #bytes)
/* The send buffer is full, and the congestion window is not. */
#define BLOCKED(buffer)                                                                  \
	SENDER("send_buffer = " #buffer ", unacked = 40")                                \
	SENDER_NOW("send_buffer_limited_us = 5000000")
/* The peer's window holds it back. */
#define CLOSED(share_us)                                                                 \
	SENDER("peer_window = 40000, not_sent = 100000")                                 \
	SENDER_NOW("peer_window_limited_us = " #share_us)

/* subject: of the one finding; "" silence; NULL cannot tell. */
static const struct {
	const char *what, *rule, *sql, *subject;
} situations[] = {
	{ "the buffer is at the end of tcp_rmem", "receive-window-tcp-rmem",
	  FILLED(6291456, 3000000, 700000000), "192.0.2.1:80" },
	{ "it is, and the path is what limits", "receive-window-tcp-rmem",
	  FILLED(6291456, 3000000, 200000000), "" },
	{ "it is, and the program does not keep up", "receive-window-tcp-rmem",
	  FILLED(6291456, 3000000, 700000000) RECEIVER("receive_queue = 2000000"), "" },
	{ "it is, on loopback", "receive-window-tcp-rmem",
	  FILLED(6291456, 3000000, 700000000) RECEIVER("is_loopback = 1"), "" },
	{ "it is, next door", "receive-window-tcp-rmem",
	  FILLED(6291456, 3000000, 700000000) RECEIVER("receive_rtt_us = 900"), "" },
	{ "tcp_rmem is not known", "receive-window-tcp-rmem",
	  FILLED(6291456, 3000000, 700000000) NO_SYSCTL("ipv4.tcp_rmem"), NULL },
	{ "sockets are not known", "receive-window-tcp-rmem", NO_SOCKETS, NULL },

	{ "SO_RCVBUF of 32 KiB", "receive-window-program", FILLED(65536, 39520, 9000000),
	  "192.0.2.1:80" },
	{ "SO_RCVBUF of 120000", "receive-window-program",
	  FILLED(240000, 146000, 33000000), "192.0.2.1:80" },
	{ "SO_RCVBUF that suffices", "receive-window-program",
	  FILLED(65536, 39520, 2000000), "" },
	{ "a buffer that still grows", "receive-window-program",
	  FILLED(240000, 146000,
		 33000000) "UPDATE socket SET receive_buffer = 131072 WHERE sample = 1;",
	  "" },
	{ "a window that fell to nothing", "receive-window-program",
	  FILLED(65536, 2896, 10000), "" },
	{ "rmem_max is not known", "receive-window-program", NO_SYSCTL("core.rmem_max"),
	  NULL },

	{ "SO_RCVBUF cut by rmem_max", "receive-window-rmem-max",
	  FILLED(425984, 260000, 60000000), "192.0.2.1:80" },
	{ "the same is not the program's", "receive-window-program",
	  FILLED(425984, 260000, 60000000), "" },
	{ "just as large, and still growing", "receive-window-rmem-max",
	  FILLED(425984, 260000,
		 60000000) "UPDATE socket SET receive_buffer = 300000 WHERE sample = 1;",
	  "" },
	{ "rmem_max is not known", "receive-window-rmem-max", NO_SYSCTL("core.rmem_max"),
	  NULL },

	{ "autotuning is off", "receive-autotuning-off",
	  FILLED(131072, 80000, 18000000) SYSCTL("ipv4.tcp_moderate_rcvbuf", "0"),
	  "192.0.2.1:80" },
	{ "autotuning is on, and the buffer small as yet", "receive-autotuning-off",
	  FILLED(131072, 80000, 18000000), "" },
	{ "autotuning is off, and nothing to gain", "receive-autotuning-off",
	  FILLED(131072, 80000, 3000000) SYSCTL("ipv4.tcp_moderate_rcvbuf", "0"), "" },
	{ "tcp_moderate_rcvbuf is not known", "receive-autotuning-off",
	  NO_SYSCTL("ipv4.tcp_moderate_rcvbuf"), NULL },

	{ "window scaling is off", "window-scaling-off",
	  SYSCTL("ipv4.tcp_window_scaling",
		 "0") "UPDATE socket_count SET sockets = 2 WHERE what = 'no-window-scaling';",
	  "net.ipv4.tcp_window_scaling" },
	{ "a peer does not scale", "window-scaling-off",
	  "UPDATE socket_count SET sockets = 2 WHERE what = 'no-window-scaling';", "" },
	{ "tcp_window_scaling is not known", "window-scaling-off",
	  NO_SYSCTL("ipv4.tcp_window_scaling"), NULL },

	{ "the peer's window holds back", "peer-receive-window", CLOSED(9000000),
	  "203.0.113.9:443" },
	{ "it does by a third, as bbr shows it", "peer-receive-window", CLOSED(3300000),
	  "203.0.113.9:443" },
	{ "it did for a moment", "peer-receive-window", CLOSED(500000), "" },
	{ "nothing more is to be sent", "peer-receive-window",
	  CLOSED(9000000) SENDER("not_sent = 0"), "" },
	{ "sockets are not known", "peer-receive-window", NO_SOCKETS, NULL },

	{ "a program reads slowly", "slow-reader",
	  RECEIVER("receive_queue = 300000, receive_space = 20000"), "192.0.2.1:80" },
	{ "it does not read at all", "slow-reader",
	  RECEIVER(
		  "receive_queue = 780000, receive_space = 14480, bytes_received = 800000"),
	  "192.0.2.1:80" },
	{ "something waited for a moment", "slow-reader",
	  RECEIVER_NOW("receive_queue = 300000, receive_space = 20000"), "" },
	{ "sockets are not known", "slow-reader", NO_SOCKETS, NULL },

	{ "a receive queue was pruned", "receive-queue-pruned",
	  COUNTER("TcpExt.PruneCalled", 40) COUNTER("TcpExt.TCPRcvCollapsed", 400)
		  RECEIVER("receive_queue = 30000"),
	  "192.0.2.1:80" },
	{ "pruned, and its socket is gone", "receive-queue-pruned",
	  COUNTER("TcpExt.PruneCalled", 40), "receive buffers" },
	{ "pruned because memory ran out", "receive-queue-pruned",
	  COUNTER("TcpExt.PruneCalled", 40) COUNTER("TcpExt.TCPMemoryPressures", 1), "" },
	{ "no PruneCalled", "receive-queue-pruned", NO_COUNTER("TcpExt.PruneCalled"),
	  NULL },

	{ "the send buffer is at the end of tcp_wmem", "send-buffer-tcp-wmem",
	  BLOCKED(4194304), "203.0.113.9:443" },
	{ "by a tenth, as bbr shows it", "send-buffer-tcp-wmem",
	  BLOCKED(4194304) SENDER_NOW("send_buffer_limited_us = 1200000"),
	  "203.0.113.9:443" },
	{ "at the end, and not held back", "send-buffer-tcp-wmem",
	  SENDER("send_buffer = 4194304"), "" },
	{ "held back by a congestion window that is full", "send-buffer-tcp-wmem",
	  BLOCKED(4194304) SENDER("unacked = 98"), "" },
	{ "tcp_wmem is not known", "send-buffer-tcp-wmem", NO_SYSCTL("ipv4.tcp_wmem"),
	  NULL },
	{ "SO_SNDBUF of 32 KiB", "send-buffer-program", BLOCKED(65536),
	  "203.0.113.9:443" },
	{ "SO_SNDBUF of 100000", "send-buffer-program", BLOCKED(200000),
	  "203.0.113.9:443" },
	{ "a buffer that the kernel is growing", "send-buffer-program", BLOCKED(600000),
	  "" },
	{ "next door", "send-buffer-program",
	  BLOCKED(65536) SENDER("min_rtt_us = 300, rtt_us = 400"), "" },
	{ "sockets are not known", "send-buffer-program", NO_SOCKETS, NULL },

	{ "a UDP socket dropped", "udp-receive-errors",
	  COUNTER("Udp.RcvbufErrors",
		  500) "UPDATE udp_socket SET drops = 500 WHERE sample = 2;",
	  "0.0.0.0:53" },
	{ "one over IPv6", "udp-receive-errors",
	  COUNTER("snmp6.Udp6RcvbufErrors",
		  50) "UPDATE udp_socket SET drops = 50 WHERE sample = 2;",
	  "0.0.0.0:53" },
	{ "it dropped bad checksums", "udp-receive-errors",
	  COUNTER("Udp.InCsumErrors",
		  500) "UPDATE udp_socket SET drops = 500 WHERE sample = 2;",
	  "" },
	{ "UDP sockets are not known", "udp-receive-errors",
	  "UPDATE source SET state = 'absent', reason = 'no' WHERE name = 'udp';", NULL },

	{ "silent for an hour", "idle-without-keepalive",
	  RECEIVER(
		  "last_sent_ms = 3600000, last_received_ms = 3600000, last_ack_ms = 3600000"),
	  "192.0.2.1:80" },
	{ "silent, and keep-alive looks after it", "idle-without-keepalive",
	  RECEIVER(
		  "timer = 'keepalive', last_sent_ms = 3600000, last_received_ms = 3600000, last_ack_ms = 3600000"),
	  "" },
	{ "it receives, and never sends", "idle-without-keepalive",
	  RECEIVER("last_sent_ms = 3600000"), "" },
	{ "sockets are not known", "idle-without-keepalive", NO_SOCKETS, NULL },

	{ "2 % are lost", "path-loss",
	  COUNTER("Tcp.RetransSegs", 2000) COUNTER("TcpExt.TCPFastRetrans", 1900) COUNTER(
		  "TcpExt.TCPSackRecovery", 900) SENDER_NOW("retransmitted = 1900"),
	  "203.0.113.9:443" },
	{ "3 % of short connections", "path-loss",
	  COUNTER("Tcp.RetransSegs", 3000) COUNTER("TcpExt.TCPFastRetrans", 1000)
		  COUNTER("TcpExt.TCPLossProbeRecovery", 2000),
	  "all connections" },
	{ "0.1 % are lost", "path-loss",
	  COUNTER("Tcp.RetransSegs", 100) COUNTER("TcpExt.TCPFastRetrans", 100)
		  COUNTER("TcpExt.TCPSackRecovery", 90),
	  "" },
	{ "2 % overflow a queue, as TCP does it", "path-loss",
	  COUNTER("Tcp.RetransSegs", 2000) COUNTER("TcpExt.TCPFastRetrans", 2000)
		  COUNTER("TcpExt.TCPSackRecovery", 20)
			  SENDER_NOW("retransmitted = 2000, rtt_us = 120000"),
	  "" },
	{ "10 % are lost, and there is a queue", "path-loss",
	  COUNTER("Tcp.RetransSegs", 10000) COUNTER("TcpExt.TCPFastRetrans", 10000)
		  COUNTER("TcpExt.TCPSackRecovery", 4000)
			  SENDER_NOW("retransmitted = 10000, rtt_us = 120000"),
	  "203.0.113.9:443" },
	{ "new connections fill a queue", "path-loss",
	  COUNTER("Tcp.RetransSegs", 10000) COUNTER("TcpExt.TCPFastRetrans", 10000)
		  COUNTER("TcpExt.TCPSackRecovery", 100)
			  SENDER_NOW("retransmitted = 10000, rtt_us = 120000"),
	  "" },
	{ "one connection fills a queue once", "path-loss",
	  COUNTER("Tcp.RetransSegs", 2000) COUNTER("TcpExt.TCPFastRetrans", 2000)
		  COUNTER("TcpExt.TCPSackRecovery", 1),
	  "" },
	{ "needless retransmissions", "path-loss",
	  COUNTER("Tcp.RetransSegs", 2000) COUNTER("TcpExt.TCPFastRetrans", 2000) COUNTER(
		  "TcpExt.TCPSackRecovery", 900) COUNTER("TcpExt.TCPDSACKRecv", 1950),
	  "" },
	{ "peers that are gone", "path-loss",
	  COUNTER("Tcp.RetransSegs", 2000) COUNTER("TcpExt.TCPTimeouts", 2000)
		  COUNTER("TcpExt.TCPOrigDataSent", 100),
	  "" },
	{ "3 % where bbr sends", "path-loss",
	  COUNTER("Tcp.RetransSegs", 3000) COUNTER("TcpExt.TCPFastRetrans", 3000)
		  COUNTER("TcpExt.TCPSackRecovery", 900) SENDER("congestion = 'bbr'")
			  SENDER_NOW("retransmitted = 3000"),
	  "" },
	{ "no TCPFastRetrans", "path-loss", NO_COUNTER("TcpExt.TCPFastRetrans"), NULL },

	{ "handshakes need a second try", "syn-loss",
	  COUNTER("TcpExt.TCPSynRetrans", 100), "new connections" },
	{ "a few do", "syn-loss", COUNTER("TcpExt.TCPSynRetrans", 4), "" },
	{ "an accept queue overflows here", "syn-loss",
	  COUNTER("TcpExt.TCPSynRetrans", 100) COUNTER("TcpExt.ListenOverflows", 100),
	  "" },
	{ "they failed", "syn-loss",
	  COUNTER("TcpExt.TCPSynRetrans", 100) COUNTER("Tcp.AttemptFails", 40), "" },
	{ "forged addresses do not answer", "syn-loss",
	  COUNTER("TcpExt.TCPSynRetrans", 100) "UPDATE listener SET syn_received = 50;",
	  "" },
	{ "ten wait for one that never answers", "syn-loss",
	  COUNTER("TcpExt.TCPSynRetrans",
		  60) "INSERT INTO destination VALUES (2, 4, '192.0.2.1', '192.0.2.99', 80, 0, 10, 0, 0, 0, 0, 10, 0, 10, 0, '192.0.2.99:80');",
	  "" },
	{ "no TCPSynRetrans", "syn-loss", NO_COUNTER("TcpExt.TCPSynRetrans"), NULL },

	{ "a queue on the way", "path-bufferbloat",
	  SENDER("rtt_us = 140000, not_sent = 100000"), "203.0.113.9:443" },
	{ "a queue and losses", "path-bufferbloat",
	  SENDER("rtt_us = 140000, not_sent = 100000") SENDER_NOW("retransmitted = 1000"),
	  "" },
	{ "the peer answers late", "path-bufferbloat",
	  SENDER("rtt_us = 140000, unacked = 1, not_sent = 0"), "" },
	{ "no more than jitter", "path-bufferbloat", SENDER("rtt_us = 60000"), "" },
	{ "sockets are not known", "path-bufferbloat", NO_SOCKETS, NULL },

	{ "packets overtake each other", "path-reordering",
	  COUNTER("TcpExt.TCPSACKReorder", 3000) COUNTER("Tcp.RetransSegs", 100)
		  COUNTER("TcpExt.TCPDSACKRecv", 90) SENDER_NOW("reordering_seen = 3000"),
	  "203.0.113.9:443" },
	{ "a few do", "path-reordering", COUNTER("TcpExt.TCPSACKReorder", 100), "" },
	{ "loss, too", "path-reordering",
	  COUNTER("TcpExt.TCPSACKReorder", 3000) COUNTER("Tcp.RetransSegs", 3000), "" },
	{ "no TCPSACKReorder", "path-reordering", NO_COUNTER("TcpExt.TCPSACKReorder"),
	  NULL },

	{ "packets come twice", "path-duplicates",
	  COUNTER("TcpExt.TCPDSACKRecv", 3000) COUNTER("TcpExt.TCPDSACKIgnoredDubious",
						       2900) SENDER_NOW("dsacks = 3000"),
	  "203.0.113.9:443" },
	{ "this host sent them twice", "path-duplicates",
	  COUNTER("TcpExt.TCPDSACKRecv", 3000) COUNTER("Tcp.RetransSegs", 3000), "" },
	{ "no TCPDSACKRecv", "path-duplicates", NO_COUNTER("TcpExt.TCPDSACKRecv"), NULL },

	{ "timeouts that were taken back", "spurious-timeouts",
	  COUNTER("TcpExt.TCPTimeouts", 20) COUNTER("TcpExt.TCPSpuriousRTOs", 18)
		  SENDER_NOW("retransmitted = 20"),
	  "203.0.113.9:443" },
	{ "timeouts that were right", "spurious-timeouts",
	  COUNTER("TcpExt.TCPTimeouts", 20), "" },
	{ "no TCPTimeouts", "spurious-timeouts", NO_COUNTER("TcpExt.TCPTimeouts"), NULL },

	{ "old timestamps", "paws-rejects", COUNTER("TcpExt.PAWSEstab", 500),
	  "TCP timestamps" },
	{ "old data comes late", "paws-rejects",
	  COUNTER("TcpExt.PAWSEstab", 500) COUNTER("TcpExt.TCPDSACKOldSent", 495), "" },
	{ "a few", "paws-rejects", COUNTER("TcpExt.PAWSEstab", 15), "" },
	{ "no PAWSEstab", "paws-rejects", NO_COUNTER("TcpExt.PAWSEstab"), NULL },

	{ "sequence numbers far away", "out-of-window",
	  COUNTER("TcpExt.BeyondWindow", 50) COUNTER("TcpExt.TCPACKSkippedSeq", 9),
	  "TCP sequence numbers" },
	{ "a window that closed", "out-of-window",
	  COUNTER("TcpExt.BeyondWindow", 50) COUNTER("TcpExt.TCPToZeroWindowAdv", 9),
	  "" },
	{ "a kernel before BeyondWindow", "out-of-window",
	  NO_COUNTER("TcpExt.BeyondWindow") COUNTER("TcpExt.TCPACKSkippedSeq", 9), NULL },

	{ "no room for what is out of order", "out-of-order-pruned",
	  COUNTER("TcpExt.OfoPruned", 8) RECEIVER_NOW("out_of_order = 100"),
	  "192.0.2.1:80" },
	{ "memory ran out", "out-of-order-pruned",
	  COUNTER("TcpExt.TCPOFODrop", 80) COUNTER("TcpExt.TCPMemoryPressures", 1), "" },
	{ "out of order, and room for it", "out-of-order-pruned",
	  COUNTER("TcpExt.TCPOFOQueue", 8000), "" },
	{ "no OfoPruned", "out-of-order-pruned", NO_COUNTER("TcpExt.OfoPruned"), NULL },

	{ "full packets vanish", "mtu-black-hole",
	  SENDER("backoff = 4, unacked = 10, lost = 10, delivered = 1, bytes_acked = 1, send_queue = 90000"),
	  "203.0.113.9:443" },
	{ "full packets vanish behind a request", "mtu-black-hole",
	  SENDER("backoff = 2, unacked = 2, lost = 2, delivered = 3, bytes_acked = 301, send_queue = 2896"),
	  "203.0.113.9:443" },
	{ "a peer that is gone", "mtu-black-hole",
	  SENDER("backoff = 4, unacked = 10, lost = 10"), "" },
	{ "a small message has no answer", "mtu-black-hole",
	  SENDER("backoff = 4, unacked = 1, lost = 1, delivered = 1, bytes_acked = 1, send_queue = 100"),
	  "" },
	{ "probing is on", "mtu-black-hole",
	  SYSCTL("ipv4.tcp_mtu_probing", "1") SENDER(
		  "backoff = 4, unacked = 10, lost = 10, delivered = 1, bytes_acked = 1, send_queue = 90000"),
	  "" },
	{ "tcp_mtu_probing is not known", "mtu-black-hole",
	  NO_SYSCTL("ipv4.tcp_mtu_probing"), NULL },

	{ "bursts with pauses", "slow-start-after-idle",
	  SENDER("busy_us = 2000000, last_sent_ms = 500"), "203.0.113.9:443" },
	{ "a congestion window that shrank", "slow-start-after-idle",
	  SENDER("busy_us = 2000000") SENDER_NOW("cwnd = 30"), "203.0.113.9:443" },
	{ "by bbr", "slow-start-after-idle",
	  SENDER("busy_us = 2000000, last_sent_ms = 500, congestion = 'bbr'"), "" },
	{ "pauses that are too short", "slow-start-after-idle",
	  SENDER("busy_us = 2000000, last_sent_ms = 100"), "" },
	{ "it is off", "slow-start-after-idle",
	  SYSCTL("ipv4.tcp_slow_start_after_idle", "0")
		  SENDER("busy_us = 2000000, last_sent_ms = 500"),
	  "" },
	{ "the key is not known", "slow-start-after-idle",
	  NO_SYSCTL("ipv4.tcp_slow_start_after_idle"), NULL },

	{ "SACK is off", "sack-off",
	  SYSCTL("ipv4.tcp_sack", "0") COUNTER("TcpExt.TCPRenoRecovery", 3),
	  "net.ipv4.tcp_sack" },
	{ "a peer has none", "sack-off", COUNTER("TcpExt.TCPRenoRecovery", 3), "" },
	{ "SACK is off and nothing is lost", "sack-off", SYSCTL("ipv4.tcp_sack", "0"),
	  "" },
	{ "tcp_sack is not known", "sack-off",
	  NO_SYSCTL("ipv4.tcp_sack") COUNTER("TcpExt.TCPRenoRecovery", 3), NULL },

	{ "the queue of eth0 drops", "local-queue-drops",
	  "UPDATE link SET qdisc_drops = 5000 WHERE sample = 2;", "eth0" },
	{ "it drops a little, as fq_codel does", "local-queue-drops",
	  "UPDATE link SET qdisc_drops = 500 WHERE sample = 2;", "" },
	{ "a firewall drops", "local-queue-drops", COUNTER("TcpExt.TCPRetransFail", 500),
	  "retransmissions" },
	{ "links are not known", "local-queue-drops",
	  "UPDATE source SET state = 'unreadable', reason = 'no' WHERE name = 'link';",
	  NULL },

	{ "wrong checksums", "corrupted-segments", COUNTER("Tcp.InCsumErrors", 50),
	  "checksums" },
	{ "one wrong checksum", "corrupted-segments", COUNTER("Tcp.InCsumErrors", 1),
	  "" },
	{ "no InCsumErrors", "corrupted-segments", NO_COUNTER("Tcp.InCsumErrors"), NULL },

	{ "strict on all", "reverse-path-filter",
	  COUNTER("TcpExt.IPReversePathFilter", 500)
		  SYSCTL("ipv4.conf.all.rp_filter", "1"),
	  "net.ipv4.conf.*.rp_filter" },
	{ "strict on eth0", "reverse-path-filter",
	  COUNTER("TcpExt.IPReversePathFilter", 500)
		  SYSCTL("ipv4.conf.eth0.rp_filter", "1"),
	  "net.ipv4.conf.*.rp_filter" },
	{ "loose, and no way back at all", "reverse-path-filter",
	  COUNTER("TcpExt.IPReversePathFilter", 500)
		  SYSCTL("ipv4.conf.all.rp_filter", "2"),
	  "" },
	{ "a few strays", "reverse-path-filter",
	  COUNTER("TcpExt.IPReversePathFilter", 20)
		  SYSCTL("ipv4.conf.all.rp_filter", "1"),
	  "" },
	{ "no IPReversePathFilter", "reverse-path-filter",
	  NO_COUNTER("TcpExt.IPReversePathFilter"), NULL },

	{ "no route", "no-route", COUNTER("Ip.OutNoRoutes", 50), "IPv4 routes" },
	{ "no route for one packet", "no-route", COUNTER("Ip.OutNoRoutes", 1), "" },
	{ "no route for IPv6, as at home", "no-route",
	  COUNTER("snmp6.Ip6OutNoRoutes", 500), "" },
	{ "no OutNoRoutes", "no-route", NO_COUNTER("Ip.OutNoRoutes"), NULL },
};

/* --- judging ------------------------------------------------------------------------ */

static int load(void **state)
{
	static const char *const no_folders[] = { NULL };
	static struct rule_list rules;

	*state = &rules;
	return rules_load(no_folders, &rules, NULL);
}

static int unload(void **state)
{
	rules_clear(*state);
	return 0;
}

/* Did it get its answer? */
static bool judge(const struct rule_list *rules, size_t index)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	const struct rule *rule = rules_find(rules, situations[index].rule);
	const char *expected = situations[index].subject;
	struct error err = { 0 };
	struct rule_list one;
	const char *got;

	assert_non_null(rule);
	one = (struct rule_list){ (struct rule *)rule, 1 };
	fill(&evidence);
	if (database_run(evidence.db, situations[index].sql, &err) < 0)
		fail_msg("%s: %s", situations[index].what, err.text);
	assert_int_equal(rules_run(&one, &evidence, NULL, 0, NULL, &verdict, &err), 0);
	got = verdict.finding_count   ? verdict.findings[0].subject
	      : verdict.unknown_count ? "cannot tell"
				      : "";
	if (strcmp(got, expected ? expected : "cannot tell") == 0 &&
	    verdict.finding_count <= 1)
		return true;
	print_error("%s: %s: expected '%s', got '%s' (%zu) %s\n", rule->id,
		    situations[index].what, expected ? expected : "cannot tell", got,
		    verdict.finding_count,
		    verdict.unknown_count ? verdict.unknowns[0].reason : "");
	return false;
}

static void each_situation_gets_its_answer(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(situations); i++)
		wrong += !judge(*state, i);
	assert_int_equal(wrong, 0);
}

static void a_host_in_good_health_hears_nothing(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };
		AUTO(verdict_clear) struct verdict verdict = { 0 };
		const struct rule *rule = rules_find(*state, situations[i].rule);
		const struct rule_list one = { (struct rule *)rule, 1 };

		fill(&evidence);
		assert_int_equal(
			rules_run(&one, &evidence, NULL, 0, NULL, &verdict, NULL), 0);
		if (verdict.finding_count || verdict.unknown_count)
			fail_msg("%s: %s", rule->id,
				 verdict.finding_count ? verdict.findings[0].says
						       : verdict.unknowns[0].reason);
	}
}

/* Each rule must be found, be silent on something like it, and say when it cannot tell.
 */
static void each_rule_has_all_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++) {
		size_t found = 0, silent = 0, unknown = 0;

		for (size_t n = 0; n < ARRAY_SIZE(situations); n++) {
			if (strcmp(situations[n].rule, situations[i].rule) != 0)
				continue;
			unknown += !situations[n].subject;
			silent += situations[n].subject && !*situations[n].subject;
			found += situations[n].subject && *situations[n].subject;
		}
		if (!found || !silent || !unknown)
			fail_msg("%s: %zu found, %zu silent, %zu unknown",
				 situations[i].rule, found, silent, unknown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_situation_gets_its_answer),
		cmocka_unit_test(a_host_in_good_health_hears_nothing),
		cmocka_unit_test(each_rule_has_all_answers),
	};

	return cmocka_run_group_tests(tests, load, unload);
}

/* What built-in rules make of numbers: found, just missed, healthy, cannot tell. */
#include "evidence/evidence.h"
#include "rules/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_NUMBERS = 8, ABSENT = -1 };

/* Of two samples. now ABSENT: this kernel does not have it. */
struct number {
	const char *name;
	int64_t before, now;
};

struct situation {
	const char *what, *rule;
	bool has_window;
	struct number numbers[MOST_NUMBERS];
	const char *sysctls[4][2];
	const char *want; /* a severity, "silence", "history" or "cannot tell" */
};

#define OUT_RSTS     "Tcp.OutRsts"
#define ACTIVE	     "Tcp.ActiveOpens"
#define PASSIVE	     "Tcp.PassiveOpens"
#define ESTAB_RESETS "Tcp.EstabResets"
#define ON_DATA	     "TcpExt.TCPAbortOnData"
#define ON_CLOSE     "TcpExt.TCPAbortOnClose"
#define ON_TIMEOUT   "TcpExt.TCPAbortOnTimeout"
#define ON_MEMORY    "TcpExt.TCPAbortOnMemory"
#define ORPHANS	     "sockstat.TCP.orphan"
#define MOST_ORPHANS "net.ipv4.tcp_max_orphans"
#define PRESSURE     "protocols.TCP.pressure"
#define PRESSURES    "TcpExt.TCPMemoryPressures"
#define ARP_FULL     "arp_cache.table_fulls"
#define NDISC_FULL   "ndisc_cache.table_fulls"

static const struct situation situations[] = {
	{ "connects to a closed port",
	  "resets-closed-port",
	  true,
	  { { OUT_RSTS, 0, 200 },
	    { ACTIVE, 5, 5 },
	    { PASSIVE, 0, 50 },
	    { ON_DATA, 0, 0 },
	    { ON_CLOSE, 0, 0 } },
	  { { 0 } },
	  "warning" },
	{ "a few among many connections",
	  "resets-closed-port",
	  true,
	  { { OUT_RSTS, 0, 200 },
	    { ACTIVE, 5, 5 },
	    { PASSIVE, 0, 5000 },
	    { ON_DATA, 0, 0 },
	    { ON_CLOSE, 0, 0 } },
	  { { 0 } },
	  "silence" },
	{ "resets that bad ACKs explain",
	  "resets-closed-port",
	  true,
	  { { OUT_RSTS, 0, 200 },
	    { ACTIVE, 5, 5 },
	    { PASSIVE, 0, 50 },
	    { ON_DATA, 0, 0 },
	    { ON_CLOSE, 0, 0 },
	    { "TcpExt.SyncookiesFailed", 0, 195 } },
	  { { 0 } },
	  "silence" },
	{ "resets for lack of TIME_WAIT",
	  "resets-closed-port",
	  true,
	  { { OUT_RSTS, 0, 200 },
	    { ACTIVE, 5, 5 },
	    { PASSIVE, 0, 50 },
	    { ON_DATA, 0, 0 },
	    { ON_CLOSE, 0, 0 },
	    { "TcpExt.TCPTimeWaitOverflow", 0, 150 } },
	  { { 0 } },
	  "silence" },
	{ "late answers to connect() that was given up",
	  "resets-closed-port",
	  true,
	  { { OUT_RSTS, 0, 60 },
	    { ACTIVE, 0, 100 },
	    { PASSIVE, 0, 0 },
	    { ON_DATA, 0, 0 },
	    { ON_CLOSE, 0, 0 },
	    { "Tcp.AttemptFails", 0, 60 } },
	  { { 0 } },
	  "silence" },
	{ "resets since boot",
	  "resets-closed-port",
	  false,
	  { { OUT_RSTS, 0, 200 },
	    { ACTIVE, 0, 5 },
	    { PASSIVE, 0, 50 },
	    { ON_DATA, 0, 0 },
	    { ON_CLOSE, 0, 0 } },
	  { { 0 } },
	  "history" },
	{ "a kernel that does not count aborts",
	  "resets-closed-port",
	  true,
	  { { OUT_RSTS, 0, 200 },
	    { ACTIVE, 5, 5 },
	    { PASSIVE, 0, 50 },
	    { ON_DATA, 0, ABSENT },
	    { ON_CLOSE, 0, 0 } },
	  { { 0 } },
	  "cannot tell" },

	{ "half is closed unread",
	  "resets-unread-data",
	  true,
	  { { ON_CLOSE, 0, 50 },
	    { OUT_RSTS, 0, 50 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 100 } },
	  { { 0 } },
	  "warning" },
	{ "a load generator ends",
	  "resets-unread-data",
	  true,
	  { { ON_CLOSE, 0, 400 },
	    { OUT_RSTS, 0, 400 },
	    { ACTIVE, 0, 3 },
	    { PASSIVE, 0, 0 } },
	  { { 0 } },
	  "silence" },
	{ "a few percent",
	  "resets-unread-data",
	  true,
	  { { ON_CLOSE, 0, 40 },
	    { OUT_RSTS, 0, 50 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 1000 } },
	  { { 0 } },
	  "silence" },

	{ "SO_LINGER 0",
	  "resets-linger",
	  true,
	  { { ON_DATA, 0, 80 },
	    { ON_CLOSE, 0, 0 },
	    { ESTAB_RESETS, 0, 80 },
	    { OUT_RSTS, 0, 80 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 100 } },
	  { { 0 } },
	  "warning" },
	{ "data after close() is not SO_LINGER",
	  "resets-linger",
	  true,
	  { { ON_DATA, 0, 80 },
	    { ON_CLOSE, 0, 0 },
	    { ESTAB_RESETS, 0, 5 },
	    { OUT_RSTS, 0, 150 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 100 } },
	  { { 0 } },
	  "silence" },
	{ "unread data explains the resets of open ones",
	  "resets-linger",
	  true,
	  { { ON_DATA, 0, 80 },
	    { ON_CLOSE, 0, 90 },
	    { ESTAB_RESETS, 0, 90 },
	    { OUT_RSTS, 0, 170 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 200 } },
	  { { 0 } },
	  "silence" },
	{ "data after close()",
	  "resets-late-data",
	  true,
	  { { ON_DATA, 0, 80 },
	    { ON_CLOSE, 0, 0 },
	    { ESTAB_RESETS, 0, 5 },
	    { OUT_RSTS, 0, 150 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 100 } },
	  { { 0 } },
	  "warning" },
	{ "SO_LINGER 0 is not late data",
	  "resets-late-data",
	  true,
	  { { ON_DATA, 0, 80 },
	    { ON_CLOSE, 0, 0 },
	    { ESTAB_RESETS, 0, 80 },
	    { OUT_RSTS, 0, 80 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 100 } },
	  { { 0 } },
	  "silence" },

	{ "peers reset",
	  "resets-by-peer",
	  true,
	  { { ESTAB_RESETS, 0, 60 },
	    { ON_CLOSE, 0, 10 },
	    { ON_DATA, 0, 0 },
	    { ON_TIMEOUT, 0, 5 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 100 } },
	  { { 0 } },
	  "info" },
	{ "browsers",
	  "resets-by-peer",
	  true,
	  { { ESTAB_RESETS, 0, 30 },
	    { ON_CLOSE, 0, 0 },
	    { ON_DATA, 0, 0 },
	    { ON_TIMEOUT, 0, 0 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 1000 } },
	  { { 0 } },
	  "silence" },

	{ "keepalive",
	  "aborts-keepalive",
	  true,
	  { { ON_TIMEOUT, 0, 50 },
	    { OUT_RSTS, 0, 50 },
	    { ESTAB_RESETS, 0, 50 },
	    { "TcpExt.TCPKeepAlive", 0, 60 } },
	  { { 0 } },
	  "info" },
	{ "no keepalive",
	  "aborts-keepalive",
	  true,
	  { { ON_TIMEOUT, 0, 50 },
	    { OUT_RSTS, 0, 0 },
	    { ESTAB_RESETS, 0, 50 },
	    { "TcpExt.TCPKeepAlive", 0, 60 } },
	  { { 0 } },
	  "silence" },
	{ "peers vanished",
	  "aborts-unreachable",
	  true,
	  { { ON_TIMEOUT, 0, 50 },
	    { OUT_RSTS, 0, 0 },
	    { ESTAB_RESETS, 0, 50 },
	    { "Tcp.AttemptFails", 3, 3 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 10 },
	    { "Tcp.CurrEstab", 0, 300 } },
	  { { 0 } },
	  "warning" },
	{ "connect() that gives up is no connection",
	  "aborts-unreachable",
	  true,
	  { { ON_TIMEOUT, 0, 50 },
	    { OUT_RSTS, 0, 0 },
	    { ESTAB_RESETS, 0, 5 },
	    { "Tcp.AttemptFails", 0, 50 },
	    { ACTIVE, 0, 60 },
	    { PASSIVE, 0, 10 } },
	  { { 0 } },
	  "silence" },
	{ "one percent of many",
	  "aborts-unreachable",
	  true,
	  { { ON_TIMEOUT, 0, 50 },
	    { OUT_RSTS, 0, 0 },
	    { ESTAB_RESETS, 0, 50 },
	    { "Tcp.AttemptFails", 3, 3 },
	    { ACTIVE, 0, 0 },
	    { PASSIVE, 0, 10 },
	    { "Tcp.CurrEstab", 0, 5000 } },
	  { { 0 } },
	  "silence" },

	{ "resets as an accept queue overflows",
	  "resets-abort-on-overflow",
	  true,
	  { { "TcpExt.ListenOverflows", 0, 9 },
	    { "TcpExt.EmbryonicRsts", 0, 9 },
	    { OUT_RSTS, 0, 9 } },
	  { { "net.ipv4.tcp_abort_on_overflow", "1" } },
	  "warning" },
	{ "no overflow",
	  "resets-abort-on-overflow",
	  true,
	  { { "TcpExt.ListenOverflows", 9, 9 },
	    { "TcpExt.EmbryonicRsts", 0, 9 },
	    { OUT_RSTS, 0, 9 } },
	  { { "net.ipv4.tcp_abort_on_overflow", "1" } },
	  "silence" },
	{ "drops as an accept queue overflows",
	  "resets-abort-on-overflow",
	  true,
	  { { "TcpExt.ListenOverflows", 0, 9 },
	    { "TcpExt.EmbryonicRsts", 0, 9 },
	    { OUT_RSTS, 0, 9 } },
	  { { "net.ipv4.tcp_abort_on_overflow", "0" } },
	  "silence" },

	{ "a quarter of tcp_max_orphans",
	  "orphans-too-many",
	  true,
	  { { ON_MEMORY, 0, 7 }, { ORPHANS, 0, 30 } },
	  { { MOST_ORPHANS, "120" } },
	  "critical" },
	{ "memory ran short instead",
	  "orphans-too-many",
	  true,
	  { { ON_MEMORY, 0, 7 }, { ORPHANS, 0, 30 } },
	  { { MOST_ORPHANS, "131072" } },
	  "silence" },
	{ "in a namespace, memory ran short",
	  "orphans-too-many",
	  true,
	  { { ON_MEMORY, 0, 7 }, { ORPHANS, 0, 30 }, { PRESSURE, 0, 1 } },
	  { { 0 } },
	  "silence" },

	{ "pressure now, without a window",
	  "tcp-memory-pressure",
	  false,
	  { { PRESSURES, 0, 0 }, { PRESSURE, 0, 1 }, { "sockstat.TCP.mem", 0, 900 } },
	  { { "net.ipv4.tcp_mem", "400 600 800" } },
	  "critical" },
	{ "pressure now, entered before the window",
	  "tcp-memory-pressure",
	  true,
	  { { PRESSURES, 3, 3 }, { PRESSURE, 1, 1 }, { "sockstat.TCP.mem", 0, 900 } },
	  { { "net.ipv4.tcp_mem", "400 600 800" } },
	  "critical" },
	{ "a flag that nobody took down",
	  "tcp-memory-pressure",
	  false,
	  { { PRESSURES, 0, 0 }, { PRESSURE, 0, 1 }, { "sockstat.TCP.mem", 0, 9 } },
	  { { "net.ipv4.tcp_mem", "400 600 800" } },
	  "silence" },
	{ "pressure at some time",
	  "tcp-memory-pressure",
	  false,
	  { { PRESSURES, 0, 3 }, { PRESSURE, 0, 0 }, { "sockstat.TCP.mem", 0, 9 } },
	  { { "net.ipv4.tcp_mem", "400 600 800" } },
	  "history" },

	{ "ARP has no room",
	  "neighbour-table-full",
	  true,
	  { { ARP_FULL, 5, 9 }, { NDISC_FULL, 0, 0 } },
	  { { 0 } },
	  "critical" },
	{ "ARP had no room once",
	  "neighbour-table-full",
	  true,
	  { { ARP_FULL, 9, 9 }, { NDISC_FULL, 0, 0 } },
	  { { 0 } },
	  "silence" },
	{ "a namespace does not see it",
	  "neighbour-table-full",
	  true,
	  { { ARP_FULL, 0, ABSENT }, { NDISC_FULL, 0, ABSENT } },
	  { { 0 } },
	  "cannot tell" },

	{ "invalid packets",
	  "conntrack-invalid",
	  true,
	  { { "nf_conntrack.invalid", 0, 50 }, { "nf_conntrack.insert_failed", 0, 0 } },
	  { { 0 } },
	  "info" },
	{ "a few invalid packets",
	  "conntrack-invalid",
	  true,
	  { { "nf_conntrack.invalid", 0, 5 }, { "nf_conntrack.insert_failed", 0, 0 } },
	  { { 0 } },
	  "silence" },
};

static void add_sample(struct evidence *evidence, const struct situation *situation,
		       bool is_now)
{
	const struct sample sample = { .taken = 1000 + 2 * is_now,
				       .uptime = 100 + 2 * is_now,
				       .boot_id = "boot",
				       .page_bytes = 4096 };

	assert_int_equal(evidence_begin_sample(evidence, &sample, NULL), 0);
	for (size_t i = 0; i < MOST_NUMBERS && situation->numbers[i].name; i++) {
		const struct number *number = &situation->numbers[i];

		if (number->now != ABSENT)
			assert_int_equal(
				evidence_add_counter(
					evidence, number->name, strlen(number->name),
					is_now ? number->now : number->before, NULL),
				0);
	}
	for (size_t i = 0; i < 4 && situation->sysctls[i][0]; i++)
		assert_int_equal(evidence_add_sysctl(evidence, situation->sysctls[i][0],
						     situation->sysctls[i][1], NULL,
						     NULL),
				 0);
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

/* In the words of struct situation. */
static const char *judge(const struct rule *rule, struct evidence *evidence)
{
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	const struct rule_list one = { (struct rule *)(uintptr_t)rule, 1 };

	assert_int_equal(rules_run(&one, evidence, NULL, 0, NULL, &verdict, NULL), 0);
	if (verdict.finding_count == 0)
		return verdict.unknown_count ? "cannot tell" : "silence";
	return verdict.findings[0].is_history
		       ? "history"
		       : severity_text(verdict.findings[0].severity);
}

static void numbers_are_judged(void **state)
{
	static const char *const no_folders[] = { NULL };
	AUTO(rules_clear) struct rule_list list = { 0 };

	(void)state;
	assert_int_equal(rules_load(no_folders, &list, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };
		const struct situation *situation = &situations[i];
		const struct rule *rule = rules_find(&list, situation->rule);
		const char *got;

		assert_non_null(rule);
		assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
		if (situation->has_window)
			add_sample(&evidence, situation, false);
		add_sample(&evidence, situation, true);
		got = judge(rule, &evidence);
		if (strcmp(got, situation->want) != 0)
			fail_msg("%s (%s): %s, not %s", situation->what, situation->rule,
				 got, situation->want);
	}
}

/* --- TIME_WAIT that may be reused, or not ----------------------------------------- */

/* One destination whose 100 ports are all in TIME_WAIT, young of them for less than a
 * second. */
static void add_ports(struct evidence *evidence, bool is_now, int64_t young,
		      int64_t opens, int64_t recycled)
{
	static const struct situation ports = {
		.sysctls = { { "net.ipv4.tcp_tw_reuse", "1" },
			     { "net.ipv4.tcp_timestamps", "1" },
			     { "net.ipv4.ip_local_port_range", "40000 40099" },
			     { "net.ipv4.ip_local_reserved_ports", "" } },
	};
	const struct destination_row row = { .family = 4,
					     .source = "10.0.0.1",
					     .address = "10.0.0.2",
					     .port = 80,
					     .sockets = 100,
					     .time_wait = 100,
					     .time_wait_old = 100 - young };
	struct situation with_numbers = ports;

	with_numbers.numbers[0] = (struct number){ "Tcp.ActiveOpens", 100, 100 + opens };
	with_numbers.numbers[1] = (struct number){ "TcpExt.TWRecycled", 0, recycled };
	add_sample(evidence, &with_numbers, is_now);
	assert_int_equal(evidence_add_source(evidence, "tcp", SOURCE_OK, NULL, NULL), 0);
	assert_int_equal(evidence_add_destination(evidence, &row, NULL), 0);
}

static void reuse_that_does_not_happen_is_noticed(void **state)
{
	static const char *const no_folders[] = { NULL };
	static const struct {
		bool has_window;
		int64_t young, opens, recycled;
		const char *exhausted, *unproven;
	} rows[] = {
		/* connections come and go, and none takes an old port */
		{ true, 8, 9, 0, "critical", "silence" },
		/* they do */
		{ true, 8, 9, 9, "silence", "silence" },
		/* nothing moves: tried in vain, or not tried */
		{ true, 0, 0, 0, "silence", "info" },
		{ false, 0, 0, 0, "silence", "info" },
		/* connections are made, but elsewhere */
		{ true, 0, 50, 0, "silence", "info" },
		/* it has worked since boot */
		{ false, 0, 0, 9, "silence", "silence" },
	};
	AUTO(rules_clear) struct rule_list list = { 0 };

	(void)state;
	assert_int_equal(rules_load(no_folders, &list, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };

		assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
		if (rows[i].has_window)
			add_ports(&evidence, false, rows[i].young, rows[i].opens,
				  rows[i].recycled);
		add_ports(&evidence, true, rows[i].young, rows[i].opens,
			  rows[i].recycled);
		assert_string_equal(
			judge(rules_find(&list, "ports-exhausted-time-wait"), &evidence),
			rows[i].exhausted);
		assert_string_equal(
			judge(rules_find(&list, "tw-reuse-unproven"), &evidence),
			rows[i].unproven);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_judged),
		cmocka_unit_test(reuse_that_does_not_happen_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

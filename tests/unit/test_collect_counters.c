/* Counters out of literals of /proc/net, through a temporary folder that is a kernel. */
#include "../fuzz/folder.h"
#include "collect/collect.h"
#include "collect/source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A kernel of one folder, and the evidence of it. */
struct host {
	struct folder folder;
	struct evidence evidence;
};

static int make(void **state)
{
	static struct host host;

	*state = &host;
	folder_make(&host.folder);
	folder_make_way(&host.folder, "proc/net/stat/");
	folder_make_way(&host.folder, "proc/sys/net/netfilter/");
	return evidence_open_memory(&host.evidence, NULL);
}

static int unmake(void **state)
{
	struct host *host = *state;

	evidence_close(&host->evidence);
	folder_remove(&host->folder);
	return 0;
}

/* Read one source with everything wanted; returns its state. */
static enum source_state read_source(struct host *host, const struct source *source,
				     char *ret_reason, size_t size)
{
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	const struct needs needs = { .wants_everything = true };
	const struct sample sample = { .uptime = 1, .page_bytes = 4096 };
	struct collection collection = { .kernel = &kernel,
					 .needs = &needs,
					 .evidence = &host->evidence };
	struct source_result result = { 0 };
	int code;

	assert_int_equal(kernel_open_folder(host->folder.path, &kernel, NULL), 0);
	assert_int_equal(database_run(host->evidence.db, "DELETE FROM counter", NULL), 0);
	assert_int_equal(evidence_begin_sample(&host->evidence, &sample, NULL), 0);
	code = source->read(&collection, &result, NULL);
	text_clear(&collection.buffer);
	assert_int_equal(evidence_end_sample(&host->evidence, NULL), 0);
	assert_int_equal(code, 0);
	assert_int_equal(result.reason.text[0] != '\0', result.state != SOURCE_OK);
	(void)snprintf(ret_reason, size, "%s", result.reason.text);
	return result.state;
}

/* All counters, "NAME=VALUE" in order of name, with blanks between. */
static void list_counters(struct host *host, char *ret, size_t size)
{
	AUTO(database_finalize) sqlite3_stmt *rows = NULL;
	size_t length = 0;

	ret[0] = '\0';
	assert_int_equal(database_prepare(host->evidence.db,
					  "SELECT name, value FROM counter ORDER BY name",
					  &rows, NULL),
			 0);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		length += (size_t)snprintf(
			ret + length, size - length, "%s%s=%s", length ? " " : "",
			sqlite3_column_text(rows, 0), sqlite3_column_text(rows, 1));
		assert_true(length < size);
	}
}

/*
 * One content of a file and what comes of it. rc: the state of the source; out: all
 * counters; why: a part of the reason.
 */
struct file_case {
	const char *in;
	enum source_state rc;
	const char *out;
	const char *why;
};

static void check_one(struct host *host, const struct source *source, const char *path,
		      const struct file_case *c)
{
	char counters[2048], reason[512];
	enum source_state rc;

	if (c->in)
		folder_put_text(&host->folder, path, c->in);
	else
		folder_drop(&host->folder, path);
	rc = read_source(host, source, reason, sizeof(reason));
	list_counters(host, counters, sizeof(counters));
	if (rc == c->rc && strcmp(counters, c->out) == 0 &&
	    (!c->why || strstr(reason, c->why)))
		return;
	fail_msg("%s:\n%s\nis %s (%s), not %s (%s):\n%s\n%s", path,
		 c->in ? c->in : "(none)", source_state_text(rc), reason,
		 source_state_text(c->rc), c->why ? c->why : "any reason", counters,
		 c->out);
}

static void check(struct host *host, const struct source *source, const char *path,
		  const struct file_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_one(host, source, path, &cases[i]);
}

#define CHECK(source, path, cases)                                                       \
	check(*state, &(source), path, cases, ARRAY_SIZE(cases))

/* --- snmp and netstat --------------------------------------------------------------- */

static void pairs_of_lines_are_read_by_name(void **state)
{
	static const struct file_case cases[] = {
		/* Linux 4.9: 14 columns of Tcp */
		{ "Ip: Forwarding DefaultTTL InReceives\nIp: 1 64 103200\n"
		  "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails "
		  "EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts\n"
		  "Tcp: 1 200 120000 -1 10 20 3 4 5 600 700 8 0 9\n",
		  SOURCE_OK,
		  "Ip.DefaultTTL=64 Ip.Forwarding=1 Ip.InReceives=103200 Tcp.ActiveOpens=10 "
		  "Tcp.AttemptFails=3 Tcp.CurrEstab=5 Tcp.EstabResets=4 Tcp.InErrs=0 "
		  "Tcp.InSegs=600 Tcp.MaxConn=-1 Tcp.OutRsts=9 Tcp.OutSegs=700 "
		  "Tcp.PassiveOpens=20 Tcp.RetransSegs=8 Tcp.RtoAlgorithm=1 Tcp.RtoMax=120000 "
		  "Tcp.RtoMin=200",
		  NULL },
		/* a column more, in the middle and at the end, and one that nobody knows
		 */
		{ "Tcp: ActiveOpens Novelty CurrEstab InCsumErrors\nTcp: 10 99 5 1\n",
		  SOURCE_OK,
		  "Tcp.ActiveOpens=10 Tcp.CurrEstab=5 Tcp.InCsumErrors=1 Tcp.Novelty=99",
		  NULL },
		/* in another order */
		{ "Tcp: CurrEstab ActiveOpens\nTcp: 5 10\n", SOURCE_OK,
		  "Tcp.ActiveOpens=10 Tcp.CurrEstab=5", NULL },
		{ "IcmpMsg: InType3 OutType3\nIcmpMsg: 1 2\n", SOURCE_OK,
		  "IcmpMsg.InType3=1 IcmpMsg.OutType3=2", NULL },
		{ "Tcp:\nTcp:\n", SOURCE_OK, "", NULL },
		/* without its newline the last number may be half of one */
		{ "Tcp: A\nTcp: 1", SOURCE_PARTIAL, "Tcp.A=1", "middle of a line" },
		{ "Tcp:  A\tB \nTcp: 1   2 \n", SOURCE_OK, "Tcp.A=1 Tcp.B=2", NULL },
	};

	CHECK(source_snmp, "proc/net/snmp", cases);
	CHECK(source_netstat, "proc/net/netstat", cases);
}

static void counters_have_a_sign_and_64_bits(void **state)
{
	static const struct file_case cases[] = {
		{ "IpExt: InOctets OutOctets\nIpExt: 4294967296 9223372036854775807\n",
		  SOURCE_OK,
		  "IpExt.InOctets=4294967296 IpExt.OutOctets=9223372036854775807", NULL },
		{ "Tcp: MaxConn A\nTcp: -1 -9223372036854775808\n", SOURCE_OK,
		  "Tcp.A=-9223372036854775808 Tcp.MaxConn=-1", NULL },
		/* does not fit: the others are known */
		{ "Tcp: A B C\nTcp: 1 9223372036854775808 3\n", SOURCE_PARTIAL,
		  "Tcp.A=1 Tcp.C=3", "Tcp.B" },
	};

	CHECK(source_snmp, "proc/net/snmp", cases);
}

static void torn_pairs_are_partial_and_keep_what_is_certain(void **state)
{
	static const struct file_case cases[] = {
		{ "", SOURCE_PARTIAL, "", "empty" },
		{ "\n", SOURCE_PARTIAL, "", "line" },
		{ "TcpExt: A B\n", SOURCE_PARTIAL, "", "line" },
		{ "TcpExt: A B\nTcpExt: 1 2\nIpExt: C\n", SOURCE_PARTIAL,
		  "TcpExt.A=1 TcpExt.B=2", "line 4" },
		{ "TcpExt: A B C\nTcpExt: 1 2", SOURCE_PARTIAL, "TcpExt.A=1 TcpExt.B=2",
		  "TcpExt.C" },
		{ "TcpExt: A B C\nTcpExt: 1 2 x\nIpExt: D\nIpExt: 4\n", SOURCE_PARTIAL,
		  "IpExt.D=4 TcpExt.A=1 TcpExt.B=2", "TcpExt.C" },
		{ "TcpExt: A\nIpExt: 1\n", SOURCE_PARTIAL, "", "line 2" },
		{ "TcpExt A\nTcpExt 1\n", SOURCE_PARTIAL, "", "line 2" },
		{ "TcpExt: A\n\nTcpExt: 1\n", SOURCE_PARTIAL, "", "line 2" },
	};

	CHECK(source_netstat, "proc/net/netstat", cases);
}

/* A value without a name would be taken for another's if a column was lost. */
static void more_values_than_names_are_partial(void **state)
{
	static const struct file_case cases[] = {
		{ "TcpExt: A B\nTcpExt: 1 2 3\n", SOURCE_PARTIAL, "TcpExt.A=1 TcpExt.B=2",
		  "TcpExt" },
	};

	CHECK(source_netstat, "proc/net/netstat", cases);
}

static void names_that_are_too_long_are_nobody_s(void **state)
{
	char in[512], name[201];
	const struct file_case c = { in, SOURCE_OK, "Tcp.B=2", NULL };

	memset(name, 'A', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(in, sizeof(in), "Tcp: %s B\nTcp: 1 2\n", name);
	check_one(*state, &source_snmp, "proc/net/snmp", &c);
}

static void files_that_are_not_there_are_absent(void **state)
{
	static const struct {
		const struct source *source;
		const char *path;
	} files[] = {
		{ &source_snmp, "proc/net/snmp" },
		{ &source_netstat, "proc/net/netstat" },
		{ &source_sockstat, "proc/net/sockstat" },
		{ &source_sockstat6, "proc/net/sockstat6" },
		{ &source_snmp6, "proc/net/snmp6" },
		{ &source_protocols, "proc/net/protocols" },
		{ &source_nf_conntrack, "proc/sys/net/netfilter/nf_conntrack_count" },
	};
	static const struct file_case absent = { NULL, SOURCE_ABSENT, "",
						 "does not exist here" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		check_one(*state, files[i].source, files[i].path, &absent);
}

static void files_that_cannot_be_read_are_unreadable(void **state)
{
	static const struct file_case unreadable = { "x", SOURCE_UNREADABLE, "",
						     "cannot read" };
	struct host *host = *state;
	char counters[64], reason[512];

	folder_make_way(&host->folder, "proc/net/snmp/x"); /* a folder in its place */
	assert_int_equal(read_source(host, &source_snmp, reason, sizeof(reason)),
			 unreadable.rc);
	list_counters(host, counters, sizeof(counters));
	assert_string_equal(counters, "");
	assert_non_null(strstr(reason, unreadable.why));
}

/* --- sockstat, sockstat6, snmp6 ----------------------------------------------------- */

static void sockstat_is_names_and_numbers_in_turn(void **state)
{
	static const struct file_case cases[] = {
		/* Linux 5.10 */
		{ "sockets: used 290\nTCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1\n"
		  "UDP: inuse 2 mem 116\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n",
		  SOURCE_OK,
		  "sockstat.FRAG.inuse=0 sockstat.FRAG.memory=0 sockstat.RAW.inuse=0 "
		  "sockstat.TCP.alloc=7 sockstat.TCP.inuse=5 sockstat.TCP.mem=1 "
		  "sockstat.TCP.orphan=0 sockstat.TCP.tw=2 sockstat.UDP.inuse=2 "
		  "sockstat.UDP.mem=116 sockstat.UDPLITE.inuse=0 sockstat.sockets.used=290",
		  NULL },
		/* a new protocol and a new field */
		{ "MPTCP: inuse 1 fancy 2\n", SOURCE_OK,
		  "sockstat.MPTCP.fancy=2 sockstat.MPTCP.inuse=1", NULL },
		{ "TCP: mem -3\n", SOURCE_OK, "sockstat.TCP.mem=-3", NULL },
		{ "TCP:\n", SOURCE_OK, "", NULL },
		{ "TCP: inuse 5", SOURCE_PARTIAL, "sockstat.TCP.inuse=5",
		  "middle of a line" },
		{ "TCP: inuse 5 orphan", SOURCE_PARTIAL, "sockstat.TCP.inuse=5", "TCP" },
		{ "TCP: inuse 5 orphan x tw 2\nUDP: inuse 1\n", SOURCE_PARTIAL,
		  "sockstat.TCP.inuse=5 sockstat.UDP.inuse=1", "TCP" },
		{ "TCP inuse 5\nUDP: inuse 1\n", SOURCE_PARTIAL, "sockstat.UDP.inuse=1",
		  "without a protocol" },
		{ "TCP: mem 9223372036854775808 tw 1\n", SOURCE_PARTIAL, "", "TCP" },
		{ "TCP: anamethatismuchlongerthananyofthekernel 1\n", SOURCE_PARTIAL, "",
		  "TCP" },
	};

	CHECK(source_sockstat, "proc/net/sockstat", cases);
}

static void an_empty_file_of_lines_is_partial(void **state)
{
	static const struct file_case empty = { "", SOURCE_PARTIAL, "", "empty" };

	check_one(*state, &source_sockstat, "proc/net/sockstat", &empty);
	check_one(*state, &source_snmp6, "proc/net/snmp6", &empty);
}

static void sockstat6_has_names_of_its_own(void **state)
{
	static const struct file_case cases[] = {
		{ "TCP6: inuse 3\nUDP6: inuse 1\nFRAG6: inuse 0 memory 0\n", SOURCE_OK,
		  "sockstat6.FRAG6.inuse=0 sockstat6.FRAG6.memory=0 sockstat6.TCP6.inuse=3 "
		  "sockstat6.UDP6.inuse=1",
		  NULL },
	};

	CHECK(source_sockstat6, "proc/net/sockstat6", cases);
}

static void snmp6_is_a_name_and_a_number_a_line(void **state)
{
	static const struct file_case cases[] = {
		{ "Ip6InReceives                   \t5\nIp6InHdrErrors                  \t0\n",
		  SOURCE_OK, "snmp6.Ip6InHdrErrors=0 snmp6.Ip6InReceives=5", NULL },
		{ "Ip6InOctets \t9223372036854775807\n", SOURCE_OK,
		  "snmp6.Ip6InOctets=9223372036854775807", NULL },
		{ "Ip6InReceives \t5\nIp6InHdrErr", SOURCE_PARTIAL,
		  "snmp6.Ip6InReceives=5", "without name and number" },
		{ "Ip6InReceives\nIp6InHdrErrors \t1\n", SOURCE_PARTIAL,
		  "snmp6.Ip6InHdrErrors=1", "without name and number" },
	};

	CHECK(source_snmp6, "proc/net/snmp6", cases);
}

/* --- protocols ---------------------------------------------------------------------- */

#define HEADING                                                                          \
	"protocol  size sockets  memory press maxhdr  slab module     cl co di ac\n"

static void memory_and_pressure_of_tcp_are_found_by_their_heading(void **state)
{
	static const struct file_case cases[] = {
		{ HEADING
		  "UNIX-STREAM 1024  88   -1   NI    0   yes  kernel  y n n n\n"
		  "TCPv6   2432      1       9   no     320   yes  kernel  y y y y\n"
		  "TCP     2432      5       7   no     320   yes  kernel  y y y y\n",
		  SOURCE_OK, "protocols.TCP.memory=7 protocols.TCP.pressure=0", NULL },
		{ HEADING
		  "TCP     2432      5  190000  yes     320   yes  kernel  y y y y\n",
		  SOURCE_OK, "protocols.TCP.memory=190000 protocols.TCP.pressure=1",
		  NULL },
		/* a column more in front of them */
		{ "protocol novelty size press memory\nTCP x 2432 yes 8\n", SOURCE_OK,
		  "protocols.TCP.memory=8 protocols.TCP.pressure=1", NULL },
		/* "NI": not implemented is not "no" */
		{ HEADING "TCP     2432      5       7   NI     320\n", SOURCE_OK,
		  "protocols.TCP.memory=7", NULL },
		{ HEADING "TCP     2432      5       7   no", SOURCE_OK,
		  "protocols.TCP.memory=7 protocols.TCP.pressure=0", NULL },
		{ HEADING "UDP     1152      2     116   NI\n", SOURCE_PARTIAL, "",
		  "no line for TCP" },
		{ HEADING, SOURCE_PARTIAL, "", "no line for TCP" },
		{ "protocol size sockets\nTCP 2432 5\n", SOURCE_PARTIAL, "",
		  "no columns" },
		{ "", SOURCE_PARTIAL, "", "no columns" },
	};

	CHECK(source_protocols, "proc/net/protocols", cases);
}

static void a_torn_line_of_tcp_is_partial(void **state)
{
	static const struct file_case cases[] = {
		{ HEADING "TCP     2432      5", SOURCE_PARTIAL, "", "TCP" },
		{ HEADING "TCP     2432      5    many   no\n", SOURCE_PARTIAL,
		  "protocols.TCP.pressure=0", "TCP" },
		{ HEADING "TCP     2432      5       7", SOURCE_PARTIAL,
		  "protocols.TCP.memory=7", "TCP" },
	};

	CHECK(source_protocols, "proc/net/protocols", cases);
}

/* --- nf_conntrack ------------------------------------------------------------------- */

#define STATISTICS "proc/net/stat/nf_conntrack"
#define COUNT	   "proc/sys/net/netfilter/nf_conntrack_count"

static void statistics_of_all_cpus_are_added_but_for_the_total(void **state)
{
	static const struct file_case cases[] = {
		/* Linux 5.10 */
		{ "entries  searched found new invalid ignore delete delete_list insert "
		  "insert_failed drop early_drop icmp_error  expect_new expect_create "
		  "expect_delete search_restart\n"
		  "00000064  00000000 00000001 00000000 0000000a 00000002 00000000 00000000 "
		  "00000000 00000003 00000004 00000005 00000006  00000000 00000000 00000000 "
		  "00000007\n"
		  "00000064  00000000 00000001 00000000 00000006 00000002 00000000 00000000 "
		  "00000000 00000003 0000000c 00000005 00000006  00000000 00000000 00000000 "
		  "00000001\n",
		  SOURCE_OK,
		  "nf_conntrack.count=50 nf_conntrack.delete=0 nf_conntrack.delete_list=0 "
		  "nf_conntrack.drop=16 nf_conntrack.early_drop=10 nf_conntrack.entries=100 "
		  "nf_conntrack.expect_create=0 nf_conntrack.expect_delete=0 "
		  "nf_conntrack.expect_new=0 nf_conntrack.found=2 nf_conntrack.icmp_error=12 "
		  "nf_conntrack.ignore=4 nf_conntrack.insert=0 nf_conntrack.insert_failed=6 "
		  "nf_conntrack.invalid=16 nf_conntrack.new=0 nf_conntrack.search_restart=8 "
		  "nf_conntrack.searched=0",
		  NULL },
		/* columns that come and go */
		{ "entries clashres chainlength drop\n00000001 2 3 ffffffff\n1 2 3 ffffffff",
		  SOURCE_OK,
		  "nf_conntrack.chainlength=6 nf_conntrack.clashres=4 nf_conntrack.count=50 "
		  "nf_conntrack.drop=8589934590 nf_conntrack.entries=1",
		  NULL },
		{ "entries found\n", SOURCE_PARTIAL, "nf_conntrack.count=50", "no line" },
		{ "", SOURCE_PARTIAL, "nf_conntrack.count=50", "no line" },
		{ "entries found\nx y\n", SOURCE_PARTIAL, "nf_conntrack.count=50",
		  "no line" },
	};
	struct host *host = *state;

	folder_put_text(&host->folder, COUNT, "50\n");
	CHECK(source_nf_conntrack, STATISTICS, cases);
}

static void a_torn_line_of_statistics_is_partial(void **state)
{
	static const struct file_case cases[] = {
		{ "entries found drop\n1 2 3\n1 2", SOURCE_PARTIAL, NULL,
		  "nf_conntrack" },
		{ "entries found drop\n1 2 3\n1 x 3\n", SOURCE_PARTIAL, NULL,
		  "nf_conntrack" },
		{ "entries found\n1 2 3\n", SOURCE_PARTIAL, NULL, "nf_conntrack" },
	};
	struct host *host = *state;

	folder_put_text(&host->folder, COUNT, "50\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char reason[512];

		folder_put_text(&host->folder, STATISTICS, cases[i].in);
		assert_int_equal(
			read_source(host, &source_nf_conntrack, reason, sizeof(reason)),
			cases[i].rc);
		assert_non_null(strstr(reason, cases[i].why));
	}
}

static void sums_that_do_not_fit_are_not_known(void **state)
{
	static const char *const cases[] = {
		"entries found\nffffffffffffffff ffffffffffffffff\n",
		"entries found\n7fffffffffffffff 7fffffffffffffff\n7fffffffffffffff 1\n",
	};
	struct host *host = *state;

	folder_put_text(&host->folder, COUNT, "50\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char counters[512], reason[512];

		folder_put_text(&host->folder, STATISTICS, cases[i]);
		assert_int_equal(
			read_source(host, &source_nf_conntrack, reason, sizeof(reason)),
			SOURCE_PARTIAL);
		list_counters(host, counters, sizeof(counters));
		assert_string_equal(counters, "nf_conntrack.count=50");
	}
}

/* CONFIG_NF_CONNTRACK_PROCFS is off in some kernels: the count is there all the same. */
static void a_count_without_statistics_is_partial_and_not_absent(void **state)
{
	static const struct file_case c = { NULL, SOURCE_PARTIAL, "nf_conntrack.count=50",
					    "does not exist here" };
	struct host *host = *state;

	folder_put_text(&host->folder, COUNT, "50\n");
	check_one(host, &source_nf_conntrack, STATISTICS, &c);
}

static void a_count_that_is_no_number_is_partial(void **state)
{
	static const struct file_case cases[] = {
		{ "many\n", SOURCE_PARTIAL, "nf_conntrack.entries=1", "no number" },
		{ "", SOURCE_PARTIAL, "nf_conntrack.entries=1", "no number" },
	};
	struct host *host = *state;

	folder_put_text(&host->folder, STATISTICS, "entries\n1\n");
	CHECK(source_nf_conntrack, COUNT, cases);
}

/* A folder of dumps need not have proc/sys. */
static void statistics_without_the_folder_of_sysctls_are_read(void **state)
{
	struct host *host = *state;
	char counters[512], reason[512];

	folder_drop(&host->folder, COUNT);
	assert_int_equal(
		unlinkat(host->folder.fd, "proc/sys/net/netfilter", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(host->folder.fd, "proc/sys/net", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(host->folder.fd, "proc/sys", AT_REMOVEDIR), 0);
	assert_int_equal(read_source(host, &source_nf_conntrack, reason, sizeof(reason)),
			 SOURCE_ABSENT);
	folder_put_text(&host->folder, STATISTICS, "entries drop\n1 2\n");
	assert_int_equal(read_source(host, &source_nf_conntrack, reason, sizeof(reason)),
			 SOURCE_PARTIAL);
	list_counters(host, counters, sizeof(counters));
	assert_string_equal(counters, "nf_conntrack.drop=2 nf_conntrack.entries=1");
}

/* --- one sample --------------------------------------------------------------------- */

static void collect(struct host *host, const struct needs *needs)
{
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;

	assert_int_equal(kernel_open_folder(host->folder.path, &kernel, NULL), 0);
	assert_int_equal(collect_sample(&kernel, needs, &host->evidence, NULL), 0);
}

static const char *query(struct host *host, const char *sql)
{
	static char text[512];
	AUTO(database_finalize) sqlite3_stmt *row = NULL;

	assert_int_equal(database_prepare(host->evidence.db, sql, &row, NULL), 0);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	(void)snprintf(text, sizeof(text), "%s",
		       sqlite3_column_text(row, 0)
			       ? (const char *)sqlite3_column_text(row, 0)
			       : "NULL");
	return text;
}

static void only_what_is_needed_is_collected(void **state)
{
	struct host *host = *state;
	AUTO(needs_clear) struct needs needs = { 0 };

	folder_put_text(&host->folder, "proc/net/netstat",
			"TcpExt: ListenOverflows ListenDrops\nTcpExt: 1 2\n");
	folder_put_text(&host->folder, "proc/net/snmp", "Tcp: CurrEstab\nTcp: 5\n");
	folder_put_text(&host->folder, "proc/sys/net/core/somaxconn", "4096\n");
	folder_put_text(&host->folder, "proc/sys/net/core/rmem_max", "212992\n");
	assert_int_equal(needs_add(&needs, "TcpExt.ListenOverflows", NULL), 0);
	assert_int_equal(needs_add(&needs, "net.core.somaxconn", NULL), 0);
	needs_finish(&needs);
	collect(host, &needs);
	assert_string_equal(
		query(host, "SELECT group_concat(name || '=' || value) FROM counter"),
		"TcpExt.ListenOverflows=1");
	assert_string_equal(
		query(host, "SELECT group_concat(key || '=' || value) FROM sysctl"),
		"net.core.somaxconn=4096");
	assert_string_equal(
		query(host, "SELECT group_concat(name || '=' || state) FROM source"),
		"sysctl=ok,netstat=ok");
}

static void nothing_needed_is_a_sample_of_nothing(void **state)
{
	const struct needs needs = { 0 };
	struct host *host = *state;

	folder_put_text(&host->folder, "proc/sys/kernel/osrelease", "6.18.44\n");
	folder_put_text(&host->folder, "proc/uptime", "100.5 200\n");
	collect(host, &needs);
	assert_string_equal(query(host, "SELECT count(*) FROM source"), "0");
	assert_string_equal(query(host, "SELECT uptime || ' ' || release FROM sample"),
			    "100.5 6.18.44");
	assert_string_equal(
		query(host, "SELECT boot_id IS NULL AND netns IS NULL AND "
			    "netns_cookie IS NULL AND is_init_netns = 0 FROM sample"),
		"1");
}

static void each_source_that_failed_is_a_row_with_its_reason(void **state)
{
	const struct needs needs = { .wants_everything = true };
	struct host *host = *state;

	collect(host, &needs);
	assert_string_equal(
		query(host, "SELECT count(*) > 7 AND min(state) = 'absent' AND "
			    "min(length(reason)) > 10 FROM source WHERE state <> 'ok'"),
		"1");
	assert_string_equal(
		query(host, "SELECT count(*) = count(DISTINCT name) FROM source"), "1");
}

static void values_of_sysctls_are_kept_as_the_kernel_shows_them(void **state)
{
	static const struct {
		const char *key, *path, *in, *out, *reason;
	} cases[] = {
		{ "net.core.somaxconn", "proc/sys/net/core/somaxconn", "4096\n", "4096",
		  "NULL" },
		{ "net.ipv4.tcp_rmem", "proc/sys/net/ipv4/tcp_rmem",
		  "4096\t131072\t6291456\n", "4096\t131072\t6291456", "NULL" },
		{ "net.ipv4.ip_local_reserved_ports",
		  "proc/sys/net/ipv4/ip_local_reserved_ports", "\n", "", "NULL" },
		{ "net.ipv4.tcp_congestion_control",
		  "proc/sys/net/ipv4/tcp_congestion_control", "cubic", "cubic", "NULL" },
		{ "net.ipv4.conf.eth0/5.rp_filter",
		  "proc/sys/net/ipv4/conf/eth0.5/rp_filter", "1\n", "1", "NULL" },
		{ "net.ipv4.tcp_fastopen_key", "proc/sys/net/ipv4/tcp_fastopen_key",
		  "deadbeef-deadbeef\n", "NULL", "secret" },
		{ "net.ipv4.route.flush", "proc/sys/net/ipv4/route/flush", "1\n", "NULL",
		  "write-only" },
		{ "net.core.rmem_max", NULL, NULL, "NULL", "absent" },
		{ "net.ipv6.route.flush", NULL, NULL, "NULL", "absent" },
		{ "net.ipv4.fib_multipath_hash_seed", NULL, NULL, "NULL", "absent" },
	};
	struct host *host = *state;
	AUTO(needs_clear) struct needs needs = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].path)
			folder_put_text(&host->folder, cases[i].path, cases[i].in);
		assert_int_equal(needs_add(&needs, cases[i].key, NULL), 0);
	}
	needs_finish(&needs);
	collect(host, &needs);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char sql[128];

		(void)snprintf(sql, sizeof(sql),
			       "SELECT value FROM sysctl WHERE key = '%s'", cases[i].key);
		assert_string_equal(query(host, sql), cases[i].out);
		(void)snprintf(sql, sizeof(sql),
			       "SELECT reason FROM sysctl WHERE key = '%s'",
			       cases[i].key);
		assert_string_equal(query(host, sql), cases[i].reason);
	}
}

static void a_folder_without_sysctls_has_no_source_of_them(void **state)
{
	struct host *host = *state;
	AUTO(folder_remove) struct folder bare = { 0 };
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	AUTO(needs_clear) struct needs needs = { 0 };

	folder_make(&bare);
	folder_make_way(&bare, "proc/net/");
	assert_int_equal(kernel_open_folder(bare.path, &kernel, NULL), 0);
	assert_int_equal(needs_add(&needs, "net.core.somaxconn", NULL), 0);
	needs_finish(&needs);
	assert_int_equal(collect_sample(&kernel, &needs, &host->evidence, NULL), 0);
	assert_string_equal(query(host, "SELECT name || ' ' || state FROM source"),
			    "sysctl absent");
	assert_string_equal(query(host, "SELECT count(*) FROM sysctl"), "0");
}

/* --- results ------------------------------------------------------------------------ */

static void the_first_note_of_what_is_missing_stays(void **state)
{
	struct source_result result = { 0 };

	(void)state;
	source_is_partial(&result, "'%s' is %d", "first", 1);
	source_is_partial(&result, "second");
	assert_int_equal(result.state, SOURCE_PARTIAL);
	assert_string_equal(result.reason.text, "'first' is 1");
}

static void a_file_is_absent_or_unreadable(void **state)
{
	static const struct {
		int in;
		enum source_state rc;
	} cases[] = {
		{ -ENOENT, SOURCE_ABSENT },	{ -ENOTDIR, SOURCE_ABSENT },
		{ -EACCES, SOURCE_UNREADABLE }, { -EPERM, SOURCE_UNREADABLE },
		{ -EIO, SOURCE_UNREADABLE },	{ -EFBIG, SOURCE_UNREADABLE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct source_result result = { 0 };

		assert_int_equal(source_cannot_read(&result, "net/x", cases[i].in), 0);
		assert_int_equal(result.state, cases[i].rc);
		assert_non_null(strstr(result.reason.text, "'net/x'"));
	}
}

#define WITH_HOST(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HOST(pairs_of_lines_are_read_by_name),
		WITH_HOST(counters_have_a_sign_and_64_bits),
		WITH_HOST(torn_pairs_are_partial_and_keep_what_is_certain),
		WITH_HOST(more_values_than_names_are_partial),
		WITH_HOST(names_that_are_too_long_are_nobody_s),
		WITH_HOST(files_that_are_not_there_are_absent),
		WITH_HOST(files_that_cannot_be_read_are_unreadable),
		WITH_HOST(sockstat_is_names_and_numbers_in_turn),
		WITH_HOST(an_empty_file_of_lines_is_partial),
		WITH_HOST(sockstat6_has_names_of_its_own),
		WITH_HOST(snmp6_is_a_name_and_a_number_a_line),
		WITH_HOST(memory_and_pressure_of_tcp_are_found_by_their_heading),
		WITH_HOST(a_torn_line_of_tcp_is_partial),
		WITH_HOST(statistics_of_all_cpus_are_added_but_for_the_total),
		WITH_HOST(a_torn_line_of_statistics_is_partial),
		WITH_HOST(sums_that_do_not_fit_are_not_known),
		WITH_HOST(a_count_without_statistics_is_partial_and_not_absent),
		WITH_HOST(a_count_that_is_no_number_is_partial),
		WITH_HOST(statistics_without_the_folder_of_sysctls_are_read),
		WITH_HOST(only_what_is_needed_is_collected),
		WITH_HOST(nothing_needed_is_a_sample_of_nothing),
		WITH_HOST(each_source_that_failed_is_a_row_with_its_reason),
		WITH_HOST(values_of_sysctls_are_kept_as_the_kernel_shows_them),
		WITH_HOST(a_folder_without_sysctls_has_no_source_of_them),
		cmocka_unit_test(the_first_note_of_what_is_missing_stays),
		cmocka_unit_test(a_file_is_absent_or_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

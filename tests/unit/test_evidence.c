#include "base/embedded.h"
#include "evidence/evidence.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { MOST_SECONDS = 10 }; /* with sanitizers, of this process; without, far less */

static int open_evidence(void **state)
{
	static struct evidence evidence;

	*state = &evidence;
	return evidence_open_memory(&evidence, NULL);
}

static int close_evidence(void **state)
{
	evidence_close(*state);
	return 0;
}

/* --- helpers ------------------------------------------------------------------------ */

static void begin(struct evidence *evidence, const struct sample *sample)
{
	assert_int_equal(evidence_begin_sample(evidence, sample, NULL), 0);
}

static void end(struct evidence *evidence)
{
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

static void add_counter(struct evidence *evidence, const char *name, int64_t value)
{
	assert_int_equal(evidence_add_counter(evidence, name, strlen(name), value, NULL),
			 0);
}

static void add_sysctl(struct evidence *evidence, const char *key, const char *value)
{
	assert_int_equal(
		evidence_add_sysctl(evidence, key, value, value ? NULL : "absent", NULL),
		0);
}

/* One sample with one counter, at an uptime. */
static void add_sample(struct evidence *evidence, double uptime, int64_t value)
{
	const struct sample sample = { .taken = 1000 + uptime,
				       .uptime = uptime,
				       .boot_id = "a",
				       .page_bytes = 4096 };

	begin(evidence, &sample);
	add_counter(evidence, "TcpExt.ListenOverflows", value);
	end(evidence);
}

/*
 * The first column of the first row, as text: "NULL" for NULL, "none" without a row, else
 * as SQLite prints it. Through the guard, as rules do.
 */
static const char *query(struct evidence *evidence, const char *sql)
{
	static char text[256];
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct error err = { 0 };
	const char *value;
	int code;

	if (evidence_prepare(evidence, sql, &statement, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	code = evidence_step(evidence, statement, &err);
	if (code < 0)
		fail_msg("%s: %s", sql, err.text);
	if (code == 0)
		return "none";
	value = (const char *)sqlite3_column_text(statement, 0);
	(void)snprintf(text, sizeof(text), "%s", value ? value : "NULL");
	return text;
}

#define assert_query(evidence, sql, wanted)                                              \
	assert_string_equal(query(evidence, sql), wanted)

/* --- schema ------------------------------------------------------------------------- */

static void the_schema_has_the_version_that_the_program_knows(void **state)
{
	struct evidence *evidence = *state;
	AUTO(database_finalize) sqlite3_stmt *version = NULL;

	assert_int_equal(
		database_prepare(evidence->db, "PRAGMA user_version", &version, NULL), 0);
	assert_int_equal(sqlite3_step(version), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(version, 0), EVIDENCE_SCHEMA_VERSION);
	assert_int_equal(strlen(embedded_schema.data), embedded_schema.size);
}

static void an_empty_evidence_answers_that_nothing_is_known(void **state)
{
	static const char *const cases[] = {
		"SELECT sysctl('net.core.somaxconn')",
		"SELECT counter('TcpExt.ListenOverflows')",
		"SELECT change('TcpExt.ListenOverflows')",
		"SELECT rate('TcpExt.ListenOverflows')",
		"SELECT window_seconds()",
		"SELECT ports_usable()",
		"SELECT ports_reserved()",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_query(*state, cases[i], "NULL");
	assert_query(*state, "SELECT count(*) FROM listener_change", "0");
	assert_query(*state, "SELECT count(*) FROM port_use", "0");
}

static void a_closed_evidence_can_be_closed_again(void **state)
{
	struct evidence evidence = { 0 };

	(void)state;
	evidence_close(&evidence);
	assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
	add_sample(&evidence, 1, 1);
	evidence_close(&evidence);
	assert_null(evidence.db);
	evidence_close(&evidence);
}

/* --- the window --------------------------------------------------------------------- */

static void one_sample_has_no_window_and_its_change_is_the_total_since_boot(void **state)
{
	struct evidence *evidence = *state;

	add_sample(evidence, 100, 7);
	assert_true(evidence->before == 0);
	assert_true(evidence->window_seconds < 0);
	assert_query(evidence, "SELECT counter('TcpExt.ListenOverflows')", "7");
	assert_query(evidence, "SELECT change('TcpExt.ListenOverflows')", "7");
	assert_query(evidence, "SELECT rate('TcpExt.ListenOverflows')", "NULL");
	assert_query(evidence, "SELECT window_seconds()", "NULL");
	assert_query(evidence, "SELECT before IS NULL AND now = 1 FROM window", "1");
}

static void two_samples_of_one_boot_make_a_window(void **state)
{
	struct evidence *evidence = *state;

	add_sample(evidence, 100, 7);
	add_sample(evidence, 104, 17);
	assert_true(evidence->window_seconds == 4);
	assert_true(evidence->now == 2 && evidence->before == 1);
	assert_true(evidence->taken_now == 1104 && evidence->uptime_now == 104);
	assert_query(evidence, "SELECT counter('TcpExt.ListenOverflows')", "17");
	assert_query(evidence, "SELECT change('TcpExt.ListenOverflows')", "10");
	assert_query(evidence, "SELECT rate('TcpExt.ListenOverflows')", "2.5");
	assert_query(evidence, "SELECT window_seconds()", "4.0");
	assert_query(evidence, "SELECT before || ' ' || now FROM window", "1 2");
}

static void the_window_begins_at_the_sample_just_before(void **state)
{
	struct evidence *evidence = *state;

	add_sample(evidence, 100, 1);
	add_sample(evidence, 200, 5);
	add_sample(evidence, 210, 6);
	assert_query(evidence, "SELECT change('TcpExt.ListenOverflows')", "1");
	assert_query(evidence, "SELECT window_seconds()", "10.0");
}

static void a_sample_of_another_boot_or_namespace_or_time_begins_anew(void **state)
{
	static const struct {
		struct sample first, second;
		double out;
	} cases[] = {
		{ { .uptime = 5, .boot_id = "a" }, { .uptime = 9, .boot_id = "b" }, -1 },
		{ { .uptime = 5, .boot_id = "a" }, { .uptime = 9 }, -1 },
		{ { .uptime = 9, .boot_id = "a" }, { .uptime = 5, .boot_id = "a" }, -1 },
		{ { .uptime = 9, .boot_id = "a" }, { .uptime = 9, .boot_id = "a" }, -1 },
		{ { .uptime = 5, .boot_id = "a", .netns_cookie = 1 },
		  { .uptime = 9, .boot_id = "a", .netns_cookie = 2 },
		  -1 },
		{ { .uptime = 5, .boot_id = "a", .netns_cookie = 1 },
		  { .uptime = 9, .boot_id = "a" },
		  -1 },
		{ { .uptime = 5, .boot_id = "a", .netns_cookie = 1 },
		  { .uptime = 9, .boot_id = "a", .netns_cookie = 1 },
		  4 },
		{ { .uptime = 5, .boot_id = "a" }, { .uptime = 9, .boot_id = "a" }, 4 },
		/* folders of dumps without a boot id */
		{ { .uptime = 5 }, { .uptime = 9 }, 4 },
		{ { .uptime = 0 }, { .uptime = 0 }, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };

		assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
		begin(&evidence, &cases[i].first);
		end(&evidence);
		begin(&evidence, &cases[i].second);
		end(&evidence);
		if (evidence.window_seconds != cases[i].out)
			fail_msg("case %zu: %g", i, evidence.window_seconds);
		assert_true((evidence.before != 0) == (cases[i].out > 0));
	}
}

/* Without a cookie (before Linux 5.14) the name is all that tells namespaces apart. */
static void samples_of_namespaces_with_other_names_make_no_window(void **state)
{
	struct evidence *evidence = *state;
	const struct sample first = { .uptime = 5, .boot_id = "a", .netns = "web" };
	const struct sample second = { .uptime = 9, .boot_id = "a", .netns = "db" };

	begin(evidence, &first);
	end(evidence);
	begin(evidence, &second);
	end(evidence);
	assert_true(evidence->window_seconds < 0);
}

static void a_counter_that_went_backwards_has_no_change(void **state)
{
	struct evidence *evidence = *state;

	add_sample(evidence, 100, 17);
	add_sample(evidence, 104, 7);
	assert_query(evidence, "SELECT counter('TcpExt.ListenOverflows')", "7");
	assert_query(evidence, "SELECT change('TcpExt.ListenOverflows')", "NULL");
	assert_query(evidence, "SELECT rate('TcpExt.ListenOverflows')", "NULL");
	add_sample(evidence, 108, 7);
	assert_query(evidence, "SELECT change('TcpExt.ListenOverflows')", "0");
	assert_query(evidence, "SELECT rate('TcpExt.ListenOverflows')", "0.0");
}

static void a_counter_that_one_sample_lacks_has_no_change(void **state)
{
	struct evidence *evidence = *state;
	const struct sample first = { .uptime = 5, .boot_id = "a" };
	const struct sample second = { .uptime = 9, .boot_id = "a" };

	begin(evidence, &first);
	add_counter(evidence, "Tcp.OnlyBefore", 1);
	end(evidence);
	begin(evidence, &second);
	add_counter(evidence, "Tcp.OnlyNow", 1);
	end(evidence);
	assert_query(evidence, "SELECT counter('Tcp.OnlyBefore')", "NULL");
	assert_query(evidence, "SELECT change('Tcp.OnlyBefore')", "NULL");
	assert_query(evidence, "SELECT counter('Tcp.OnlyNow')", "1");
	assert_query(evidence, "SELECT change('Tcp.OnlyNow')", "NULL");
	assert_query(evidence, "SELECT rate('Tcp.OnlyNow')", "NULL");
}

static void a_change_over_the_whole_range_of_numbers_is_not_known(void **state)
{
	struct evidence *evidence = *state;

	add_sample(evidence, 100, INT64_MIN);
	add_sample(evidence, 104, INT64_MAX);
	assert_query(evidence, "SELECT change('TcpExt.ListenOverflows')", "NULL");
}

static void a_total_below_zero_is_no_change_since_boot(void **state)
{
	struct evidence *evidence = *state;

	add_sample(evidence, 100, -1); /* Tcp.MaxConn */
	assert_query(evidence, "SELECT counter('TcpExt.ListenOverflows')", "-1");
	assert_query(evidence, "SELECT change('TcpExt.ListenOverflows')", "NULL");
}

static void names_that_are_no_names_are_not_known(void **state)
{
	struct evidence *evidence = *state;

	add_sample(evidence, 100, 7);
	assert_query(evidence, "SELECT counter(NULL)", "NULL");
	assert_query(evidence, "SELECT counter('')", "NULL");
	assert_query(evidence, "SELECT counter(5)", "NULL");
	assert_query(evidence, "SELECT counter('tcpext.listenoverflows')", "NULL");
	assert_query(evidence, "SELECT change(NULL)", "NULL");
	assert_query(evidence, "SELECT sysctl(NULL)", "NULL");
	assert_query(evidence, "SELECT sysctl(NULL, NULL)", "NULL");
}

static void a_counter_that_comes_twice_keeps_its_last_value(void **state)
{
	struct evidence *evidence = *state;
	const struct sample sample = { .uptime = 5 };

	begin(evidence, &sample);
	add_counter(evidence, "Tcp.A", 1);
	add_counter(evidence, "Tcp.A", 2);
	/* the name need not end where it ends */
	assert_int_equal(evidence_add_counter(evidence, "Tcp.Bcd", 5, 3, NULL), 0);
	end(evidence);
	assert_query(evidence, "SELECT counter('Tcp.A')", "2");
	assert_query(evidence, "SELECT counter('Tcp.B')", "3");
	assert_query(evidence, "SELECT count(*) FROM counter", "2");
}

/* --- sysctls ------------------------------------------------------------------------ */

static void a_value_is_a_number_if_it_is_one(void **state)
{
	static const struct {
		const char *value, *sql, *out, *type;
	} cases[] = {
		{ "4096", "sysctl('k')", "4096", "integer" },
		{ "-1", "sysctl('k')", "-1", "integer" },
		{ "cubic", "sysctl('k')", "cubic", "text" },
		{ "", "sysctl('k')", "", "text" },
		{ "4096\t131072\t6291456", "sysctl('k')", "4096\t131072\t6291456",
		  "text" },
		{ "4096\t131072\t6291456", "sysctl('k', 1)", "4096", "integer" },
		{ "4096\t131072\t6291456", "sysctl('k', 3)", "6291456", "integer" },
		{ "4096\t131072\t6291456", "sysctl('k', 4)", "NULL", "null" },
		{ "4096\t131072\t6291456", "sysctl('k', 0)", "NULL", "null" },
		{ "4096\t131072\t6291456", "sysctl('k', -1)", "NULL", "null" },
		{ "4096\t131072\t6291456", "sysctl('k', NULL)", "NULL", "null" },
		{ "4096", "sysctl('k', 9223372036854775807)", "NULL", "null" },
		{ "reno  cubic", "sysctl('k', 2)", "cubic", "text" },
		{ "  7", "sysctl('k', 1)", "7", "integer" },
		{ "18446744073709551615", "sysctl('k')", "18446744073709551615", "text" },
		{ "0x10", "sysctl('k')", "0x10", "text" },
		{ "5", "sysctl('other')", "NULL", "null" },
		{ NULL, "sysctl('k')", "NULL", "null" },
		{ NULL, "sysctl('k', 1)", "NULL", "null" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };
		const struct sample sample = { .uptime = 5 };
		char sql[128];

		assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
		begin(&evidence, &sample);
		add_sysctl(&evidence, "k", cases[i].value);
		end(&evidence);
		(void)snprintf(sql, sizeof(sql), "SELECT %s", cases[i].sql);
		assert_query(&evidence, sql, cases[i].out);
		(void)snprintf(sql, sizeof(sql), "SELECT typeof(%s)", cases[i].sql);
		assert_query(&evidence, sql, cases[i].type);
	}
}

static void a_key_without_a_value_keeps_the_reason(void **state)
{
	struct evidence *evidence = *state;
	const struct sample sample = { .uptime = 5 };

	begin(evidence, &sample);
	assert_int_equal(evidence_add_sysctl(evidence, "net.a", NULL, "absent", NULL), 0);
	assert_int_equal(evidence_add_sysctl(evidence, "net.b", "1", "no matter", NULL),
			 0);
	end(evidence);
	assert_query(evidence,
		     "SELECT value IS NULL AND reason = 'absent' FROM sysctl "
		     "WHERE key = 'net.a'",
		     "1");
	assert_query(evidence,
		     "SELECT value = '1' AND reason IS NULL FROM sysctl "
		     "WHERE key = 'net.b'",
		     "1");
}

static void a_secret_is_never_stored_whatever_its_name_is_written_like(void **state)
{
	static const char *const keys[] = {
		"net.ipv4.tcp_fastopen_key",	    "net/ipv4/tcp_fastopen_key",
		"net.ipv6.conf.eth0.stable_secret", "net/ipv6/conf/eth0.5/stable_secret",
		"net.ipv6.conf.all.stable_secret",
	};
	struct evidence *evidence = *state;
	const struct sample sample = { .uptime = 5 };

	begin(evidence, &sample);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(evidence_add_sysctl(evidence, keys[i],
						     "deadbeef-deadbeef", NULL, NULL),
				 0);
	end(evidence);
	assert_query(evidence,
		     "SELECT count(*) FROM sysctl WHERE value IS NULL AND "
		     "reason = 'secret'",
		     "5");
	assert_query(evidence, "SELECT sysctl('net.ipv4.tcp_fastopen_key')", "NULL");
}

static void evidence_tells_a_value_to_the_program_too(void **state)
{
	struct evidence *evidence = *state;
	const struct sample sample = { .uptime = 5 };
	char value[8] = "old";

	assert_int_equal(evidence_sysctl(evidence, "k", value, sizeof(value)), false);
	assert_string_equal(value, "");
	begin(evidence, &sample);
	add_sysctl(evidence, "k", "1234567");
	add_sysctl(evidence, "long", "12345678");
	add_sysctl(evidence, "none", NULL);
	/* also while the sample is being written */
	assert_int_equal(evidence_sysctl(evidence, "k", value, sizeof(value)), true);
	assert_string_equal(value, "1234567");
	end(evidence);
	assert_int_equal(evidence_sysctl(evidence, "long", value, sizeof(value)), false);
	assert_int_equal(evidence_sysctl(evidence, "none", value, sizeof(value)), false);
	assert_int_equal(evidence_sysctl(evidence, "nothing", value, sizeof(value)),
			 false);
}

/* --- ports -------------------------------------------------------------------------- */

static void usable_ports_are_the_range_without_the_reserved_ones(void **state)
{
	static const struct {
		const char *range, *reserved, *usable, *out;
	} cases[] = {
		{ "32768\t60999", "", "28232", "0" },
		{ "32768\t60999", NULL, "28232", "NULL" },
		{ "32768 60999", "40000", "28231", "1" },
		{ "32768\t60999", "40000-40009,50000", "28221", "11" },
		{ "32768\t60999", "80,443", "28232", "0" },
		{ "32768\t60999", "1-65535", "0", "28232" },
		{ "32768\t60999", "32767-32768,60999-61000", "28230", "2" },
		{ "1\t65535", "", "65535", "0" },
		{ "5000\t5000", "5000", "0", "1" },
		{ "5000\t5000", "", "1", "0" },
		{ "60999\t32768", "", "NULL", "NULL" },
		{ "32768", "", "NULL", "NULL" },
		{ "32768\t70000", "", "NULL", "NULL" },
		{ "0\t60999", "", "NULL", "NULL" },
		{ "-5\t60999", "", "NULL", "NULL" },
		{ "all of them", "", "NULL", "NULL" },
		{ "", "", "NULL", "NULL" },
		{ NULL, "", "NULL", "NULL" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };
		const struct sample sample = { .uptime = 5 };

		assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
		begin(&evidence, &sample);
		add_sysctl(&evidence, "net.ipv4.ip_local_port_range", cases[i].range);
		add_sysctl(&evidence, "net.ipv4.ip_local_reserved_ports",
			   cases[i].reserved);
		end(&evidence);
		assert_query(&evidence, "SELECT ports_usable()", cases[i].usable);
		assert_query(&evidence, "SELECT ports_reserved()", cases[i].out);
	}
}

/* The kernel prints ranges sorted and apart; an evidence file can hold anything. */
static void reserved_ports_that_overlap_are_counted_once(void **state)
{
	struct evidence *evidence = *state;
	const struct sample sample = { .uptime = 5 };

	begin(evidence, &sample);
	add_sysctl(evidence, "net.ipv4.ip_local_port_range", "1000\t1999");
	add_sysctl(evidence, "net.ipv4.ip_local_reserved_ports", "1-65535,1-65535,1500");
	end(evidence);
	assert_query(evidence, "SELECT ports_reserved()", "1000");
	assert_query(evidence, "SELECT ports_usable()", "0");
}

static void reserved_ports_that_are_no_list_are_not_known(void **state)
{
	struct evidence *evidence = *state;
	const struct sample sample = { .uptime = 5 };

	begin(evidence, &sample);
	add_sysctl(evidence, "net.ipv4.ip_local_port_range", "1000\t1999");
	add_sysctl(evidence, "net.ipv4.ip_local_reserved_ports", "1500,nonsense");
	end(evidence);
	assert_query(evidence, "SELECT ports_reserved()", "NULL");
}

static void occupied_ports_leave_out_what_can_be_reused(void **state)
{
	static const struct {
		const char *reuse, *timestamps;
		bool is_loopback;
		const char *reusable;
	} cases[] = {
		{ "0", "1", true, "0" },  { "1", "1", false, "300" },
		{ "2", "1", false, "0" }, { "2", "1", true, "300" },
		{ "1", "0", false, "0" }, { "1", "2", false, "300" },
		{ NULL, "1", true, "0" }, { "1", NULL, true, "0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };
		const struct sample sample = { .uptime = 5 };
		const struct destination_row row = {
			.family = 4,
			.source = "10.0.0.1",
			.address = "10.0.0.2",
			.port = 80,
			.is_loopback = cases[i].is_loopback,
			.sockets = 500,
			.time_wait = 400,
			.time_wait_old = 300,
			.established = 100,
		};

		assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
		begin(&evidence, &sample);
		add_sysctl(&evidence, "net.ipv4.tcp_tw_reuse", cases[i].reuse);
		add_sysctl(&evidence, "net.ipv4.tcp_timestamps", cases[i].timestamps);
		add_sysctl(&evidence, "net.ipv4.ip_local_port_range", "1000\t1999");
		add_sysctl(&evidence, "net.ipv4.ip_local_reserved_ports", "1000-1499");
		assert_int_equal(evidence_add_destination(&evidence, &row, NULL), 0);
		end(&evidence);
		assert_query(&evidence, "SELECT reusable FROM port_use",
			     cases[i].reusable);
		assert_query(&evidence, "SELECT occupied + reusable FROM port_use",
			     "500");
		assert_query(&evidence, "SELECT share = occupied / 500.0 FROM port_use",
			     "1");
	}
}

/* --- rows --------------------------------------------------------------------------- */

static void what_a_row_does_not_know_is_null(void **state)
{
	struct evidence *evidence = *state;
	const struct sample sample = { .uptime = 5 };
	const struct listener_row listener = { .cookie = UINT64_MAX,
					       .family = 6,
					       .address = "::",
					       .port = 443,
					       .drops = -1,
					       .oldest_waiting_ms = -1 };
	const struct closing_row closing = { .state = "CLOSE_WAIT",
					     .timer = "none",
					     .oldest_ms = -1 };

	begin(evidence, &sample);
	assert_int_equal(evidence_add_listener(evidence, &listener, NULL), 0);
	assert_int_equal(evidence_add_closing(evidence, &closing, NULL), 0);
	assert_int_equal(evidence_add_source(evidence, "tcp", SOURCE_OK, NULL, NULL), 0);
	end(evidence);
	assert_query(evidence,
		     "SELECT drops IS NULL AND oldest_waiting_ms IS NULL AND pid IS "
		     "NULL AND program IS NULL FROM listener",
		     "1");
	assert_query(evidence,
		     "SELECT oldest_ms IS NULL AND pid IS NULL AND program IS NULL "
		     "FROM closing",
		     "1");
	assert_query(evidence, "SELECT endpoint FROM listener_change", "[::]:443");
	assert_query(evidence, "SELECT drops_change FROM listener_change", "NULL");
	assert_query(evidence, "SELECT reason FROM source", "NULL");
}

static void drops_of_a_listener_change_since_it_was_seen_before(void **state)
{
	struct evidence *evidence = *state;
	const struct sample first = { .uptime = 5, .boot_id = "a" };
	const struct sample second = { .uptime = 9, .boot_id = "a" };
	struct listener_row row = { .cookie = 1,
				    .family = 4,
				    .address = "0.0.0.0",
				    .port = 80,
				    .drops = 5,
				    .queue = 3 };

	begin(evidence, &first);
	assert_int_equal(evidence_add_listener(evidence, &row, NULL), 0);
	end(evidence);
	assert_query(evidence, "SELECT drops_change FROM listener_change", "5");
	begin(evidence, &second);
	row.drops = 12;
	assert_int_equal(evidence_add_listener(evidence, &row, NULL), 0);
	row.cookie = 2; /* made since, so all its drops are new */
	row.port = 81;
	assert_int_equal(evidence_add_listener(evidence, &row, NULL), 0);
	end(evidence);
	assert_query(evidence, "SELECT count(*) FROM listener_change", "2");
	assert_query(evidence, "SELECT drops_change FROM listener_change WHERE port = 80",
		     "7");
	assert_query(evidence, "SELECT queue_before FROM listener_change WHERE port = 80",
		     "3");
	assert_query(evidence, "SELECT drops_change FROM listener_change WHERE port = 81",
		     "12");
}

static void each_state_of_a_source_has_its_word(void **state)
{
	static const struct {
		enum source_state in;
		const char *out;
	} cases[] = {
		{ SOURCE_OK, "ok" },
		{ SOURCE_PARTIAL, "partial" },
		{ SOURCE_UNREADABLE, "unreadable" },
		{ SOURCE_ABSENT, "absent" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(source_state_text(cases[i].in), cases[i].out);
}

/* --- the guard ---------------------------------------------------------------------- */

static void only_one_select_gets_through(void **state)
{
	static const struct {
		const char *in;
		int rc;
	} cases[] = {
		{ "SELECT 1", 0 },
		{ "SELECT 1;", 0 },
		{ "SELECT 1; -- done\n ;", 0 },
		{ "-- first\nSELECT 1", 0 },
		{ "WITH a AS (SELECT 1) SELECT * FROM a", 0 },
		{ "VALUES (1)", 0 },
		{ "SELECT max(1, 2), abs(-1), upper('a')", 0 },
		{ "SELECT * FROM listener_change JOIN sample", 0 },
		{ "", -EINVAL },
		{ "-- nothing", -EINVAL },
		{ ";", -EINVAL },
		{ "SELECT 1; SELECT 2", -EINVAL },
		{ "SELECT 1; DELETE FROM sysctl", -EINVAL },
		{ "SELECT 1; /* hidden */ SELECT 2", -EINVAL },
		{ "SELEKT 1", -EINVAL },
		{ "SELECT * FROM nothing", -EINVAL },
		{ "SELECT nothing FROM sysctl", -EINVAL },
		{ "SELECT nothing()", -EINVAL },
		{ "INSERT INTO counter VALUES (1, 'a', 1)", -EPERM },
		{ "UPDATE counter SET value = 0", -EPERM },
		{ "DELETE FROM counter", -EPERM },
		{ "DELETE FROM counter RETURNING 1", -EPERM },
		{ "REPLACE INTO counter VALUES (1, 'a', 1)", -EPERM },
		{ "WITH a AS (SELECT 1) DELETE FROM counter", -EPERM },
		{ "CREATE TABLE t(a)", -EPERM },
		{ "CREATE TEMP TABLE t(a)", -EPERM },
		{ "CREATE VIEW v AS SELECT 1", -EPERM },
		{ "CREATE TEMP TRIGGER t AFTER INSERT ON counter BEGIN SELECT 1; END",
		  -EPERM },
		{ "CREATE VIRTUAL TABLE t USING fts5(a)", -EPERM },
		{ "DROP TABLE sysctl", -EPERM },
		{ "ALTER TABLE sysctl RENAME TO s", -EPERM },
		{ "REINDEX", -EPERM },
		{ "ANALYZE", -EPERM },
		{ "PRAGMA user_version", -EPERM },
		{ "PRAGMA user_version = 5", -EPERM },
		{ "PRAGMA writable_schema = 1", -EPERM },
		{ "ATTACH '/tmp/x' AS x", -EPERM },
		{ "ATTACH ':memory:' AS x", -EPERM },
		{ "DETACH main", -EPERM },
		{ "VACUUM", -EPERM },
		{ "VACUUM INTO '/tmp/x'", -EPERM },
		{ "BEGIN", -EPERM },
		{ "COMMIT", -EPERM },
		{ "SAVEPOINT a", -EPERM },
		{ "SELECT load_extension('x')", -EPERM },
		{ "SELECT LOAD_EXTENSION('x', 'y')", -EPERM },
		{ "SELECT randomblob(1000000000)", -EPERM },
		{ "SELECT zeroblob(1000000000)", -EPERM },
	};
	struct evidence *evidence = *state;
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sqlite3_stmt *statement = NULL;
		struct error err = { 0 };
		int code = evidence_prepare(evidence, cases[i].in, &statement, &err);

		/* refused before anything of it ran */
		if (code != cases[i].rc) {
			print_message("# %s: %d (%s)\n", cases[i].in, code, err.text);
			wrong++;
		}
		assert_int_equal(statement != NULL, code == 0);
		assert_int_equal(err.text[0] != '\0', code < 0);
		database_finalize(&statement);
	}
	assert_int_equal(wrong, 0);
}

static void a_pragma_behind_a_table_is_refused(void **state)
{
	static const char *const cases[] = {
		"SELECT * FROM pragma_table_info('sysctl')",
		"SELECT * FROM pragma_database_list",
		"SELECT * FROM pragma_integrity_check",
		"SELECT * FROM pragma_user_version",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(database_finalize) sqlite3_stmt *statement = NULL;
		int code = evidence_prepare(*state, cases[i], &statement, NULL);

		if (code == 0)
			code = evidence_step(*state, statement, NULL);
		assert_int_equal(code == 0 || code == 1, 0);
	}
}

static void refused_sql_leaves_no_trace(void **state)
{
	struct evidence *evidence = *state;
	sqlite3_stmt *statement = NULL;

	add_sample(evidence, 100, 7);
	assert_int_equal(
		evidence_prepare(evidence, "DELETE FROM counter", &statement, NULL),
		-EPERM);
	assert_int_equal(
		evidence_prepare(evidence, "DROP TABLE counter", &statement, NULL),
		-EPERM);
	assert_query(evidence, "SELECT counter('TcpExt.ListenOverflows')", "7");
	/* and the program itself may write again */
	add_sample(evidence, 104, 8);
	assert_query(evidence, "SELECT count(*) FROM sample", "2");
}

/* Run to the end; how it ended. */
static int run(struct evidence *evidence, const char *sql)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct error err = { 0 };
	int code = evidence_prepare(evidence, sql, &statement, &err);

	while (code == 0) {
		code = evidence_step(evidence, statement, &err);
		if (code == 0)
			return 0;
		if (code == 1)
			code = 0;
	}
	return code;
}

static double seconds(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void a_query_without_an_end_is_stopped(void **state)
{
	static const char *const cases[] = {
		"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
		"SELECT count(*) FROM r",
		"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
		"SELECT n FROM r",
		"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
		"SELECT n FROM r WHERE n < 0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(run(*state, cases[i]), -ETIME);
		/* the next one has all its steps again */
		assert_int_equal(run(*state, "SELECT 1"), 0);
	}
}

/* One step of SQLite's machine may be a function over a long text. */
static void a_query_of_few_and_long_steps_does_not_run_long(void **state)
{
	static const char *const cases[] = {
		"SELECT instr(printf('%.*c', 1000000, 'a'), printf('%.*c', 500000, 'a') || 'b')",
		"SELECT instr(printf('%.*c', 120000, 'a'), printf('%.*c', 60000, 'a') || 'b')",
		"SELECT printf('%.*c', 1000000, 'a') LIKE "
		"'%' || printf('%.*c', 49000, 'a') || 'b'",
		"SELECT printf('%.*c', 1000000, 'a') GLOB "
		"'*' || printf('%.*c', 49000, 'a') || 'b'",
		"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 10000) "
		"SELECT count(replace(printf('%.*c', 100000, 'a'), 'b', n)) FROM r",
		"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 1000), "
		"t(a, b) AS MATERIALIZED (SELECT printf('%.*c', 80000, 'a'), "
		"printf('%.*c', 40000, 'a') || 'b') SELECT count(instr(a, b) + n) FROM t, r",
	};
	size_t slow = 0;

	for (size_t i = 0; slow == 0 && i < ARRAY_SIZE(cases); i++) {
		double start = seconds();

		(void)run(*state, cases[i]);
		if (seconds() - start < MOST_SECONDS)
			continue;
		print_message("# %.1f s: %s\n", seconds() - start, cases[i]);
		slow++;
	}
	assert_int_equal(slow, 0);
}

static void a_query_that_wants_too_much_memory_fails(void **state)
{
	assert_query(*state, "SELECT length(printf('%.*c', 2000000, 'a'))", "NULL");
	assert_true(run(*state,
			"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
			" SELECT length(group_concat(n)) FROM r") < 0);
	assert_int_equal(run(*state, "SELECT 1"), 0);
}

static void a_failing_query_says_what_sqlite_says(void **state)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct error err = { 0 };

	assert_int_equal(evidence_prepare(*state, "SELECT abs(-9223372036854775808)",
					  &statement, &err),
			 0);
	assert_int_equal(evidence_step(*state, statement, &err), -EINVAL);
	assert_non_null(strstr(err.text, "overflow"));
}

#define WITH_EVIDENCE(test)                                                              \
	cmocka_unit_test_setup_teardown(test, open_evidence, close_evidence)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_EVIDENCE(the_schema_has_the_version_that_the_program_knows),
		WITH_EVIDENCE(an_empty_evidence_answers_that_nothing_is_known),
		cmocka_unit_test(a_closed_evidence_can_be_closed_again),
		WITH_EVIDENCE(
			one_sample_has_no_window_and_its_change_is_the_total_since_boot),
		WITH_EVIDENCE(two_samples_of_one_boot_make_a_window),
		WITH_EVIDENCE(the_window_begins_at_the_sample_just_before),
		cmocka_unit_test(
			a_sample_of_another_boot_or_namespace_or_time_begins_anew),
		WITH_EVIDENCE(samples_of_namespaces_with_other_names_make_no_window),
		WITH_EVIDENCE(a_counter_that_went_backwards_has_no_change),
		WITH_EVIDENCE(a_counter_that_one_sample_lacks_has_no_change),
		WITH_EVIDENCE(a_change_over_the_whole_range_of_numbers_is_not_known),
		WITH_EVIDENCE(a_total_below_zero_is_no_change_since_boot),
		WITH_EVIDENCE(names_that_are_no_names_are_not_known),
		WITH_EVIDENCE(a_counter_that_comes_twice_keeps_its_last_value),
		cmocka_unit_test(a_value_is_a_number_if_it_is_one),
		WITH_EVIDENCE(a_key_without_a_value_keeps_the_reason),
		WITH_EVIDENCE(a_secret_is_never_stored_whatever_its_name_is_written_like),
		WITH_EVIDENCE(evidence_tells_a_value_to_the_program_too),
		cmocka_unit_test(usable_ports_are_the_range_without_the_reserved_ones),
		WITH_EVIDENCE(reserved_ports_that_overlap_are_counted_once),
		WITH_EVIDENCE(reserved_ports_that_are_no_list_are_not_known),
		cmocka_unit_test(occupied_ports_leave_out_what_can_be_reused),
		WITH_EVIDENCE(what_a_row_does_not_know_is_null),
		WITH_EVIDENCE(drops_of_a_listener_change_since_it_was_seen_before),
		cmocka_unit_test(each_state_of_a_source_has_its_word),
		WITH_EVIDENCE(only_one_select_gets_through),
		WITH_EVIDENCE(a_pragma_behind_a_table_is_refused),
		WITH_EVIDENCE(refused_sql_leaves_no_trace),
		WITH_EVIDENCE(a_query_without_an_end_is_stopped),
		WITH_EVIDENCE(a_query_of_few_and_long_steps_does_not_run_long),
		WITH_EVIDENCE(a_query_that_wants_too_much_memory_fails),
		WITH_EVIDENCE(a_failing_query_says_what_sqlite_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "catalog/counter.h"
#include "collect/source.h"
#include "evidence/needs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_name_is_a_table_a_counter_or_a_sysctl(void **state)
{
	static const struct {
		const char *in;
		int rc;
		enum need_kind kind;
		enum need_table table;
	} cases[] = {
		{ "listener", 0, NEED_TABLE, TABLE_LISTENER },
		{ "listener_change", 0, NEED_TABLE, TABLE_LISTENER },
		{ "destination", 0, NEED_TABLE, TABLE_DESTINATION },
		{ "port_use", 0, NEED_TABLE, TABLE_DESTINATION },
		{ "source_address_now", 0, NEED_TABLE, TABLE_SOURCE_ADDRESS },
		{ "closing_now", 0, NEED_TABLE, TABLE_CLOSING },
		{ "tcp_state_now", 0, NEED_TABLE, TABLE_TCP_STATE },
		{ "TcpExt.ListenOverflows", 0, NEED_COUNTER, TABLE_COUNT_ },
		{ "sockstat.TCP.mem", 0, NEED_COUNTER, TABLE_COUNT_ },
		{ "nf_conntrack.drop", 0, NEED_COUNTER, TABLE_COUNT_ },
		{ "net.core.somaxconn", 0, NEED_SYSCTL, TABLE_COUNT_ },
		{ "net.ipv4.conf.eth0.rp_filter", 0, NEED_SYSCTL, TABLE_COUNT_ },
		/* of all interfaces */
		{ "net.ipv4.conf.*.rp_filter", 0, NEED_SYSCTL, TABLE_COUNT_ },
		{ "net.ipv4.*.rp_filter", -ENOENT, NEED_TABLE, TABLE_COUNT_ },
		{ "Listener", -ENOENT, NEED_TABLE, TABLE_COUNT_ },
		{ "TcpExt", -ENOENT, NEED_TABLE, TABLE_COUNT_ },
		{ "TcpExt.", -ENOENT, NEED_TABLE, TABLE_COUNT_ },
		{ "net.core.somaxcon", -ENOENT, NEED_TABLE, TABLE_COUNT_ },
		{ "", -ENOENT, NEED_TABLE, TABLE_COUNT_ },
		{ "*", -ENOENT, NEED_TABLE, TABLE_COUNT_ },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum need_kind kind = NEED_TABLE;
		enum need_table table = TABLE_COUNT_;

		if (need_classify(cases[i].in, &kind, &table) != cases[i].rc)
			fail_msg("'%s'", cases[i].in);
		assert_int_equal(kind, cases[i].kind);
		assert_int_equal(table, cases[i].table);
	}
}

static void every_table_and_view_of_the_schema_can_be_asked_for(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(database_finalize) sqlite3_stmt *names = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
	assert_int_equal(
		database_prepare(evidence.db,
				 "SELECT name FROM sqlite_schema "
				 "WHERE type IN ('table', 'view') AND name NOT IN "
				 "('sample', 'window', 'source', 'sysctl', 'counter', "
				 "'interface_sysctl')",
				 &names, NULL),
		0);
	for (; sqlite3_step(names) == SQLITE_ROW; count++) {
		const char *name = (const char *)sqlite3_column_text(names, 0);
		enum need_kind kind = NEED_COUNTER;
		enum need_table table;

		if (need_classify(name, &kind, &table) < 0 || kind != NEED_TABLE)
			fail_msg("'%s' of the schema cannot be needed", name);
	}
	assert_true(count >= TABLE_COUNT_);
}

static void every_table_has_its_name_in_the_schema(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };

	(void)state;
	assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
	for (int table = 0; table < TABLE_COUNT_; table++) {
		const char *name = need_table_text((enum need_table)table);
		enum need_kind kind;
		enum need_table found;
		char sql[64];

		assert_int_equal(need_classify(name, &kind, &found), 0);
		assert_int_equal(found, table);
		(void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", name);
		assert_int_equal(database_run(evidence.db, sql, NULL), 0);
	}
}

static void an_unknown_name_is_said(void **state)
{
	AUTO(needs_clear) struct needs needs = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(needs_add(&needs, "net.core.somaxcon", &err), -ENOENT);
	assert_non_null(strstr(err.text, "'net.core.somaxcon'"));
	assert_int_equal(needs.sysctl_count + needs.counter_count, 0);
}

static void what_is_asked_for_twice_is_there_once_and_in_order(void **state)
{
	static const char *const names[] = {
		"net.ipv4.tcp_rmem",
		"net.core.somaxconn",
		"TcpExt.ListenOverflows",
		"net.core.somaxconn",
		"TcpExt.ListenDrops",
		"Tcp.CurrEstab",
		"TcpExt.ListenOverflows",
		"net.ipv4.conf.a.rp_filter",
		"listener",
		"net.core.somaxconn",
		"listener_change",
	};
	static const char *const sysctls[] = { "net.core.somaxconn",
					       "net.ipv4.conf.a.rp_filter",
					       "net.ipv4.tcp_rmem" };
	static const char *const counters[] = { "Tcp.CurrEstab", "TcpExt.ListenDrops",
						"TcpExt.ListenOverflows" };
	AUTO(needs_clear) struct needs needs = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(needs_add(&needs, names[i], NULL), 0);
	needs_finish(&needs);
	assert_int_equal(needs.sysctl_count, ARRAY_SIZE(sysctls));
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++)
		assert_string_equal(needs.sysctls[i], sysctls[i]);
	assert_int_equal(needs.counter_count, ARRAY_SIZE(counters));
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		assert_string_equal(needs.counters[i], counters[i]);
	for (int table = 0; table < TABLE_COUNT_; table++)
		assert_int_equal(needs.tables[table], table == TABLE_LISTENER);
}

static void a_set_is_asked_by_whole_names(void **state)
{
	static const struct {
		const char *in;
		size_t length;
		bool out;
	} cases[] = {
		{ "TcpExt.ListenDrops", 18, true },
		{ "TcpExt.ListenDrops and more", 18, true }, /* need not end there */
		{ "TcpExt.ListenDrop", 17, false },
		{ "TcpExt.ListenDropsX", 19, false },
		{ "TcpExt.ListenOverflows", 22, true },
		{ "TcpExt.", 7, false },
		{ "", 0, false },
		{ "zzz", 3, false },
	};
	AUTO(needs_clear) struct needs needs = { 0 };

	(void)state;
	assert_int_equal(needs_add(&needs, "TcpExt.ListenOverflows", NULL), 0);
	assert_int_equal(needs_add(&needs, "TcpExt.ListenDrops", NULL), 0);
	assert_int_equal(needs_add(&needs, "net.core.somaxconn", NULL), 0);
	needs_finish(&needs);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(needs_has_counter(&needs, cases[i].in, cases[i].length),
				 cases[i].out);
	assert_int_equal(needs_has_sysctl(&needs, "net.core.somaxconn"), true);
	assert_int_equal(needs_has_sysctl(&needs, "net.core.somax"), false);
	assert_int_equal(needs_has_sysctl(&needs, "TcpExt.ListenDrops"), false);
}

static void a_set_knows_which_groups_of_counters_it_wants(void **state)
{
	static const struct {
		const char *in;
		bool out;
	} cases[] = {
		{ "TcpExt.", true }, { "Tcp.", false },		 { "IpExt.", false },
		{ "Udp.", true },    { "nf_conntrack.", false }, { "A", false },
		{ "z", false },
	};
	AUTO(needs_clear) struct needs needs = { 0 };

	(void)state;
	assert_int_equal(needs_has_counters_of(&needs, "TcpExt."), false);
	assert_int_equal(needs_add(&needs, "TcpExt.ListenDrops", NULL), 0);
	assert_int_equal(needs_add(&needs, "Udp.InErrors", NULL), 0);
	needs_finish(&needs);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(needs_has_counters_of(&needs, cases[i].in),
				 cases[i].out);
}

static void who_wants_everything_wants_every_counter(void **state)
{
	const struct needs needs = { .wants_everything = true };

	(void)state;
	assert_int_equal(needs_has_counter(&needs, "Nobody.Knows", 12), true);
	assert_int_equal(needs_has_counters_of(&needs, "Nobody."), true);
}

/* A need that no source answers would make its rules answer "cannot tell" for ever. */
static void
every_counter_of_the_collected_files_has_a_source_that_is_read_for_it(void **state)
{
	static const struct {
		const char *file;
		const struct source *source;
	} sources[] = {
		{ "/proc/net/snmp", &source_snmp },
		{ "/proc/net/netstat", &source_netstat },
		{ "/proc/net/snmp6", &source_snmp6 },
		{ "/proc/net/sockstat", &source_sockstat },
		{ "/proc/net/sockstat6", &source_sockstat6 },
		{ "/proc/net/protocols", &source_protocols },
		{ "/proc/net/stat/nf_conntrack", &source_nf_conntrack },
	};
	size_t seen = 0, missed = 0;

	(void)state;
	for (size_t i = 0; i < counter_table_count; i++) {
		const struct counter_def *def = &counter_table[i];
		AUTO(needs_clear) struct needs needs = { 0 };

		assert_int_equal(needs_add(&needs, def->name, NULL), 0);
		needs_finish(&needs);
		for (size_t n = 0; n < ARRAY_SIZE(sources); n++) {
			if (strcmp(def->file, sources[n].file) != 0)
				continue;
			seen++;
			if (sources[n].source->is_needed(&needs))
				continue;
			print_message("# '%s' of %s is not read when it is needed\n",
				      def->name, def->file);
			missed++;
		}
	}
	assert_true(seen > 200);
	assert_int_equal(missed, 0);
}

static void a_cleared_set_is_empty(void **state)
{
	struct needs needs = { 0 };

	(void)state;
	needs_clear(&needs);
	assert_int_equal(needs_add(&needs, "net.core.somaxconn", NULL), 0);
	needs_finish(&needs);
	needs_clear(&needs);
	assert_int_equal(needs.sysctl_count, 0);
	assert_null(needs.sysctls);
	needs_finish(&needs);
	assert_int_equal(needs_has_sysctl(&needs, "net.core.somaxconn"), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_a_table_a_counter_or_a_sysctl),
		cmocka_unit_test(every_table_and_view_of_the_schema_can_be_asked_for),
		cmocka_unit_test(every_table_has_its_name_in_the_schema),
		cmocka_unit_test(an_unknown_name_is_said),
		cmocka_unit_test(what_is_asked_for_twice_is_there_once_and_in_order),
		cmocka_unit_test(a_set_is_asked_by_whole_names),
		cmocka_unit_test(a_set_knows_which_groups_of_counters_it_wants),
		cmocka_unit_test(who_wants_everything_wants_every_counter),
		cmocka_unit_test(
			every_counter_of_the_collected_files_has_a_source_that_is_read_for_it),
		cmocka_unit_test(a_cleared_set_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

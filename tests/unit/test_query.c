/* Queries from outside: what they make be collected, and the forms of their answers. */
#include "collect_folder.h"

#include "report/query_report.h"
#include "rules/query_needs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* "sysctl sysctl counter table" of a query, in that order. */
static void list_needs(const struct needs *needs, char *ret, size_t size)
{
	size_t length = 0;

	ret[0] = '\0';
	if (needs->sysctl_count > 100)
		length += (size_t)snprintf(ret, size, "all-sysctls ");
	for (size_t i = 0; i < needs->sysctl_count && needs->sysctl_count <= 100; i++)
		length += (size_t)snprintf(ret + length, size - length, "%s ",
					   needs->sysctls[i]);
	for (size_t i = 0; i < needs->counter_count; i++)
		length += (size_t)snprintf(ret + length, size - length, "%s ",
					   needs->counters[i]);
	if (needs->wants_all_counters)
		length += (size_t)snprintf(ret + length, size - length, "all-counters ");
	for (int i = 0; i < TABLE_COUNT_; i++)
		if (needs->tables[i])
			length += (size_t)snprintf(ret + length, size - length, "%s ",
						   need_table_text((enum need_table)i));
}

static void a_query_asks_for_what_it_reads(void **state)
{
	static const struct {
		const char *sql, *out;
	} cases[] = {
		{ "SELECT 1", "" },
		{ "SELECT * FROM listener_change", "listener " },
		{ "SELECT * FROM LISTENER", "listener " },
		{ "SELECT 1 FROM \"tcp_state_now\" JOIN main.link_change",
		  "tcp_state link " },
		{ "WITH l AS (SELECT * FROM softnet) SELECT * FROM l", "softnet " },
		{ "SELECT sysctl('net.core.somaxconn'), change('TcpExt.ListenDrops')",
		  "net.core.somaxconn TcpExt.ListenDrops " },
		{ "SELECT sysctl('net.ipv4.tcp_rmem', 2)", "net.ipv4.tcp_rmem " },
		{ "SELECT rate(name) FROM (SELECT 'Tcp.InSegs' AS name)",
		  "all-sysctls Tcp.InSegs all-counters " },
		{ "SELECT value FROM counter WHERE name = 'Tcp.InSegs'",
		  "Tcp.InSegs all-counters " },
		{ "SELECT * FROM sysctl", "all-sysctls " },
		{ "SELECT * FROM interface_sysctl", "all-sysctls " },
		{ "SELECT ports_reserved()",
		  "net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports " },
		{ "SELECT * FROM port_use",
		  "net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports "
		  "net.ipv4.tcp_timestamps net.ipv4.tcp_tw_reuse "
		  "Tcp.ActiveOpens TcpExt.TWRecycled destination " },
		/* a comment reads nothing */
		{ "SELECT 1 -- FROM listener", "" },
	};
	struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(needs_clear) struct needs needs = { 0 };
		char out[512];

		assert_int_equal(
			query_needs(&folder->evidence, cases[i].sql, &needs, NULL), 0);
		list_needs(&needs, out, sizeof(out));
		if (strcmp(out, cases[i].out) != 0)
			fail_msg("%s: '%s', not '%s'", cases[i].sql, out, cases[i].out);
	}
}

static void a_query_that_does_more_than_look_is_refused(void **state)
{
	static const char *const cases[] = {
		"DELETE FROM sample",	      "ATTACH 'x' AS y",
		"PRAGMA user_version",	      "SELECT 1; SELECT 2",
		"SELECT load_extension('x')", "",
	};
	struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(needs_clear) struct needs needs = { 0 };

		assert_true(query_needs(&folder->evidence, cases[i], &needs, NULL) < 0);
	}
}

static int answer(struct folder *folder, const char *sql, enum query_format format,
		  struct text *ret)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;

	assert_int_equal(evidence_prepare(&folder->evidence, sql, &statement, NULL), 0);
	return query_add(&folder->evidence, statement, format, ret, NULL);
}

static void an_answer_has_three_forms(void **state)
{
	static const char sql[] =
		"SELECT 1 AS n, 'a,\"b\"' AS t, NULL AS blank, '' AS empty"
		" UNION ALL SELECT 20, char(27) || 'x', 1.5, 'e'";
	static const struct {
		enum query_format format;
		const char *out;
	} cases[] = {
		{ QUERY_TABLE, " n  t      blank  empty\n"
			       " 1  a,\"b\"   NULL  \n"
			       "20  ?x       1.5  e\n" },
		{ QUERY_CSV, "n,t,blank,empty\n"
			     "1,\"a,\"\"b\"\"\",,\"\"\n"
			     "20,\033x,1.5,e\n" },
		{ QUERY_JSON, "[\n  {\n    \"n\": 1,\n    \"t\": \"a,\\\"b\\\"\",\n"
			      "    \"blank\": null,\n    \"empty\": \"\"\n  },\n"
			      "  {\n    \"n\": 20,\n    \"t\": \"\\u001bx\",\n"
			      "    \"blank\": 1.5,\n    \"empty\": \"e\"\n  }\n]\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(text_clear) struct text text = { 0 };

		assert_int_equal(answer(*state, sql, cases[i].format, &text), 0);
		assert_string_equal(text_string(&text), cases[i].out);
	}
}

static void an_answer_without_rows_is_one(void **state)
{
	AUTO(text_clear) struct text json = { 0 };
	AUTO(text_clear) struct text table = { 0 };

	assert_int_equal(answer(*state, "SELECT 1 AS a WHERE 0", QUERY_JSON, &json), 0);
	assert_string_equal(text_string(&json), "[]\n");
	assert_int_equal(answer(*state, "SELECT 1 AS a WHERE 0", QUERY_TABLE, &table), 0);
	assert_string_equal(text_string(&table), "a\n");
}

static void what_has_no_end_or_one_name_twice_is_refused(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	assert_int_equal(answer(*state,
				"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1"
				" FROM c) SELECT n FROM c",
				QUERY_CSV, &text),
			 -EFBIG);
	assert_int_equal(answer(*state, "SELECT 1 AS a, 2 AS a", QUERY_JSON, &text),
			 -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_query_asks_for_what_it_reads),
		TEST(a_query_that_does_more_than_look_is_refused),
		TEST(an_answer_has_three_forms),
		TEST(an_answer_without_rows_is_one),
		TEST(what_has_no_end_or_one_name_twice_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "catalog/counter.h"
#include "catalog/sysctl.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_counter_is_found_by_its_exact_name(void **state)
{
	static const struct {
		const char *in;
		enum counter_kind kind;
		enum counter_scope scope;
		const char *unit;
	} cases[] = {
		{ "TcpExt.ListenOverflows", COUNTER_TOTAL, COUNTED_NETNS, NULL },
		{ "Tcp.CurrEstab", COUNTER_GAUGE, COUNTED_NETNS, "connections" },
		{ "Tcp.RtoMin", COUNTER_CONST, COUNTED_NETNS, "ms" },
		{ "TcpExt.TCPMemoryPressures", COUNTER_TOTAL, COUNTED_NETNS, NULL },
		{ "TcpExt.TCPMemoryPressuresChrono", COUNTER_TOTAL, COUNTED_NETNS, "ms" },
		{ "sockstat.TCP.mem", COUNTER_GAUGE, COUNTED_GLOBAL, "pages" },
		{ "sockstat.TCP.orphan", COUNTER_GAUGE, COUNTED_GLOBAL, "sockets" },
		{ "sockstat.TCP.alloc", COUNTER_GAUGE, COUNTED_GLOBAL, "sockets" },
		{ "sockstat.TCP.tw", COUNTER_GAUGE, COUNTED_NETNS, "sockets" },
		{ "sockstat.TCP.inuse", COUNTER_GAUGE, COUNTED_NETNS, "sockets" },
		{ "sockstat.UDP.mem", COUNTER_GAUGE, COUNTED_GLOBAL, "pages" },
		{ "sockstat.FRAG.memory", COUNTER_GAUGE, COUNTED_NETNS, "bytes" },
		{ "softnet.dropped", COUNTER_TOTAL, COUNTED_GLOBAL, "packets" },
		{ "nf_conntrack.drop", COUNTER_TOTAL, COUNTED_NETNS, "packets" },
		{ "nf_conntrack.count", COUNTER_GAUGE, COUNTED_NETNS, "entries" },
		{ "arp_cache.table_fulls", COUNTER_TOTAL, COUNTED_GLOBAL, NULL },
		{ "file.used", COUNTER_GAUGE, COUNTED_GLOBAL, "handles" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct counter_def *def = counter_find(cases[i].in);

		assert_non_null(def);
		assert_string_equal(def->name, cases[i].in);
		assert_int_equal(def->kind, cases[i].kind);
		assert_int_equal(def->scope, cases[i].scope);
		if (cases[i].unit)
			assert_string_equal(def->unit, cases[i].unit);
		else
			assert_null(def->unit);
	}
}

static void an_exact_search_does_not_guess(void **state)
{
	static const char *const names[] = { "ListenOverflows", "tcpext.listenoverflows",
					     "TcpExt.", "TcpExt.ListenOverflows ", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_null(counter_find(names[i]));
}

static void a_counter_is_found_as_other_tools_write_it(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "TcpExt.ListenOverflows", "TcpExt.ListenOverflows" },
		{ "ListenOverflows", "TcpExt.ListenOverflows" },
		{ "listenoverflows", "TcpExt.ListenOverflows" },
		{ "TcpExtListenOverflows", "TcpExt.ListenOverflows" },
		{ "TcpExt:ListenOverflows", "TcpExt.ListenOverflows" },
		{ "TcpExt_ListenOverflows", "TcpExt.ListenOverflows" },
		{ "TcpExtTW", "TcpExt.TW" },
		{ "TcpRetransSegs", "Tcp.RetransSegs" },
		{ "Ip6InReceives", "snmp6.Ip6InReceives" },
		{ "TCP: tw", "sockstat.TCP.tw" },
		{ "softnet time-squeeze", "softnet.time_squeeze" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct counter_def *def = counter_find_loosely(cases[i].in);

		assert_non_null(def);
		assert_string_equal(def->name, cases[i].out);
	}
}

static void a_name_that_many_groups_have_is_the_one_of_tcp(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "InCsumErrors", "Tcp.InCsumErrors" },
		{ "RcvPruned", "TcpExt.RcvPruned" },
		{ "InErrors", "Udp.InErrors" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(counter_find_loosely(cases[i].in)->name,
				    cases[i].out);
}

static void nothing_is_found_for_what_is_no_counter(void **state)
{
	static const char *const names[] = {
		"", ".", "::", "Tcp", "TcpExt", "somaxconn", "ListenOverflow"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_null(counter_find_loosely(names[i]));
}

static void the_table_is_sorted_and_has_no_name_twice(void **state)
{
	(void)state;
	assert_true(counter_table_count >= 235);
	for (size_t i = 1; i < counter_table_count; i++)
		assert_true(strcmp(counter_table[i - 1].name, counter_table[i].name) < 0);
}

static void every_counter_has_a_file_a_scope_and_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < counter_table_count; i++) {
		const struct counter_def *def = &counter_table[i];

		assert_non_null(strchr(def->name, '.'));
		assert_int_equal(strncmp(def->file, "/proc/", 6), 0);
		assert_int_not_equal(def->scope, COUNTED_UNKNOWN);
		assert_true(isupper((unsigned char)def->meaning[0]));
		assert_int_equal(def->meaning[strlen(def->meaning) - 1], '.');
		assert_true(def->healthy || strcmp(def->name, "softnet.cpu") == 0);
	}
}

static void is_clean_text(const char *text)
{
	static const char *const workshop_words[] = { "tested", "this machine",
						      "this kernel", "?", "  " };

	if (!text)
		return;
	assert_true(text[0] != '\0');
	for (size_t i = 0; i < ARRAY_SIZE(workshop_words); i++)
		assert_null(strstr(text, workshop_words[i]));
}

static void no_text_talks_of_the_workshop(void **state)
{
	(void)state;
	for (size_t i = 0; i < counter_table_count; i++) {
		is_clean_text(counter_table[i].meaning);
		is_clean_text(counter_table[i].pitfall);
		is_clean_text(counter_table[i].healthy);
		is_clean_text(counter_table[i].unit);
	}
}

static void every_pitfall_ends_as_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < counter_table_count; i++) {
		const char *pitfall = counter_table[i].pitfall;

		if (pitfall)
			assert_int_equal(pitfall[strlen(pitfall) - 1], '.');
	}
}

static void every_related_sysctl_is_in_the_catalog(void **state)
{
	(void)state;
	for (size_t i = 0; i < counter_table_count; i++) {
		const char *at = counter_table[i].related;

		while (at && *at) {
			size_t length = strcspn(at, " ");
			char key[128];

			assert_true(length > 0 && length < sizeof(key));
			memcpy(key, at, length);
			key[length] = '\0';
			if (!sysctl_find(key))
				fail_msg("%s: '%s' is not in the catalog",
					 counter_table[i].name, key);
			at += length + (at[length] == ' ');
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_is_found_by_its_exact_name),
		cmocka_unit_test(an_exact_search_does_not_guess),
		cmocka_unit_test(a_counter_is_found_as_other_tools_write_it),
		cmocka_unit_test(a_name_that_many_groups_have_is_the_one_of_tcp),
		cmocka_unit_test(nothing_is_found_for_what_is_no_counter),
		cmocka_unit_test(the_table_is_sorted_and_has_no_name_twice),
		cmocka_unit_test(every_counter_has_a_file_a_scope_and_a_sentence),
		cmocka_unit_test(no_text_talks_of_the_workshop),
		cmocka_unit_test(every_pitfall_ends_as_a_sentence),
		cmocka_unit_test(every_related_sysctl_is_in_the_catalog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

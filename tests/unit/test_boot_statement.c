#include "boot/key_path.h"
#include "boot/kernel_value.h"
#include "boot/statement.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* All statements of a text in one line: "1 a=b|2 -c|3 ?d". */
static void describe(enum loader loader, const char *data, size_t size, struct text *ret)
{
	static const char *const marks[] = { [STATEMENT_ASSIGNMENT] = "",
					     [STATEMENT_EXCLUSION] = "-",
					     [STATEMENT_BROKEN] = "?" };
	struct statement_reader reader = { .loader = loader,
					   .at = data,
					   .end = data + size };
	struct statement statement;

	while (statement_next(&reader, &statement)) {
		text_addf(ret, "%s%u %s%s%.*s", ret->length ? "|" : "", statement.line,
			  marks[statement.kind], statement.ignores_failure ? "~" : "",
			  (int)statement.key.length, statement.key.at);
		if (statement.kind == STATEMENT_ASSIGNMENT)
			text_addf(ret, "=%.*s", (int)statement.value.length,
				  statement.value.at);
	}
}

static void each_loader_reads_lines_its_own_way(void **state)
{
	static const struct {
		const char *in;
		size_t size;
		const char *systemd, *procps;
	} cases[] = {
		{ "a.b=1\n", 0, "1 a.b=1", "1 a.b=1" },
		{ "a.b=1", 0, "1 a.b=1", "1 a.b=1" },
		{ " a.b = 1 2\t\r\n", 0, "1 a.b=1 2", "1 a.b=1 2" },
		{ "#a=1\n;b=2\n\n  \nc.d=3\n", 0, "5 c.d=3", "5 c.d=3" },
		{ "-a.b=1\n-c.d\n", 0, "1 ~a.b=1|2 -c.d", "1 ~a.b=1|2 -c.d" },
		{ "- a.b=1\n", 0, "1 ~a.b=1", "1 ~ a.b=1" },
		{ "a.b=1 # x\n", 0, "1 a.b=1 # x", "1 a.b=1 # x" },
		{ "a.b=c=d\n", 0, "1 a.b=c=d", "1 a.b=c=d" },
		{ "nothing\n", 0, "1 ?nothing", "1 ?nothing" },
		{ "x", 0, "1 ?x", "" },
		{ "=\n", 0, "1 =", "1 =" },
		{ "a=1\rb=2\n", 0, "1 a=1|1 b=2", "1 a=1\rb=2" },
		{ "a=1\n\rb=2", 0, "1 a=1|2 b=2", "1 a=1|2 b=2" },
		{ "a=1\0b=2\nc=3", 12, "1 a=1|1 b=2|2 c=3", "1 a=1|2 c=3" },
		{ "a=\f1\n", 0, "1 a=\f1", "1 a=1" },
		{ "", 0, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(text_clear) struct text systemd = { 0 };
		AUTO(text_clear) struct text procps = { 0 };
		size_t size = cases[i].size ? cases[i].size : strlen(cases[i].in);

		describe(LOADER_SYSTEMD, cases[i].in, size, &systemd);
		describe(LOADER_PROCPS, cases[i].in, size, &procps);
		assert_string_equal(text_string(&systemd), cases[i].systemd);
		assert_string_equal(text_string(&procps), cases[i].procps);
	}
}

static void a_line_of_a_mebibyte_ends_the_file_for_systemd(void **state)
{
	AUTO(text_clear) struct text data = { 0 };
	struct statement_reader reader = { .loader = LOADER_SYSTEMD };
	struct statement statement;

	(void)state;
	text_add(&data, "a=1\nb=");
	for (size_t i = 2; i < STATEMENT_LINE_LIMIT; i++)
		text_add_char(&data, 'x');
	text_add(&data, "\nc=3\n");
	reader.at = text_string(&data);
	reader.end = reader.at + data.length;
	assert_true(statement_next(&reader, &statement));
	assert_false(statement_next(&reader, &statement));
	assert_int_equal(reader.cut_line, 2);
}

static void a_key_becomes_a_path(void **state)
{
	static const struct {
		const char *key, *systemd, *procps;
	} cases[] = {
		{ "net.ipv4.tcp_sack", "net/ipv4/tcp_sack", "net/ipv4/tcp_sack" },
		{ "net/ipv4/tcp_sack", "net/ipv4/tcp_sack", "net/ipv4/tcp_sack" },
		{ "net.ipv4.conf.a/5.x", "net/ipv4/conf/a.5/x", "net/ipv4/conf/a.5/x" },
		{ "net/ipv4/conf/a.5/x", "net/ipv4/conf/a.5/x", "net/ipv4/conf/a.5/x" },
		{ "/net//ipv4/./x/", "net/ipv4/x", "/net//ipv4/./x/" },
		{ "-net.x", "-net/x", "net/x" },
		{ "net/../x", "net/../x", "net/../x" },
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice key = { cases[i].key, strlen(cases[i].key) };

		assert_int_equal(statement_path(LOADER_SYSTEMD, key, path, sizeof(path)),
				 0);
		assert_string_equal(path, cases[i].systemd);
		assert_int_equal(statement_path(LOADER_PROCPS, key, path, sizeof(path)),
				 0);
		assert_string_equal(path, cases[i].procps);
	}
	assert_int_equal(
		statement_path(LOADER_PROCPS, (struct slice){ "net.x", 5 }, path, 5),
		-ENAMETOOLONG);
}

static void a_path_has_one_spelling(void **state)
{
	static const struct {
		const char *in;
		int rc;
		const char *out;
	} cases[] = {
		{ "net/ipv4/x", 0, "net/ipv4/x" },
		{ "/net//ipv4/./x/", 0, "net/ipv4/x" },
		{ "net/../vm/x", 0, "vm/x" },
		{ "../x", -EINVAL, NULL },
		{ "net/../../x", -EINVAL, NULL },
		{ "", -EINVAL, NULL },
		{ "net/ipv4/conf/a..b/x", 0, "net/ipv4/conf/a..b/x" },
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(key_path_resolve(cases[i].in, path, sizeof(path)),
				 cases[i].rc);
		if (cases[i].out)
			assert_string_equal(path, cases[i].out);
	}
}

static void the_kernel_takes_what_it_wants_of_a_value(void **state)
{
	static const struct {
		const char *key, *written, *before;
		enum kernel_answer answer;
		const char *holds;
	} cases[] = {
		{ "net.ipv4.tcp_fin_timeout", "30", NULL, KERNEL_TAKES, "30" },
		{ "net.ipv4.tcp_fin_timeout", "30 # x", NULL, KERNEL_TAKES, "30" },
		{ "net.ipv4.tcp_fin_timeout", "0x10", NULL, KERNEL_TAKES, "16" },
		{ "net.ipv4.tcp_fin_timeout", "010", NULL, KERNEL_TAKES, "8" },
		{ "net.ipv4.tcp_fin_timeout", "30#", NULL, KERNEL_REFUSES, NULL },
		{ "net.ipv4.tcp_fin_timeout", "", NULL, KERNEL_REFUSES, NULL },
		{ "net.ipv4.tcp_fin_timeout", "8\rx", NULL, KERNEL_REFUSES, NULL },
		{ "net.ipv4.tcp_syncookies", "256", NULL, KERNEL_REFUSES, NULL },
		{ "net.ipv4.tcp_rmem", "1 2\t3 junk", NULL, KERNEL_TAKES, "1 2 3" },
		{ "net.ipv4.tcp_rmem", "4 5", "1 2 3", KERNEL_TAKES, "4 5 3" },
		{ "net.ipv4.tcp_rmem", "4 5", NULL, KERNEL_MAYBE, NULL },
		{ "net.ipv4.tcp_rmem", "4 5 x", NULL, KERNEL_MAYBE, NULL },
		{ "net.ipv4.ip_local_reserved_ports", "8080,443,442", NULL, KERNEL_TAKES,
		  "442-443,8080" },
		{ "net.ipv4.ip_local_reserved_ports", "8080 443", NULL, KERNEL_REFUSES,
		  NULL },
		{ "net.ipv4.tcp_congestion_control", "bbr # x", NULL, KERNEL_REFUSES,
		  NULL },
		{ "net.ipv4.tcp_ehash_entries", "1", NULL, KERNEL_REFUSES, NULL },
		{ "net.ipv4.ping_group_range", "10 5", NULL, KERNEL_TAKES, "1 0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(text_clear) struct text holds = { 0 };
		const char *reason;

		assert_int_equal(
			kernel_value_write(sysctl_find(cases[i].key), KERNEL(6, 18),
					   (struct slice){ cases[i].written,
							   strlen(cases[i].written) },
					   cases[i].before, &holds, &reason),
			cases[i].answer);
		if (cases[i].holds)
			assert_string_equal(text_string(&holds), cases[i].holds);
		assert_int_equal(reason == NULL, cases[i].answer == KERNEL_TAKES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_loader_reads_lines_its_own_way),
		cmocka_unit_test(a_line_of_a_mebibyte_ends_the_file_for_systemd),
		cmocka_unit_test(a_key_becomes_a_path),
		cmocka_unit_test(a_path_has_one_spelling),
		cmocka_unit_test(the_kernel_takes_what_it_wants_of_a_value),
	};

	return cmocka_run_group_tests_name("boot_statement", tests, NULL, NULL);
}

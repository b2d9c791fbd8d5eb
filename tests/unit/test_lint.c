#include "boot/lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Lint one text; "1:3 removed-key error|..." */
static void lint_text(const char *data, uint32_t release, struct text *ret)
{
	char path[] = "/tmp/tcptune-lint-XXXXXX";
	char *paths[] = { path };
	AUTO(tree_clear) struct boot_tree tree = BOOT_TREE_NONE;
	AUTO(lint_result_clear) struct lint_result result = { 0 };
	struct lint_subject subject = { .sys = -1,
					.release = release,
					.release_text = "X" };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, strlen(data)), strlen(data));
	close(fd);
	assert_int_equal(tree_load_operands(paths, 1, &tree, NULL), 0);
	unlink(path);
	subject.tree = &tree;
	assert_int_equal(lint_run(&subject, &result, NULL), 0);
	for (size_t i = 0; i < result.count; i++)
		text_addf(ret, "%s%u:%u %s %s%s", i > 0 ? "|" : "",
			  result.messages[i].line, result.messages[i].column,
			  lint_rules[result.messages[i].id].name,
			  lint_severity_text(result.messages[i].severity),
			  result.messages[i].waived ? " waived" : "");
}

static void a_message_is_about_one_kernel(void **state)
{
	static const struct {
		const char *in;
		uint32_t release;
		const char *out;
	} cases[] = {
		{ "net.ipv4.tcp_tw_recycle = 1\n", KERNEL(6, 18),
		  "1:1 removed-key error" },
		{ "net.ipv4.tcp_tw_recycle = 1\n", KERNEL(4, 12),
		  "1:1 removed-key error" },
		{ "net.ipv4.tcp_tw_recycle = 1\n", KERNEL(4, 11),
		  "1:27 harmful-value warning" },
		{ "net.ipv4.tcp_tw_recycle = 0\n", KERNEL(4, 11), "" },
		{ "net.ipv4.ip_conntrack_max = 1\n", KERNEL(4, 0),
		  "1:1 removed-key note" },
		{ "net.ipv4.tcp_low_latency=1\n", KERNEL(4, 13), "" },
		{ "net.ipv4.tcp_low_latency=1\n", KERNEL(4, 14),
		  "1:1 no-effect-key note" },
		{ "net.core.somaxconn=1024\n", KERNEL(5, 3), "" },
		{ "net.core.somaxconn=1024\n", KERNEL(5, 4),
		  "1:20 lowers-default warning" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(text_clear) struct text out = { 0 };

		lint_text(cases[i].in, cases[i].release, &out);
		assert_string_equal(text_string(&out), cases[i].out);
	}
}

static void columns_count_characters(void **state)
{
	AUTO(text_clear) struct text out = { 0 };

	(void)state;
	lint_text("  net.ipv4.tcp_keepalive_time = 600 # \xc3\xa4\xc3\xb6\n",
		  KERNEL(6, 18), &out);
	assert_string_equal(text_string(&out), "1:37 inline-comment warning");
}

static void a_comment_waives_one_id_of_the_next_line(void **state)
{
	AUTO(text_clear) struct text out = { 0 };

	(void)state;
	lint_text("# tcptune: allow harmful-value because\n"
		  "\n"
		  "net.ipv4.tcp_sack = 0\n"
		  "net.ipv4.tcp_timestamps = 0\n"
		  "# tcptune: allow harmful-value\n"
		  "net.ipv4.tcp_window_scaling = 0\n"
		  "# tcptune: allow misbelief because\n"
		  "net.ipv4.tcp_syncookies = 0\n",
		  KERNEL(6, 18), &out);
	assert_string_equal(text_string(&out), "3:21 harmful-value warning waived|"
					       "4:27 harmful-value warning|"
					       "6:31 harmful-value warning|"
					       "8:27 harmful-value warning");
}

static void every_rule_has_a_name_and_a_sentence(void **state)
{
	(void)state;
	for (enum lint_id i = 0; i < LINT_ID_COUNT; i++) {
		assert_non_null(lint_rules[i].name);
		assert_non_null(lint_rules[i].says);
		for (enum lint_id k = 0; k < i; k++)
			assert_string_not_equal(lint_rules[i].name, lint_rules[k].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_about_one_kernel),
		cmocka_unit_test(columns_count_characters),
		cmocka_unit_test(a_comment_waives_one_id_of_the_next_line),
		cmocka_unit_test(every_rule_has_a_name_and_a_sentence),
	};

	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}

/* A profile against a sample: by type, element by element. */
#include "catalog/sysctl.h"
#include "evidence/evidence.h"
#include "profile/profile.h"
#include "profile/wanted.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char file_name[] = "x.ini", profile_name[] = "x";

/* A profile of one key, with two parameters. */
struct one {
	struct wanted wanted;
	struct profile_parameter parameters[2];
	struct profile profile;
};

static void one_clear(struct one *one)
{
	one->wanted.key = one->wanted.file = NULL;
	wanted_clear(&one->wanted);
}

static void one_init(struct one *one, char *key, const char *value)
{
	static char bdp[] = "bdp", bdp_value[] = "4000000", word[] = "word",
		    bbr[] = "bbr";

	assert_int_equal(wanted_parse(value, &one->wanted, NULL), 0);
	one->wanted.key = key;
	one->wanted.file = file_name;
	one->wanted.line = 7;
	one->parameters[0] = (struct profile_parameter){ bdp, bdp_value };
	one->parameters[1] = (struct profile_parameter){ word, bbr };
	one->profile = (struct profile){
		.name = profile_name,
		.file = file_name,
		.wanted = &one->wanted,
		.wanted_count = 1,
		.parameters = one->parameters,
		.parameter_count = 2,
	};
}

/* A sample with one key. value NULL: with the reason; both NULL: the key is not in it. */
static void add_sample(struct evidence *evidence, const char *release, bool is_init_netns,
		       const char *key, const char *value, const char *reason)
{
	struct sample sample = {
		.taken = 1000,
		.uptime = evidence->uptime_now + 100,
		.release = release,
		.is_init_netns = is_init_netns,
		.page_bytes = 4096,
	};

	assert_int_equal(evidence_begin_sample(evidence, &sample, NULL), 0);
	if (value || reason)
		assert_int_equal(evidence_add_sysctl(evidence, key, value, reason, NULL),
				 0);
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

static int set_up(void **state)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));

	assert_non_null(evidence);
	assert_int_equal(evidence_open_memory(evidence, NULL), 0);
	*state = evidence;
	return 0;
}

static int tear_down(void **state)
{
	evidence_close(*state);
	free(*state);
	return 0;
}

static void each_element_is_compared_by_its_operator(void **state)
{
	static const struct {
		const char *key;
		const char *live;
		const char *wanted;
		enum wanted_verdict verdict;
		const char *wanted_text;
		const char *target;
	} cases[] = {
		{ "net.core.somaxconn", "4096", ">= 16384", VERDICT_DIFFERS, ">= 16384",
		  "16384" },
		{ "net.core.somaxconn", "16384", ">= 16384", VERDICT_OK, ">= 16384",
		  "16384" },
		{ "net.core.somaxconn", "65535", ">= 16384", VERDICT_KEPT_HIGHER,
		  ">= 16384", "65535" },
		{ "net.core.somaxconn", "65535", "exactly 512", VERDICT_DIFFERS, "512",
		  "512" },
		{ "net.core.somaxconn", "0x1000", "guard 4096", VERDICT_OK, "4096",
		  "4096" },
		{ "net.ipv4.tcp_fin_timeout", "60", "30", VERDICT_DIFFERS, "30", "30" },
		{ "net.ipv4.tcp_fin_timeout", "15", "<= 30", VERDICT_KEPT_LOWER, "<= 30",
		  "15" },
		{ "net.ipv4.tcp_fin_timeout", "60", "<= 30", VERDICT_DIFFERS, "<= 30",
		  "30" },
		{ "net.ipv4.ip_local_port_range", "32768 60999", "10240 65535",
		  VERDICT_DIFFERS, "10240 65535", "10240 65535" },
		{ "net.ipv4.ip_local_port_range", "10240 65535", "10240 65535",
		  VERDICT_OK, "10240 65535", "10240 65535" },
		{ "net.ipv4.ip_local_port_range", "1024 60999", "<= 10240 >= 65535",
		  VERDICT_DIFFERS, "<= 10240 >= 65535", "1024 65535" },
		{ "net.ipv4.tcp_rmem", "4096\t131072\t6291456", "keep keep >= 33554432",
		  VERDICT_DIFFERS, "keep keep >= 33554432", "4096 131072 33554432" },
		{ "net.ipv4.tcp_rmem", "4096\t131072\t67108864", "keep keep >= 33554432",
		  VERDICT_KEPT_HIGHER, "keep keep >= 33554432", "4096 131072 67108864" },
		{ "net.ipv4.tcp_rmem", "8192\t87380\t6291456",
		  ">= 4096 131072 >= 6291456", VERDICT_DIFFERS,
		  ">= 4096 131072 >= 6291456", "8192 131072 6291456" },
		{ "net.ipv4.tcp_notsent_lowat", "4294967295", "<= 131072",
		  VERDICT_DIFFERS, "<= 131072", "131072" },
		{ "net.ipv4.tcp_congestion_control", "cubic", "bbr", VERDICT_DIFFERS,
		  "bbr", "bbr" },
		{ "net.ipv4.tcp_congestion_control", "bbr", "bbr", VERDICT_OK, "bbr",
		  "bbr" },
		{ "net.ipv4.tcp_allowed_congestion_control", "cubic reno", "reno cubic",
		  VERDICT_OK, "reno cubic", "reno cubic" },
		{ "net.ipv4.ip_local_reserved_ports", "80-82,8080", "8080,80,81,82",
		  VERDICT_OK, "8080,80,81,82", "8080,80,81,82" },
		{ "net.ipv4.ip_local_reserved_ports", "", "8080", VERDICT_DIFFERS, "8080",
		  "8080" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(one_clear) struct one one = { 0 };
		AUTO(comparison_list_clear) struct comparison_list list = { 0 };
		char key[64], live[64];

		(void)snprintf(key, sizeof(key), "%s", cases[i].key);
		one_init(&one, key, cases[i].wanted);
		add_sample(*state, "6.18", true, key, cases[i].live, NULL);
		assert_int_equal(
			profile_compare(&one.profile, *state, NULL, 0, &list, NULL), 0);
		assert_int_equal(list.count, 1);
		assert_ptr_equal(list.rows[0].wanted, &one.wanted);
		/* the kernel's tabs are blanks for people */
		(void)snprintf(live, sizeof(live), "%s", cases[i].live);
		for (char *tab; (tab = strchr(live, '\t'));)
			*tab = ' ';
		assert_string_equal(list.rows[0].live, live);
		assert_string_equal(list.rows[0].wanted_text, cases[i].wanted_text);
		assert_string_equal(list.rows[0].target, cases[i].target);
		assert_int_equal(list.rows[0].verdict, cases[i].verdict);
		assert_null(list.rows[0].reason);
	}
}

static void expressions_are_computed_from_parameters_and_evidence(void **state)
{
	static const struct {
		const char *wanted;
		const char *wanted_text;
	} cases[] = {
		{ "keep keep >= {2 * :bdp}", "keep keep >= 8000000" },
		{ "keep keep >= {min(33554432, 20 * :bdp)}", "keep keep >= 33554432" },
		{ "keep keep >= {:bdp * 2.0000002}", "keep keep >= 8000001" },
		{ "keep keep >= {sysctl('net.ipv4.tcp_rmem', 3) * 4}",
		  "keep keep >= 25165824" },
		{ "keep keep >= {iif(:word = 'bbr', 9000000, 1)}",
		  "keep keep >= 9000000" },
		{ "{4096} {131072} >= {8000000}", "4096 131072 >= 8000000" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(one_clear) struct one one = { 0 };
		AUTO(comparison_list_clear) struct comparison_list list = { 0 };
		char key[] = "net.ipv4.tcp_rmem";

		one_init(&one, key, cases[i].wanted);
		add_sample(*state, "6.18", true, key, "4096\t131072\t6291456", NULL);
		assert_int_equal(
			profile_compare(&one.profile, *state, NULL, 0, &list, NULL), 0);
		assert_string_equal(list.rows[0].wanted_text, cases[i].wanted_text);
		assert_int_equal(list.rows[0].verdict, VERDICT_DIFFERS);
	}
}

static void a_parameter_can_be_overridden(void **state)
{
	static char name[] = "bdp", value[] = "5000000", other[] = "rtt";
	const struct profile_parameter known = { name, value },
				       unknown = { other, value };
	AUTO(one_clear) struct one one = { 0 };
	AUTO(comparison_list_clear) struct comparison_list list = { 0 };
	struct error err = { 0 };
	char key[] = "net.ipv4.tcp_rmem";

	one_init(&one, key, "keep keep >= {2 * :bdp}");
	add_sample(*state, "6.18", true, key, "4096 131072 6291456", NULL);
	assert_int_equal(profile_compare(&one.profile, *state, &known, 1, &list, NULL),
			 0);
	assert_string_equal(list.rows[0].target, "4096 131072 10000000");
	comparison_list_clear(&list);
	assert_int_equal(profile_compare(&one.profile, *state, &unknown, 1, &list, &err),
			 -EINVAL);
	assert_string_equal(err.text, "profile 'x' has no parameter 'rtt'");
}

static void an_expression_without_a_value_is_a_verdict(void **state)
{
	static const struct {
		const char *wanted;
		const char *reason;
	} cases[] = {
		{ ">= {NULL}", "{NULL}: it has no value here" },
		{ ">= {1 / 0}", "{1 / 0}: it has no value here" },
		{ ">= {sysctl('net.core.rmem_max')}",
		  "{sysctl('net.core.rmem_max')}: it has no value here" },
		{ ">= {1e30}", "{1e30}: it has no value here" },
		{ ">= {:word}", "{:word}: 'bbr' is no number" },
		{ ">= {-1}", "{-1}: '-1' is negative" },
		{ ">= {17000000}",
		  "{17000000}: 17000000 makes no sense, 1 to 16777216 does "
		  "(or write 'exactly 17000000')" },
		{ ">= {:bdp * 1000}",
		  "{:bdp * 1000}: the kernel accepts 0 to 2147483647, not 4000000000" },
		{ ">= {abs(-9223372036854775808)}",
		  "{abs(-9223372036854775808)}: integer overflow" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(one_clear) struct one one = { 0 };
		AUTO(comparison_list_clear) struct comparison_list list = { 0 };
		char key[] = "net.core.somaxconn";

		one_init(&one, key, cases[i].wanted);
		add_sample(*state, "6.18", true, key, "4096", NULL);
		assert_int_equal(
			profile_compare(&one.profile, *state, NULL, 0, &list, NULL), 0);
		assert_int_equal(list.rows[0].verdict, VERDICT_CANNOT_COMPUTE);
		assert_string_equal(list.rows[0].live, "4096");
		assert_string_equal(list.rows[0].reason, cases[i].reason);
		assert_null(list.rows[0].target);
	}
}

static void an_expression_that_is_no_sql_is_an_error_with_its_line(void **state)
{
	static const struct {
		const char *wanted;
		const char *out;
	} cases[] = {
		{ ">= {1 +}", "x.ini:7: key 'net.core.somaxconn': {1 +}: near" },
		{ ">= {unheard}",
		  "x.ini:7: key 'net.core.somaxconn': {unheard}: no such" },
		{ ">= {load_extension('x')}",
		  "x.ini:7: key 'net.core.somaxconn': {load_extension('x')}: not" },
		{ ">= {1); DELETE FROM sysctl; SELECT (1}",
		  "x.ini:7: key 'net.core.somaxconn': {1)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(one_clear) struct one one = { 0 };
		AUTO(comparison_list_clear) struct comparison_list list = { 0 };
		struct error err = { 0 };
		char key[] = "net.core.somaxconn";

		one_init(&one, key, cases[i].wanted);
		add_sample(*state, "6.18", true, key, "4096", NULL);
		assert_int_equal(
			profile_compare(&one.profile, *state, NULL, 0, &list, &err),
			-EINVAL);
		err.text[strlen(cases[i].out)] = '\0';
		assert_string_equal(err.text, cases[i].out);
		assert_null(list.rows);
	}
}

static void a_key_that_is_not_here_says_why(void **state)
{
	static const struct {
		const char *key;
		const char *wanted;
		const char *release;
		bool is_init_netns;
		const char *reason;
	} cases[] = {
		{ "net.core.netdev_max_backlog", "2000", "6.18", false,
		  "only in the initial network namespace" },
		{ "net.core.netdev_max_backlog", "2000", "6.18", true,
		  "not in this kernel" },
		{ "net.ipv4.tcp_tw_reuse_delay", "500", "5.10", true,
		  "newer than this kernel (since: " },
		{ "net.bridge.bridge-nf-call-iptables", "1", "6.18", true,
		  "needs the kernel module 'br_netfilter'" },
		{ "net.ipv4.tcp_tw_recycle", "1", "6.18", true, "removed: 4.12" },
		{ "net.ipv4.tcp_sack", "1", "", true, "not in this kernel" },
		{ "net.core.rmem_max", ">= 7500000", "6.1", false,
		  "one for the machine, and not shown in this namespace" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(one_clear) struct one one = { 0 };
		AUTO(comparison_list_clear) struct comparison_list list = { 0 };
		char key[64];

		(void)snprintf(key, sizeof(key), "%s", cases[i].key);
		one_init(&one, key, cases[i].wanted);
		add_sample(*state, cases[i].release, cases[i].is_init_netns, key, NULL,
			   "absent");
		assert_int_equal(
			profile_compare(&one.profile, *state, NULL, 0, &list, NULL), 0);
		assert_int_equal(list.rows[0].verdict, VERDICT_NOT_HERE);
		assert_memory_equal(list.rows[0].reason, cases[i].reason,
				    strlen(cases[i].reason));
		assert_null(list.rows[0].live);
		assert_null(list.rows[0].target);
		assert_string_equal(list.rows[0].wanted_text, cases[i].wanted);
	}
}

static void a_value_that_is_not_known_is_unreadable(void **state)
{
	static const struct {
		const char *live;
		const char *reason;
		const char *out;
	} cases[] = {
		{ NULL, "permission denied", "permission denied" },
		{ NULL, NULL, "was not collected" },
		{ "4096 1", NULL, "'4096 1' has 2 numbers in place of 1" },
		{ "many", NULL, "'many' is no number" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(one_clear) struct one one = { 0 };
		AUTO(comparison_list_clear) struct comparison_list list = { 0 };
		char key[] = "net.core.somaxconn";

		one_init(&one, key, ">= {:bdp}");
		add_sample(*state, "6.18", true, key, cases[i].live, cases[i].reason);
		assert_int_equal(
			profile_compare(&one.profile, *state, NULL, 0, &list, NULL), 0);
		assert_int_equal(list.rows[0].verdict, VERDICT_UNREADABLE);
		assert_string_equal(list.rows[0].reason, cases[i].out);
		assert_null(list.rows[0].target);
	}
}

static void an_empty_evidence_knows_no_value(void **state)
{
	AUTO(one_clear) struct one one = { 0 };
	AUTO(comparison_list_clear) struct comparison_list list = { 0 };
	char key[] = "net.core.somaxconn";

	one_init(&one, key, ">= 1");
	assert_int_equal(profile_compare(&one.profile, *state, NULL, 0, &list, NULL), 0);
	assert_int_equal(list.rows[0].verdict, VERDICT_UNREADABLE);
}

static void a_profile_is_recommended_when_its_query_has_a_row(void **state)
{
	AUTO(one_clear) struct one one = { 0 };
	auto_free char *why = NULL;
	char yes[] = "SELECT 'it is ' || value FROM sysctl", no[] = "SELECT 1 WHERE 0";
	char bad[] = "DELETE FROM sysctl";
	struct error err = { 0 };
	char key[] = "net.core.somaxconn";

	one_init(&one, key, ">= 1");
	add_sample(*state, "6.18", true, key, "4096", NULL);
	assert_int_equal(profile_recommend(&one.profile, *state, &why, NULL), 0);
	assert_null(why);
	one.profile.recommend = no;
	assert_int_equal(profile_recommend(&one.profile, *state, &why, NULL), 0);
	assert_null(why);
	one.profile.recommend = bad;
	assert_int_equal(profile_recommend(&one.profile, *state, &why, &err), -EPERM);
	err.text[strlen("x.ini: [recommend]: not")] = '\0';
	assert_string_equal(err.text, "x.ini: [recommend]: not");
	one.profile.recommend = yes;
	assert_int_equal(profile_recommend(&one.profile, *state, &why, NULL), 0);
	assert_string_equal(why, "it is 4096");
}

static void
proxy_is_recommended_where_clients_feed_a_destination(void **state)
{
	static const char *const no_folders[] = { NULL };
	struct listener_row listener = { .family = 4,
					 .address = "0.0.0.0",
					 .port = 443,
					 .established = 150 };
	struct destination_row destination = { .family = 4,
					       .source = "10.0.0.1",
					       .address = "10.0.0.2",
					       .port = 80,
					       .sockets = 150 };
	struct sample sample = { .taken = 1, .uptime = 1, .page_bytes = 4096 };
	AUTO(profile_clear) struct profile profile = { 0 };
	auto_free char *why = NULL;

	assert_int_equal(profile_load_from(no_folders, "proxy", &profile, NULL), 0);
	assert_int_equal(evidence_begin_sample(*state, &sample, NULL), 0);
	assert_int_equal(evidence_add_listener(*state, &listener, NULL), 0);
	assert_int_equal(profile_recommend(&profile, *state, &why, NULL), 0);
	assert_null(why);
	assert_int_equal(evidence_add_destination(*state, &destination, NULL), 0);
	assert_int_equal(evidence_end_sample(*state, NULL), 0);
	assert_int_equal(profile_recommend(&profile, *state, &why, NULL), 0);
	assert_string_equal(
		why,
		"port 443 has 150 connections, and this host has 150 to 1 destination(s)");
}

static void each_verdict_has_a_word(void **state)
{
	(void)state;
	for (int i = VERDICT_OK; i <= VERDICT_CANNOT_COMPUTE; i++)
		assert_true(strlen(wanted_verdict_text((enum wanted_verdict)i)) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_element_is_compared_by_its_operator),
		TEST(expressions_are_computed_from_parameters_and_evidence),
		TEST(a_parameter_can_be_overridden),
		TEST(an_expression_without_a_value_is_a_verdict),
		TEST(an_expression_that_is_no_sql_is_an_error_with_its_line),
		TEST(a_key_that_is_not_here_says_why),
		TEST(a_value_that_is_not_known_is_unreadable),
		TEST(an_empty_evidence_knows_no_value),
		TEST(a_profile_is_recommended_when_its_query_has_a_row),
		TEST(proxy_is_recommended_where_clients_feed_a_destination),
		TEST(each_verdict_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Small files: neighbour tables, connection tracking, open files, sysctls of interfaces.
 */
#include "collect_folder.h"
#include "evidence/needs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t counter(struct folder *folder, const char *name)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "SELECT counter('%s')", name);
	return folder_number(folder, sql);
}

/* --- /proc/net/stat ---------------------------------------------------------------- */

static void entries_are_the_same_total_on_each_line(void **state)
{
	struct folder *folder = *state;

	folder_put_text(folder, "proc/net/stat/arp_cache",
			"entries  allocs   table_fulls\n"
			"000000ff 00000002 0000000a\n"
			"000000ff 00000001 00000001\n");
	folder_put_text(folder, "proc/net/stat/ndisc_cache",
			"entries  allocs   table_fulls\n"
			"00000010 00000002 00000003\n");
	folder_collect(folder, "arp_cache.entries arp_cache.table_fulls "
			       "ndisc_cache.entries ndisc_cache.table_fulls");
	assert_string_equal(folder_source(folder, "arp_cache"), "ok");
	assert_int_equal(counter(folder, "arp_cache.entries"), 255);
	assert_int_equal(counter(folder, "arp_cache.table_fulls"), 11);
	assert_int_equal(counter(folder, "ndisc_cache.entries"), 16);
	assert_int_equal(counter(folder, "ndisc_cache.table_fulls"), 3);
}

/* Linux 5.10 has fewer columns in front of table_fulls than 6.12. */
static void columns_go_by_name(void **state)
{
	struct folder *folder = *state;

	folder_put_text(folder, "proc/net/stat/arp_cache",
			"table_fulls entries\n00000007 00000001\n");
	folder_collect(folder, "arp_cache.entries arp_cache.table_fulls");
	assert_int_equal(counter(folder, "arp_cache.entries"), 1);
	assert_int_equal(counter(folder, "arp_cache.table_fulls"), 7);
}

static void torn_statistics_are_partial(void **state)
{
	static const struct {
		const char *text, *source;
	} cases[] = {
		{ "", "partial: 'stat/arp_cache' has no line with numbers" },
		{ "entries\n", "partial: 'stat/arp_cache' has no line with numbers" },
		{ "entries\nzz\n", "partial: 'stat/arp_cache' has no line with numbers" },
		{ "entries\nffffffffffffffff\n",
		  "partial: the sum of 'arp_cache.entries' does not fit" },
		{ "entries\n7fffffffffffffff\n1\n",
		  "partial: the sum of 'arp_cache.entries' does not fit" },
	};
	struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		folder_put_text(folder, "proc/net/stat/arp_cache", cases[i].text);
		folder_collect(folder, "arp_cache.entries");
		assert_string_equal(folder_source(folder, "arp_cache"), cases[i].source);
		assert_string_equal(
			folder_text(folder, "SELECT counter('arp_cache.entries')"),
			"NULL");
	}
}

static void a_namespace_without_the_file_is_absent(void **state)
{
	struct folder *folder = *state;

	folder_collect(folder, "arp_cache.entries");
	assert_string_equal(folder_source(folder, "arp_cache"),
			    "absent: 'stat/arp_cache' does not exist here");
	assert_string_equal(folder_source(folder, "ndisc_cache"), "nothing");
}

static void connection_tracking_is_read_by_the_same_words(void **state)
{
	struct folder *folder = *state;

	folder_put_text(folder, "proc/sys/net/netfilter/nf_conntrack_count", "262144\n");
	folder_put_text(folder, "proc/net/stat/nf_conntrack",
			"entries  invalid drop early_drop\n"
			"00040000 00000001 00000010 00000000\n"
			"00040000 00000002 00000001 00000005\n");
	folder_collect(folder,
		       "nf_conntrack.count nf_conntrack.entries nf_conntrack.drop "
		       "nf_conntrack.early_drop nf_conntrack.invalid");
	assert_int_equal(counter(folder, "nf_conntrack.count"), 262144);
	assert_int_equal(counter(folder, "nf_conntrack.entries"), 262144);
	assert_int_equal(counter(folder, "nf_conntrack.drop"), 17);
	assert_int_equal(counter(folder, "nf_conntrack.early_drop"), 5);
	assert_int_equal(counter(folder, "nf_conntrack.invalid"), 3);
}

/* --- fs.file-nr -------------------------------------------------------------------- */

static void open_files_and_their_limit_are_counters(void **state)
{
	static const struct {
		const char *text;
		int64_t used, most;
	} cases[] = {
		{ "662\t0\t2466160\n", 662, 2466160 },
		{ "662\t12\t2466160\n", 650, 2466160 }, /* Linux before 2.6 */
		{ "1\t0\t9223372036854775807\n", 1, INT64_MAX },
	};
	struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		folder_put_text(folder, "proc/sys/fs/file-nr", cases[i].text);
		folder_collect(folder, "file.used file.max");
		assert_string_equal(folder_source(folder, "file-nr"), "ok");
		assert_int_equal(counter(folder, "file.used"), cases[i].used);
		assert_int_equal(counter(folder, "file.max"), cases[i].most);
	}
}

static void too_few_numbers_are_not_guessed(void **state)
{
	static const char *const texts[] = { "", "662\n", "662\t0\n", "a b c\n" };
	struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		folder_put_text(folder, "proc/sys/fs/file-nr", texts[i]);
		folder_collect(folder, "file.used");
		assert_string_equal(
			folder_source(folder, "file-nr"),
			"partial: '/proc/sys/fs/file-nr' is not three numbers");
		assert_string_equal(folder_text(folder, "SELECT counter('file.used')"),
				    "NULL");
	}
}

/* --- sysctls of interfaces --------------------------------------------------------- */

static void a_pattern_is_read_for_every_interface(void **state)
{
	struct folder *folder = *state;

	folder_put_text(folder, "proc/sys/net/ipv4/conf/all/rp_filter", "0\n");
	folder_put_text(folder, "proc/sys/net/ipv4/conf/default/rp_filter", "1\n");
	folder_put_text(folder, "proc/sys/net/ipv4/conf/eth0.5/rp_filter", "2\n");
	folder_put_text(folder, "proc/sys/net/ipv4/conf/lo/log_martians", "1\n");
	folder_collect(folder, "net.ipv4.conf.*.rp_filter net.ipv6.conf.*.forwarding");
	assert_string_equal(
		folder_text(folder, "SELECT group_concat(key || '=' || value, ' ') FROM "
				    "(SELECT * FROM sysctl ORDER BY key)"),
		"net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=1 "
		"net.ipv4.conf.eth0/5.rp_filter=2");
	assert_string_equal(folder_text(folder, "SELECT pattern || ' ' || interface FROM "
						"interface_sysctl WHERE value = '2'"),
			    "net.ipv4.conf.*.rp_filter eth0.5");
	assert_string_equal(folder_source(folder, "sysctl"), "ok");
}

static void a_named_interface_is_read_alone(void **state)
{
	struct folder *folder = *state;

	folder_put_text(folder, "proc/sys/net/ipv4/conf/eth0/rp_filter", "1\n");
	folder_put_text(folder, "proc/sys/net/ipv4/conf/eth1/rp_filter", "1\n");
	folder_collect(folder, "net.ipv4.conf.eth0.rp_filter");
	assert_int_equal(folder_number(folder, "SELECT count(*) FROM sysctl"), 1);
	assert_string_equal(folder_text(folder, "SELECT interface FROM interface_sysctl"),
			    "eth0");
}

/* A key that is a secret on every interface stays one. */
static void a_secret_of_an_interface_is_not_stored(void **state)
{
	struct folder *folder = *state;

	folder_put_text(folder, "proc/sys/net/ipv6/conf/eth0.5/stable_secret", "::1\n");
	folder_collect(folder, "net.ipv6.conf.*.stable_secret");
	assert_string_equal(folder_text(folder, "SELECT value FROM sysctl"), "NULL");
	assert_string_equal(folder_text(folder, "SELECT reason FROM sysctl"), "secret");
}

static void patterns_are_those_of_the_catalog(void **state)
{
	static const struct {
		const char *name;
		int code;
	} cases[] = {
		{ "net.ipv4.conf.*.rp_filter", 0 },
		{ "net.ipv6.conf.*.forwarding", 0 },
		{ "net.ipv4.neigh.*.gc_stale_time", 0 },
		{ "net.ipv4.conf.*.no_such_key", -ENOENT },
		{ "net.ipv4.*.rp_filter", -ENOENT },
		{ "net.*.somaxconn", -ENOENT },
		{ "net.ipv4.conf.*", -ENOENT },
		{ "*", -ENOENT },
		{ "net.ipv4.conf.e*.rp_filter", -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum need_kind kind = NEED_TABLE;
		enum need_table table;

		assert_int_equal(need_classify(cases[i].name, &kind, &table),
				 cases[i].code);
		if (cases[i].code == 0)
			assert_int_equal(kind, NEED_SYSCTL);
	}
}

#define TEST(function)                                                                   \
	cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_are_the_same_total_on_each_line),
		TEST(columns_go_by_name),
		TEST(torn_statistics_are_partial),
		TEST(a_namespace_without_the_file_is_absent),
		TEST(connection_tracking_is_read_by_the_same_words),
		TEST(open_files_and_their_limit_are_counters),
		TEST(too_few_numbers_are_not_guessed),
		TEST(a_pattern_is_read_for_every_interface),
		TEST(a_named_interface_is_read_alone),
		TEST(a_secret_of_an_interface_is_not_stored),
		cmocka_unit_test(patterns_are_those_of_the_catalog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

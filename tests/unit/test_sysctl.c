#include "catalog/sysctl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_key_is_found_in_each_way_of_writing_it(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "net.ipv4.tcp_rmem", "net.ipv4.tcp_rmem" },
		{ "net/ipv4/tcp_rmem", "net.ipv4.tcp_rmem" },
		{ "net.core.somaxconn", "net.core.somaxconn" },
		{ "fs.file-max", "fs.file-max" },
		{ "net.ipv4.tcp_tw_recycle", "net.ipv4.tcp_tw_recycle" },
		{ "net.bridge.bridge-nf-call-iptables",
		  "net.bridge.bridge-nf-call-iptables" },
		{ "net.ipv4.conf.*.rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "net.ipv4.conf.all.rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "net.ipv4.conf.eth0.rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "net.ipv4.conf.eth0.5.rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "net.ipv4.conf.a.b.c.d.rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "net.ipv4.conf.eth0/5.rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "net/ipv4/conf/eth0.5/rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "net/ipv6/conf/eth0/accept_ra", "net.ipv6.conf.*.accept_ra" },
		{ "net.ipv4.neigh.default.gc_thresh3", "net.ipv4.neigh.*.gc_thresh3" },
		{ "net.ipv6.neigh.wg-0.1.gc_stale_time",
		  "net.ipv6.neigh.*.gc_stale_time" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct sysctl_def *def = sysctl_find(cases[i].in);

		if (!def)
			fail_msg("'%s' was not found", cases[i].in);
		assert_string_equal(def->name, cases[i].out);
	}
}

static void what_is_no_known_key_is_not_found(void **state)
{
	static const char *const keys[] = {
		"",
		".",
		"net",
		"net.ipv4",
		"net.ipv4.",
		"net.ipv4.tcp_rme",
		"net.ipv4.tcp_rmem2",
		"net.ipv4.tcp_rmem ",
		"Net.ipv4.tcp_rmem",
		"net/ipv4.tcp_rmem",
		"net.ipv4.conf.rp_filter",
		"net.ipv4.conf..rp_filter",
		"net.ipv4.conf.eth0.no_such_thing",
		"net/ipv4/conf/eth0/5/rp_filter",
		"net.core.*",
		"vm.swappiness",
	};
	char endless[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_null(sysctl_find(keys[i]));
	memset(endless, 'a', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_null(sysctl_find(endless));
}

static void every_entry_finds_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++)
		assert_ptr_equal(sysctl_find(sysctl_at(i)->name), sysctl_at(i));
}

static void there_is_no_entry_behind_the_last(void **state)
{
	(void)state;
	assert_non_null(sysctl_at(sysctl_count() - 1));
	assert_null(sysctl_at(sysctl_count()));
}

static void a_key_leads_to_its_file(void **state)
{
	static const struct {
		const char *in;
		int rc;
		const char *out;
	} cases[] = {
		{ "net.ipv4.tcp_rmem", 0, "net/ipv4/tcp_rmem" },
		{ "net/ipv4/tcp_rmem", 0, "net/ipv4/tcp_rmem" },
		{ "net.ipv4.conf.eth0.rp_filter", 0, "net/ipv4/conf/eth0/rp_filter" },
		{ "net.ipv4.conf.eth0.5.rp_filter", 0, "net/ipv4/conf/eth0.5/rp_filter" },
		{ "net/ipv4/conf/eth0.5/rp_filter", 0, "net/ipv4/conf/eth0.5/rp_filter" },
		{ "net.ipv4.conf.eth0/5.rp_filter", 0, "net/ipv4/conf/eth0.5/rp_filter" },
		{ "net.ipv6.neigh.a.b.c.unheard_of", 0,
		  "net/ipv6/neigh/a.b.c/unheard_of" },
		{ "net.ipv4.conf.*.rp_filter", 0, "net/ipv4/conf/*/rp_filter" },
		{ "kernel.core_pattern", 0, "kernel/core_pattern" },
		{ "", -EINVAL, NULL },
		{ ".", -EINVAL, NULL },
		{ "/", -EINVAL, NULL },
		{ "..", -EINVAL, NULL },
		{ ".net.core", -EINVAL, NULL },
		{ "/net/core", -EINVAL, NULL },
		{ "net..core", -EINVAL, NULL },
		{ "net/core/", -EINVAL, NULL },
		{ "net/../kernel/panic", -EINVAL, NULL },
		{ "net/./core", -EINVAL, NULL },
		{ "net.//.core", -EINVAL, NULL },
		{ "net.ipv4.conf.//.rp_filter", -EINVAL, NULL },
		{ "net/core/so max", -EINVAL, NULL },
		{ "net.core.somaxconn\n", -EINVAL, NULL },
		{ "net.core.\x01", -EINVAL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char path[128] = "untouched";

		assert_int_equal(sysctl_path(cases[i].in, path, sizeof(path)),
				 cases[i].rc);
		assert_string_equal(path, cases[i].out ? cases[i].out : "untouched");
	}
}

static void a_path_that_does_not_fit_is_refused(void **state)
{
	char path[8], endless[1024];

	(void)state;
	assert_int_equal(sysctl_path("net.abc", path, sizeof(path)), 0);
	assert_int_equal(sysctl_path("net.abcd", path, sizeof(path)), -ENAMETOOLONG);
	memset(endless, 'a', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_int_equal(sysctl_path(endless, endless, sizeof(endless)), -ENAMETOOLONG);
}

static void a_slip_of_the_pen_leads_to_the_key_that_was_meant(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "net.core.somaxcon", "net.core.somaxconn" },
		{ "net.core.somaxocnn", "net.core.somaxconn" },
		{ "net.ipv4.somaxconn", "net.core.somaxconn" },
		{ "somaxconn", "net.core.somaxconn" },
		{ "net.ipv4.tcp_syncookie", "net.ipv4.tcp_syncookies" },
		{ "net/ipv4/tcp_max_syn_backlogs", "net.ipv4.tcp_max_syn_backlog" },
		{ "net.ipv4.conf.eth0.5.rp_fliter", "net.ipv4.conf.*.rp_filter" },
		{ "net.ipv4.rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "net.ipv6.forwarding", "net.ipv6.conf.*.forwarding" },
		{ "net.ipv4.tcp_tw_recycl", "net.ipv4.tcp_tw_recycle" },
		{ "net.netfilter.nf_conntrack_tcp_timeout_time_await",
		  "net.netfilter.nf_conntrack_tcp_timeout_time_wait" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct sysctl_def *def = sysctl_nearest(cases[i].in);

		if (!def)
			fail_msg("nothing is near '%s'", cases[i].in);
		assert_string_equal(def->name, cases[i].out);
	}
}

static void a_far_word_is_near_nothing(void **state)
{
	static const char *const keys[] = { "",
					    "vm.swappiness",
					    "kernel.pid_max",
					    "net.ipv4.make_it_fast",
					    "net.ipv4.xxx",
					    "a b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_null(sysctl_nearest(keys[i]));
}

static void a_misspelling_is_never_proposed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_nearest(sysctl_at(i)->name);

		if (def)
			assert_int_not_equal(def->kind, KIND_MISSPELLED);
		if (sysctl_at(i)->kind != KIND_MISSPELLED)
			assert_ptr_equal(def, sysctl_at(i));
	}
}

static void every_word_of_the_catalog_has_a_text(void **state)
{
	(void)state;
	for (int i = SCOPE_UNKNOWN; i <= SCOPE_INIT_ONLY; i++)
		assert_non_null(sysctl_scope_text((enum sysctl_scope)i));
	for (int i = EFFECT_UNKNOWN; i <= EFFECT_NEVER; i++)
		assert_non_null(sysctl_effect_text((enum sysctl_effect)i));
	for (int i = INHERITS_UNKNOWN; i <= INHERITS_DEVCONF; i++)
		assert_non_null(sysctl_inheritance_text((enum sysctl_inheritance)i));
	for (int i = VALUE_UNKNOWN; i <= VALUE_HEX_KEY; i++)
		assert_non_null(value_type_text((enum value_type)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_found_in_each_way_of_writing_it),
		cmocka_unit_test(what_is_no_known_key_is_not_found),
		cmocka_unit_test(every_entry_finds_itself),
		cmocka_unit_test(there_is_no_entry_behind_the_last),
		cmocka_unit_test(a_key_leads_to_its_file),
		cmocka_unit_test(a_path_that_does_not_fit_is_refused),
		cmocka_unit_test(a_slip_of_the_pen_leads_to_the_key_that_was_meant),
		cmocka_unit_test(a_far_word_is_near_nothing),
		cmocka_unit_test(a_misspelling_is_never_proposed),
		cmocka_unit_test(every_word_of_the_catalog_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

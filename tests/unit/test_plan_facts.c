/* The tables behind the plan: bounds, rounding, coupled keys, other names of a value. */
#include "plan/bound.h"
#include "plan/coupling.h"
#include "plan/reach.h"
#include "plan/rounding.h"
#include "plan/undo_class.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_the_kernel_makes_of_a_value_is_equal_to_it(void **state)
{
	static const struct {
		const char *key, *wanted, *got;
		bool is_equal;
	} cases[] = {
		{ "net.ipv4.neigh.eth0.retrans_time_ms", "501", "504", true },
		{ "net.ipv4.neigh.eth0.retrans_time_ms", "501", "510", true },
		{ "net.ipv4.neigh.eth0.retrans_time_ms", "501", "500", false },
		{ "net.ipv4.neigh.eth0.retrans_time_ms", "500", "504", false },
		{ "net.ipv4.neigh.eth0.retrans_time", "101", "100", true },
		{ "net.ipv4.neigh.eth0.retrans_time", "101", "99", false },
		{ "net.core.rps_sock_flow_entries", "1000", "1024", true },
		{ "net.core.rps_sock_flow_entries", "1000", "2048", false },
		{ "net.netfilter.nf_conntrack_buckets", "300001", "300032", true },
		{ "net.netfilter.nf_conntrack_buckets", "300001", "300033", false },
		{ "net.core.somaxconn", "1000", "1024", false },
		{ "net.ipv4.tcp_rmem", "4096 131072 6291456", "4096\t131072\t6291456",
		  true },
		{ "net.ipv4.tcp_rmem", "4096 131072 6291456", "4096\t131072\t6291455",
		  false },
		{ "net.ipv4.ip_local_reserved_ports", "8080,9000-9002", "8080,9000-9002",
		  true },
		{ "net.core.rps_default_mask", "3", "00000003", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (rounding_is_equal_text(sysctl_find(cases[i].key), cases[i].wanted,
					   cases[i].got) != cases[i].is_equal)
			fail_msg("%s: %s, %s", cases[i].key, cases[i].wanted,
				 cases[i].got);
	}
}

static void nonsense_that_the_kernel_takes_is_refused(void **state)
{
	static const struct {
		const char *key, *wanted, *live;
		int rc;
	} cases[] = {
		{ "net.ipv4.tcp_fin_timeout", "30", "60", 0 },
		{ "net.ipv4.tcp_fin_timeout", "-5", "60", -EINVAL },
		{ "net.ipv4.tcp_fin_timeout", "-5", "-5", 0 },
		{ "net.ipv4.tcp_keepalive_time", "-1", "7200", -EINVAL },
		{ "net.ipv4.tcp_max_tw_buckets", "0", "262144", -EINVAL },
		{ "net.core.netdev_max_backlog", "-1", "1000", -EINVAL },
		{ "net.ipv4.tcp_rmem", "9000 8000 7000", NULL, -EINVAL },
		{ "net.ipv4.tcp_rmem", "4096 131072 33554432", NULL, 0 },
		{ "net.ipv4.tcp_wmem", "4096 16384 8589934592", NULL, -EINVAL },
		{ "net.ipv4.tcp_mem", "100000 200000 300000", NULL, 0 },
		{ "net.ipv4.tcp_mem", "1024000 8738000 1677721600", NULL, -EINVAL },
		{ "net.ipv4.ip_local_port_range", "65000 10240", NULL, -EINVAL },
		{ "net.ipv4.ip_local_port_range", "10240 65535", NULL, 0 },
		{ "net.core.rmem_max", "2147483647", NULL, -EINVAL },
		{ "net.ipv4.tcp_congestion_control", "bbr", "cubic", 0 },
	};
	const struct bound_host host = { 2000ULL << 20, 4096 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct sysctl_def *def = sysctl_find(cases[i].key);
		struct error err = { 0 };
		struct value wanted, live;

		assert_int_equal(value_parse(def, cases[i].wanted, &wanted, NULL), 0);
		if (cases[i].live)
			assert_int_equal(value_parse(def, cases[i].live, &live, NULL), 0);
		if (bound_check(def, &wanted, cases[i].live ? &live : NULL, &host,
				&err) != cases[i].rc)
			fail_msg("%s = %s: '%s'", cases[i].key, cases[i].wanted,
				 err.text);
		assert_int_equal(err.text[0] != '\0', cases[i].rc < 0);
	}
}

static void every_name_in_a_table_is_known_to_the_catalog(void **state)
{
	(void)state;
	for (size_t i = 0; i < coupling_count; i++) {
		assert_non_null(sysctl_find(couplings[i].lesser));
		assert_non_null(sysctl_find(couplings[i].greater));
	}
}

static void a_rounded_name_is_restored_by_its_exact_one(void **state)
{
	static const struct {
		const char *key, *exact;
	} cases[] = {
		{ "net.ipv4.neigh.eth0.5.unres_qlen",
		  "net.ipv4.neigh.eth0.5.unres_qlen_bytes" },
		{ "net.ipv4.neigh.eth0.unres_qlen_bytes", NULL },
		{ "net.ipv6.route.gc_min_interval", "net.ipv6.route.gc_min_interval_ms" },
		{ "net.mptcp.pm_type", "net.mptcp.path_manager" },
		{ "net.ipv4.conf.all.forwarding", "net.ipv4.ip_forward" },
		{ "net.ipv4.conf.eth0.forwarding", NULL },
		{ "net.ipv4.ip_forward", NULL },
		{ "net.core.somaxconn", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char exact[KEY_BYTES];

		assert_int_equal(reach_exact_alias(cases[i].key, exact),
				 cases[i].exact != NULL);
		if (cases[i].exact) {
			assert_string_equal(exact, cases[i].exact);
			assert_true(reach_is_alias(cases[i].key, exact));
			assert_true(reach_is_alias(exact, cases[i].key));
		}
	}
}

static void an_interface_may_have_dots_in_its_name(void **state)
{
	static const struct {
		const char *key, *interface;
	} cases[] = {
		{ "net.ipv4.conf.eth0.5.rp_filter", "eth0.5" },
		{ "net.ipv6.neigh.all.retrans_time", "all" },
		{ "net.core.somaxconn", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char interface[INTERFACE_NAME_BYTES];

		interface_of_key(sysctl_find(cases[i].key), cases[i].key, interface);
		assert_string_equal(interface, cases[i].interface);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_makes_of_a_value_is_equal_to_it),
		cmocka_unit_test(nonsense_that_the_kernel_takes_is_refused),
		cmocka_unit_test(every_name_in_a_table_is_known_to_the_catalog),
		cmocka_unit_test(a_rounded_name_is_restored_by_its_exact_one),
		cmocka_unit_test(an_interface_may_have_dots_in_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

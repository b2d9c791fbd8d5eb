/* The plan: from wishes and live values to an order of writes, by literals alone. */
#include "plan/plan.h"
#include "plan/wish.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_WISHES = 8 };

/* A host in literals: "KEY=VALUE" of what lives there, and what is wished for. */
struct scene {
	const char *live[24];
	const char *wishes[MOST_WISHES];
	const char *locked;
	const char *only;
	bool allows_irreversible;
	bool is_init_netns;
};

static void split(const char *pair, char *key, const char **value)
{
	const char *equals = strchr(pair, '=');

	assert_non_null(equals);
	(void)snprintf(key, KEY_BYTES, "%.*s", (int)(equals - pair), pair);
	*value = equals + 1;
}

static void add_live(struct evidence *evidence, const struct scene *scene)
{
	const struct sample sample = { .release = "6.18.0",
				       .is_init_netns = scene->is_init_netns,
				       .page_bytes = 4096 };

	assert_int_equal(evidence_open_memory(evidence, NULL), 0);
	assert_int_equal(evidence_begin_sample(evidence, &sample, NULL), 0);
	for (size_t i = 0; scene->live[i]; i++) {
		char key[KEY_BYTES];
		const char *value;

		split(scene->live[i], key, &value);
		assert_int_equal(
			evidence_add_sysctl(evidence, key, value[0] == '!' ? NULL : value,
					    value[0] == '!' ? value + 1 : NULL, NULL),
			0);
	}
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

static void add_interfaces(struct interfaces *interfaces)
{
	static const char *const names[] = { "all", "default", "eth0", "eth0.5" };

	for (size_t family = 0; family < FAMILY_COUNT; family++) {
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			assert_int_equal(interfaces_add(interfaces,
							(enum interface_family)family,
							names[i]),
					 0);
	}
}

static void make_plan(const struct scene *scene, struct plan *ret)
{
	AUTO(interfaces_clear) struct interfaces interfaces = { 0 };
	AUTO(profile_clear) struct profile wishes = { 0 };
	AUTO(comparison_list_clear) struct comparison_list comparisons = { 0 };
	const struct bound_host host = { 4ULL << 30, 4096 };
	const struct plan_options options = { scene->only, scene->allows_irreversible };
	struct plan_request requests[MOST_WISHES] = { 0 };
	struct evidence evidence = { 0 };
	struct error err = { 0 };

	for (size_t i = 0; scene->wishes[i]; i++) {
		char key[KEY_BYTES];
		const char *value;
		int r;

		split(scene->wishes[i], key, &value);
		r = wish_add(&wishes, key, value, "--set", "because", true, &err);
		if (r < 0)
			fail_msg("%s", err.text);
	}
	add_live(&evidence, scene);
	add_interfaces(&interfaces);
	assert_int_equal(profile_compare(&wishes, &evidence, NULL, 0, &comparisons, NULL),
			 0);
	for (size_t i = 0; i < comparisons.count; i++)
		requests[i] = (struct plan_request){
			.comparison = &comparisons.rows[i],
			.origin = "--set",
			.is_locked =
				scene->locked && strcmp(comparisons.rows[i].wanted->key,
							scene->locked) == 0,
		};
	assert_int_equal(plan_build(requests, comparisons.count, &evidence, &interfaces,
				    &host, &options, ret, NULL),
			 0);
	evidence_close(&evidence);
}

static const struct change *find(const struct plan *plan, const char *key)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (strcmp(plan->changes[i].key, key) == 0)
			return &plan->changes[i];
	}
	fail_msg("no change of %s", key);
	return NULL;
}

static void each_wish_gets_its_state(void **state)
{
	static const struct {
		struct scene scene;
		const char *key;
		enum change_state state;
		const char *will_be;
		const char *note; /* part of it */
	} cases[] = {
		{ { { "net.core.somaxconn=4096" }, { "net.core.somaxconn=16384" } },
		  "net.core.somaxconn",
		  CHANGE_WRITE,
		  "16384",
		  NULL },
		{ { { "net.core.somaxconn=4096" }, { "net/core/somaxconn=4096" } },
		  "net.core.somaxconn",
		  CHANGE_ALREADY,
		  "4096",
		  NULL },
		{ { { "net.core.somaxconn=65536" }, { "net.core.somaxconn=>= 16384" } },
		  "net.core.somaxconn",
		  CHANGE_KEPT,
		  "65536",
		  NULL },
		{ { { "net.core.netdev_max_backlog=!absent" },
		    { "net.core.netdev_max_backlog=2000" } },
		  "net.core.netdev_max_backlog",
		  CHANGE_NOT_HERE,
		  NULL,
		  "only in the initial network namespace" },
		{ { { "net.core.rmem_max=212992" },
		    { "net.core.rmem_max=4194304" },
		    .locked = "net.core.rmem_max" },
		  "net.core.rmem_max",
		  CHANGE_NOT_HERE,
		  NULL,
		  "set in the initial" },
		{ { { "net.core.somaxconn=!permission denied" },
		    { "net.core.somaxconn=16384" } },
		  "net.core.somaxconn",
		  CHANGE_REFUSED,
		  NULL,
		  "permission denied" },
		{ { { "net.ipv4.tcp_fin_timeout=60" },
		    { "net.ipv4.tcp_fin_timeout=-5" } },
		  "net.ipv4.tcp_fin_timeout",
		  CHANGE_REFUSED,
		  NULL,
		  "makes no sense" },
		{ { { "net.ipv4.tcp_rmem=4096 131072 6291456" },
		    { "net.ipv4.tcp_rmem=9000 8000 7000" } },
		  "net.ipv4.tcp_rmem",
		  CHANGE_REFUSED,
		  NULL,
		  "below the one before" },
		{ { { "net.ipv4.tcp_mem=94000 125000 188000" },
		    { "net.ipv4.tcp_mem=1024000 8738000 1677721600" } },
		  "net.ipv4.tcp_mem",
		  CHANGE_REFUSED,
		  NULL,
		  "pages, not bytes" },
		{ { { "net.ipv4.neigh.eth0.retrans_time_ms=504" },
		    { "net.ipv4.neigh.eth0.retrans_time_ms=501" } },
		  "net.ipv4.neigh.eth0.retrans_time_ms",
		  CHANGE_ALREADY,
		  "501",
		  NULL },
		{ { { "net.ipv4.tcp_reordering=3", "net.ipv4.tcp_max_reordering=300" },
		    { "net.ipv4.tcp_reordering=400" } },
		  "net.ipv4.tcp_reordering",
		  CHANGE_REFUSED,
		  NULL,
		  "may not be above" },
		{ { { "net.ipv4.ip_local_port_range=32768 60999",
		      "net.ipv4.ip_unprivileged_port_start=1024" },
		    { "net.ipv4.ip_unprivileged_port_start=40000" } },
		  "net.ipv4.ip_unprivileged_port_start",
		  CHANGE_REFUSED,
		  NULL,
		  "above" },
		{ { { "net.ipv4.neigh.eth0.unres_qlen=101",
		      "net.ipv4.neigh.eth0.unres_qlen_bytes=212992" },
		    { "net.ipv4.neigh.eth0.unres_qlen=202",
		      "net.ipv4.neigh.eth0.unres_qlen_bytes=8192" } },
		  "net.ipv4.neigh.eth0.unres_qlen",
		  CHANGE_REFUSED,
		  NULL,
		  "another name" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(plan_clear) struct plan plan = { 0 };
		const struct change *change;

		make_plan(&cases[i].scene, &plan);
		change = find(&plan, cases[i].key);
		if (change->state != cases[i].state)
			fail_msg("%zu: %s: %s", i, change_state_text(change->state),
				 change->note ? change->note : "-");
		if (cases[i].will_be)
			assert_string_equal(change->will_be, cases[i].will_be);
		if (cases[i].note &&
		    !(change->note && strstr(change->note, cases[i].note)))
			fail_msg("%zu: %s", i, change->note ? change->note : "-");
	}
}

static void what_cannot_be_undone_is_refused_unless_asked_for(void **state)
{
	static const struct {
		const char *live[4], *wish;
		enum undo_class class;
	} cases[] = {
		{ { "net.ipv6.conf.eth0.stable_secret=!secret" },
		  "net.ipv6.conf.eth0.stable_secret=2001:db8::1",
		  UNDO_IMPOSSIBLE },
		{ { "net.ipv4.tcp_fastopen_key=!secret" },
		  "net.ipv4.tcp_fastopen_key=00000001-00000002-00000003-00000004",
		  UNDO_IMPOSSIBLE },
		{ { "net.ipv6.conf.eth0.addr_gen_mode=0" },
		  "net.ipv6.conf.eth0.addr_gen_mode=3",
		  UNDO_IMPOSSIBLE },
		{ { "net.ipv6.conf.all.disable_ipv6=0" },
		  "net.ipv6.conf.all.disable_ipv6=1",
		  UNDO_IMPOSSIBLE },
		{ { "net.netfilter.nf_hooks_lwtunnel=0" },
		  "net.netfilter.nf_hooks_lwtunnel=1",
		  UNDO_IMPOSSIBLE },
		{ { "net.ipv4.ip_forward=0", "net.ipv4.conf.all.forwarding=0",
		    "net.ipv4.conf.eth0.5.forwarding=1" },
		  "net.ipv4.ip_forward=1",
		  UNDO_IMPOSSIBLE },
		{ { "net.ipv6.conf.all.forwarding=0", "net.ipv6.conf.eth0.forwarding=1" },
		  "net.ipv6.conf.all.forwarding=1",
		  UNDO_IMPOSSIBLE },
		{ { "net.ipv4.ip_forward=0", "net.ipv4.conf.all.forwarding=0",
		    "net.ipv4.conf.eth0.forwarding=0" },
		  "net.ipv4.ip_forward=1",
		  UNDO_HIDDEN },
		{ { "net.ipv6.conf.eth0.addr_gen_mode=0" },
		  "net.ipv6.conf.eth0.addr_gen_mode=1",
		  UNDO_HIDDEN },
		{ { "net.ipv4.conf.default.rp_filter=0" },
		  "net.ipv4.conf.default.rp_filter=1",
		  UNDO_HIDDEN },
		{ { "net.ipv4.conf.eth0.rp_filter=0" },
		  "net.ipv4.conf.eth0.rp_filter=1",
		  UNDO_HIDDEN },
		{ { "net.ipv4.conf.all.rp_filter=0" },
		  "net.ipv4.conf.all.rp_filter=1",
		  UNDO_EXACT },
		{ { "net.ipv6.conf.eth0.accept_ra=0" },
		  "net.ipv6.conf.eth0.accept_ra=1",
		  UNDO_EXACT },
		{ { "net.core.somaxconn=128" }, "net.core.somaxconn=4096", UNDO_EXACT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scene scene = { .wishes = { cases[i].wish } };
		AUTO(plan_clear) struct plan plan = { 0 }, irreversible = { 0 };
		bool is_impossible = cases[i].class == UNDO_IMPOSSIBLE;

		memcpy(scene.live, cases[i].live, sizeof(cases[i].live));
		make_plan(&scene, &plan);
		if (plan.changes[0].undo.class != cases[i].class)
			fail_msg("%s: %s", cases[i].wish,
				 undo_class_text(plan.changes[0].undo.class));
		assert_int_equal(plan.changes[0].state,
				 is_impossible ? CHANGE_REFUSED : CHANGE_WRITE);
		assert_int_equal(plan.saved.count > 0, !is_impossible);
		scene.allows_irreversible = true;
		make_plan(&scene, &irreversible);
		assert_int_equal(irreversible.changes[0].state, CHANGE_WRITE);
	}
}

static void writes_come_in_an_order_that_the_kernel_takes(void **state)
{
	static const struct {
		struct scene scene;
		const char *order[4];
	} cases[] = {
		{ { { "net.ipv4.ip_local_port_range=32768 60999",
		      "net.ipv4.ip_unprivileged_port_start=2000" },
		    { "net.ipv4.ip_local_port_range=1024 65000",
		      "net.ipv4.ip_unprivileged_port_start=0" } },
		  { "net.ipv4.ip_unprivileged_port_start",
		    "net.ipv4.ip_local_port_range" } },
		{ { { "net.ipv4.ip_local_port_range=2000 65000",
		      "net.ipv4.ip_unprivileged_port_start=0" },
		    { "net.ipv4.ip_unprivileged_port_start=3000",
		      "net.ipv4.ip_local_port_range=32768 60999" } },
		  { "net.ipv4.ip_local_port_range",
		    "net.ipv4.ip_unprivileged_port_start" } },
		{ { { "net.ipv4.ipfrag_low_thresh=3145728",
		      "net.ipv4.ipfrag_high_thresh=4194304" },
		    { "net.ipv4.ipfrag_low_thresh=8000000",
		      "net.ipv4.ipfrag_high_thresh=9000000" } },
		  { "net.ipv4.ipfrag_high_thresh", "net.ipv4.ipfrag_low_thresh" } },
		{ { { "net.ipv4.ipfrag_low_thresh=3145728",
		      "net.ipv4.ipfrag_high_thresh=4194304" },
		    { "net.ipv4.ipfrag_high_thresh=1000000",
		      "net.ipv4.ipfrag_low_thresh=500000" } },
		  { "net.ipv4.ipfrag_low_thresh", "net.ipv4.ipfrag_high_thresh" } },
		{ { { "net.ipv4.tcp_reordering=3", "net.ipv4.tcp_max_reordering=300" },
		    { "net.ipv4.tcp_reordering=400",
		      "net.ipv4.tcp_max_reordering=500" } },
		  { "net.ipv4.tcp_max_reordering", "net.ipv4.tcp_reordering" } },
		{ { { "net.ipv4.conf.eth0.forwarding=0", "net.ipv4.ip_forward=0",
		      "net.ipv4.conf.all.forwarding=0",
		      "net.ipv4.conf.all.accept_redirects=0" },
		    { "net.ipv4.conf.all.accept_redirects=1", "net.ipv4.ip_forward=1" } },
		  { "net.ipv4.ip_forward", "net.ipv4.conf.all.accept_redirects" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(plan_clear) struct plan plan = { 0 };

		make_plan(&cases[i].scene, &plan);
		assert_int_equal(plan_tally(&plan, CHANGE_WRITE), 2);
		for (size_t j = 0; cases[i].order[j]; j++)
			assert_string_equal(plan.changes[j].key, cases[i].order[j]);
	}
}

static void every_key_that_a_write_reaches_is_saved(void **state)
{
	static const struct {
		const char *live, *wish;
		const char *saved[6];
		size_t count;
	} cases[] = {
		{ "net.core.somaxconn=128",
		  "net.core.somaxconn=4096",
		  { "net.core.somaxconn" },
		  1 },
		{ "net.ipv4.ip_forward=0",
		  "net.ipv4.ip_forward=1",
		  { "net.ipv4.ip_forward", "net.ipv4.conf.eth0.5.forwarding",
		    "net.ipv4.conf.default.forwarding",
		    "net.ipv4.conf.all.accept_redirects" },
		  9 },
		{ "net.ipv4.conf.default.rp_filter=0",
		  "net.ipv4.conf.default.rp_filter=1",
		  { "net.ipv4.conf.default.rp_filter", "net.ipv4.conf.eth0.rp_filter",
		    "net.ipv4.conf.eth0.5.rp_filter" },
		  4 },
		{ "net.ipv4.conf.eth0.rp_filter=0",
		  "net.ipv4.conf.eth0.rp_filter=1",
		  { "net.ipv4.conf.eth0.rp_filter" },
		  1 },
		{ "net.ipv6.conf.all.forwarding=0",
		  "net.ipv6.conf.all.forwarding=1",
		  { "net.ipv6.conf.eth0.forwarding",
		    "net.ipv6.conf.eth0.force_forwarding" },
		  8 },
		{ "net.ipv6.conf.default.accept_ra=0",
		  "net.ipv6.conf.default.accept_ra=1",
		  { "net.ipv6.conf.default.accept_ra" },
		  1 },
		{ "net.ipv4.neigh.eth0.unres_qlen=101",
		  "net.ipv4.neigh.eth0.unres_qlen=202",
		  { "net.ipv4.neigh.eth0.unres_qlen",
		    "net.ipv4.neigh.eth0.unres_qlen_bytes" },
		  2 },
		{ "net.ipv6.route.gc_min_interval_ms=500",
		  "net.ipv6.route.gc_min_interval_ms=1000",
		  { "net.ipv6.route.gc_min_interval" },
		  2 },
		{ "net.mptcp.pm_type=0",
		  "net.mptcp.pm_type=1",
		  { "net.mptcp.path_manager" },
		  2 },
		{ "net.ipv4.tcp_congestion_control=reno",
		  "net.ipv4.tcp_congestion_control=bbr",
		  { "net.ipv4.tcp_allowed_congestion_control" },
		  2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scene scene = { .live = { cases[i].live },
				       .wishes = { cases[i].wish } };
		AUTO(plan_clear) struct plan plan = { 0 };

		make_plan(&scene, &plan);
		for (size_t j = 0; cases[i].saved[j]; j++) {
			if (!key_list_has(&plan.saved, cases[i].saved[j]))
				fail_msg("%s does not save %s", cases[i].wish,
					 cases[i].saved[j]);
		}
		assert_int_equal(plan.saved.count, cases[i].count);
	}
}

static void a_glob_leaves_the_rest_out(void **state)
{
	static const struct scene scene = {
		.live = { "net.core.somaxconn=128", "net.ipv4.tcp_sack=0" },
		.wishes = { "net.core.somaxconn=4096", "net.ipv4.tcp_sack=1" },
		.only = "net.ipv4.*",
	};
	AUTO(plan_clear) struct plan plan = { 0 };

	(void)state;
	make_plan(&scene, &plan);
	assert_int_equal(plan.count, 1);
	assert_string_equal(plan.changes[0].key, "net.ipv4.tcp_sack");
}

static void a_secret_is_in_no_text_that_is_shown(void **state)
{
	static const struct scene scene = {
		.live = { "net.ipv4.tcp_fastopen_key=!secret" },
		.wishes = { "net.ipv4.tcp_fastopen_key=00000001-00000002-00000003-00000004" },
		.allows_irreversible = true,
	};
	AUTO(plan_clear) struct plan plan = { 0 };

	(void)state;
	make_plan(&scene, &plan);
	assert_null(plan.changes[0].now);
	assert_null(plan.changes[0].wanted);
	assert_null(plan.changes[0].will_be);
	assert_string_equal(plan.changes[0].secret_text,
			    "00000001-00000002-00000003-00000004");
}

static void a_bad_wish_is_refused_with_its_reason(void **state)
{
	static const struct {
		const char *key, *value, *reason;
	} cases[] = {
		{ "net.core.somaxcon", "1", "did you mean 'net.core.somaxconn'" },
		{ "net.ipv4.tcp_tw_recycle", "1", "is no more" },
		{ "net.ipv4.conf.*.rp_filter", "1", "name an interface" },
		{ "net.core/../../kernel/core_pattern", "x", "no sysctl key" },
		{ "net.core.somaxconn", "many", "is no number" },
		{ "net.ipv4.route.flush", "1", "a command" },
		{ "net.netfilter.nf_conntrack_count", "1", "read-only" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(profile_clear) struct profile wishes = { 0 };
		struct error err = { 0 };

		assert_int_equal(wish_add(&wishes, cases[i].key, cases[i].value, "--set",
					  NULL, true, &err),
				 -EINVAL);
		if (!strstr(err.text, cases[i].reason))
			fail_msg("%s", err.text);
		assert_int_equal(wishes.wanted_count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_wish_gets_its_state),
		cmocka_unit_test(what_cannot_be_undone_is_refused_unless_asked_for),
		cmocka_unit_test(writes_come_in_an_order_that_the_kernel_takes),
		cmocka_unit_test(every_key_that_a_write_reaches_is_saved),
		cmocka_unit_test(a_glob_leaves_the_rest_out),
		cmocka_unit_test(a_secret_is_in_no_text_that_is_shown),
		cmocka_unit_test(a_bad_wish_is_refused_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

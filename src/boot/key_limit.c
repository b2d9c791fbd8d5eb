#include "boot/key_limit.h"

#include "base/macros.h"

#include <fnmatch.h>

const struct key_limit key_limits[] = {
	{ "net/ipv4/ip_unprivileged_port_start", "net/ipv4/ip_local_port_range", 1024,
	  32768, "net/ipv4/sysctl_net_ipv4.c; measured on 6.18" },
	{ "net/ipv4/ipfrag_low_thresh", "net/ipv4/ipfrag_high_thresh", 3145728, 4194304,
	  "net/ipv4/ip_fragment.c; measured on 6.18" },
	{ "net/ipv6/ip6frag_low_thresh", "net/ipv6/ip6frag_high_thresh", 3145728, 4194304,
	  "net/ipv6/reassembly.c; measured on 6.18" },
	{ "net/netfilter/nf_conntrack_frag6_low_thresh",
	  "net/netfilter/nf_conntrack_frag6_high_thresh", 3145728, 4194304,
	  "net/ipv6/netfilter/nf_conntrack_reasm.c" },
};

const size_t key_limit_count = ARRAY_SIZE(key_limits);

/* Patterns of paths; from facts/side_effects of 6.18 and the kernel's documents. */
static const struct {
	const char *written, *changed;
} effects[] = {
	{ "net/ipv4/ip_forward", "net/ipv4/conf/*/forwarding" },
	{ "net/ipv4/ip_forward", "net/ipv4/conf/all/accept_redirects" },
	{ "net/ipv4/conf/all/forwarding", "net/ipv4/ip_forward" },
	{ "net/ipv4/conf/all/forwarding", "net/ipv4/conf/*/forwarding" },
	{ "net/ipv4/conf/all/forwarding", "net/ipv4/conf/all/accept_redirects" },
	{ "net/ipv6/conf/all/forwarding", "net/ipv6/conf/*/forwarding" },
	{ "net/ipv6/conf/all/force_forwarding", "net/ipv6/conf/*/force_forwarding" },
	{ "net/ipv6/conf/all/disable_ipv6", "net/ipv6/conf/*/disable_ipv6" },
	{ "net/ipv6/conf/all/addr_gen_mode", "net/ipv6/conf/*/addr_gen_mode" },
	{ "net/ipv6/conf/all/ignore_routes_with_linkdown",
	  "net/ipv6/conf/*/ignore_routes_with_linkdown" },
	{ "net/ipv4/neigh/*/base_reachable_time",
	  "net/ipv4/neigh/*/base_reachable_time_ms" },
	{ "net/ipv4/neigh/*/base_reachable_time_ms",
	  "net/ipv4/neigh/*/base_reachable_time" },
	{ "net/ipv4/neigh/*/retrans_time", "net/ipv4/neigh/*/retrans_time_ms" },
	{ "net/ipv4/neigh/*/retrans_time_ms", "net/ipv4/neigh/*/retrans_time" },
	{ "net/ipv4/neigh/*/unres_qlen", "net/ipv4/neigh/*/unres_qlen_bytes" },
	{ "net/ipv4/neigh/*/unres_qlen_bytes", "net/ipv4/neigh/*/unres_qlen" },
	{ "net/ipv6/neigh/*/base_reachable_time",
	  "net/ipv6/neigh/*/base_reachable_time_ms" },
	{ "net/ipv6/neigh/*/base_reachable_time_ms",
	  "net/ipv6/neigh/*/base_reachable_time" },
	{ "net/ipv6/neigh/*/retrans_time", "net/ipv6/neigh/*/retrans_time_ms" },
	{ "net/ipv6/neigh/*/retrans_time_ms", "net/ipv6/neigh/*/retrans_time" },
	{ "net/ipv6/neigh/*/unres_qlen", "net/ipv6/neigh/*/unres_qlen_bytes" },
	{ "net/ipv6/neigh/*/unres_qlen_bytes", "net/ipv6/neigh/*/unres_qlen" },
	{ "net/ipv6/route/gc_min_interval", "net/ipv6/route/gc_min_interval_ms" },
	{ "net/ipv6/route/gc_min_interval_ms", "net/ipv6/route/gc_min_interval" },
	{ "net/nf_conntrack_max", "net/netfilter/nf_conntrack_max" },
	{ "net/netfilter/nf_conntrack_max", "net/nf_conntrack_max" },
	{ "net/ipv4/tcp_congestion_control", "net/ipv4/tcp_allowed_congestion_control" },
	{ "net/mptcp/pm_type", "net/mptcp/path_manager" },
	{ "net/mptcp/path_manager", "net/mptcp/pm_type" },
	{ "net/ipv4/conf/default/*", "net/ipv4/conf/*/*" },
	{ "net/ipv4/neigh/default/*", "net/ipv4/neigh/*/*" },
	{ "net/ipv6/neigh/default/*", "net/ipv6/neigh/*/*" },
};

static const char *leaf(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "default" is copied to the key of the same name only, and not to "all". */
static bool is_copied(const char *written, const char *other)
{
	return strcmp(leaf(written), leaf(other)) == 0 && !strstr(other, "/all/");
}

bool key_write_changes(const char *written, const char *other)
{
	if (strcmp(written, other) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(effects); i++) {
		if (fnmatch(effects[i].written, written, FNM_PATHNAME) != 0 ||
		    fnmatch(effects[i].changed, other, FNM_PATHNAME) != 0)
			continue;
		if (strstr(effects[i].written, "/default/") && !is_copied(written, other))
			continue;
		return true;
	}
	return false;
}

bool key_write_has_effects(const char *written)
{
	for (size_t i = 0; i < ARRAY_SIZE(effects); i++) {
		if (fnmatch(effects[i].written, written, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

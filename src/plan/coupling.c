#include "plan/coupling.h"

#include "catalog/value.h"
#include "plan/reach.h"

const struct coupling couplings[] = {
	{ "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_port_range", 0, 0,
	  true },
	{ "net.ipv4.ipfrag_low_thresh", "net.ipv4.ipfrag_high_thresh", 0, 0, true },
	{ "net.ipv6.ip6frag_low_thresh", "net.ipv6.ip6frag_high_thresh", 0, 0, true },
	{ "net.netfilter.nf_conntrack_frag6_low_thresh",
	  "net.netfilter.nf_conntrack_frag6_high_thresh", 0, 0, true },
	{ "net.ipv4.tcp_reordering", "net.ipv4.tcp_max_reordering", 0, 0, true },
	{ "net.ipv4.inet_peer_minttl", "net.ipv4.inet_peer_maxttl", 0, 0, false },
	{ "net.ipv4.neigh.*.gc_thresh1", "net.ipv4.neigh.*.gc_thresh2", 0, 0, false },
	{ "net.ipv4.neigh.*.gc_thresh2", "net.ipv4.neigh.*.gc_thresh3", 0, 0, false },
	{ "net.ipv6.neigh.*.gc_thresh1", "net.ipv6.neigh.*.gc_thresh2", 0, 0, false },
	{ "net.ipv6.neigh.*.gc_thresh2", "net.ipv6.neigh.*.gc_thresh3", 0, 0, false },
	{ "net.ipv6.conf.*.temp_prefered_lft", "net.ipv6.conf.*.temp_valid_lft", 0, 0,
	  false },
};

const size_t coupling_count = ARRAY_SIZE(couplings);

static bool is_named(const char *name, const char *key)
{
	const struct sysctl_def *def = sysctl_find(key);

	return def && strcmp(def->name, name) == 0;
}

bool coupling_is_lesser(const struct coupling *coupling, const char *key)
{
	return is_named(coupling->lesser, key);
}

bool coupling_partner(const struct coupling *coupling, const char *key, char *ret)
{
	const char *other = is_named(coupling->lesser, key)    ? coupling->greater
			    : is_named(coupling->greater, key) ? coupling->lesser
							       : NULL;
	const char *star = other ? strchr(other, '*') : NULL;
	char interface[INTERFACE_NAME_BYTES];

	if (!other)
		return false;
	interface_of_key(sysctl_find(key), key, interface);
	if (star)
		(void)snprintf(ret, KEY_BYTES, "%.*s%s%s", (int)(star - other), other,
			       interface, star + 1);
	else
		(void)snprintf(ret, KEY_BYTES, "%s", other);
	return true;
}

bool coupling_holds(const struct coupling *coupling, const char *lesser,
		    const char *greater)
{
	struct value low, high;

	if (value_parse(sysctl_find(coupling->lesser), lesser, &low, NULL) < 0 ||
	    value_parse(sysctl_find(coupling->greater), greater, &high, NULL) < 0 ||
	    coupling->lesser_index >= low.count || coupling->greater_index >= high.count)
		return true;
	return value_number_compare(low.numbers[coupling->lesser_index],
				    high.numbers[coupling->greater_index]) <= 0;
}

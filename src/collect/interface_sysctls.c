/*
 * Sysctls of all interfaces. One RTM_GETLINK dump has most values of net.ipv4.conf and
 * net.ipv6.conf for every interface; reading them by name takes a file each.
 */
#include "base/file.h"
#include "catalog/sysctl.h"
#include "collect/link_list.h"
#include "collect/sysctls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

enum { KEY_BYTES = 256, MOST_CONF = 128, MOST_NAMES = 65536 };

/* Where a key stands in the array of values that the dump has for each interface. */
struct position {
	const char *key;
	int index;
};

/* --- net.ipv4.conf: IFLA_INET_CONF, counted from 1 in the kernel's header ---------- */

static const struct position positions4[] = {
	{ "accept_local", IPV4_DEVCONF_ACCEPT_LOCAL - 1 },
	{ "accept_redirects", IPV4_DEVCONF_ACCEPT_REDIRECTS - 1 },
	{ "accept_source_route", IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE - 1 },
	{ "arp_accept", IPV4_DEVCONF_ARP_ACCEPT - 1 },
	{ "arp_announce", IPV4_DEVCONF_ARP_ANNOUNCE - 1 },
	{ "arp_evict_nocarrier", IPV4_DEVCONF_ARP_EVICT_NOCARRIER - 1 },
	{ "arp_filter", IPV4_DEVCONF_ARPFILTER - 1 },
	{ "arp_ignore", IPV4_DEVCONF_ARP_IGNORE - 1 },
	{ "arp_notify", IPV4_DEVCONF_ARP_NOTIFY - 1 },
	{ "bc_forwarding", IPV4_DEVCONF_BC_FORWARDING - 1 },
	{ "bootp_relay", IPV4_DEVCONF_BOOTP_RELAY - 1 },
	{ "disable_policy", IPV4_DEVCONF_NOPOLICY - 1 },
	{ "disable_xfrm", IPV4_DEVCONF_NOXFRM - 1 },
	{ "drop_gratuitous_arp", IPV4_DEVCONF_DROP_GRATUITOUS_ARP - 1 },
	{ "drop_unicast_in_l2_multicast", IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST - 1 },
	{ "force_igmp_version", IPV4_DEVCONF_FORCE_IGMP_VERSION - 1 },
	{ "forwarding", IPV4_DEVCONF_FORWARDING - 1 },
	{ "igmpv2_unsolicited_report_interval",
	  IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL - 1 },
	{ "igmpv3_unsolicited_report_interval",
	  IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL - 1 },
	{ "ignore_routes_with_linkdown", IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN - 1 },
	{ "log_martians", IPV4_DEVCONF_LOG_MARTIANS - 1 },
	{ "mc_forwarding", IPV4_DEVCONF_MC_FORWARDING - 1 },
	{ "medium_id", IPV4_DEVCONF_MEDIUM_ID - 1 },
	{ "promote_secondaries", IPV4_DEVCONF_PROMOTE_SECONDARIES - 1 },
	{ "proxy_arp", IPV4_DEVCONF_PROXY_ARP - 1 },
	{ "proxy_arp_pvlan", IPV4_DEVCONF_PROXY_ARP_PVLAN - 1 },
	{ "route_localnet", IPV4_DEVCONF_ROUTE_LOCALNET - 1 },
	{ "rp_filter", IPV4_DEVCONF_RP_FILTER - 1 },
	{ "secure_redirects", IPV4_DEVCONF_SECURE_REDIRECTS - 1 },
	{ "send_redirects", IPV4_DEVCONF_SEND_REDIRECTS - 1 },
	{ "shared_media", IPV4_DEVCONF_SHARED_MEDIA - 1 },
	{ "src_valid_mark", IPV4_DEVCONF_SRC_VMARK - 1 },
	{ "tag", IPV4_DEVCONF_TAG - 1 },
};

/* --- net.ipv6.conf: IFLA_INET6_CONF. Not here: those that the dump has in another unit
 */

static const struct position positions6[] = {
	{ "accept_dad", DEVCONF_ACCEPT_DAD },
	{ "accept_ra", DEVCONF_ACCEPT_RA },
	{ "accept_ra_defrtr", DEVCONF_ACCEPT_RA_DEFRTR },
	{ "accept_ra_min_hop_limit", DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT },
	{ "accept_ra_min_lft", DEVCONF_ACCEPT_RA_MIN_LFT },
	{ "accept_ra_mtu", DEVCONF_ACCEPT_RA_MTU },
	{ "accept_ra_pinfo", DEVCONF_ACCEPT_RA_PINFO },
	{ "accept_ra_rtr_pref", DEVCONF_ACCEPT_RA_RTR_PREF },
	{ "accept_redirects", DEVCONF_ACCEPT_REDIRECTS },
	{ "accept_source_route", DEVCONF_ACCEPT_SOURCE_ROUTE },
	{ "addr_gen_mode", DEVCONF_ADDR_GEN_MODE },
	{ "autoconf", DEVCONF_AUTOCONF },
	{ "dad_transmits", DEVCONF_DAD_TRANSMITS },
	{ "disable_ipv6", DEVCONF_DISABLE_IPV6 },
	{ "disable_policy", DEVCONF_DISABLE_POLICY },
	{ "drop_unicast_in_l2_multicast", DEVCONF_DROP_UNICAST_IN_L2_MULTICAST },
	{ "drop_unsolicited_na", DEVCONF_DROP_UNSOLICITED_NA },
	{ "forwarding", DEVCONF_FORWARDING },
	{ "hop_limit", DEVCONF_HOPLIMIT },
	{ "ignore_routes_with_linkdown", DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN },
	{ "keep_addr_on_down", DEVCONF_KEEP_ADDR_ON_DOWN },
	{ "max_addresses", DEVCONF_MAX_ADDRESSES },
	{ "mtu", DEVCONF_MTU6 },
	{ "ndisc_notify", DEVCONF_NDISC_NOTIFY },
	{ "optimistic_dad", DEVCONF_OPTIMISTIC_DAD },
	{ "proxy_ndp", DEVCONF_PROXY_NDP },
	{ "router_solicitations", DEVCONF_RTR_SOLICITS },
	{ "suppress_frag_ndisc", DEVCONF_SUPPRESS_FRAG_NDISC },
	{ "temp_prefered_lft", DEVCONF_TEMP_PREFERED_LFT },
	{ "temp_valid_lft", DEVCONF_TEMP_VALID_LFT },
	{ "use_tempaddr", DEVCONF_USE_TEMPADDR },
};

/* Values of one interface and family; count 0: the dump has none. */
struct conf {
	int32_t values[MOST_CONF];
	size_t count;
};

/* One reading of all patterns. */
struct reading {
	struct collection *collection;
	struct source_result *result;
	struct error *err;
	int code; /* the first failure */
};

/* --- one key ----------------------------------------------------------------------- */

/* "net.ipv4.conf." and "rp_filter" around the star; false when there is no star. */
static bool split_pattern(const char *pattern, size_t *ret_head, const char **ret_key)
{
	const char *star = strstr(pattern, "*.");

	if (!star)
		return false;
	*ret_head = (size_t)(star - pattern);
	*ret_key = star + 2;
	return true;
}

/* A dot in the name of an interface is written as a slash. False when it does not fit. */
static bool build_key(const char *pattern, const char *interface, char *ret, size_t size)
{
	size_t head;
	const char *key;
	int length;

	if (!split_pattern(pattern, &head, &key))
		return false;
	length = snprintf(ret, size, "%.*s%s.%s", (int)head, pattern, interface, key);
	if (length < 0 || (size_t)length >= size)
		return false;
	for (char *c = ret + head; c < ret + head + strlen(interface); c++)
		if (*c == '.')
			*c = '/';
	return true;
}

static const struct position *find_position(const struct position *positions,
					    size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(positions[i].key, key) == 0)
			return &positions[i];
	return NULL;
}

/* The value of a key that the dump has; false when it must be read by name. */
static bool find_value(const char *pattern, const struct conf *conf4,
		       const struct conf *conf6, int32_t *ret)
{
	static const char ipv4[] = "net.ipv4.conf.", ipv6[] = "net.ipv6.conf.";
	const struct position *position = NULL;
	const struct conf *conf = conf4;
	const char *key;
	size_t head;

	if (!split_pattern(pattern, &head, &key))
		return false;
	if (strncmp(pattern, ipv4, strlen(ipv4)) == 0) {
		position = find_position(positions4, ARRAY_SIZE(positions4), key);
	} else if (strncmp(pattern, ipv6, strlen(ipv6)) == 0) {
		position = find_position(positions6, ARRAY_SIZE(positions6), key);
		conf = conf6;
	}
	if (!position || (size_t)position->index >= conf->count)
		return false;
	*ret = conf->values[position->index];
	return true;
}

/* By name; an interface without the key (without IPv6, or gone since) has no row. */
static int read_by_name(struct reading *reading, const char *key)
{
	char path[KEY_BYTES];
	struct collection *collection = reading->collection;
	int code = sysctl_path(key, path, sizeof(path));

	if (code < 0 || faccessat(collection->kernel->sys, path, F_OK, 0) < 0)
		return 0;
	return sysctls_read_key(collection, key, reading->result, reading->err);
}

static int store_one(struct reading *reading, const char *pattern, const char *interface,
		     const struct conf *conf4, const struct conf *conf6)
{
	char key[KEY_BYTES], text[16];
	int32_t value;

	if (!build_key(pattern, interface, key, sizeof(key)))
		return 0;
	if (!find_value(pattern, conf4, conf6, &value))
		return read_by_name(reading, key);
	(void)snprintf(text, sizeof(text), "%d", value);
	return evidence_add_sysctl(reading->collection->evidence, key, text, NULL,
				   reading->err);
}

/* All patterns for one interface. */
static void store_interface(struct reading *reading, const char *interface,
			    const struct conf *conf4, const struct conf *conf6)
{
	const struct needs *needs = reading->collection->needs;

	for (size_t i = 0; i < needs->sysctl_count && reading->code == 0; i++)
		if (strchr(needs->sysctls[i], '*'))
			reading->code = store_one(reading, needs->sysctls[i], interface,
						  conf4, conf6);
}

/* --- interfaces, from the dump ----------------------------------------------------- */

static void read_conf(const struct netlink_attribute *family, unsigned type,
		      struct conf *ret)
{
	struct netlink_attributes nested = netlink_nested(family);
	struct netlink_attribute attribute;

	while (netlink_next(&nested, &attribute)) {
		if (attribute.type != type)
			continue;
		netlink_copy(&attribute, ret->values, sizeof(ret->values));
		ret->count = attribute.size / sizeof(ret->values[0]);
		ret->count = ret->count < MOST_CONF ? ret->count : MOST_CONF;
	}
}

static void read_families(const struct netlink_attribute *families, struct conf *conf4,
			  struct conf *conf6)
{
	struct netlink_attributes nested = netlink_nested(families);
	struct netlink_attribute family;

	while (netlink_next(&nested, &family)) {
		if (family.type == AF_INET)
			read_conf(&family, IFLA_INET_CONF, conf4);
		else if (family.type == AF_INET6)
			read_conf(&family, IFLA_INET6_CONF, conf6);
	}
}

static void read_link(void *data, const struct nlmsghdr *message)
{
	struct reading *reading = data;
	struct conf conf4 = { .count = 0 }, conf6 = { .count = 0 };
	struct netlink_attributes attributes;
	struct netlink_attribute attribute;
	struct ifinfomsg about;
	char name[IF_NAMESIZE] = "";

	if (!link_open(message, &about, &attributes))
		return;
	while (netlink_next(&attributes, &attribute)) {
		if (attribute.type == IFLA_IFNAME)
			netlink_text(&attribute, name, sizeof(name));
		else if (attribute.type == IFLA_AF_SPEC)
			read_families(&attribute, &conf4, &conf6);
	}
	if (name[0])
		store_interface(reading, name, &conf4, &conf6);
}

/* --- interfaces, from the names of folders ----------------------------------------- */

/* A folder of dumps has no netlink, but the folders of its interfaces. */
static void read_names(struct reading *reading, const char *path)
{
	static const struct conf none = { .count = 0 };
	int fd =
		file_open(reading->collection->kernel->sys, path, O_RDONLY | O_DIRECTORY);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!listing) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (int count = 0; count < MOST_NAMES && (entry = readdir(listing)); count++)
		if (entry->d_name[0] != '.' && strlen(entry->d_name) < IF_NAMESIZE)
			store_interface(reading, entry->d_name, &none, &none);
	closedir(listing);
}

/* --- both -------------------------------------------------------------------------- */

static int read_dump(struct reading *reading)
{
	static const struct conf none = { .count = 0 };
	struct source_result listed = { 0 };
	int code;

	store_interface(reading, "all", &none, &none);
	store_interface(reading, "default", &none, &none);
	code = link_list(reading->collection->kernel, RTEXT_FILTER_SKIP_STATS, read_link,
			 reading, &listed, reading->err);
	if (listed.state != SOURCE_OK)
		source_is_partial(reading->result, "%s", listed.reason.text);
	return code;
}

int interface_sysctls_read(struct collection *collection, struct source_result *result,
			   struct error *err)
{
	struct reading reading = { .collection = collection,
				   .result = result,
				   .err = err };
	int code = 0;

	if (collection->kernel->is_live) {
		code = read_dump(&reading);
	} else {
		/* an interface that has both is stored twice, which is once */
		read_names(&reading, "net/ipv4/conf");
		read_names(&reading, "net/ipv6/conf");
	}
	return code < 0 ? code : reading.code;
}

#include "plan/reach.h"

#include <errno.h>

/* --- lists of keys ---------------------------------------------------------------- */

bool key_list_has(const struct key_list *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->keys[i], key) == 0)
			return true;
	}
	return false;
}

int key_list_add(struct key_list *list, const char *key)
{
	char **grown;
	char *copy;

	if (key_list_has(list, key))
		return 0;
	grown = realloc(list->keys, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->keys = grown;
	copy = strdup(key);
	if (!copy)
		return -ENOMEM;
	grown[list->count++] = copy;
	return 0;
}

void key_list_clear(struct key_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->keys[i]);
	free(list->keys);
	*list = (struct key_list){ 0 };
}

int key_canonical(const char *key, char *ret)
{
	int r = sysctl_path(key, ret, KEY_BYTES);

	for (char *c = ret; r == 0 && *c; c++) {
		if (*c == '/')
			*c = '.';
	}
	return r;
}

/* --- facts ------------------------------------------------------------------------ */

/*
 * One key and what it reaches. name: as in the catalog. interface: of a per-interface
 * key, the one that spreads ("all"); NULL for any other key. reaches: a '*' stands for
 * every name of the family, "all" and "default" included, which is more than what the
 * kernel changes: what did not change costs a read.
 */
struct reach {
	const char *name;
	const char *interface;
	const char *reaches[3];
};

static const struct reach reaches[] = {
	{ "net.ipv4.ip_forward",
	  NULL,
	  { "net.ipv4.conf.*.forwarding", "net.ipv4.conf.*.accept_redirects" } },
	{ "net.ipv4.conf.*.forwarding",
	  "all",
	  { "net.ipv4.ip_forward", "net.ipv4.conf.*.forwarding",
	    "net.ipv4.conf.*.accept_redirects" } },
	{ "net.ipv6.conf.*.forwarding",
	  "all",
	  { "net.ipv6.conf.*.forwarding", "net.ipv6.conf.*.force_forwarding" } },
	{ "net.ipv6.conf.*.disable_ipv6", "all", { "net.ipv6.conf.*.disable_ipv6" } },
	{ "net.ipv6.conf.*.addr_gen_mode", "all", { "net.ipv6.conf.*.addr_gen_mode" } },
	{ "net.ipv6.conf.*.stable_secret",
	  "default",
	  { "net.ipv6.conf.*.addr_gen_mode" } },
	{ "net.ipv6.conf.*.force_forwarding",
	  "all",
	  { "net.ipv6.conf.*.force_forwarding" } },
	{ "net.ipv6.conf.*.ignore_routes_with_linkdown",
	  "all",
	  { "net.ipv6.conf.*.ignore_routes_with_linkdown" } },
	{ "net.ipv4.tcp_congestion_control",
	  NULL,
	  { "net.ipv4.tcp_allowed_congestion_control" } },
};

/*
 * Two names of one value. exact: the one that shows all of it; restoring goes through it.
 * In a family both are about the same interface.
 */
static const struct {
	const char *exact, *rounded;
} aliases[] = {
	{ "net.ipv4.neigh.*.base_reachable_time_ms",
	  "net.ipv4.neigh.*.base_reachable_time" },
	{ "net.ipv4.neigh.*.retrans_time_ms", "net.ipv4.neigh.*.retrans_time" },
	{ "net.ipv4.neigh.*.unres_qlen_bytes", "net.ipv4.neigh.*.unres_qlen" },
	{ "net.ipv6.neigh.*.base_reachable_time_ms",
	  "net.ipv6.neigh.*.base_reachable_time" },
	{ "net.ipv6.neigh.*.retrans_time_ms", "net.ipv6.neigh.*.retrans_time" },
	{ "net.ipv6.neigh.*.unres_qlen_bytes", "net.ipv6.neigh.*.unres_qlen" },
	{ "net.ipv4.route.gc_min_interval_ms", "net.ipv4.route.gc_min_interval" },
	{ "net.ipv6.route.gc_min_interval_ms", "net.ipv6.route.gc_min_interval" },
	{ "net.mptcp.path_manager", "net.mptcp.pm_type" },
	{ "net.netfilter.nf_conntrack_max", "net.nf_conntrack_max" },
	{ "net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding" },
};

/* Keys that the default of a family reaches on each interface, when they are its own. */
static bool follows_default(enum interface_family family, const char *name)
{
	static const char *const apart[] = {
		/* a table has one, and IPv4 forwarding of the default is a word for later
		 */
		"gc_interval", "gc_thresh1", "gc_thresh2", "gc_thresh3", "forwarding",
	};
	const char *leaf = strrchr(name, '.') + 1;

	for (size_t i = 0; i < ARRAY_SIZE(apart); i++) {
		if (strcmp(apart[i], leaf) == 0)
			return false;
	}
	return family != FAMILY_CONF6;
}

/* --- lookups ---------------------------------------------------------------------- */

/* "net.ipv4.conf.*.rp_filter" and "eth0" to a key; false when it does not fit. */
static bool fill_in(const char *name, const char *interface, char *ret)
{
	const char *star = strchr(name, '*');
	int length = star ? snprintf(ret, KEY_BYTES, "%.*s%s%s", (int)(star - name), name,
				     interface, star + 1)
			  : snprintf(ret, KEY_BYTES, "%s", name);

	return length > 0 && length < KEY_BYTES;
}

static const struct reach *find_reach(const struct sysctl_def *def, const char *interface)
{
	for (size_t i = 0; i < ARRAY_SIZE(reaches); i++) {
		const struct reach *reach = &reaches[i];

		if (strcmp(reach->name, def->name) == 0 &&
		    (!reach->interface || strcmp(reach->interface, interface) == 0))
			return reach;
	}
	return NULL;
}

/* Add a name of the catalog, for every interface when it is of a family. */
static int add_name(const char *name, const struct interfaces *interfaces,
		    struct key_list *ret)
{
	const struct sysctl_def *def = sysctl_find(name);
	enum interface_family family = def ? interface_family_of(def) : FAMILY_COUNT;
	const struct interface_names *names;
	char key[KEY_BYTES];
	int r = 0;

	if (family == FAMILY_COUNT)
		return key_list_add(ret, name);
	names = &interfaces->families[family];
	for (size_t i = 0; r == 0 && i < names->count; i++) {
		if (!fill_in(name, names->names[i], key))
			return -ENAMETOOLONG;
		r = key_list_add(ret, key);
	}
	return r;
}

/* The other name of a value, if this name is one of two; NULL when it has only one. */
static const char *other_name(const char *key, char *interface, bool *ret_is_exact)
{
	const struct sysctl_def *def = sysctl_find(key);

	interface[0] = '\0';
	if (!def)
		return NULL;
	interface_of_key(def, key, interface);
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		const char *exact = aliases[i].exact, *rounded = aliases[i].rounded;

		*ret_is_exact = strcmp(exact, def->name) == 0 || strcmp(exact, key) == 0;
		if (*ret_is_exact)
			return rounded;
		if (strcmp(rounded, def->name) == 0 || strcmp(rounded, key) == 0)
			return exact;
	}
	return NULL;
}

/* The aliases of what is in the list from index `first` on. */
static int add_aliases(struct key_list *ret, size_t first)
{
	char interface[INTERFACE_NAME_BYTES], other[KEY_BYTES];
	size_t last = ret->count;
	int r = 0;

	for (size_t i = first; r == 0 && i < last; i++) {
		bool is_exact;
		const char *name = other_name(ret->keys[i], interface, &is_exact);

		if (name && fill_in(name, interface, other))
			r = key_list_add(ret, other);
	}
	return r;
}

int reach_add(const char *key, const struct interfaces *interfaces, struct key_list *ret)
{
	const struct sysctl_def *def = sysctl_find(key);
	char interface[INTERFACE_NAME_BYTES];
	const struct reach *reach;
	size_t first = ret->count;
	int r = key_list_add(ret, key);

	if (r < 0 || !def)
		return r;
	interface_of_key(def, key, interface);
	reach = find_reach(def, interface);
	for (size_t i = 0; r == 0 && reach && i < ARRAY_SIZE(reach->reaches); i++) {
		if (reach->reaches[i])
			r = add_name(reach->reaches[i], interfaces, ret);
	}
	if (r == 0 && strcmp(interface, "default") == 0 &&
	    follows_default(interface_family_of(def), def->name))
		r = add_name(def->name, interfaces, ret);
	return r < 0 ? r : add_aliases(ret, first);
}

bool reach_spreads(const char *key)
{
	const struct sysctl_def *def = sysctl_find(key);
	char interface[INTERFACE_NAME_BYTES];

	if (!def)
		return false;
	interface_of_key(def, key, interface);
	return find_reach(def, interface) != NULL ||
	       (strcmp(interface, "default") == 0 &&
		follows_default(interface_family_of(def), def->name));
}

bool reach_exact_alias(const char *key, char *ret)
{
	char interface[INTERFACE_NAME_BYTES];
	bool is_exact = false;
	const char *name = other_name(key, interface, &is_exact);

	return name && !is_exact && fill_in(name, interface, ret);
}

bool reach_is_alias(const char *a, const char *b)
{
	char interface[INTERFACE_NAME_BYTES], other[KEY_BYTES];
	bool is_exact;
	const char *name = other_name(a, interface, &is_exact);

	return name && fill_in(name, interface, other) && strcmp(other, b) == 0;
}

bool reach_changes(const char *key, const char *other)
{
	const struct sysctl_def *def = sysctl_find(key), *other_def = sysctl_find(other);
	char interface[INTERFACE_NAME_BYTES];
	const struct reach *reach;

	if (!def || !other_def)
		return false;
	interface_of_key(def, key, interface);
	reach = find_reach(def, interface);
	for (size_t i = 0; reach && i < ARRAY_SIZE(reach->reaches); i++) {
		if (reach->reaches[i] && strcmp(reach->reaches[i], other_def->name) == 0)
			return true;
	}
	return reach_is_alias(key, other) || (reach_spreads(key) && def == other_def);
}

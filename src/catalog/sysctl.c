#include "catalog/sysctl.h"

#include "base/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The longest key that is looked at: no kernel has one half as long. */
enum { KEY_SIZE = 256 };

static const struct {
	const struct sysctl_def *defs;
	const size_t *count;
} families[] = {
	{ sysctl_core, &sysctl_core_count },
	{ sysctl_tcp, &sysctl_tcp_count },
	{ sysctl_device, &sysctl_device_count },
	{ sysctl_ipv4, &sysctl_ipv4_count },
	{ sysctl_ipv6, &sysctl_ipv6_count },
	{ sysctl_netfilter, &sysctl_netfilter_count },
	{ sysctl_other, &sysctl_other_count },
	{ sysctl_removed, &sysctl_removed_count },
};

size_t sysctl_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		count += *families[i].count;
	return count;
}

const struct sysctl_def *sysctl_at(size_t index)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (index < *families[i].count)
			return &families[i].defs[index];
		index -= *families[i].count;
	}
	return NULL;
}

/* The first entry of a family that is not before the name; its count when all are. */
static size_t lower_bound(size_t family, const char *name)
{
	const struct sysctl_def *defs = families[family].defs;
	size_t low = 0, high = *families[family].count;

	/* most families are wholly before or behind a name */
	if (high == 0 || strcmp(defs[high - 1].name, name) < 0)
		return high;
	if (strcmp(defs[0].name, name) >= 0)
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(defs[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The entry whose name begins with `name`, or is it when `is_whole`. */
static const struct sysctl_def *find_name(const char *name, bool is_whole)
{
	size_t length = strlen(name) + is_whole;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		size_t at = lower_bound(i, name);

		if (at < *families[i].count &&
		    strncmp(families[i].defs[at].name, name, length) == 0)
			return &families[i].defs[at];
	}
	return NULL;
}

/*
 * Dots and slashes change places: a path becomes a key and a key a path, whose literal
 * dots are the other's slashes, as sysctl(8) and systemd have it.
 */
static void swap_separators(char *text)
{
	for (; *text; text++) {
		if (*text == '.')
			*text = '/';
		else if (*text == '/')
			*text = '.';
	}
}

/*
 * Where the name of an interface stands in a path, by the families that the catalog has:
 * behind "net/ipv4/conf/".
 *
 * Returns: NULL when the path has no such part
 */
static char *find_interface(char *path)
{
	char name[KEY_SIZE + 4];

	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path) + 1;

		if (!strchr(slash + 1, '/'))
			return NULL;
		memcpy(name, path, length);
		name[length] = '\0';
		swap_separators(name);
		memcpy(name + length, "*.", sizeof("*."));
		if (find_name(name, false))
			return slash + 1;
	}
	return NULL;
}

/* In a path made from dots, an interface "eth0.5" fell into two parts: one again. */
static void join_interface(char *path)
{
	char *interface = find_interface(path);
	char *leaf = strrchr(path, '/');

	if (!interface)
		return;
	for (; interface < leaf; interface++) {
		if (*interface == '/')
			*interface = '.';
	}
}

/* No part of a path may be empty, "." or "..". */
static bool is_clean_path(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}

int sysctl_path(const char *key, char *ret, size_t size)
{
	char path[KEY_SIZE];
	size_t length = strlen(key);

	if (length >= sizeof(path) || length >= size)
		return -ENAMETOOLONG;
	for (size_t i = 0; i < length; i++) {
		if (isspace((unsigned char)key[i]) || iscntrl((unsigned char)key[i]))
			return -EINVAL;
	}
	memcpy(path, key, length + 1);
	if (key[strcspn(key, "./")] == '.') {
		swap_separators(path);
		join_interface(path);
	}
	if (!is_clean_path(path))
		return -EINVAL;
	memcpy(ret, path, length + 1);
	return 0;
}

/* The name that a path has in the catalog: with dots, and '*' for the interface. */
static void path_to_name(char *path, char *ret, size_t size)
{
	char *interface = find_interface(path);
	size_t length;

	if (interface) {
		length = strcspn(interface, "/");
		memmove(interface + 1, interface + length,
			strlen(interface + length) + 1);
		*interface = '*';
	}
	(void)snprintf(ret, size, "%s", path);
	swap_separators(ret);
}

/* A key as it stands, or a path, that the catalog has by that very name. */
static const struct sysctl_def *find_plain(const char *key)
{
	char name[KEY_SIZE];
	size_t length = strlen(key);

	if (key[strcspn(key, "./")] != '/')
		return find_name(key, true);
	if (length >= sizeof(name))
		return NULL;
	memcpy(name, key, length + 1);
	swap_separators(name);
	return find_name(name, true);
}

const struct sysctl_def *sysctl_find(const char *key)
{
	const struct sysctl_def *found = find_plain(key);
	char path[KEY_SIZE], name[KEY_SIZE];

	if (found || sysctl_path(key, path, sizeof(path)) < 0)
		return found;
	path_to_name(path, name, sizeof(name));
	return find_name(name, true);
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The last part of a key: "somaxconn". */
static const char *key_leaf(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

/* How many letters two keys have in common from their beginning. */
static size_t common_prefix(const char *a, const char *b)
{
	size_t length = 0;

	while (a[length] && a[length] == b[length])
		length++;
	return length;
}

const struct sysctl_def *sysctl_nearest(const char *key)
{
	char path[KEY_SIZE], name[KEY_SIZE];
	const struct sysctl_def *nearest = NULL;
	size_t best = 0, best_prefix = 0;

	if (sysctl_path(key, path, sizeof(path)) < 0)
		return NULL;
	path_to_name(path, name, sizeof(name));
	/* a long word may have three slips; a short one is soon another word */
	best = 1 + min_size(strlen(key_leaf(name)) / 6, 2);
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);
		size_t prefix = common_prefix(name, def->name);
		size_t leaf = (size_t)(key_leaf(def->name) - def->name);
		bool is_elsewhere = prefix < leaf || name + leaf != key_leaf(name);
		size_t distance =
			is_elsewhere +
			nearest_distance(key_leaf(name), key_leaf(def->name), best);

		if (def->kind == KIND_MISSPELLED || distance > best ||
		    (nearest && distance == best && prefix <= best_prefix))
			continue;
		nearest = def;
		best = distance;
		best_prefix = prefix;
	}
	return nearest;
}

const char *sysctl_scope_text(enum sysctl_scope scope)
{
	static const char *const texts[] = {
		[SCOPE_UNKNOWN] = "unknown",
		[SCOPE_NETNS] = "namespace",
		[SCOPE_NETNS_INTERFACE] = "interface",
		[SCOPE_GLOBAL] = "machine",
		[SCOPE_INIT_ONLY] = "machine, set in the initial namespace",
	};

	_Static_assert(ARRAY_SIZE(texts) == SCOPE_INIT_ONLY + 1, "a text for each value");
	return texts[scope];
}

const char *sysctl_effect_text(enum sysctl_effect effect)
{
	static const char *const texts[] = {
		[EFFECT_UNKNOWN] = "unknown",
		[EFFECT_AT_ONCE] = "at once",
		[EFFECT_NEW_SOCKETS] = "new sockets",
		[EFFECT_NEW_CONNECTIONS] = "new connections",
		[EFFECT_LISTEN] = "next listen()",
		[EFFECT_BIND] = "next bind()",
		[EFFECT_CLOSE] = "next close",
		[EFFECT_TIMER] = "next timer",
		[EFFECT_SETSOCKOPT] = "next setsockopt()",
		[EFFECT_NEW_ENTRIES] = "new entries",
		[EFFECT_NEW_DEVICES] = "new devices",
		[EFFECT_NEW_NAMESPACES] = "new namespaces",
		[EFFECT_ACTION] = "an action",
		[EFFECT_NEVER] = "never",
	};

	_Static_assert(ARRAY_SIZE(texts) == EFFECT_NEVER + 1, "a text for each value");
	return texts[effect];
}

const char *sysctl_inheritance_text(enum sysctl_inheritance inherits)
{
	static const char *const texts[] = {
		[INHERITS_UNKNOWN] = "unknown",
		[INHERITS_NOTHING] = "nothing",
		[INHERITS_DEFAULT] = "the kernel's default",
		[INHERITS_INIT] = "the initial namespace's value",
		[INHERITS_DEVCONF] = "as devconf_inherit_init_net says",
	};

	_Static_assert(ARRAY_SIZE(texts) == INHERITS_DEVCONF + 1,
		       "a text for each value");
	return texts[inherits];
}

const char *value_type_text(enum value_type type)
{
	static const char *const texts[] = {
		[VALUE_UNKNOWN] = "unknown",
		[VALUE_INT] = "integer",
		[VALUE_UINT] = "unsigned integer",
		[VALUE_BOOL] = "boolean",
		[VALUE_ENUM] = "enumeration",
		[VALUE_BITMASK] = "bit mask",
		[VALUE_CPU_MASK] = "CPU mask",
		[VALUE_NUMBER_LIST] = "list of numbers",
		[VALUE_WORD] = "word",
		[VALUE_WORD_LIST] = "list of words",
		[VALUE_TEXT] = "text",
		[VALUE_HEX_KEY] = "key material",
	};

	_Static_assert(ARRAY_SIZE(texts) == VALUE_HEX_KEY + 1, "a text for each value");
	return texts[type];
}

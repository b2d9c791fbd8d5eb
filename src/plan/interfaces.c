#include "plan/interfaces.h"

#include <errno.h>

static const char *const folders[] = {
	[FAMILY_CONF4] = "net/ipv4/conf",
	[FAMILY_CONF6] = "net/ipv6/conf",
	[FAMILY_NEIGH4] = "net/ipv4/neigh",
	[FAMILY_NEIGH6] = "net/ipv6/neigh",
};

static const char *const prefixes[] = {
	[FAMILY_CONF4] = "net.ipv4.conf.*.",
	[FAMILY_CONF6] = "net.ipv6.conf.*.",
	[FAMILY_NEIGH4] = "net.ipv4.neigh.*.",
	[FAMILY_NEIGH6] = "net.ipv6.neigh.*.",
};

_Static_assert(ARRAY_SIZE(folders) == FAMILY_COUNT, "a folder for each family");
_Static_assert(ARRAY_SIZE(prefixes) == FAMILY_COUNT, "a prefix for each family");

const char *interface_family_folder(enum interface_family family)
{
	return folders[family];
}

int interfaces_add(struct interfaces *interfaces, enum interface_family family,
		   const char *name)
{
	struct interface_names *list = &interfaces->families[family];
	char(*grown)[INTERFACE_NAME_BYTES];

	if (strlen(name) >= INTERFACE_NAME_BYTES)
		return -ENAMETOOLONG;
	grown = realloc(list->names, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->names = grown;
	(void)snprintf(grown[list->count++], INTERFACE_NAME_BYTES, "%s", name);
	return 0;
}

void interfaces_clear(struct interfaces *interfaces)
{
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		free(interfaces->families[i].names);
	*interfaces = (struct interfaces){ 0 };
}

enum interface_family interface_family_of(const struct sysctl_def *def)
{
	size_t family = 0;

	while (family < FAMILY_COUNT &&
	       strncmp(def->name, prefixes[family], strlen(prefixes[family])) != 0)
		family++;
	return (enum interface_family)family;
}

void interface_of_key(const struct sysctl_def *def, const char *key, char *ret)
{
	enum interface_family family = interface_family_of(def);
	size_t start, tail, length = strlen(key);

	ret[0] = '\0';
	if (family == FAMILY_COUNT)
		return;
	start = strlen(prefixes[family]) - strlen("*.");
	tail = strlen(def->name) - start - strlen("*");
	if (length <= start + tail)
		return;
	(void)snprintf(ret, INTERFACE_NAME_BYTES, "%.*s", (int)(length - start - tail),
		       key + start);
}

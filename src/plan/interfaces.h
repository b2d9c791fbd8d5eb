/* Which folders of per-interface keys a network namespace has: plain data. */
#pragma once

#include "catalog/sysctl.h"

/* The four families of keys that exist once an interface. */
enum interface_family {
	FAMILY_CONF4,
	FAMILY_CONF6,
	FAMILY_NEIGH4,
	FAMILY_NEIGH6,
	FAMILY_COUNT,
};

enum { INTERFACE_NAME_BYTES = 64 };

/* names: with "all" and "default", where they exist */
struct interface_names {
	char (*names)[INTERFACE_NAME_BYTES];
	size_t count;
};

/* Zeroed is empty. */
struct interfaces {
	struct interface_names families[FAMILY_COUNT];
};

/* "net/ipv4/conf": where the names of a family are listed below /proc/sys. */
const char *interface_family_folder(enum interface_family family);

/* Fails: -ENOMEM; -ENAMETOOLONG */
MUST_CHECK int interfaces_add(struct interfaces *interfaces, enum interface_family family,
			      const char *name);
void interfaces_clear(struct interfaces *interfaces);

/*
 * The interface that a per-interface key is about, "all" and "default" included.
 *
 * def:     of the key
 * ret:     INTERFACE_NAME_BYTES; "" when the key is not of a family
 */
void interface_of_key(const struct sysctl_def *def, const char *key, char *ret);

/* The family of a per-interface key; FAMILY_COUNT when it is of none. */
enum interface_family interface_family_of(const struct sysctl_def *def);

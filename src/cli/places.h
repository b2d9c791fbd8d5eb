/* The network namespaces of this machine, each once. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PLACES_MOST = 500, PLACE_NAME_BYTES = 128 };

/*
 * One namespace. name: for --netns, "" for the one that the program is in; about: the
 * name, and of a process its program; fd: keeps it alive
 */
struct place {
	char name[PLACE_NAME_BYTES];
	char about[PLACE_NAME_BYTES + 32];
	int fd;
	dev_t device;
	ino_t inode;
};

/* hidden: processes whose namespace this user may not see. */
struct place_list {
	struct place *places;
	size_t count;
	size_t hidden;
};

/*
 * The one that the program is in, those of `ip netns`, and those of running processes.
 * They are kept open while the list lives, so that an inode is not given to another
 * namespace and tells them apart in every kernel; the cookie goes into each report.
 *
 * Fails:  -E2BIG more than PLACES_MOST; -errno
 */
MUST_CHECK int places_find(struct place_list *ret, struct error *err);
void places_clear(struct place_list *list);

/* Which programs own a few sockets: never a scan of every descriptor of the host. */
#pragma once

#include "base/kernel.h"

#include <stdint.h>

enum { OWNERS_MOST = 256, OWNERS_NAME_BYTES = 64 };

/* One wanted socket. pid 0: not found, or not to be seen by this user. */
struct owner {
	uint64_t inode;
	int64_t pid;
	char program[OWNERS_NAME_BYTES];
};

/* Zeroed is empty. */
struct owners {
	struct owner owners[OWNERS_MOST];
	size_t count;
	bool is_cut;	/* more were wanted than fit */
	size_t missing; /* wanted and not found */
	bool is_denied; /* some processes may not be looked into */
};

/* Ask for one inode; 0 is nobody's. */
void owners_want(struct owners *owners, uint64_t inode);

/*
 * Look through /proc/PID/fd: the low descriptors of each process first, where listeners
 * are, then the rest up to a budget. A folder of dumps has no processes.
 */
void owners_find(struct owners *owners, const struct kernel *kernel);

/* The owner of an inode; NULL when it was not found. */
const struct owner *owners_get(const struct owners *owners, uint64_t inode);

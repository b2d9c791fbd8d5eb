/* Who holds a few sockets: the program by inode, the service by control group. */
#pragma once

#include "collect/cgroups.h"
#include "collect/owners.h"

/* Zeroed is empty. */
struct holders {
	struct owners owners;
	struct cgroups cgroups;
};

/* pid 0 and texts NULL: not known. Texts belong to the struct holders. */
struct holder {
	int64_t pid;
	const char *program;
	const char *cgroup, *service;
};

/* Ask for one socket; an inode or a cgroup of 0 is nobody's. */
void holders_want(struct holders *holders, uint64_t inode, uint64_t cgroup);

void holders_find(struct holders *holders, const struct kernel *kernel);

struct holder holders_get(const struct holders *holders, uint64_t inode, uint64_t cgroup);

void holders_clear(struct holders *holders);

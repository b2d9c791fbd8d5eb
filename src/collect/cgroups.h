/* Which control groups a few sockets belong to, as a path, and what service that is. */
#pragma once

#include "base/kernel.h"

#include <stdint.h>

enum {
	CGROUPS_MOST = 256,
	CGROUPS_PATH_BYTES = 512,
	CGROUPS_SERVICE_BYTES = 256, /* the longest name of a folder, and the NUL */
	CGROUPS_MOST_FOLDERS = 4096, /* that one search looks into */
	CGROUPS_MOST_DEPTH = 16,
};

/*
 * One wanted group, by its number: the inode of its folder. path "": not found; service
 * "": it is none.
 */
struct cgroup {
	uint64_t number;
	char path[CGROUPS_PATH_BYTES];
	char service[CGROUPS_SERVICE_BYTES];
};

/* Zeroed is empty. */
struct cgroups {
	struct cgroup *groups;
	size_t count;
	bool has_failed; /* memory ran out */
};

/* Ask for one group; 0 is none. More than CGROUPS_MOST are not looked for. */
void cgroups_want(struct cgroups *cgroups, uint64_t number);

/* Look below /sys/fs/cgroup. A folder of dumps has no groups. */
void cgroups_find(struct cgroups *cgroups, const struct kernel *kernel);

/* The same below an open folder: a bounded search by inode. */
void cgroups_search(struct cgroups *cgroups, int root);

/* The group of a number; NULL when it was not found. */
const struct cgroup *cgroups_get(const struct cgroups *cgroups, uint64_t number);

void cgroups_clear(struct cgroups *cgroups);

/*
 * The innermost part of a path that names a service, a scope or a container:
 * "nginx.service", "docker-<id>.scope", "<id>" of a container without systemd. "" when no
 * part does.
 */
void cgroup_service(const char *path, char *ret, size_t size);

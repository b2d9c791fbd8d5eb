/*
 * A host's files below its root folder. With a root other than "/", links are followed
 * as that host would follow them: they never lead out of it.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <sys/stat.h>

enum {
	FOLDER_MOST_NAMES = 16384,
	FOLDER_FILE_LIMIT = 64 * 1024 * 1024,
};

/* root: a descriptor; -1: none. is_own: it is "/", the host that we run on. */
struct host_root {
	int root;
	bool is_own;
};

#define HOST_ROOT_NONE                                                                   \
	{                                                                                \
		.root = -1                                                               \
	}

/* path: NULL is "/". Fails: -errno with the reason */
MUST_CHECK int host_root_open(const char *path, struct host_root *ret, struct error *err);
void host_root_close(struct host_root *host);

/*
 * Open a path of the host ("/etc/sysctl.conf"), never waiting for anyone.
 *
 * Returns: a descriptor, or -errno
 */
MUST_CHECK int host_open(const struct host_root *host, const char *path, int flags);

/* What a path of the host is, links followed. Fails: -errno */
MUST_CHECK int host_stat(const struct host_root *host, const char *path,
			 struct stat *ret);
bool host_has(const struct host_root *host, const char *path);

/* Does the path lie there as a link with this very target? */
bool host_is_link_to(const struct host_root *host, const char *path, const char *target);

/*
 * Read a regular file; one that is /dev/null is empty.
 *
 * Fails: -EFBIG beyond FOLDER_FILE_LIMIT, -EINVAL not a file, -EISDIR, -errno
 */
MUST_CHECK int host_read(const struct host_root *host, const char *path,
			 struct text *ret);

/* The names in a folder; in order, by bytes. */
struct name_list {
	char **names;
	size_t count;
	bool is_cut; /* there were more than FOLDER_MOST_NAMES */
};

/* Fails: -errno; -ENOENT: there is no such folder */
MUST_CHECK int host_list(const struct host_root *host, const char *path,
			 struct name_list *ret);
void name_list_clear(struct name_list *list);

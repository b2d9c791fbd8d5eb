/* A temporary folder for a test, and files in it. Failing to make them ends the test. */
#pragma once

#include "base/macros.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

struct folder {
	char path[64];
	int fd;
};

static inline void folder_need(int is_done, const char *what, const char *path)
{
	if (is_done)
		return;
	(void)fprintf(stderr, "cannot %s '%s': %s\n", what, path, strerror(errno));
	abort();
}

/* In memory where the machine has such a file system. */
static inline void folder_make(struct folder *ret)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)snprintf(ret->path, sizeof(ret->path), "%s/tcptune-test-XXXXXX", base);
	folder_need(mkdtemp(ret->path) != NULL, "make folder", ret->path);
	ret->fd = open(ret->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	folder_need(ret->fd >= 0, "open", ret->path);
}

/* Make the folders on the way to a path: "proc/net/snmp" needs "proc" and "proc/net". */
static inline void folder_make_way(const struct folder *folder, const char *path)
{
	char way[256];

	for (const char *slash = strchr(path, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		(void)snprintf(way, sizeof(way), "%.*s", (int)(slash - path), path);
		folder_need(mkdirat(folder->fd, way, 0700) == 0 || errno == EEXIST,
			    "make folder", way);
	}
}

/* Put a file in the place of the one that is there. */
static inline void folder_put(const struct folder *folder, const char *path,
			      const void *data, size_t size)
{
	auto_close int fd = -1;

	fd = openat(folder->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 && errno == ENOENT) {
		folder_make_way(folder, path);
		fd = openat(folder->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			    0600);
	}
	folder_need(fd >= 0, "create", path);
	folder_need(write(fd, data, size) == (ssize_t)size, "write", path);
}

static inline void folder_put_text(const struct folder *folder, const char *path,
				   const char *text)
{
	folder_put(folder, path, text, strlen(text));
}

/* No file, no matter if there was one. */
static inline void folder_drop(const struct folder *folder, const char *path)
{
	folder_need(unlinkat(folder->fd, path, 0) == 0 || errno == ENOENT, "remove",
		    path);
}

static inline int folder_remove_one(const char *path, const struct stat *status, int type,
				    struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static inline void folder_remove(struct folder *folder)
{
	if (folder->path[0] == '\0')
		return;
	close(folder->fd);
	(void)nftw(folder->path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	folder->path[0] = '\0';
}

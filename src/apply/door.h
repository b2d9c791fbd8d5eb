/*
 * The door to the sysctls of one namespace: the only way in which a value is written.
 * Unit tests put a kernel of their own behind it.
 */
#pragma once

#include "base/kernel.h"

#include <stdbool.h>
#include <stddef.h>

/* The longest value that is handled: every second port in ip_local_reserved_ports fits.
 */
enum { DOOR_VALUE_BYTES = 256 * 1024 };

/*
 * path:   below /proc/sys: "net/ipv4/tcp_rmem"
 *
 * read:   the value without its newline, ended by a NUL. Fails: -EFBIG it does not fit;
 *         -ENOENT; -errno
 * write:  the text with one write(2), a long list with several on one descriptor; ""
 *         empties a list. Fails: -errno; the value may be changed even so
 * probe:  may this process write it? It opens, and writes nothing. Fails: -errno
 */
struct sysctl_door {
	void *data;
	int (*read)(void *data, const char *path, char *buffer, size_t size);
	int (*write)(void *data, const char *path, const char *text);
	int (*probe)(void *data, const char *path);
};

/*
 * The door of a kernel, which has to outlive it. What is not below net/, and neither
 * fs/file-max nor fs/nr_open, is -EPERM; symbolic links and other file systems are never
 * followed.
 */
struct sysctl_door door_of_kernel(const struct kernel *kernel);

/* Is a path one of those that tcptune writes? */
bool door_allows(const char *path);

/* Does nobody have leave to write this key here, whoever asks? Mode 0444. */
bool door_is_locked(const struct kernel *kernel, const char *key);

#include "apply/door.h"

#include "base/file.h"
#include "catalog/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

enum { PATH_BYTES = 256 };

bool door_allows(const char *path)
{
	static const char *const others[] = { "fs/file-max", "fs/nr_open" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (strcmp(path, others[i]) == 0)
			return true;
	}
	return strncmp(path, "net/", 4) == 0 && !strstr(path, "/../") &&
	       !strstr(path, "/./");
}

/* Part by part, for kernels (or sandboxes) without openat2(): no link is followed. */
static int open_parts(int sys, const char *path, int flags)
{
	auto_close int folder = dup(sys);
	const char *slash;

	while (folder >= 0 && (slash = strchr(path, '/'))) {
		char part[PATH_BYTES];
		int next;

		(void)snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		next = openat(folder, part,
			      O_PATH | O_DIRECTORY | O_NOFOLLOW | FILE_OPEN_FLAGS);
		if (next < 0)
			return -errno;
		close(folder);
		folder = next;
		path = slash + 1;
	}
	if (folder >= 0)
		folder = openat(folder, path, flags | O_NOFOLLOW | FILE_OPEN_FLAGS);
	return folder < 0 ? -errno : TAKE_FD(folder);
}

static int open_beneath(int sys, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned)(flags | O_NOFOLLOW | FILE_OPEN_FLAGS),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, sys, path, &how, sizeof(how));

	if (fd >= 0)
		return (int)fd;
	return errno == ENOSYS || errno == EPERM ? open_parts(sys, path, flags) : -errno;
}

/* Returns a descriptor of a file of procfs, or -errno. */
static int open_sysctl(const struct kernel *kernel, const char *path, int flags)
{
	auto_close int fd = -1;
	struct statfs about;

	if (!door_allows(path))
		return -EPERM;
	fd = open_beneath(kernel->sys, path, flags);
	if (fd < 0)
		return fd;
	if (kernel->is_live &&
	    (fstatfs(fd, &about) < 0 || about.f_type != PROC_SUPER_MAGIC))
		return -EXDEV;
	return TAKE_FD(fd);
}

/* Returns: how many bytes there are, size if there may be more, or -errno. */
static ssize_t read_once(const struct kernel *kernel, const char *path, char *buffer,
			 size_t size)
{
	auto_close int fd = open_sysctl(kernel, path, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		return fd;
	do
		got = read(fd, buffer, size);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/*
 * Lists of ports give all they have in the first read(2), cut to the size of that; and
 * the kernel clears as much memory as is asked for. So a small read comes first.
 */
static int door_read(void *data, const char *path, char *buffer, size_t size)
{
	enum { SMALL = 4096 };
	size_t room = size > SMALL ? SMALL : size - 1;
	ssize_t got = read_once(data, path, buffer, room);

	if (got == (ssize_t)room && room < size - 1) {
		room = size - 1;
		got = read_once(data, path, buffer, room);
	}
	if (got < 0)
		return (int)got;
	if ((size_t)got == room)
		return -EFBIG;
	while (got > 0 && buffer[got - 1] == '\n')
		got--;
	buffer[got] = '\0';
	return 0;
}

/*
 * The kernel takes a page of a list at a time and stops between two numbers; the next
 * write on the same descriptor adds to it.
 */
static int door_write(void *data, const char *path, const char *text)
{
	auto_close int fd = open_sysctl(data, path, O_WRONLY);
	const char *at = text[0] ? text : "\n";
	size_t left = strlen(at);

	if (fd < 0)
		return fd;
	while (left > 0) {
		ssize_t done = write(fd, at, left);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (done == 0)
			return -EIO;
		at += done;
		left -= (size_t)done;
	}
	return 0;
}

static int door_probe(void *data, const char *path)
{
	auto_close int fd = open_sysctl(data, path, O_WRONLY);

	return fd < 0 ? fd : 0;
}

struct sysctl_door door_of_kernel(const struct kernel *kernel)
{
	return (struct sysctl_door){
		.data = (void *)(uintptr_t)kernel,
		.read = door_read,
		.write = door_write,
		.probe = door_probe,
	};
}

bool door_is_locked(const struct kernel *kernel, const char *key)
{
	char path[PATH_BYTES];
	struct stat about;

	return kernel->sys >= 0 && sysctl_path(key, path, sizeof(path)) == 0 &&
	       fstatat(kernel->sys, path, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (about.st_mode & 0222) == 0;
}

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_READ = 4096 };

static int open_beneath(int dir, const char *path, int flags)
{
	const struct open_how how = { .flags = (unsigned)flags,
				      .resolve =
					      RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

int file_open(int dir, const char *path, int flags)
{
	int fd;

	if (dir == -1)
		return -ENOENT;
	flags |= flags & O_PATH ? O_CLOEXEC : FILE_OPEN_FLAGS;
	if (dir == AT_FDCWD)
		fd = openat(dir, path, flags);
	else
		fd = open_beneath(dir, path, flags);
	/* a sandbox may not know openat2(); then no link at the end is the best there is
	 */
	if (fd < 0 && dir != AT_FDCWD && (errno == ENOSYS || errno == EPERM) &&
	    !strstr(path, ".."))
		fd = openat(dir, path, flags | (flags & O_PATH ? 0 : O_NOFOLLOW));
	return fd < 0 ? -errno : fd;
}

int file_read(int dir, const char *path, size_t limit, struct text *ret)
{
	auto_close int fd = -1;

	text_reset(ret);
	fd = file_open(dir, path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t got;

		if (!text_reserve(ret, FIRST_READ))
			return -ENOMEM;
		got = read(fd, ret->data + ret->length, ret->capacity - ret->length - 1);
		if (got < 0) {
			int code = -errno;

			if (code == -EINTR)
				continue;
			text_reset(ret);
			return code;
		}
		ret->length += (size_t)got;
		ret->data[ret->length] = '\0';
		if (got == 0)
			return 0;
		if (ret->length > limit) {
			text_reset(ret);
			return -EFBIG;
		}
	}
}

static int write_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			data += written;
			length -= (size_t)written;
		}
	}
	return 0;
}

/* Whatever the umask is. */
static int write_synced(int fd, const void *data, size_t length, mode_t mode)
{
	int r = write_all(fd, data, length);

	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* Two at once must not share a temporary file: one would rename the half of the other. */
int file_replace(int dir, const char *name, const void *data, size_t length, mode_t mode)
{
	auto_close int fd = -1;
	auto_close int folder = -1;
	char temporary[NAME_MAX + 1];
	int r, bytes = snprintf(temporary, sizeof(temporary), ".%s.%d.new", name,
				getpid());

	if (bytes < 0 || (size_t)bytes >= sizeof(temporary) || strchr(name, '/'))
		return -ENAMETOOLONG;
	if (unlinkat(dir, temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | FILE_OPEN_FLAGS, 0600);
	if (fd < 0)
		return -errno;
	r = write_synced(fd, data, length, mode);
	if (r == 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir, temporary, 0);
		return r;
	}
	/* dir may be a descriptor that cannot be synced itself (O_PATH) */
	folder = openat(dir, ".", O_RDONLY | O_DIRECTORY | FILE_OPEN_FLAGS);
	return folder < 0 || fsync(folder) < 0 ? -errno : 0;
}

int file_open_folder(int dir, const char *path)
{
	return file_open(dir, path, O_PATH | O_DIRECTORY);
}

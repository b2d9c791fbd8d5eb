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

int file_open_folder(int dir, const char *path)
{
	return file_open(dir, path, O_PATH | O_DIRECTORY);
}

#include "base/file_write.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_name(const char *name, char *ret)
{
	int length = snprintf(ret, NAME_MAX + 1, ".%s.new", name);

	return length < 0 || length > NAME_MAX || strchr(name, '/') ? -ENAMETOOLONG : 0;
}

static int write_all(int fd, const char *data, size_t left)
{
	while (left > 0) {
		ssize_t done = write(fd, data, left);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (done == 0)
			return -EIO;
		data += done;
		left -= (size_t)done;
	}
	return 0;
}

/* The mode does not hang on the umask. */
static int write_new(int dir, const char *name, const void *data, size_t len, mode_t mode)
{
	auto_close int fd = openat(dir, name,
				   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
					   FILE_OPEN_FLAGS,
				   0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, data, len);
	if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		r = -errno;
	return r;
}

/* A descriptor that cannot be synced itself (O_PATH) is opened for it. */
static int sync_folder(int dir)
{
	auto_close int folder = -1;

	if (fsync(dir) == 0)
		return 0;
	if (errno != EBADF)
		return -errno;
	folder = openat(dir, ".", O_RDONLY | O_DIRECTORY | FILE_OPEN_FLAGS);
	return folder < 0 || fsync(folder) < 0 ? -errno : 0;
}

static int remove_one(int dir, const char *name)
{
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int file_replace(int dir, const char *name, const void *data, size_t len, mode_t mode)
{
	char fresh[NAME_MAX + 1];
	int r = make_name(name, fresh);

	if (r == 0)
		r = remove_one(dir, fresh);
	if (r < 0)
		return r;
	r = write_new(dir, fresh, data, len, mode);
	if (r == 0 && renameat(dir, fresh, dir, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)!remove_one(dir, fresh);
		return r;
	}
	return sync_folder(dir);
}

int file_remove(int dir, const char *name)
{
	int r = remove_one(dir, name);

	return r < 0 ? r : sync_folder(dir);
}

int file_remove_leftover(int dir, const char *name)
{
	char fresh[NAME_MAX + 1];
	int r = make_name(name, fresh);

	return r < 0 ? r : remove_one(dir, fresh);
}

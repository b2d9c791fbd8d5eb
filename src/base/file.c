#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { FIRST_READ = 4096 };

int file_read(int dir, const char *path, size_t limit, struct text *ret)
{
	auto_close int fd = -1;

	text_reset(ret);
	fd = openat(dir, path, O_RDONLY | FILE_OPEN_FLAGS);
	if (fd < 0)
		return -errno;
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
	int fd = openat(dir, path, O_PATH | O_DIRECTORY | FILE_OPEN_FLAGS);

	return fd < 0 ? -errno : fd;
}

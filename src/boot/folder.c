#include "boot/folder.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

int host_root_open(const char *path, struct host_root *ret, struct error *err)
{
	const char *root = path ? path : "/";
	int fd = file_open_folder(AT_FDCWD, root);

	if (fd < 0)
		return error_set(err, fd, "cannot open folder '%s': %s", root,
				 strerror(-fd));
	*ret = (struct host_root){ .root = fd, .is_own = !path };
	return 0;
}

void host_root_close(struct host_root *host)
{
	release_close(&host->root);
	host->root = -1;
}

/*
 * openat2() below the root; EAGAIN is its word for a folder that was renamed meanwhile.
 * It takes none of the flags for reading together with O_PATH.
 */
static int open_below(const struct host_root *host, const char *path, uint64_t flags)
{
	enum { MOST_TRIES = 16 };
	struct open_how how = { .flags = flags, .resolve = RESOLVE_IN_ROOT };
	long fd = -1;

	for (unsigned i = 0; i < MOST_TRIES; i++) {
		if (host->is_own)
			fd = open(path, (int)flags);
		else
			fd = syscall(SYS_openat2, host->root, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int host_open(const struct host_root *host, const char *path, int flags)
{
	return open_below(host, path, (uint64_t)(flags | FILE_OPEN_FLAGS | O_NONBLOCK));
}

static int open_path(const struct host_root *host, const char *path, int flags)
{
	return open_below(host, path, (uint64_t)(flags | O_PATH | O_CLOEXEC));
}

int host_stat(const struct host_root *host, const char *path, struct stat *ret)
{
	auto_close int fd = open_path(host, path, 0);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

bool host_has(const struct host_root *host, const char *path)
{
	struct stat status;

	return host_stat(host, path, &status) == 0;
}

bool host_is_link_to(const struct host_root *host, const char *path, const char *target)
{
	auto_close int fd = open_path(host, path, O_NOFOLLOW);
	size_t length = strlen(target);
	char link[256];
	ssize_t got;

	if (fd < 0)
		return false;
	got = readlinkat(fd, "", link, sizeof(link));
	return got >= 0 && (size_t)got == length && memcmp(link, target, length) == 0;
}

static bool is_null_device(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && major(status->st_rdev) == 1 &&
	       minor(status->st_rdev) == 3;
}

/* The bytes of a file that is open; it may grow or shrink meanwhile. */
static int read_all(int fd, struct text *ret)
{
	enum { STEP = 65536 };

	for (;;) {
		ssize_t got;

		if (!text_reserve(ret, STEP))
			return -ENOMEM;
		got = read(fd, ret->data + ret->length, STEP);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		ret->length += (size_t)got;
		ret->data[ret->length] = '\0';
		if (got == 0)
			return 0;
		if (ret->length > FOLDER_FILE_LIMIT)
			return -EFBIG;
	}
}

int host_read(const struct host_root *host, const char *path, struct text *ret)
{
	auto_close int fd = host_open(host, path, O_RDONLY);
	struct stat status;
	int r;

	text_reset(ret);
	/* the mask of another host, whose /dev is not there */
	if (fd < 0 && host_is_link_to(host, path, "/dev/null"))
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (is_null_device(&status))
		return 0;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	r = read_all(fd, ret);
	if (r < 0)
		text_reset(ret);
	return r;
}

static int add_name(struct name_list *list, const char *name)
{
	if ((list->count & (list->count - 1)) == 0) {
		size_t capacity = list->count ? list->count * 2 : 1;
		char **names = reallocarray(list->names, capacity, sizeof(*names));

		if (!names)
			return -ENOMEM;
		list->names = names;
	}
	list->names[list->count] = strdup(name);
	if (!list->names[list->count])
		return -ENOMEM;
	list->count++;
	return 0;
}

static int add_all(DIR *folder, struct name_list *list)
{
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && (entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		list->is_cut = list->count == FOLDER_MOST_NAMES;
		if (list->is_cut)
			break;
		r = add_name(list, entry->d_name);
	}
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int host_list(const struct host_root *host, const char *path, struct name_list *ret)
{
	AUTO(name_list_clear) struct name_list list = { 0 };
	int fd = host_open(host, path, O_RDONLY | O_DIRECTORY);
	DIR *folder;
	int r;

	if (fd < 0)
		return fd;
	folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return -ENOMEM;
	}
	r = add_all(folder, &list);
	closedir(folder);
	if (r < 0)
		return r;
	if (list.count > 0)
		qsort(list.names, list.count, sizeof(*list.names), compare_names);
	*ret = list;
	list = (struct name_list){ 0 };
	return 0;
}

void name_list_clear(struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct name_list){ 0 };
}

#include "collect/cgroups.h"

#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

enum {
	HANDLE_OF_KERNFS =
		0xfe, /* FILEID_KERNFS: the number of the folder is the handle */
	CONTAINER_ID_LETTERS = 64,
};

void cgroups_want(struct cgroups *cgroups, uint64_t number)
{
	if (number == 0 || cgroups->has_failed)
		return;
	for (size_t i = 0; i < cgroups->count; i++)
		if (cgroups->groups[i].number == number)
			return;
	if (!cgroups->groups)
		cgroups->groups = calloc(CGROUPS_MOST, sizeof(*cgroups->groups));
	if (!cgroups->groups) {
		cgroups->has_failed = true;
		return;
	}
	if (cgroups->count < CGROUPS_MOST)
		cgroups->groups[cgroups->count++].number = number;
}

const struct cgroup *cgroups_get(const struct cgroups *cgroups, uint64_t number)
{
	for (size_t i = 0; i < cgroups->count; i++)
		if (cgroups->groups[i].number == number && cgroups->groups[i].path[0])
			return &cgroups->groups[i];
	return NULL;
}

void cgroups_clear(struct cgroups *cgroups)
{
	free(cgroups->groups);
	*cgroups = (struct cgroups){ 0 };
}

/* --- services ---------------------------------------------------------------------- */

static bool ends_with(const char *part, size_t length, const char *end)
{
	size_t end_length = strlen(end);

	return length > end_length &&
	       memcmp(part + length - end_length, end, end_length) == 0;
}

/* The id that container engines give: 64 hexadecimal letters. */
static bool is_container_id(const char *part, size_t length)
{
	if (length != CONTAINER_ID_LETTERS)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isxdigit((unsigned char)part[i]))
			return false;
	return true;
}

static bool is_service(const char *part, size_t length)
{
	static const char lxc[] = "lxc.payload.";

	return ends_with(part, length, ".service") || ends_with(part, length, ".scope") ||
	       is_container_id(part, length) ||
	       (length > strlen(lxc) && strncmp(part, lxc, strlen(lxc)) == 0);
}

/* The last part that is one: user@1000.service holds the services of a user. */
void cgroup_service(const char *path, char *ret, size_t size)
{
	ret[0] = '\0';
	for (const char *part = path; *part;) {
		size_t length;

		part += strspn(part, "/");
		length = strcspn(part, "/");
		if (is_service(part, length) && length < size)
			(void)snprintf(ret, size, "%.*s", (int)length, part);
		part += length;
	}
}

static void set_path(struct cgroup *group, const char *path)
{
	(void)snprintf(group->path, sizeof(group->path), "%s", path);
	cgroup_service(group->path, group->service, sizeof(group->service));
}

/* --- by handle: one call a group, for those who may -------------------------------- */

static int open_by_number(int root, uint64_t number)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(number)];
	} buffer = { .handle = { .handle_bytes = sizeof(number),
				 .handle_type = HANDLE_OF_KERNFS } };

	memcpy(buffer.bytes + offsetof(struct file_handle, f_handle), &number,
	       sizeof(number));
	return open_by_handle_at(root, &buffer.handle, O_PATH | FILE_OPEN_FLAGS);
}

/* What the kernel calls an open folder; false when that is not known or does not fit. */
static bool read_path(const struct kernel *kernel, int fd, char *ret, size_t size)
{
	char name[64];
	ssize_t length;

	(void)snprintf(name, sizeof(name), "thread-self/fd/%d", fd);
	length = readlinkat(kernel->proc, name, ret, size - 1);
	if (length <= 0 || (size_t)length >= size - 1 || ret[0] != '/')
		return false;
	ret[length] = '\0';
	return true;
}

static bool find_by_handle(const struct kernel *kernel, int root, struct cgroup *group)
{
	char base[PATH_MAX], path[PATH_MAX];
	auto_close int fd = open_by_number(root, group->number);
	size_t length;

	if (fd < 0 || !read_path(kernel, root, base, sizeof(base)) ||
	    !read_path(kernel, fd, path, sizeof(path)))
		return false;
	length = strlen(base);
	if (strncmp(path, base, length) != 0 ||
	    strlen(path + length) >= CGROUPS_PATH_BYTES)
		return false;
	set_path(group, path[length] ? path + length : "/");
	return true;
}

/* --- by a search ------------------------------------------------------------------- */

/* A search under way. path: of the folder that is being looked at; "" for the root. */
struct search {
	struct cgroups *cgroups;
	size_t missing;
	int folders_left;
	int depth;
	char path[CGROUPS_PATH_BYTES];
};

static void note_folder(struct search *search, uint64_t number, const char *path)
{
	for (size_t i = 0; i < search->cgroups->count; i++) {
		struct cgroup *group = &search->cgroups->groups[i];

		if (group->number != number || group->path[0])
			continue;
		set_path(group, path);
		search->missing--;
	}
}

static bool is_subfolder(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static void search_folder(struct search *search, int parent, const char *name);

static void search_listing(struct search *search, DIR *listing)
{
	size_t length = strlen(search->path);
	struct dirent *entry;

	while (search->missing > 0 && search->folders_left > 0 &&
	       (entry = readdir(listing))) {
		size_t room = sizeof(search->path) - length;
		int added;

		if (!is_subfolder(entry))
			continue;
		added = snprintf(search->path + length, room, "/%s", entry->d_name);
		if (added > 0 && (size_t)added < room) {
			note_folder(search, entry->d_ino, search->path);
			search_folder(search, dirfd(listing), entry->d_name);
		}
		search->path[length] = '\0';
	}
}

static void search_folder(struct search *search, int parent, const char *name)
{
	int fd;
	DIR *listing;

	if (search->depth == CGROUPS_MOST_DEPTH)
		return;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | FILE_OPEN_FLAGS);
	listing = fd < 0 ? NULL : fdopendir(fd);
	if (!listing) {
		if (fd >= 0)
			close(fd);
		return;
	}
	search->folders_left--;
	search->depth++;
	search_listing(search, listing);
	search->depth--;
	closedir(listing);
}

void cgroups_search(struct cgroups *cgroups, int root)
{
	struct search search = { .cgroups = cgroups,
				 .folders_left = CGROUPS_MOST_FOLDERS };
	struct stat status;

	for (size_t i = 0; i < cgroups->count; i++)
		search.missing += !cgroups->groups[i].path[0];
	if (search.missing == 0)
		return;
	if (fstat(root, &status) == 0)
		note_folder(&search, status.st_ino, "/");
	search_folder(&search, root, ".");
}

/* --- both -------------------------------------------------------------------------- */

/* The unified hierarchy: all of /sys/fs/cgroup, or a folder of it beside the old ones. */
static int open_root(void)
{
	static const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		auto_close int fd =
			open(roots[i], O_RDONLY | O_DIRECTORY | FILE_OPEN_FLAGS);
		struct statfs status;

		if (fd >= 0 && fstatfs(fd, &status) == 0 &&
		    status.f_type == CGROUP2_SUPER_MAGIC)
			return TAKE_FD(fd);
	}
	return -ENOENT;
}

void cgroups_find(struct cgroups *cgroups, const struct kernel *kernel)
{
	auto_close int root = -1;
	bool has_all = true;

	if (!kernel->is_live || cgroups->count == 0)
		return;
	root = open_root();
	if (root < 0)
		return;
	for (size_t i = 0; i < cgroups->count; i++)
		has_all = find_by_handle(kernel, root, &cgroups->groups[i]) && has_all;
	if (!has_all)
		cgroups_search(cgroups, root);
}

#include "collect/owners.h"

#include "base/file.h"
#include "base/parse.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

enum {
	LOW_DESCRIPTORS = 96,
	LINK_BUDGET = 100 * 1000, /* about half a second */
	PATH_BYTES = 288,	  /* a name of readdir() and a little more */
};

void owners_want(struct owners *owners, uint64_t inode)
{
	if (inode == 0)
		return;
	for (size_t i = 0; i < owners->count; i++)
		if (owners->owners[i].inode == inode)
			return;
	if (owners->count == OWNERS_MOST) {
		owners->is_cut = true;
		return;
	}
	owners->owners[owners->count++] = (struct owner){ .inode = inode };
}

const struct owner *owners_get(const struct owners *owners, uint64_t inode)
{
	for (size_t i = 0; i < owners->count; i++)
		if (owners->owners[i].inode == inode && owners->owners[i].pid)
			return &owners->owners[i];
	return NULL;
}

/* How a search goes on. */
struct search {
	struct owners *owners;
	size_t missing;
	int proc;
	int links_left;
	int skip; /* descriptors of each process that were looked at before */
	int most; /* descriptors of each process to look at */
};

/* The program's name, as the kernel keeps it: at most 15 bytes, chosen by the program. */
static void read_program(int proc, const char *pid, char *ret, size_t size)
{
	AUTO(text_clear) struct text name = { 0 };
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/comm", pid);
	ret[0] = '\0';
	if (file_read(proc, path, 4096, &name) == 0)
		(void)snprintf(ret, size, "%.*s", (int)strcspn(text_string(&name), "\n"),
			       text_string(&name));
}

/* "socket:[123]" -> 123; 0 for anything else. */
static uint64_t link_inode(int folder, const char *name)
{
	static const char prefix[] = "socket:[";
	char link[64];
	uint64_t inode;
	ssize_t length = readlinkat(folder, name, link, sizeof(link) - 1);

	if (length <= (ssize_t)sizeof(prefix) || link[length - 1] != ']' ||
	    strncmp(link, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	link[length - 1] = '\0';
	return parse_u64(link + sizeof(prefix) - 1, &inode) == 0 ? inode : 0;
}

static void note_owner(struct search *search, uint64_t inode, const char *pid)
{
	int64_t number;

	for (size_t i = 0; i < search->owners->count; i++) {
		struct owner *owner = &search->owners->owners[i];

		if (owner->inode != inode || owner->pid || parse_i64(pid, &number) < 0)
			continue;
		owner->pid = number;
		read_program(search->proc, pid, owner->program, sizeof(owner->program));
		search->missing--;
	}
}

static DIR *open_listing(int folder, const char *path)
{
	int fd = openat(folder, path, O_RDONLY | O_DIRECTORY | FILE_OPEN_FLAGS);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !listing)
		close(fd);
	return listing;
}

static void search_process(struct search *search, const char *pid)
{
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *listing;
	int seen = 0;

	(void)snprintf(path, sizeof(path), "%s/fd", pid);
	listing = open_listing(search->proc, path);
	if (!listing) {
		search->owners->is_denied |= errno == EACCES || errno == EPERM;
		return;
	}
	while (search->missing > 0 && search->links_left > 0 && seen < search->most &&
	       (entry = readdir(listing))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || seen++ < search->skip)
			continue;
		search->links_left--;
		note_owner(search, link_inode(dirfd(listing), entry->d_name), pid);
	}
	closedir(listing);
}

static void search_all(struct search *search)
{
	DIR *listing = open_listing(search->proc, ".");
	struct dirent *entry;

	if (!listing)
		return;
	while (search->missing > 0 && search->links_left > 0 &&
	       (entry = readdir(listing)))
		if (isdigit((unsigned char)entry->d_name[0]))
			search_process(search, entry->d_name);
	closedir(listing);
}

void owners_find(struct owners *owners, const struct kernel *kernel)
{
	struct search search = { .owners = owners,
				 .missing = owners->count,
				 .proc = kernel->proc,
				 .links_left = LINK_BUDGET,
				 .most = LOW_DESCRIPTORS };

	if (!kernel->is_live || owners->count == 0)
		return;
	search_all(&search);
	search.skip = LOW_DESCRIPTORS;
	search.most = LINK_BUDGET;
	search_all(&search);
	owners->missing = search.missing;
}

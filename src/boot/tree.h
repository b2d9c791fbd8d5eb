/*
 * The sysctl files of a host: which there are, which of them each loader reads, and in
 * which order.
 */
#pragma once

#include "boot/folder.h"
#include "boot/loader.h"

#include <stdint.h>

enum {
	TREE_MOST_FILES = 65536,
	TREE_BYTES_LIMIT = 512 * 1024 * 1024,
};

#define TREE_NO_FILE SIZE_MAX

/* Why a loader does not read a file. */
enum file_fate {
	FATE_READ,
	FATE_MASKED,  /* an earlier folder has a file of this name */
	FATE_NO_CONF, /* its name does not end in .conf */
	FATE_HIDDEN,  /* its name begins with a dot */
	FATE_OUTSIDE, /* /etc/sysctl.conf, which systemd-sysctl does not look for */
};

/*
 * path:      as the host names it: "/etc/sysctl.d/99-x.conf"; operands as they were given
 * name:      the last part of path
 * data:      its bytes; empty when there is a problem
 * problem:   0, or the -errno of reading it
 * masked_by: the file that took its place; TREE_NO_FILE
 * group:     files that are read together, one after the other, have the same number
 * device, inode: which file it is, links followed
 */
struct boot_file {
	char *path;
	const char *name;
	struct text data;
	int problem;
	enum file_fate fate[LOADER_COUNT];
	size_t masked_by;
	size_t group;
	uint64_t device, inode;
};

/*
 * files:  in order of folders, then names
 * order:  of the files that a loader reads, as it reads them
 * runs:   this host runs that loader at boot; both where it does not tell
 */
struct boot_tree {
	struct host_root host;
	struct boot_file *files;
	size_t count, capacity;
	size_t bytes;
	size_t *order[LOADER_COUNT];
	size_t order_count[LOADER_COUNT];
	bool runs[LOADER_COUNT];
};

#define BOOT_TREE_NONE                                                                   \
	{                                                                                \
		.host = HOST_ROOT_NONE                                                   \
	}

/*
 * All sysctl files of a host: of its sysctl.d folders, and /etc/sysctl.conf. A file that
 * cannot be read is part of it, with its problem.
 *
 * root:  its root folder; NULL: this host
 * Fails: -errno no such root; -EFBIG more than any host has; -ENOMEM
 */
MUST_CHECK int tree_load_host(const char *root, struct boot_tree *ret, struct error *err);

/*
 * Files of whatever host, by path. A folder stands for its *.conf files, which are one
 * group; each file is a group of its own.
 *
 * Fails: -errno of one that cannot be read, with the reason; -EFBIG; -ENOMEM
 */
MUST_CHECK int tree_load_operands(char *const *paths, size_t count, struct boot_tree *ret,
				  struct error *err);

void tree_clear(struct boot_tree *tree);

/* Does one of the loaders that this host runs read the file? */
bool tree_is_read(const struct boot_tree *tree, const struct boot_file *file);

/*
 * Is it meant not to be read, by its name: "README", "x.conf.bak"? And is it read by
 * another name, through a link?
 */
bool tree_is_put_aside(const struct boot_file *file);
bool tree_is_read_elsewhere(const struct boot_tree *tree, const struct boot_file *file);

/* The loader whose order counts for this host: systemd-sysctl unless it runs procps only.
 */
enum loader tree_main_loader(const struct boot_tree *tree);

/* The folders of sysctl.d files, the first that has a name wins; ends with NULL. */
extern const char *const tree_folders[];

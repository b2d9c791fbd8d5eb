/* The host whose boot is looked at: its files, its modules and its kernel. */
#pragma once

#include "boot/outcome.h"
#include "boot/owner.h"

/*
 * sys:     -1 when the host's /proc/sys is not known
 * release: "6.1.0-18-amd64"; "" when not known
 */
struct boot_subject {
	struct boot_tree tree;
	struct boot_modules modules;
	struct boot_owners owners;
	int sys;
	bool is_live;
	char release[65];
};

#define BOOT_SUBJECT_NONE                                                                \
	{                                                                                \
		.tree = BOOT_TREE_NONE, .sys = -1                                        \
	}

/*
 * root:  the root folder of the host; NULL: the one that we run on
 * Fails: -errno, with the reason
 */
MUST_CHECK int boot_subject_load(const char *root, struct boot_subject *ret,
				 struct error *err);

/* The same; the modules are read only if the files need them, which may take long. */
MUST_CHECK int boot_subject_load_for(const char *root,
				     bool (*need_modules)(const struct boot_tree *tree),
				     struct boot_subject *ret, struct error *err);
void boot_subject_clear(struct boot_subject *subject);

/* A view of it; valid as long as the subject. */
struct boot_host boot_subject_host(const struct boot_subject *subject);

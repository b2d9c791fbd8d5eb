/*
 * Who sets sysctls at boot beside the files that both loaders read: the kernel from its
 * command line, systemd-sysctl from a credential, ufw when its rules are loaded, TuneD
 * when it applies its profile.
 */
#pragma once

#include "boot/folder.h"

enum { OWNERS_MOST = 4096 };

/* Who wins, the owner or the files. */
enum owner_order {
	OWNER_AFTER,	 /* it comes after the files, and wins */
	OWNER_REAPPLIED, /* TuneD writes the files of /etc/sysctl.d once more after its
			    own values (reapply_sysctl) */
	OWNER_BEFORE,	 /* the files come after it, and win */
};

/*
 * One line of theirs.
 *
 * owner: "kernel command line", "systemd credential", "ufw", "tuned"
 * path:  below /proc/sys
 * value: as it stands there, NULL when the program computes it
 */
struct boot_owner {
	const char *owner;
	char *path, *value, *file;
	unsigned line;
	enum owner_order order;
};

struct boot_owners {
	struct boot_owner *owners;
	size_t count;
};

/* Only of programs that are switched on. Fails: -ENOMEM */
MUST_CHECK int owners_load(const struct host_root *host, struct boot_owners *ret);
void owners_clear(struct boot_owners *owners);

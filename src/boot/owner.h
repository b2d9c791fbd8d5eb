/*
 * Programs that write sysctls at boot beside the loaders, and after them: ufw when its
 * rules are loaded, TuneD when it applies its profile.
 */
#pragma once

#include "boot/folder.h"

enum { OWNERS_MOST = 4096 };

/*
 * One line of theirs.
 *
 * owner: "ufw", "tuned"
 * path:  below /proc/sys
 * value: as it stands there, NULL when the program computes it
 * yields: the files of /etc/sysctl.d win over it all the same: TuneD writes them once
 *        more after its own (reapply_sysctl)
 */
struct boot_owner {
	const char *owner;
	char *path, *value, *file;
	unsigned line;
	bool yields;
};

struct boot_owners {
	struct boot_owner *owners;
	size_t count;
};

/* Only of programs that are switched on. Fails: -ENOMEM */
MUST_CHECK int owners_load(const struct host_root *host, struct boot_owners *ret);
void owners_clear(struct boot_owners *owners);

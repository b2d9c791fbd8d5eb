/* Finding the network namespace of a record again, and visiting it. */
#pragma once

#include "apply/door.h"
#include "apply/record.h"

/*
 * A kernel seen from one namespace. home: the namespace to go back to, -1 when this
 * thread never left it.
 */
struct visit {
	struct kernel kernel;
	int home;
};

#define VISIT_NONE                                                                       \
	{                                                                                \
		.kernel = KERNEL_NONE, .home = -1                                        \
	}

/*
 * Be in the namespace of a record: stay, where this is it; else look at its name, at
 * those of `ip netns` and at those of all processes for its cookie. The inode of a
 * namespace proves nothing and is not looked at.
 *
 * force:  take this namespace where nothing proves the contrary
 * Fails:  -ENOENT it is gone; -EPERM it cannot be looked for; -errno
 */
MUST_CHECK int visit_begin(const struct record *record, bool force, struct visit *ret,
			   struct error *err);

/* Go back. Fails: -errno; this thread is then in the other namespace for good */
MUST_CHECK int visit_end(struct visit *visit, struct error *err);

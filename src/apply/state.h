/* The state folder: root's alone, with the journal and the lock of its one writer. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

#define STATE_FOLDER "/var/lib/tcptune"

/* path: absolute; folder, lock: descriptors, -1 when there is none */
struct state {
	char *path;
	int folder;
	int lock;
};

#define STATE_NONE                                                                       \
	{                                                                                \
		.folder = -1, .lock = -1                                                 \
	}

/*
 * Open the folder.
 *
 * creates: make it when it is missing, with mode 0700, synced into the folder above
 * Fails:   -ENOENT it is missing; -EACCES it is not ours; -EPERM others may write in it
 *          or read it; -errno
 */
MUST_CHECK int state_open(const char *path, bool creates, struct state *ret,
			  struct error *err);
void state_close(struct state *state);

/*
 * Become the one writer, until state_close() or the end of the process.
 *
 * command: what is told to those who come second
 * Fails:   -EBUSY with the process that is; -errno
 */
MUST_CHECK int state_lock(struct state *state, const char *command, struct error *err);

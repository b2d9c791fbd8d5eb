/*
 * The watcher: undoes a change that is not confirmed in time, whatever became of the
 * terminal, the session and the process that made it. What is in the journal decides; the
 * watcher only looks at the right moment.
 */
#pragma once

#include "apply/record.h"
#include "apply/state.h"

/* How a watcher lives. */
enum watcher {
	WATCHER_TIMER,	 /* a transient timer of systemd */
	WATCHER_PROCESS, /* a process of its own session, out of our cgroup where possible
			  */
};

/*
 * Start a watcher for a record that is in the journal. When it returns, the watcher has
 * left the session behind.
 *
 * Fails:  -errno; there is then no watcher
 */
MUST_CHECK int watch_start(const struct state *state, const struct record *record,
			   enum watcher *ret, struct error *err);

/*
 * Wait for the deadline of a record, as the journal has it at each look, and undo the
 * record when it passes unconfirmed. Returns when there is nothing to wait for.
 *
 * Fails:  -errno; the journal could not be read or the undo failed for a long time
 */
MUST_CHECK int watch_run(const char *state_path, int64_t id, struct error *err);

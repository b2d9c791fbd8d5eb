/* A plan into the kernel: journal first, synced, then write, then read back. */
#pragma once

#include "apply/journal.h"
#include "apply/watch.h"
#include "apply/write.h"
#include "plan/plan.h"

/*
 * What goes into the record besides the plan. profiles: one a line; it,
 * fingerprint and command may be NULL. window_ms: time for a confirmation, 0 = none is
 * asked for.
 */
struct apply_order {
	const struct plan *plan;
	const char *profiles;
	const char *fingerprint;
	const char *command;
	int64_t window_ms;
};

/*
 * record: as it is in the journal; without an id when nothing was begun. result: of the
 * writes. watcher: where a confirmation is asked for.
 */
struct apply_outcome {
	struct record record;
	struct write_result result;
	enum watcher watcher;
};

void apply_outcome_clear(struct apply_outcome *outcome);

/*
 * Carry out a plan that has no refused change; the caller holds the lock.
 *
 * Fails:  nothing is changed: -EAGAIN a value changed since the plan was made; -EACCES,
 *         -EPERM, -EROFS no leave to write; -errno of the journal; or of the first write,
 *         and all was put back (outcome->result.not_restored == 0)
 */
MUST_CHECK int apply_plan(const struct state *state, struct journal *journal,
			  const struct kernel *kernel, const struct sysctl_door *door,
			  const struct apply_order *order, struct apply_outcome *ret,
			  struct error *err);

/* May this process write every key of a plan? Fails: -errno, with the key. */
MUST_CHECK int apply_probe(const struct plan *plan, const struct sysctl_door *door,
			   struct error *err);

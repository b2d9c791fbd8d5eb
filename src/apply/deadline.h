/* Deadlines of changes that wait for a confirmation. */
#pragma once

#include "apply/undo.h"

/* Milliseconds since boot, sleep included: the clock of deadlines. */
int64_t deadline_now_ms(void);

/* Has the time of a record of this boot run out? */
bool deadline_is_over(const struct record *record, const struct kernel *kernel,
		      int64_t now_ms);

/* The record of this boot that waits, is cut off before its end, or NULL. */
struct record *deadline_find_waiting(const struct record_list *list,
				     const struct kernel *kernel);

/*
 * Undo every record whose time ran out. told: called for each outcome.
 *
 * Returns: how many
 * Fails:   the first -errno; the others are tried even so
 */
MUST_CHECK int deadline_undo_expired(struct journal *journal, struct record_list *list,
				     const struct kernel *kernel,
				     void (*told)(void *data,
						  const struct undo_outcome *outcome),
				     void *data, struct error *err);

/* Keeping a change for the next boot: what `apply --persist` and `persist` share. */
#pragma once

#include "cli/session.h"
#include "plan/plan.h"
#include "report/persist_report.h"

/*
 * May what is set in this namespace be kept for the next boot, and our files be written?
 *
 * Fails:  -EPERM the namespace is not the one that boot sets; -ESTALE someone else
 *         changed our files; -errno
 */
MUST_CHECK int persist_check(struct session *session, struct error *err);

/* Can all keys of a plan be in a file? Fails: -EPERM with the reason */
MUST_CHECK int persist_check_plan(const struct plan *plan, struct error *err);

/* Does the file already keep every value of a plan? */
bool persist_has_plan(const struct session *session, const struct plan *plan);

/*
 * Keep a change of the journal, which is loaded again, and see what the next boot will
 * make of it.
 *
 * ret:    also on failure: without a record when nothing is kept
 * Fails:  nothing is kept, -errno with the reason; -EINPROGRESS: the file is written,
 *         only the journal does not know it yet
 */
MUST_CHECK int persist_keep(struct session *session, int64_t id,
			    struct persist_report *ret, struct error *err);

/* 1 when another line takes precedence, or that cannot be told; else 0 */
enum exit_status persist_status(const struct persist_report *report);

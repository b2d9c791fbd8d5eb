/* What speaks against carrying out a plan, though there is something to do. */
#pragma once

#include "cli/apply_options.h"
#include "cli/session.h"
#include "plan/plan.h"

/*
 * May it be carried out at all?
 *
 * Fails:  -EPERM a key is refused, or cannot be kept for the next boot; -EACCES, -EROFS
 *         no leave to write; -EBUSY as apply_check_waiting(); -ENOTSUP a deadline cannot
 *         be kept here; -ESTALE someone else changed the files for the next boot
 */
MUST_CHECK int apply_check_leave(const struct apply_options *options,
				 const struct plan *plan, struct session *session,
				 struct error *err);

/* Nothing is applied while a change waits or is cut off. Fails: -EBUSY with the change */
MUST_CHECK int apply_check_waiting(const struct session *session, struct error *err);

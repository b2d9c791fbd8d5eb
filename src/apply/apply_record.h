/* Inside of apply/: a plan as a record. */
#pragma once

#include "apply/apply.h"

/*
 * Fill a record from a plan: who, when, where, and the old value of every key that is to
 * be saved.
 *
 * buffer: DOOR_VALUE_BYTES
 * Fails:  -EAGAIN a value is not what the plan saw; -errno of reading, with the key;
 *         -ENOMEM
 */
MUST_CHECK int record_fill(const struct apply_order *order, const struct kernel *kernel,
			   const struct sysctl_door *door, char *buffer,
			   struct record *ret, struct error *err);

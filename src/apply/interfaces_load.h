/* The interfaces of a live namespace, as /proc/sys lists them. */
#pragma once

#include "base/kernel.h"
#include "plan/interfaces.h"

/*
 * A family whose folder is not there (no IPv6) has no names.
 *
 * Fails:  -errno of listing; -ENOMEM
 */
MUST_CHECK int interfaces_load(const struct kernel *kernel, struct interfaces *ret,
			       struct error *err);

/* Our own bounds: the kernel accepts nonsense. */
#pragma once

#include "catalog/value.h"

#include <stdint.h>

/* What bounds depend on besides the key. 0: not known, and not checked against. */
struct bound_host {
	uint64_t memory_bytes;
	int64_t page_bytes;
};

/*
 * May this value be written?
 *
 * live:   the value now, or NULL: a number that stays as it is, is not judged
 * Fails:  -EINVAL with the reason
 */
MUST_CHECK int bound_check(const struct sysctl_def *def, const struct value *wanted,
			   const struct value *live, const struct bound_host *host,
			   struct error *err);

/* Values that the kernel stores in its own units, so that they read back otherwise. */
#pragma once

#include "catalog/value.h"

/*
 * Is `got` what the kernel makes of `wanted`: the same by type, or the next value that
 * the key can hold (whole timer ticks of any usual HZ, powers of two, pages)?
 */
bool rounding_is_equal(const struct sysctl_def *def, const struct value *wanted,
		       const struct value *got);

/* The same of texts; false when one of them is no value of the key. */
bool rounding_is_equal_text(const struct sysctl_def *def, const char *wanted,
			    const char *got);

/* Pairs of keys of which one may not be above the other. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * is_enforced: the kernel answers EINVAL at every step in between, so that the order of
 * two writes matters. Indexes are of the number within the value, from 0.
 */
struct coupling {
	const char *lesser, *greater;
	unsigned lesser_index, greater_index;
	bool is_enforced;
};

extern const struct coupling couplings[];
extern const size_t coupling_count;

/*
 * The key at the other end of a pair, for the same interface.
 *
 * ret:     KEY_BYTES
 * Returns: false when the key is at neither end
 */
bool coupling_partner(const struct coupling *coupling, const char *key, char *ret);

/* Is the key the lesser one of the pair? */
bool coupling_is_lesser(const struct coupling *coupling, const char *key);

/* Is the lesser value not above the greater? True when one of them is not known. */
bool coupling_holds(const struct coupling *coupling, const char *lesser,
		    const char *greater);

/*
 * Wanted values as people write them: "16384", ">= 16384", "keep keep >= {2 * :bdp}",
 * "guard 1", "exactly 4096".
 */
#pragma once

#include "base/text.h"
#include "profile/profile.h"

/*
 * Parse the text of a value; an operator belongs to the one element behind it.
 *
 * ret:    elements, count and is_guard are set, the rest stays
 * Fails:  -EINVAL with the reason; -ENOMEM
 */
MUST_CHECK int wanted_parse(const char *text, struct wanted *ret, struct error *err);

/*
 * Can the key take it: type, number of elements, range, secret, read-only; and a plain
 * number where the catalog says that more is better is refused, because it could lower
 * the default of a newer kernel.
 *
 * Fails:  -EINVAL with the reason
 */
MUST_CHECK int wanted_check(const struct sysctl_def *def, const struct wanted *wanted,
			    struct error *err);

/*
 * One literal or computed number of a key.
 *
 * Fails:  -EINVAL no number, or out of the range that the kernel accepts
 */
MUST_CHECK int wanted_parse_number(const struct sysctl_def *def, const char *text,
				   struct value_number *ret, struct error *err);

/*
 * Is a number one that someone may mean for this key? "exactly" says that it is.
 *
 * Fails:  -EINVAL with the numbers that make sense
 */
MUST_CHECK int wanted_check_sense(const struct sysctl_def *def,
				  struct value_number number, struct error *err);

/* Are the values of this type numbers that operators can compare? */
bool wanted_is_ordered(enum value_type type);

/* Are the values of this type rows of numbers? */
bool wanted_is_numeric(enum value_type type);

/* Nothing but "keep": a profile lets go of a key that a parent sets. */
bool wanted_is_release(const struct wanted *wanted);

/*
 * The text again, ">= 16384".
 *
 * computed: what expressions came to, one text an element; NULL, or NULL for an element:
 *           as written
 */
void wanted_add_text(const struct wanted *wanted, char *const *computed,
		     struct text *ret);

void wanted_clear(struct wanted *wanted);

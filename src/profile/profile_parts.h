/* Inside of profile/: putting a profile together out of files. */
#pragma once

#include "base/ini.h"
#include "base/text.h"
#include "profile/profile.h"

/* The arrays of a profile that inheritance merges. */
enum profile_rows {
	ROWS_WANTED,
	ROWS_PARAMETER,
	ROWS_REMOVED,
	ROWS_PROGRAM,
	ROWS_THRESHOLD,
};

/* One more zeroed row at the end of an array; NULL without memory. */
void *profile_add_row(struct profile *profile, enum profile_rows kind);

/* Take row number index out of an array, content and all. */
void profile_remove_row(struct profile *profile, enum profile_rows kind, size_t index);

/*
 * Move the rows of `from` into `into`, where they replace rows of the same name.
 *
 * Fails:  -ENOMEM; each row is then in one of the two
 */
MUST_CHECK int profile_merge(struct profile *into, struct profile *from);

/* The row of a key in one profile; NULL when it has none. */
struct wanted *profile_find_wanted(const struct profile *profile, const char *key);

/*
 * The bytes of a profile's file, found by name or path.
 *
 * folders:   to search, ends with NULL; NULL = those of the system
 * ret_file:  where it was found, for messages; the caller frees it
 * Fails:     -ENOENT no such profile; -EINVAL no name; -errno of reading
 */
MUST_CHECK int profile_read(const char *const *folders, const char *name,
			    struct text *ret_data, char **ret_file, struct error *err);

/*
 * Expressions name only parameters that the profile has, and keys and counters that the
 * catalog knows. Whether they are SQL is seen when they are computed.
 *
 * Fails:  -EINVAL with file and line; -ENOMEM
 */
MUST_CHECK int profile_check_expressions(const struct profile *profile,
					 struct error *err);

/*
 * Fill a profile, whose file is set, from the lines of that file.
 *
 * Fails:  -EINVAL with file, line and reason; -ENOMEM
 */
MUST_CHECK int profile_take_entries(struct profile *profile, const struct ini *ini,
				    struct error *err);

/* Parameters for expressions: the overrides of a user go before the profile's own. */
struct parameter_set {
	const struct profile *profile;
	const struct profile_parameter *overrides;
	size_t override_count;
};

/* What the elements of one key came to; NULL for "keep" and for what has no value. */
struct computed {
	char *texts[WANTED_MOST_ELEMENTS];
};

/*
 * Compute the elements of one key.
 *
 * ret:         what could be computed; the caller clears it, also after a failure
 * ret_reason:  why an element has no value that the key can take; "" when all have
 * Fails:       -EINVAL an expression is no SQL; -ENOMEM
 */
MUST_CHECK int computed_fill(struct evidence *evidence,
			     const struct parameter_set *parameters,
			     const struct wanted *wanted, struct computed *ret,
			     struct error *ret_reason, struct error *err);
void computed_clear(struct computed *computed);

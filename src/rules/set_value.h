/*
 * The value of "-- set KEY: VALUE": words with blanks between, as in a profile. A word is
 * "keep", or a number, a name or {an SQL expression}, with ">=" or "<=" before it or not.
 */
#pragma once

#include "evidence/evidence.h"
#include "rules/template.h"

/*
 * The next expression of a value at *cursor; moves the cursor behind it.
 *
 * literal: what stands before it is added; may be NULL
 * ret:     becomes the expression, without its braces
 * Returns: 1 an expression, 0 the value ended
 * Fails:   -EINVAL a brace without its partner, or nothing in it; -ENOMEM
 */
MUST_CHECK int set_value_next(const char **cursor, struct text *literal, struct text *ret,
			      struct error *err);

/* Check the form. Fails: -EINVAL with the reason; -ENOMEM. */
MUST_CHECK int set_value_check(const char *value, struct error *err);

/*
 * Check the expressions: that SQLite takes them, and that their parameters are columns or
 * thresholds of the row. The values of the row do not matter.
 *
 * Fails:  -EINVAL, -EPERM with the reason; -ENOMEM
 */
MUST_CHECK int set_value_check_row(struct evidence *evidence, const char *value,
				   const struct template_row *row, struct error *err);

/*
 * Add a value, its expressions computed, to a text. ":name" in an expression is the
 * column of that name, else the threshold. A number becomes a whole one, the nearest.
 *
 * Fails:  -ENODATA an expression has no value here, or none that a sysctl could have;
 *         -EINVAL, -EPERM with SQLite's text; -ENOMEM
 */
MUST_CHECK int set_value_compute(struct evidence *evidence, const char *value,
				 const struct template_row *row, struct text *ret,
				 struct error *err);

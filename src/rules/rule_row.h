/* One row of a rule's query, with the thresholds of the rule, as templates take it. */
#pragma once

#include "base/database.h"
#include "rules/rule.h"
#include "rules/template.h"

/*
 * values: the columns first, then the thresholds. Names and texts belong to the statement
 * and to the rule; texts are valid until the next step.
 */
struct rule_row {
	struct template_value values[RULE_MOST_COLUMNS + RULE_MOST_THRESHOLDS];
	size_t column_count;
	size_t count;
};

/*
 * The names of a prepared query, all values unknown, and the thresholds.
 *
 * thresholds: value of each threshold of the rule
 * Fails:      -EINVAL too many columns, or two of one name
 */
MUST_CHECK int rule_row_init(struct rule_row *row, const struct rule *rule,
			     const double *thresholds, sqlite3_stmt *statement,
			     struct error *err);

/* The values of the row on which the statement stands. */
void rule_row_read(struct rule_row *row, sqlite3_stmt *statement);

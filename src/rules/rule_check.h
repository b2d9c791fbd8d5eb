/* Whether a rule fits the evidence: what can be told only with a database. */
#pragma once

#include "evidence/evidence.h"
#include "rules/rule.h"
#include "rules/rule_row.h"

/*
 * Prepare a rule's query, its thresholds bound, and check that its templates name what
 * the query returns.
 *
 * thresholds: value of each threshold of the rule
 * ret_row:    its names; the values are read row by row
 * Fails:      -EINVAL, -EPERM with file, line and reason; -ENOMEM
 */
MUST_CHECK int rule_prepare(const struct rule *rule, struct evidence *evidence,
			    const double *thresholds, sqlite3_stmt **ret,
			    struct rule_row *ret_row, struct error *err);

/*
 * Everything that can be checked of a rule before it finds something: as rule_prepare(),
 * and that SQLite takes the expressions of its sets. A rule with a problem fails with it.
 */
MUST_CHECK int rule_check(const struct rule *rule, struct evidence *evidence,
			  struct error *err);

/* Give a query of the rule its thresholds, by name. */
void rule_bind_thresholds(const struct rule *rule, const double *thresholds,
			  sqlite3_stmt *statement);

/* What can be told of the SQL of a rule, and of its expressions, without a database. */
#pragma once

#include "rules/rule.h"

/*
 * Check that a parsed rule is one SELECT; that every parameter is a threshold and every
 * threshold is used; that what it reads by name is in needs or uses, so that it will be
 * collected; and that it judges changes when it asks for changes.
 *
 * Fails:  -EINVAL with file, line and reason
 */
MUST_CHECK int rule_sql_check(const struct rule *rule, struct error *err);

/* What each name in the head of a rule file means: one table, one reader a name. */
#pragma once

#include "rules/rule.h"
#include "rules/rule_head.h"

/*
 * Take one field of a head into the rule.
 *
 * Fails:  -EINVAL with file, line and reason: an unknown name, one that stands there
 *         twice, a bad value; -ENOMEM
 */
MUST_CHECK int rule_field_read(const struct rule_head *head,
			       const struct head_field *field, struct rule *rule,
			       struct error *err);

/* The first name that every head must have and this one has not; NULL when it has all. */
const char *rule_field_missing(const struct rule_head *head);

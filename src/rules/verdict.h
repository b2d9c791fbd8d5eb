/* Building a verdict, for the engine alone; finding.h is for those who read one. */
#pragma once

#include "rules/finding.h"
#include "rules/rule_row.h"

/* Add a finding, which the verdict then owns; *finding is empty after it. */
MUST_CHECK int verdict_add_finding(struct verdict *verdict, struct finding *finding);

/* Add a rule that cannot tell. reason: made safe to show. */
MUST_CHECK int verdict_add_unknown(struct verdict *verdict, const struct rule *rule,
				   const char *reason);

/*
 * Find for each finding the one that explains it, by "because" of its rule, and make it
 * info then. Among several the one that is named first, and of one rule the first one.
 */
MUST_CHECK int verdict_link_causes(struct verdict *verdict);

/* Bring both lists into their order. */
void verdict_sort(struct verdict *verdict);

/*
 * Put a row into the words, facts and sets of a finding, whose rule is given. A set that
 * cannot be computed here is left out, and becomes an unknown of the verdict.
 */
MUST_CHECK int finding_fill(struct finding *finding, const struct rule_row *row,
			    struct evidence *evidence, struct verdict *verdict,
			    struct error *err);
void finding_clear(struct finding *finding);

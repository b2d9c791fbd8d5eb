/* Inside of cli/: the parts of an audit, for one place and for many. */
#pragma once

#include "cli/audit_options.h"
#include "cli/console.h"
#include "cli/propose.h"
#include "rules/waiver.h"

/* Everything that audits share, and what is seen of the place that is judged. */
struct audit {
	struct audit_options options;
	struct rule_list rules;
	struct waiver_list waivers;
	struct profile_stack stack;
	struct needs needs;
	struct observation seen;
	struct verdict verdict;
	struct proposal_list proposals;
};

/* Judge what is seen: the verdict, and the comparison of the profiles. */
MUST_CHECK int audit_judge(struct audit *audit, struct error *err);

/* What there is to report of it. */
struct audit_report audit_report_of(struct audit *audit);

/*
 * Audit every network namespace, or every evidence file that was named, and print one
 * report of all.
 *
 * Returns: the exit status of the program
 */
enum exit_status audit_many(struct audit *audit);

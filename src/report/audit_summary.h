/* Audits of several places in one report: a table of them, and which share a finding. */
#pragma once

#include "report/audit_report.h"

/* One place. name: as the table shows it; problem: why it could not be looked at, or NULL
 */
struct audit_place {
	char *name;
	char *seen;	 /* "Linux 6.1.0, 2026-11-25T14:30:00Z, over 5.0 s" */
	char **findings; /* "WARNING accept-queue-program", each once */
	size_t finding_count;
	size_t warnings, infos; /* warnings: and what is critical */
	size_t differs;		/* keys of profiles */
	char *problem;
};

/* Zeroed is empty. heading: of the column of names */
struct audit_summary {
	const char *heading;
	struct audit_place *places;
	size_t count;
};

/* Add a place that was judged, or with a report of NULL one that could not be. */
MUST_CHECK int audit_summary_add(struct audit_summary *summary, const char *name,
				 const struct audit_report *report, const char *problem);
void audit_summary_clear(struct audit_summary *summary);

/* A line a place; then each finding that several have, with their names. */
MUST_CHECK int audit_summary_add_text(const struct audit_summary *summary,
				      struct prose *prose);

/* Inside of report/: the parts of the text of an audit. */
#pragma once

#include "report/audit_report.h"

/* Column at which the texts of a block begin; the labels stand before it. */
enum { AUDIT_HANG = 10 };

/* Findings from the most severe on; what is history comes as one line. */
void audit_add_findings(const struct audit_report *report, struct prose *prose);

/* Table of keys that are not as wanted, and what the profiles advise besides. */
MUST_CHECK int audit_add_profiles(const struct audit_report *report, struct prose *prose,
				  struct error *err);

/* What would let rules on changes judge. */
static inline const char *audit_window_option(const struct audit_report *report)
{
	if (report->file)
		return "collect --interval 5s";
	return report->kernel->is_live ? "--interval 5s" : "a second --root";
}

/*
 * A finding that this text shows as a block or a line of its own, not one that is only
 * counted, or told below its cause.
 */
static inline bool audit_is_shown(const struct audit_report *report,
				  const struct finding *finding)
{
	return report->show_all ||
	       (!finding->waived_by && !finding->is_history && !finding->cause.rule);
}

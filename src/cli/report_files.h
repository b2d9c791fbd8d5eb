/* The files that a report leaves for others: metrics and a page. */
#pragma once

#include "cli/report_run.h"
#include "report/news.h"

/* Whole or not at all, readable by all. Complains of what could not be written. */
MUST_CHECK enum exit_status report_write_files(struct report_run *run,
					       const struct news *news);

/* After a failure: the metrics say that there was one. */
void report_write_failure(const struct report_run *run);

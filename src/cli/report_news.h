/* What a run saw, held against what is known: the events of a report. */
#pragma once

#include "cli/report_run.h"

/* Fills the events; the findings stand as after this run. Fails: -ENOMEM */
MUST_CHECK int report_find_news(struct report_run *run, struct error *err);

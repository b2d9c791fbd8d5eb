/* `tcptune report --since` and `--applied`: looking at what the history holds. */
#pragma once

#include "cli/report_run.h"

/* Opens what it needs; nothing is collected or stored. */
MUST_CHECK enum exit_status report_look(struct report_run *run);

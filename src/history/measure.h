/* The one number of a finding that its course is followed by. */
#pragma once

#include "rules/finding.h"

enum { MEASURE_UNIT_BYTES = 64 };

/*
 * level: < 0 when the finding has none. unit: what it counts: "drops a minute", "queue",
 * "share".
 */
struct measure {
	double level;
	char unit[MEASURE_UNIT_BYTES];
};

/*
 * It is the first number that the rule's sentence names, ports and process numbers aside.
 * A count of a rule that judges changes is brought to one minute.
 *
 * window_seconds: < 0 without a window; such a count then has no level
 */
struct measure measure_of(const struct finding *finding, double window_seconds);

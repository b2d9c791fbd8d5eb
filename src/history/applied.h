/* Did a change help? Equal times before and after it, by the measures of the findings. */
#pragma once

#include "history/history.h"

enum applied_verdict {
	APPLIED_NOT_ENOUGH, /* evidence, that is */
	APPLIED_HELPED,
	APPLIED_NO_EFFECT,
	APPLIED_WORSE,
};

enum { APPLIED_LEAST_RUNS = 6, APPLIED_MOST_SECONDS = 7 * 24 * 60 * 60 };

/* Reports that could judge, those of them that saw the finding, and its mean measure. */
struct applied_side {
	size_t runs, seen;
	double mean;
};

/* reason: of a verdict that is not plain from the numbers; static, NULL without one */
struct applied_finding {
	char *rule, *subject;
	struct applied_side before, after;
	enum applied_verdict verdict;
	const char *reason;
};

/*
 * seconds: of each side. load: connections a second after, as a share of those before; <
 * 0 when it is not known. Findings that were seen on neither side are not there.
 */
struct applied_result {
	int64_t begin, at, end;
	double load;
	struct applied_finding *findings;
	size_t count;
};
void applied_result_clear(struct applied_result *result);

/*
 * at:   when the change was applied
 * end:  when it was undone, or now; a reboot before that ends it, too
 */
MUST_CHECK int applied_compare(struct history *history, int64_t at, int64_t end,
			       struct applied_result *ret, struct error *err);

const char *applied_verdict_text(enum applied_verdict verdict);

/*
 * How sure it is that the second row of numbers is larger than the first: the statistic
 * of Mann and Whitney, in standard deviations; negative when it is smaller. It asks only
 * which numbers are larger, so that a single wild one counts as one.
 */
double applied_separation(const double *before, size_t before_count, const double *after,
			  size_t after_count);

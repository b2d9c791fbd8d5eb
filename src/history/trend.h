/* Series over time, in equal parts of a period. */
#pragma once

#include "history/history.h"

/*
 * mean, most: of each part; NAN where nothing is known. latest: NAN when it is not known
 * now. has_values: in any part.
 */
struct trend {
	int64_t series;
	char *name, *subject;
	double *mean, *most;
	double latest, most_of_all;
	bool has_values;
};

/* In the order in which the series began. runs: in the period. */
struct trend_list {
	struct trend *trends;
	size_t count, parts;
	int64_t from, to;
	int64_t runs;
};
void trend_list_clear(struct trend_list *list);

enum { TREND_MOST_PARTS = 1000 };

/*
 * All series of the place from one time to another, both included.
 *
 * parts:  1 to TREND_MOST_PARTS; fewer where there are not enough reports to fill them
 */
MUST_CHECK int trends_load(struct history *history, int64_t from, int64_t to,
			   size_t parts, struct trend_list *ret, struct error *err);

/*
 * The values of one series in each run of a period: for those who count runs.
 *
 * value: NAN when it is not known
 */
MUST_CHECK int trend_visit(struct history *history, const char *name, const char *subject,
			   int64_t from, int64_t to,
			   void (*visit)(void *data, int64_t taken, double value),
			   void *data, struct error *err);

/* When the place was looked at for the first and the last time; 0 = never. */
MUST_CHECK int trend_period(struct history *history, int64_t *ret_first,
			    int64_t *ret_last, struct error *err);

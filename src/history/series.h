/*
 * What is followed over time, beside the findings: a table of queries over the evidence.
 * A point is stored only where a value moved, with three significant digits.
 */
#pragma once

#include "evidence/evidence.h"
#include "evidence/needs.h"
#include "history/findings.h"

enum {
	SERIES_MOST_SUBJECTS = 32, /* of one series; the largest stay */
	SERIES_MOST = 1000,	   /* of a place; what comes later is not followed */
	SERIES_MOST_NEEDS = 8,
};

/* What its numbers are. */
enum series_unit {
	UNIT_PER_SECOND,
	UNIT_COUNT,
	UNIT_BYTES,
	UNIT_SHARE, /* of a limit: 1 is full */
};

/* Series that are shown together; each is one unit. */
enum chart {
	CHART_CONNECTIONS,
	CHART_SEGMENTS,
	CHART_REPEATED,
	CHART_LOST,
	CHART_RESETS,
	CHART_QUEUES,
	CHART_PORTS,
	CHART_MEMORY,
	CHART_TABLES,
	CHART_STATES,
	CHART_COUNT_, /* how many there are */
};

/*
 * name:  in the history
 * label: in a legend; where there are subjects, they are the legend
 * sql:   returns rows of (subject, value), the largest first where there may be many;
 * NULL is "not known" needs: what it reads, ends with NULL
 */
struct series_def {
	const char *name;
	const char *label;
	enum chart chart;
	bool has_subjects;
	const char *sql;
	const char *needs[SERIES_MOST_NEEDS];
};
extern const struct series_def series_defs[];
extern const size_t series_def_count;

struct chart_def {
	const char *title;
	enum series_unit unit;
};
extern const struct chart_def chart_defs[CHART_COUNT_];

/* NULL when there is none of that name. */
const struct series_def *series_find(const char *name);

/* The series of a finding's measure: this name, and "RULE SUBJECT". */
#define SERIES_OF_FINDINGS "finding"

MUST_CHECK int series_add_needs(struct needs *needs, struct error *err);

/*
 * Store what moved, of the table and of the findings. A finding that was not seen has the
 * level 0 if the run could judge it, and none if it could not.
 */
MUST_CHECK int series_store(struct history *history, struct evidence *evidence,
			    const struct tracked_list *findings, struct error *err);

/* One run of `tcptune report`: all that it looks at, in the order in which it is. */
#pragma once

#include "apply/drift.h"
#include "cli/report_options.h"
#include "cli/session.h"
#include "history/last_sample.h"
#include "history/series.h"
#include "report/profile_stack.h"
#include "rules/waiver.h"

/*
 * problem: why there is no history on the disk; NULL when there is one. last: what became
 * of the sample before.
 */
struct report_run {
	struct report_options options;
	bool has_unwritten; /* a file that was asked for */
	double begun;	    /* seconds of the monotonic clock */
	struct rule_list rules;
	struct waiver_list waivers;
	struct profile_stack stack;
	struct needs needs;
	struct session session;
	struct layers layers;
	struct drift_list drift;
	struct history history;
	char *problem;
	struct evidence evidence;
	struct last_sample last;
	struct verdict verdict;
	struct tracked_list findings;
	struct event_list events;
};

#define REPORT_RUN_NONE                                                                  \
	{                                                                                \
		.session = SESSION_NONE                                                  \
	}

/* Rules, profiles and waivers. */
MUST_CHECK int report_load(struct report_run *run, struct error *err);

/*
 * The kernel, the journal and the history. A history that cannot be used becomes one in
 * memory, and a complaint.
 */
MUST_CHECK int report_open(struct report_run *run, struct error *err);

/* The kernel and the journal alone. A journal that cannot be used is left out. */
MUST_CHECK int report_open_kernel(struct report_run *run, struct error *err);

/* Collect, judge, and compare with what the history knows. */
MUST_CHECK int report_observe(struct report_run *run, struct error *err);

/* Write all of it into the history, which is not committed yet. */
MUST_CHECK int report_store(struct report_run *run, struct error *err);

/*
 * Go on without the history on the disk, which failed with this code; a damaged one is
 * moved aside. Everything that the run observed has to be observed again.
 */
MUST_CHECK int report_lose_history(struct report_run *run, int code,
				   const struct error *why, struct error *err);

/* Was it applied in the namespace that is looked at, by the name that reports go by? */
bool report_is_here(const struct report_run *run, const struct record *record);

void report_run_clear(struct report_run *run);

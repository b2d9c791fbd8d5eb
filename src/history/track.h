/*
 * How a finding stands over many runs, and when that is worth telling. Pure: what was
 * seen goes in, what is to be told comes out.
 *
 * A finding is told when it is seen for the first time. All else takes patience: it is
 * told as worse when its measure was at least twice that of the last telling in so many
 * runs in a row, as better when it was at most half, as resolved when so many runs that
 * could judge it did not see it. Patience is 3 runs; it doubles each time the same
 * finding is told again within a day (to 288 at most, a day of runs every 5 minutes), and
 * halves with each day of silence. So one noisy minute is one message, and something that
 * comes and goes all day falls silent after a few, as open.
 *
 * Information is followed in the same way, but never told by itself.
 */
#pragma once

#include "base/macros.h"

#include <stdbool.h>
#include <stdint.h>

enum { PATIENCE_LEAST = 3, PATIENCE_MOST = 288 };

/* What is told of a finding, and what else is told of a run. */
enum event_kind {
	EVENT_NOTHING,
	EVENT_NEW,
	EVENT_WORSE,
	EVENT_BETTER,
	EVENT_RESOLVED,
	EVENT_REBOOT,
	EVENT_NETNS,  /* another namespace of the same name */
	EVENT_RESET,  /* counters went backwards */
	EVENT_KINDS_, /* how many there are */
};

/* "new", "worse", ... */
const char *event_kind_text(enum event_kind kind);

/*
 * A finding as one run saw it. kind: "rule", "drift" or "profile"; rule, subject: what
 * tells it from others. severity: as in rules, 0 is information. level: its measure,
 * bigger is worse, < 0 when it has none; unit: of the measure, "drops a minute".
 * is_silenced: somebody accepted it.
 */
struct observation {
	const char *kind, *rule, *subject, *says, *advice;
	const char *unit;
	int severity;
	double level;
	bool is_silenced;
};

/*
 * first_seen: ever, as far as the history goes back; since: the begin of this time;
 * count: runs that saw it, in all. Times are seconds since 1970. reference: the level
 * that was told last; edge: the level nearest to it in the runs that `above` or `below`
 * counts.
 */
struct tracked {
	char *kind, *rule, *subject, *says, *advice, *unit;
	int severity;
	int64_t first_seen, since, last_seen, count;
	bool is_open; /* seen, and not resolved since */
	bool is_told; /* people know of it: it was told, or was no news */
	int64_t last_told;
	int patience;
	double level, reference, edge;
	int above, below, absent; /* runs in a row */
	bool has_changed;	  /* must be stored */
	bool was_looked_at;	  /* in this run */
};

/*
 * The next run has seen it.
 *
 * tracked: texts are replaced
 * Returns: what to tell; -ENOMEM
 */
MUST_CHECK int track_seen(struct tracked *tracked, const struct observation *observation,
			  int64_t now);

/* The next run has looked, could judge, and has not seen it. Returns: what to tell */
enum event_kind track_unseen(struct tracked *tracked, int64_t now);

void tracked_clear(struct tracked *tracked);

/* All findings of a place, out of the history and back, and the events they gave. */
#pragma once

#include "history/history.h"
#include "history/track.h"

/* Told by a run, or told once. Texts are owned. severity: 0 where there is none. */
struct event {
	enum event_kind kind;
	int64_t taken;
	char *rule, *subject, *says;
	int severity;
};

struct event_list {
	struct event *events;
	size_t count;
};
void event_list_clear(struct event_list *list);

struct tracked_list {
	struct tracked *items;
	size_t count;
};
void tracked_list_clear(struct tracked_list *list);

/*
 * How many findings a place may have in the history, the closed ones too: a rule whose
 * subject changes all the time must not fill the disk.
 */
enum { FINDINGS_MOST = 2000 };

/* In the order: open first, the most severe first, then by rule and subject. */
MUST_CHECK int findings_load(struct history *history, struct tracked_list *ret,
			     struct error *err);

/*
 * Take in what the run saw; what is to be told goes to the events.
 *
 * Fails: -ENOMEM
 */
MUST_CHECK int findings_see(struct tracked_list *list,
			    const struct observation *observation, int64_t now,
			    struct event_list *events, struct error *err);

/*
 * Those that were not seen.
 *
 * could_judge: could the run have seen it?
 */
MUST_CHECK int findings_miss(struct tracked_list *list, int64_t now,
			     bool (*could_judge)(void *data,
						 const struct tracked *tracked),
			     void *data, struct event_list *events, struct error *err);

/* Store what has changed, and the events. */
MUST_CHECK int findings_store(struct history *history, const struct tracked_list *list,
			      const struct event_list *events, struct error *err);

/* Add an event that is no finding's. Fails: -ENOMEM */
MUST_CHECK int event_add(struct event_list *list, enum event_kind kind, int64_t taken,
			 const char *rule, const char *subject, int severity,
			 const char *says, struct error *err);

/* Events of the place since a time, the oldest first; the latest `most` at most. */
MUST_CHECK int events_load(struct history *history, int64_t since, size_t most,
			   struct event_list *ret, struct error *err);

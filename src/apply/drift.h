/* Values that are no longer what a change left behind. */
#pragma once

#include "apply/journal.h"
#include "apply/door.h"
#include "apply/layer.h"

/*
 * One key that someone else changed. live: NULL when it is gone. last_right: when it was
 * last seen as it should be; the record is as old as that at least. since: when the
 * change was first seen. Seconds since 1970.
 */
struct drift {
	const struct record *record;
	const struct record_key *key;
	char *live;
	double last_right, since;
};

struct drift_list {
	struct drift *drifts;
	size_t count;
};
void drift_list_clear(struct drift_list *list);

/*
 * Look at every key that the layers hold, and note in the records what was seen now.
 *
 * Fails:  -ENOMEM; a key that cannot be read has not drifted
 */
MUST_CHECK int drift_find(const struct layers *layers, const struct sysctl_door *door,
			  double now, struct drift_list *ret, struct error *err);

/* Write what drift_find() noted into the journal. */
MUST_CHECK int drift_store(struct journal *journal, const struct layers *layers,
			   struct error *err);

/*
 * The history: what reports saw, in STATE/history.sqlite. One run is one transaction,
 * from before it looks to after it has spoken: a run that is cut off leaves nothing, and
 * two at once wait for each other. schema.h says what the tables hold.
 */
#pragma once

#include "base/database.h"
#include "base/kernel.h"

#include <stdbool.h>

enum { HISTORY_VERSION = 1 };

/* How much is kept. A run of more than a day ago goes with all of its day. */
enum {
	HISTORY_KEEP_DAYS = 90,
	HISTORY_KEEP_MIB = 64,
};

#define HISTORY_FILE "history.sqlite"

/*
 * place: the namespace that it is about; run: the one being written, 0 outside. In memory
 * it stands in for a file that cannot be used.
 */
struct history {
	sqlite3 *db;
	int64_t place;
	int64_t run;
	int64_t now; /* of that run, seconds since 1970 */
	bool is_in_memory;
	bool is_key_run;
};

/*
 * Open the history of a folder, or make it, and begin a transaction.
 *
 * path:   of the folder, which exists
 * Fails:  -EUCLEAN it is damaged, see history_put_aside(); -EPROTO made by a newer
 *         tcptune; -EBUSY another report is at work; -ENOSPC; -errno
 */
MUST_CHECK int history_open(const char *path, struct history *ret, struct error *err);

/* An empty one that nobody will see again. */
MUST_CHECK int history_open_memory(struct history *ret, struct error *err);

/* To look only. Fails: also -ENOENT there is none */
MUST_CHECK int history_open_reading(const char *path, struct history *ret,
				    struct error *err);

/* Keep what the run has written, or not. The history is then of no further use. */
MUST_CHECK int history_commit(struct history *history, struct error *err);
void history_close(struct history *history);

/*
 * Move a damaged history to a name that is free, with what SQLite needs to repair it.
 *
 * ret_name: the new name; NAME_BYTES
 * Fails:    -EEXIST there are HISTORY_MOST_ASIDE already; -errno
 */
enum { HISTORY_MOST_ASIDE = 4, HISTORY_NAME_BYTES = 64 };
MUST_CHECK int history_put_aside(const char *path, char *ret_name, struct error *err);

/*
 * What a namespace is called over all boots: "init", the name that the user gave, or
 * "own" for the one that the program is in.
 */
const char *history_place_name(const struct kernel *kernel);

/* Find the place of a kernel. Fails: -ENOENT it was never looked at */
MUST_CHECK int history_find_place(struct history *history, const struct kernel *kernel,
				  struct error *err);

/*
 * Begin the run that is stored: finds or makes the place.
 *
 * taken:  seconds since 1970
 * window: seconds, < 0 when there is none
 */
MUST_CHECK int history_begin_run(struct history *history, const struct kernel *kernel,
				 double taken, double window, struct error *err);

/*
 * Forget what is older than the limits, whole days at a time.
 *
 * keep_days, keep_mib: 0 = the default
 */
MUST_CHECK int history_retain(struct history *history, int64_t keep_days,
			      int64_t keep_mib, struct error *err);

/* Bytes that the history takes now, without pages that are free. */
MUST_CHECK int history_bytes(struct history *history, int64_t *ret, struct error *err);

/*
 * The journal: what was changed, by whom, and the old value of every key that a change
 * may have touched. SQLite with a rollback journal and synchronous=EXTRA: a call that has
 * returned is on the disk, name and all, and one that was cut off has left nothing. So
 * what is here is complete before the first write to the kernel, whatever happens next.
 */
#pragma once

#include "apply/record.h"
#include "apply/state.h"
#include "base/database.h"

enum { JOURNAL_VERSION = 2 };

struct journal {
	sqlite3 *db;
	bool is_read_only;
};

/*
 * Open STATE/journal.sqlite.
 *
 * creates: make it when it is missing
 * Fails:   -ENOENT it is missing; -EUCLEAN it is damaged; -EPROTO made by a newer
 * tcptune; -errno. A journal that cannot be written is opened for reading.
 */
MUST_CHECK int journal_open(const struct state *state, bool creates, struct journal *ret,
			    struct error *err);
void journal_close(struct journal *journal);

/* All records of the journal in the order of their ids. */
MUST_CHECK int journal_load(struct journal *journal, struct record_list *ret,
			    struct error *err);

/* Add a record and all its keys at once. ret_id: also put into the record. */
MUST_CHECK int journal_add(struct journal *journal, struct record *record,
			   struct error *err);

/*
 * Several changes at once, all or none: between the two calls journal_put_...() only
 * prepare. journal_abandon() after a failure; it is of no harm after journal_commit().
 */
MUST_CHECK int journal_begin(struct journal *journal, struct error *err);
MUST_CHECK int journal_commit(struct journal *journal, struct error *err);
void journal_abandon(struct journal *journal);

/* State, note, deadline, time of the end and persistence of a record. */
MUST_CHECK int journal_put_state(struct journal *journal, const struct record *record,
				 struct error *err);

/* What is known of one key now: old, after, fate, hold and drift. */
MUST_CHECK int journal_put_key(struct journal *journal, const struct record *record,
			       const struct record_key *key, struct error *err);

/* Only when a key was last seen right and first seen wrong. */
MUST_CHECK int journal_put_sighting(struct journal *journal, const struct record *record,
				    const struct record_key *key, struct error *err);

/* State alone, as a change of its own. */
MUST_CHECK int journal_set_state(struct journal *journal, struct record *record,
				 enum record_state state, struct error *err);

/* Taking a record back: from the journal into the kernel, guarded, layer by layer. */
#pragma once

#include "apply/journal.h"
#include "apply/layer.h"
#include "apply/namespace.h"
#include "apply/restore.h"

/*
 * What became of one key. fate: FATE_DONE restored or nothing to do (was_written tells);
 * FATE_HOLD left to change `holder`; FATE_FOREIGN left: someone else changed it to
 * `live`; FATE_RESTORE could not be restored: result. is_gone: it went with its
 * interface. The texts belong to the record.
 */
struct undone_key {
	const struct record_key *key;
	enum key_fate fate;
	char *live;
	int64_t holder;
	bool was_written, is_gone;
	int result;
};

/*
 * How one record was undone; it has its new state. took_files: its values are no longer
 * kept for the next boot. file_problem: why they still are, without a text when they are
 * not.
 */
struct undo_outcome {
	const struct record *record;
	struct undone_key *keys;
	size_t count;
	bool took_files;
	struct error file_problem;
};

void undo_outcome_clear(struct undo_outcome *outcome);

/* How many of its keys have this fate. */
size_t undo_outcome_tally(const struct undo_outcome *outcome, enum key_fate fate);

/*
 * How. force: also what someone else changed. is_overdue: nobody confirmed it in time, so
 * it is put back even where the journal cannot be written; the record then stays overdue,
 * and whoever comes next writes it down. reason: for the history, or NULL
 */
struct undo_order {
	bool force;
	bool is_overdue;
	const char *reason;
};

/*
 * Undo record number `index` of the layers. What stands in the journal after a cut at any
 * point is enough to do it again to the same end.
 *
 * Fails:  before anything was written: -errno of the journal, -ENOMEM. Afterwards: the
 *         kernel is as the outcome says, and only the journal does not know it yet
 */
MUST_CHECK int undo_layer(struct journal *journal, const struct layers *layers,
			  size_t index, const struct sysctl_door *door,
			  const struct undo_order *order, struct undo_outcome *ret,
			  struct error *err);

/*
 * The same for one record of a list, in the namespace that it is of. One whose namespace
 * is gone is undone without a write.
 *
 * Fails:  as undo_layer(); -EPERM the namespace cannot be looked for
 */
MUST_CHECK int undo_record(struct journal *journal, struct record_list *list,
			   struct record *record, const struct undo_order *order,
			   struct undo_outcome *ret, struct error *err);

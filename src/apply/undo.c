#include "apply/undo.h"

#include "apply/signals.h"

#include <errno.h>
#include <time.h>

/* One undo under way. */
struct undo {
	struct journal *journal;
	const struct layers *layers;
	size_t index;
	struct record *record;
	const struct sysctl_door *door;
	const struct undo_order *order;
	struct restore restore;
	struct undo_outcome outcome;
	bool is_carried_out; /* the kernel is as the outcome says */
};

void undo_outcome_clear(struct undo_outcome *outcome)
{
	for (size_t i = 0; i < outcome->count; i++)
		free(outcome->keys[i].live);
	free(outcome->keys);
	*outcome = (struct undo_outcome){ 0 };
}

size_t undo_outcome_tally(const struct undo_outcome *outcome, enum key_fate fate)
{
	size_t count = 0;

	for (size_t i = 0; i < outcome->count; i++)
		count += outcome->keys[i].fate == fate;
	return count;
}

static void undo_clear(struct undo *undo)
{
	restore_clear(&undo->restore);
	undo_outcome_clear(&undo->outcome);
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

/* --- deciding --------------------------------------------------------------------- */

static int read_live(struct undo *undo, const struct record_key *key,
		     struct undone_key *row, struct error *err)
{
	char path[256];
	int r = sysctl_path(key->key, path, sizeof(path));

	if (!key->old) /* a secret, or a key that was not there: never looked at */
		return 0;
	if (r == 0)
		r = undo->door->read(undo->door->data, path, undo->restore.buffer,
				     DOOR_VALUE_BYTES);
	row->is_gone = r == -ENOENT || r == -ENOTDIR;
	if (row->is_gone)
		return 0;
	if (r < 0)
		return error_set(err, r, "cannot read '%s': %s", key->key, strerror(-r));
	return record_set_text(&row->live, undo->restore.buffer) < 0 ? no_memory(err) : 0;
}

static int decide(struct undo *undo, struct record_key *key, struct error *err)
{
	struct undone_key *row = &undo->outcome.keys[undo->outcome.count++];
	bool is_resumed = undo->record->state == RECORD_UNDOING && key->hold;
	const struct record *holder;
	int r;

	row->key = key;
	r = read_live(undo, key, row, err);
	if (r < 0)
		return r;
	row->fate = layer_decide(undo->layers, undo->index, key, row->live,
				 undo->order->force);
	holder = layers_above(undo->layers, undo->index, key->key);
	row->holder = row->fate == FATE_HOLD && holder ? holder->id : 0;
	key->fate = row->fate;
	if ((key->fate != FATE_HOLD && key->fate != FATE_FOREIGN) || is_resumed)
		return 0;
	return record_set_text(&key->hold, row->live) < 0 ? no_memory(err) : 0;
}

static int decide_all(struct undo *undo, struct error *err)
{
	struct record *record = undo->record;
	int r = restore_init(&undo->restore, record->key_count);

	undo->outcome.record = record;
	undo->outcome.keys = calloc(record->key_count + 1, sizeof(*undo->outcome.keys));
	if (r < 0 || !undo->outcome.keys)
		return no_memory(err);
	for (size_t i = 0; r == 0 && i < record->key_count; i++)
		r = decide(undo, &record->keys[i], err);
	return r;
}

static int fill_restore(struct undo *undo, struct error *err)
{
	for (size_t i = 0; i < undo->record->key_count; i++) {
		const struct record_key *key = &undo->record->keys[i];
		const char *target = key->fate == FATE_RESTORE ? key->old
				     : key->fate == FATE_DONE  ? NULL
							       : key->hold;

		if (target && restore_add(&undo->restore, key->key, target) < 0)
			return error_set(err, -EINVAL, "'%s' is no sysctl key", key->key);
	}
	restore_finish(&undo->restore);
	return 0;
}

/* --- writing it down -------------------------------------------------------------- */

static int put_all(struct undo *undo, struct error *err)
{
	int r = journal_put_state(undo->journal, undo->record, err);

	for (size_t i = 0; r == 0 && i < undo->record->key_count; i++)
		r = journal_put_key(undo->journal, undo->record, &undo->record->keys[i],
				    err);
	return r;
}

static int begin(struct undo *undo, struct error *err)
{
	const char *reason = undo->order->reason;
	int r = journal_begin(undo->journal, err);

	if (r < 0)
		return r;
	undo->record->state = RECORD_UNDOING;
	if (reason && record_set_text(&undo->record->note, reason) < 0)
		r = no_memory(err);
	if (r == 0)
		r = put_all(undo, err);
	if (r == 0)
		r = journal_commit(undo->journal, err);
	journal_abandon(undo->journal);
	return r;
}

/* What journal_put_key() of other records needs, for layers_hand_down(). */
struct heir {
	struct journal *journal;
	struct error *err;
};

static int put_heir(void *data, const struct record *record, const struct record_key *key)
{
	const struct heir *heir = data;

	return journal_put_key(heir->journal, record, key, heir->err);
}

static int hand_down(struct undo *undo, struct record_key *key, struct error *err)
{
	struct heir heir = { undo->journal, err };

	if (!layer_holds(key))
		return 0;
	return layers_hand_down(undo->layers, undo->index, key, put_heir, &heir);
}

static const struct restore_key *find_restored(const struct undo *undo, const char *key)
{
	for (size_t i = 0; i < undo->restore.count; i++) {
		if (strcmp(undo->restore.keys[i].key, key) == 0)
			return &undo->restore.keys[i];
	}
	return NULL;
}

/* What became of each key; then the record has one state. */
static void settle(struct undo *undo)
{
	size_t foreign, failed;

	for (size_t i = 0; i < undo->outcome.count; i++) {
		struct undone_key *row = &undo->outcome.keys[i];
		const struct restore_key *restored = find_restored(undo, row->key->key);

		if (!restored)
			continue;
		row->was_written = restored->was_written;
		row->result = restored->result;
		row->is_gone = row->result == -ENOENT;
		if (row->fate == FATE_RESTORE && (row->result == 0 || row->is_gone))
			row->fate = FATE_DONE;
	}
	foreign = undo_outcome_tally(&undo->outcome, FATE_FOREIGN);
	failed = undo_outcome_tally(&undo->outcome, FATE_RESTORE);
	/* what failed is tried again by the next undo, unless that was told not to care
	 */
	undo->record->state = failed > 0 && !undo->order->force ? RECORD_UNDOING
			      : failed > 0 || foreign > 0 ? RECORD_PARTLY
							  : RECORD_UNDONE;
	undo->record->finished = (double)time(NULL);
	undo->record->deadline_ms = 0;
}

static int finish(struct undo *undo, struct error *err)
{
	int r = journal_begin(undo->journal, err);

	for (size_t i = 0; r == 0 && i < undo->record->key_count; i++) {
		struct record_key *key = &undo->record->keys[i];

		if (key->fate == FATE_HOLD)
			r = hand_down(undo, key, err);
		else if (key->fate == FATE_RESTORE &&
			 undo->outcome.keys[i].fate == FATE_DONE)
			r = hand_down(undo, key, err);
		if (undo->outcome.keys[i].fate == FATE_DONE || key->fate == FATE_HOLD)
			key->fate = FATE_DONE;
	}
	if (r == 0)
		r = put_all(undo, err);
	if (r == 0)
		r = journal_commit(undo->journal, err);
	journal_abandon(undo->journal);
	if (r < 0)
		error_prefix(err,
			     "the values are restored, but the journal does not know it");
	return r;
}

/* From the decision in the journal to the end of it there. */
static int carry_out(struct undo *undo, struct error *err)
{
	int r = begin(undo, err);

	if (r < 0 && !undo->order->is_overdue)
		return r;
	(void)restore_run(&undo->restore, undo->door);
	settle(undo);
	undo->is_carried_out = true;
	return finish(undo, err);
}

static int carry_out_undisturbed(struct undo *undo, struct error *err)
{
	sigset_t before;
	int r = signals_hold(&before, err), back;

	if (r < 0)
		return r;
	r = carry_out(undo, err);
	back = signals_release(&before, r < 0 ? NULL : err);
	return r < 0 ? r : back;
}

int undo_layer(struct journal *journal, const struct layers *layers, size_t index,
	       const struct sysctl_door *door, const struct undo_order *order,
	       struct undo_outcome *ret, struct error *err)
{
	AUTO(undo_clear)
	struct undo undo = {
		.journal = journal,
		.layers = layers,
		.index = index,
		.record = layers->records[index],
		.door = door,
		.order = order,
	};
	int r = decide_all(&undo, err);

	if (r == 0)
		r = fill_restore(&undo, err);
	if (r < 0)
		return r;
	r = carry_out_undisturbed(&undo, err);
	if (!undo.is_carried_out)
		return r;
	*ret = undo.outcome;
	undo.outcome = (struct undo_outcome){ 0 };
	return r;
}

/* --- one record in its namespace -------------------------------------------------- */

/* Nothing of it can be in a kernel any more. */
static int close_gone(struct journal *journal, struct record *record,
		      struct undo_outcome *ret, struct error *err)
{
	if (record_set_text(&record->note, "its network namespace is gone") < 0)
		return no_memory(err);
	record->finished = (double)time(NULL);
	record->deadline_ms = 0;
	*ret = (struct undo_outcome){ .record = record };
	return journal_set_state(journal, record, RECORD_UNDONE, err);
}

static int undo_here(struct journal *journal, struct record_list *list,
		     struct record *record, const struct visit *visit,
		     const struct undo_order *order, struct undo_outcome *ret,
		     struct error *err)
{
	const struct sysctl_door door = door_of_kernel(&visit->kernel);
	AUTO(layers_clear) struct layers layers = { 0 };
	int r = layers_of(list, &visit->kernel, &layers);
	size_t index = 0;

	if (r < 0)
		return no_memory(err);
	while (index < layers.count && layers.records[index] != record)
		index++;
	if (index == layers.count) { /* forced, without a cookie: it stands alone */
		layers.records[0] = record;
		layers.count = 1;
		index = 0;
	}
	return undo_layer(journal, &layers, index, &door, order, ret, err);
}

int undo_record(struct journal *journal, struct record_list *list, struct record *record,
		const struct undo_order *order, struct undo_outcome *ret,
		struct error *err)
{
	struct visit visit = VISIT_NONE;
	struct error gone = { 0 };
	int r = visit_begin(record, order->force, &visit, &gone), back;

	if (r == -ENOENT && record->netns_cookie != 0)
		return close_gone(journal, record, ret, err);
	if (r < 0)
		return error_set(err, r, "change %lld: %s", (long long)record->id,
				 gone.text);
	r = undo_here(journal, list, record, &visit, order, ret, err);
	back = visit_end(&visit, r < 0 ? NULL : err);
	return r < 0 ? r : back;
}

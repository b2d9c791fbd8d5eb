#include "apply/apply.h"

#include "apply/apply_record.h"
#include "apply/deadline.h"
#include "apply/signals.h"

#include <errno.h>
#include <time.h>

/* One apply under way: all that it needs once the first write is done. */
struct application {
	struct journal *journal;
	const struct sysctl_door *door;
	const char **texts;
	struct restore restore;
	struct apply_outcome outcome;
};

void apply_outcome_clear(struct apply_outcome *outcome)
{
	record_clear(&outcome->record);
	*outcome = (struct apply_outcome){ 0 };
}

static void application_clear(struct application *application)
{
	free(application->texts);
	restore_clear(&application->restore);
	apply_outcome_clear(&application->outcome);
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

int apply_probe(const struct plan *plan, const struct sysctl_door *door,
		struct error *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		char path[256];
		int r;

		if (plan->changes[i].state != CHANGE_WRITE)
			continue;
		r = sysctl_path(plan->changes[i].key, path, sizeof(path));
		if (r == 0)
			r = door->probe(door->data, path);
		if (r < 0)
			return error_set(err, r, "cannot write '%s': %s",
					 plan->changes[i].key, strerror(-r));
	}
	return 0;
}

/* --- before the first write ------------------------------------------------------- */

/* What is written for each change; the texts belong to the plan. */
static int take_texts(struct application *application, const struct plan *plan,
		      struct error *err)
{
	size_t count = 0;

	application->texts = calloc(plan->count + 1, sizeof(*application->texts));
	if (!application->texts)
		return no_memory(err);
	for (size_t i = 0; i < plan->count; i++) {
		const struct change *change = &plan->changes[i];

		if (change->state == CHANGE_WRITE)
			application->texts[count++] =
				change->will_be ? change->will_be : change->secret_text;
	}
	return 0;
}

static int prepare(struct application *application, const struct kernel *kernel,
		   const struct apply_order *order, struct error *err)
{
	struct record *record = &application->outcome.record;
	auto_free char *buffer = malloc(DOOR_VALUE_BYTES);
	int r;

	if (!buffer)
		return no_memory(err);
	r = apply_probe(order->plan, application->door, err);
	if (r == 0)
		r = record_fill(order, kernel, application->door, buffer, record, err);
	if (r == 0)
		r = take_texts(application, order->plan, err);
	if (r == 0 && write_prepare_restore(record, &application->restore) < 0)
		r = no_memory(err);
	if (r == 0)
		r = journal_add(application->journal, record, err);
	return r;
}

/* --- after it --------------------------------------------------------------------- */

/* The journal says how it ended; a failure here changes nothing in the kernel. */
static int put_end(struct application *application, enum record_state state,
		   const char *note, struct error *err)
{
	struct record *record = &application->outcome.record;
	int r = journal_begin(application->journal, err);

	if (r < 0)
		return r;
	record->state = state;
	record->finished = (double)time(NULL);
	if (record->window_ms && state == RECORD_WAITING)
		record->deadline_ms = deadline_now_ms() + record->window_ms;
	if (note && record_set_text(&record->note, note) < 0)
		r = no_memory(err);
	if (r == 0)
		r = journal_put_state(application->journal, record, err);
	for (size_t i = 0; r == 0 && i < record->key_count; i++)
		r = journal_put_key(application->journal, record, &record->keys[i], err);
	if (r == 0)
		r = journal_commit(application->journal, err);
	journal_abandon(application->journal);
	return r;
}

static const char *reason_of(const struct write_result *result)
{
	if (result->code == -ERANGE)
		return "the kernel kept another value";
	return strerror(-result->code);
}

static int say_failure(const struct application *application, struct error *err)
{
	const struct write_result *result = &application->outcome.result;
	const char *key = application->outcome.record.keys[result->failed].key;

	if (result->code == -ERANGE)
		return error_set(err, result->code,
				 "cannot set '%s': the kernel kept '%s'", key,
				 result->got);
	if (result->is_reading)
		return error_set(err, result->code, "cannot read back '%s': %s", key,
				 strerror(-result->code));
	return error_set(err, result->code,
			 "cannot write '%s': refused by the kernel (%s)", key,
			 strerror(-result->code));
}

/* A write failed, and everything was put back, or should have been. */
static int end_failed(struct application *application, struct error *err)
{
	const struct write_result *result = &application->outcome.result;
	char note[256];
	int r = say_failure(application, err);

	(void)snprintf(note, sizeof(note), "%s %.120s failed: %.60s",
		       result->is_reading ? "reading back" : "writing",
		       application->outcome.record.keys[result->failed].key,
		       reason_of(result));
	/* what could not be put back is left to the next undo */
	if (put_end(application, result->not_restored ? RECORD_UNDOING : RECORD_UNDONE,
		    note, NULL) < 0)
		error_prefix(err, "the journal cannot be written either");
	return r;
}

/* All is written, but the journal cannot say so: then it must not stay. */
static int end_unrecorded(struct application *application, int code, struct error *err)
{
	struct write_result *result = &application->outcome.result;

	result->code = code;
	result->not_restored = restore_run(&application->restore, application->door);
	error_prefix(err,
		     "everything was put back, because the journal cannot be written");
	/* it may hold the end that could not be told to be there */
	(void)!put_end(application, result->not_restored ? RECORD_UNDOING : RECORD_UNDONE,
		       "the journal could not be written", NULL);
	return code;
}

static int write_and_record(struct application *application, struct error *err)
{
	struct record *record = &application->outcome.record;
	int r = journal_set_state(application->journal, record, RECORD_WRITING, err);

	if (r < 0)
		return r;
	if (write_changes(record, application->texts, application->door,
			  &application->restore, &application->outcome.result) < 0)
		return end_failed(application, err);
	r = put_end(application, record->window_ms ? RECORD_WAITING : RECORD_KEPT, NULL,
		    err);
	return r < 0 ? end_unrecorded(application, r, err) : 0;
}

static int write_undisturbed(struct application *application, struct error *err)
{
	sigset_t before;
	int r = signals_hold(&before, err), back;

	if (r < 0)
		return r;
	r = write_and_record(application, err);
	back = signals_release(&before, r < 0 ? NULL : err);
	return r < 0 ? r : back;
}

int apply_plan(const struct state *state, struct journal *journal,
	       const struct kernel *kernel, const struct sysctl_door *door,
	       const struct apply_order *order, struct apply_outcome *ret,
	       struct error *err)
{
	AUTO(application_clear)
	struct application application = {
		.journal = journal,
		.door = door,
	};
	struct apply_outcome *outcome = &application.outcome;
	int r = prepare(&application, kernel, order, err);

	if (r == 0 && order->window_ms)
		r = watch_start(state, &outcome->record, &outcome->watcher, err);
	if (r == 0)
		r = write_undisturbed(&application, err);
	*ret = *outcome;
	*outcome = (struct apply_outcome){ 0 };
	return r;
}

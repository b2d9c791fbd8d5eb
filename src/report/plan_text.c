/* The plan for people. */
#include "report/plan_report.h"

#include "apply/deadline.h"
#include "report/words.h"

#include <errno.h>
#include <inttypes.h>

enum { COLUMNS = 8 };

static const char *const heading[COLUMNS] = {
	"key", "now", "wanted", "will be", "takes effect", "scope", "state", "reason",
};

/* Texts of cells that have to be put together. */
struct cells {
	const char **cells;
	char **owned;
	size_t count;
};

static void cells_clear(struct cells *cells)
{
	for (size_t i = 0; cells->owned && i < cells->count; i++)
		free(cells->owned[i]);
	free(cells->owned);
	free(cells->cells);
}

static const char *or_unknown(const struct change *change, const char *text)
{
	if (change->def->is_secret)
		return "(secret)";
	return text ? text : "";
}

/* Up to the end of its first sentence; all of it is in the JSON. */
static int first_sentence(const char *text)
{
	const char *end = strstr(text, ". ");

	return end ? (int)(end - text) : (int)strlen(text);
}

static char *make_reason(const struct change *change)
{
	struct text text = { 0 };

	text_add(&text, change->origin);
	if (change->note)
		text_addf(&text, ": %s", change->note);
	else if (change->reason)
		text_addf(&text, ": %.*s", first_sentence(change->reason),
			  change->reason);
	return text.has_failed ? (text_clear(&text), NULL) : text.data;
}

static void fill_row(const struct change *change, const char **row)
{
	row[0] = change->key;
	row[1] = or_unknown(change, change->now);
	row[2] = or_unknown(change, change->wanted);
	row[3] = or_unknown(change, change->will_be);
	row[4] = sysctl_effect_text(change->def->effect);
	row[5] = sysctl_scope_text(change->def->scope);
	row[6] = change_state_text(change->state);
}

static int add_table(const struct plan *plan, struct prose *prose)
{
	AUTO(cells_clear)
	struct cells cells = {
		.cells = calloc((plan->count + 1) * COLUMNS, sizeof(const char *)),
		.owned = calloc(plan->count + 1, sizeof(char *)),
	};

	if (!cells.cells || !cells.owned)
		return -ENOMEM;
	memcpy(cells.cells, heading, sizeof(heading));
	for (size_t i = 0; i < plan->count; i++) {
		const char **row = &cells.cells[(cells.count + 1) * COLUMNS];

		if (plan->changes[i].state == CHANGE_ALREADY)
			continue;
		fill_row(&plan->changes[i], row);
		row[COLUMNS - 1] = cells.owned[cells.count] =
			make_reason(&plan->changes[i]);
		if (!cells.owned[cells.count++])
			return -ENOMEM;
	}
	if (cells.count > 0)
		prose_add_table(prose, 0,
				&(struct prose_table){ cells.cells, COLUMNS,
						       cells.count + 1, false });
	return 0;
}

/* What is as wanted needs no table of its own. */
static void add_already(const struct plan *plan, struct prose *prose)
{
	AUTO(text_clear) struct text text = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		const struct change *change = &plan->changes[i];

		if (change->state == CHANGE_ALREADY)
			text_addf(&text, "%s%s = %s", text.length ? ", " : "",
				  change->key, or_unknown(change, change->now));
	}
	if (text.has_failed)
		prose->text.has_failed = true;
	if (text.length > 0)
		prose_add(prose, (struct indent){ 0, 2 }, STYLE_QUIET,
			  "already:", text_string(&text));
}

/* What an undo leaves behind: each text once, with its keys. */
static void add_undo_notes(const struct plan *plan, struct prose *prose)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct change *change = &plan->changes[i];
		bool is_told = false;

		if (change->state != CHANGE_WRITE || !change->undo.note)
			continue;
		for (size_t j = 0; j < i; j++)
			is_told |= plan->changes[j].state == CHANGE_WRITE &&
				   plan->changes[j].undo.note == change->undo.note;
		if (!is_told)
			prose_addf(prose, (struct indent){ 0, 2 }, STYLE_WARNING,
				   change->undo.class == UNDO_IMPOSSIBLE
					   ? "cannot be undone:"
					   : "after an undo:",
				   "%s (%s)", change->undo.note, change->key);
	}
}

static void add_counts(const struct plan *plan, struct prose *prose)
{
	AUTO(text_clear) struct text text = { 0 };

	for (enum change_state state = CHANGE_WRITE; state <= CHANGE_REFUSED; state++) {
		size_t count = plan_tally(plan, state);

		if (count > 0)
			text_addf(&text, "%s%zu %s%s", text.length ? ", " : "", count,
				  change_state_text(state),
				  state == CHANGE_WRITE ? words_plural(count) : "");
	}
	if (text.has_failed)
		prose->text.has_failed = true;
	prose_add(prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "",
		  text.length ? text_string(&text) : "nothing is wanted");
}

int plan_add_text(const struct plan *plan, struct prose *prose)
{
	int r = plan->count > 0 ? add_table(plan, prose) : 0;

	if (r < 0)
		return r;
	prose_gap(prose);
	add_already(plan, prose);
	add_undo_notes(plan, prose);
	add_counts(plan, prose);
	return text_check(&prose->text);
}

/* --- what was done ---------------------------------------------------------------- */

static size_t count_role(const struct record *record, enum key_role role)
{
	size_t count = 0;

	for (size_t i = 0; i < record->key_count; i++)
		count += record->keys[i].role == role;
	return count;
}

/* Values that the kernel keeps in its own units. */
static void add_rounded(const struct record *record, struct prose *prose)
{
	for (size_t i = 0; i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];
		struct value a, b;

		if (key->role != ROLE_CHANGE || !key->wanted || !key->after ||
		    !key->def || value_parse(key->def, key->wanted, &a, NULL) < 0 ||
		    value_parse(key->def, key->after, &b, NULL) < 0 ||
		    value_is_equal(key->def, &a, &b))
			continue;
		prose_addf(prose, (struct indent){ 0, 2 }, STYLE_PLAIN, "",
			   "%s: the kernel made %s of %s", key->key, key->after,
			   key->wanted);
	}
}

static void add_deadline(const struct record *record, enum watcher watcher,
			 struct prose *prose)
{
	AUTO(text_clear) struct text time = { 0 };

	words_add_seconds(&time, (double)record->window_ms / 1000);
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_WARNING, "",
		   "All is put back in %s, unless 'tcptune confirm %" PRId64
		   "' comes before. A %s sees to it, also when this terminal is lost.",
		   text_string(&time), record->id,
		   watcher == WATCHER_TIMER ? "timer of systemd" : "process of its own");
}

static bool is_for_good(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->changes[i].state == CHANGE_WRITE &&
		    plan->changes[i].undo.class == UNDO_IMPOSSIBLE)
			return true;
	}
	return false;
}

void outcome_add_text(const struct plan *plan, const struct apply_outcome *outcome,
		      struct prose *prose)
{
	const struct record *record = &outcome->record;
	size_t written = count_role(record, ROLE_CHANGE);

	prose_gap(prose);
	if (outcome->result.not_restored > 0) {
		prose_addf(
			prose, (struct indent){ 0, 2 }, STYLE_CRITICAL, "",
			"Change %" PRId64
			": a write failed, and %zu of the values written before it could not be put back. 'tcptune undo %" PRId64
			"' tries again.",
			record->id, outcome->result.not_restored, record->id);
		return;
	}
	if (outcome->result.code < 0 ||
	    (record->state != RECORD_KEPT && record->state != RECORD_WAITING)) {
		prose_add(
			prose, (struct indent){ 0, 2 }, STYLE_WARNING, "",
			"Nothing is changed: every value that was written is as before.");
		return;
	}
	if (written == 0) {
		prose_addf(prose, (struct indent){ 0, 2 }, STYLE_GOOD, "",
			   "Change %" PRId64 ": no value had to be written.", record->id);
		return;
	}
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_GOOD, "",
		   "Change %" PRId64
		   ": %zu value%s written and read back. 'tcptune undo %" PRId64
		   "' takes it back%s.",
		   record->id, written, words_plural(written), record->id,
		   is_for_good(plan) ? ", but for what cannot be undone" : "");
	add_rounded(record, prose);
	if (record->state == RECORD_WAITING)
		add_deadline(record, outcome->watcher, prose);
}

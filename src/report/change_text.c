/* Undone, in force and of old: for people. */
#include "report/change_report.h"

#include "report/words.h"

#include <inttypes.h>
#include <time.h>

void record_time_text(double seconds, char *ret)
{
	time_t time = (time_t)seconds;
	struct tm parts;

	if (!localtime_r(&time, &parts) ||
	    strftime(ret, TIME_BYTES, "%Y-%m-%d %H:%M:%S %z", &parts) == 0)
		(void)snprintf(ret, TIME_BYTES, "?");
}

/* An empty list has a name, too. */
static const char *shown(const char *value)
{
	return !value ? "(not known)" : value[0] ? value : "(empty)";
}

/* --- undo ------------------------------------------------------------------------- */

/* It stays, or could not be put back. */
static void add_left_key(const struct undone_key *row, struct prose *prose)
{
	const struct record_key *key = row->key;
	const struct indent indent = { 2, 4 };

	if (row->fate == FATE_FOREIGN)
		prose_addf(
			prose, indent, STYLE_WARNING, key->key,
			"left: it was set to %s here, and someone else made it %s since; --force puts it back to %s",
			shown(key->after), shown(row->live), shown(key->old));
	else if (row->fate == FATE_RESTORE)
		prose_addf(prose, indent, STYLE_CRITICAL, key->key,
			   "could not be put back to %s: %s", shown(key->old),
			   strerror(-row->result));
	else if (row->fate == FATE_HOLD && row->holder && key->role != ROLE_REACH)
		prose_addf(prose, indent, STYLE_PLAIN, key->key,
			   "stays %s, which change %" PRId64
			   " holds; undoing that one brings %s back",
			   shown(row->live), row->holder, shown(key->old));
}

/* It is as before. One that was written by its other name is told, too. */
static void add_restored_key(const struct undone_key *row, struct prose *prose)
{
	const struct record_key *key = row->key;
	const struct indent indent = { 2, 4 };

	if (!key->old)
		prose_add(prose, indent, STYLE_WARNING, key->key, "stays as it is");
	else if (row->is_gone)
		prose_add(prose, indent, STYLE_PLAIN, key->key,
			  "went with its interface");
	else
		prose_addf(prose, indent, STYLE_PLAIN, key->key, "%s, as before%s%s%s",
			   shown(key->old), row->was_written ? " (was " : "",
			   row->was_written ? shown(row->live) : "",
			   row->was_written ? ")" : "");
	if (key->note)
		prose_add(prose, (struct indent){ 4, 4 }, STYLE_QUIET, "", key->note);
}

static void add_undone_key(const struct undone_key *row, struct prose *prose)
{
	if (row->fate != FATE_DONE)
		add_left_key(row, prose);
	else if (row->key->role == ROLE_CHANGE ||
		 (row->key->role == ROLE_REACH && row->was_written))
		add_restored_key(row, prose);
}

static const char *undo_summary(const struct undo_outcome *outcome)
{
	switch (outcome->record->state) {
	case RECORD_UNDONE:
		return outcome->count == 0 && outcome->record->note
			       ? outcome->record->note
			       : "undone";
	case RECORD_PARTLY:
		return "undone but for what is named here";
	case RECORD_UNDOING:
		return "not undone: some values could not be put back; run it again, or with --force to leave them";
	case RECORD_PLANNED:
	case RECORD_WRITING:
	case RECORD_WAITING:
	case RECORD_KEPT:
	case RECORD_STATE_COUNT:
		break;
	}
	return "of an earlier boot"; /* only what it kept for the next one is undone */
}

/* What became of the values for the next boot. */
static void add_files(const struct undo_outcome *outcome, struct prose *prose)
{
	const struct indent indent = { 2, 4 };

	if (outcome->took_files)
		prose_addf(prose, indent, STYLE_PLAIN, PERSIST_SYSCTL_PATH,
			   "no longer has its values%s",
			   outcome->count == 0
				   ? "; what the kernel has stays until the next boot"
				   : "");
	else if (outcome->file_problem.text[0])
		prose_addf(prose, indent, STYLE_CRITICAL, "",
			   "still kept for the next boot: %s; --force overwrites it",
			   outcome->file_problem.text);
}

void undo_add_text(const struct undo_report *report, struct prose *prose)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct undo_outcome *outcome = &report->outcomes[i];
		char label[48];

		(void)snprintf(label, sizeof(label), "change %" PRId64 ":",
			       outcome->record->id);
		prose_add(prose, (struct indent){ 0, 0 },
			  outcome->record->state == RECORD_UNDONE ? STYLE_GOOD
								  : STYLE_WARNING,
			  label, undo_summary(outcome));
		for (size_t j = 0; j < outcome->count; j++)
			add_undone_key(&outcome->keys[j], prose);
		add_files(outcome, prose);
	}
	if (report->count == 0 && !report->problem)
		prose_add(prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "",
			  "nothing to undo");
}

/* --- status ----------------------------------------------------------------------- */

/* "nginx-proxy, server, " */
static void add_profiles(const char *profiles, struct text *text)
{
	while (profiles && profiles[0]) {
		size_t length = strcspn(profiles, "\n");

		text_add_bytes(text, profiles, length);
		text_add(text, ", ");
		profiles += length + (profiles[length] == '\n');
	}
}

/* "root", "ann with sudo", "user 1000"; " on /dev/pts/0" */
static void add_author(const struct record *record, struct text *text)
{
	if (record->sudo_user)
		text_addf(text, "%s with sudo", record->sudo_user);
	else if (record->uid == 0)
		text_add(text, "root");
	else
		text_addf(text, "user %" PRId64, record->uid);
	if (record->tty)
		text_addf(text, " on %s", record->tty);
}

static void add_head(const struct record *record, struct prose *prose)
{
	AUTO(text_clear) struct text text = { 0 };
	char label[48], time[TIME_BYTES];

	record_time_text(record->taken, time);
	(void)snprintf(label, sizeof(label), "change %" PRId64 ":", record->id);
	add_profiles(record->profiles, &text);
	text_addf(&text, "%s%s, %s, by ", record_state_text(record->state),
		  record->is_persistent ? ", also for the next boot" : "", time);
	add_author(record, &text);
	if (text.has_failed)
		prose->text.has_failed = true;
	prose_add(prose, (struct indent){ 0, 2 }, STYLE_STRONG, label,
		  text_string(&text));
	if (record->note)
		prose_add(prose, (struct indent){ 2, 2 }, STYLE_PLAIN, "", record->note);
}

static void add_wait(const struct record *record, int64_t now_ms, struct prose *prose)
{
	AUTO(text_clear) struct text left = { 0 };

	if (record->state == RECORD_WAITING && record->deadline_ms <= now_ms) {
		prose_addf(prose, (struct indent){ 2, 4 }, STYLE_CRITICAL, "",
			   "was not confirmed in time: 'tcptune undo %" PRId64
			   "' puts everything back",
			   record->id);
	} else if (record->state == RECORD_WAITING) {
		words_add_seconds(&left, (double)(record->deadline_ms - now_ms) / 1000);
		prose_addf(prose, (struct indent){ 2, 4 }, STYLE_WARNING, "",
			   "waits for 'tcptune confirm %" PRId64
			   "': in %s all of it is put back",
			   record->id, text_string(&left));
	} else if (record_is_cut_off(record)) {
		prose_addf(prose, (struct indent){ 2, 4 }, STYLE_CRITICAL, "",
			   "was cut off: 'tcptune undo %" PRId64 "' puts everything back",
			   record->id);
	}
}

static void add_profile(enum profile_state state, struct prose *prose)
{
	if (state == PROFILE_CHANGED)
		prose_add(
			prose, (struct indent){ 2, 4 }, STYLE_WARNING, "",
			"the profile changed since; 'tcptune apply --dry-run' shows what that means");
	else if (state == PROFILE_LOST)
		prose_add(prose, (struct indent){ 2, 4 }, STYLE_WARNING, "",
			  "the profile cannot be loaded any more");
}

static void add_held(const struct status_report *report, size_t index,
		     struct prose *prose)
{
	const struct record *record = report->layers->records[index];

	for (size_t i = 0; i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];
		const struct record *above;

		if (!layer_holds(key))
			continue;
		above = layers_above(report->layers, index, key->key);
		if (above)
			prose_addf(prose, (struct indent){ 4, 6 }, STYLE_QUIET, "",
				   "%s = %s, covered by change %" PRId64, key->key,
				   shown(key->after), above->id);
		else
			prose_addf(prose, (struct indent){ 4, 6 }, STYLE_PLAIN, "",
				   key->role == ROLE_CLAIM ? "%s = %s (was so already)"
							   : "%s = %s (before: %s)",
				   key->key, shown(key->after), shown(key->old));
	}
}

static void add_drift(const struct drift *drift, struct prose *prose)
{
	char from[TIME_BYTES], to[TIME_BYTES];

	record_time_text(drift->last_right, from);
	record_time_text(drift->since, to);
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_WARNING, "drift:",
		   "%s is %s, change %" PRId64
		   " made it %s; changed by someone else between %s and %s",
		   drift->key->key, drift->live ? shown(drift->live) : "gone",
		   drift->record->id, shown(drift->key->after), from, to);
}

/* Files for the next boot that are not as tcptune left them. */
static void add_boot_files(const struct status_report *report, struct prose *prose)
{
	static const char *const texts[] = {
		[PERSIST_EDITED] = "was changed by someone else",
		[PERSIST_REMOVED] = "was removed by someone else",
		[PERSIST_CUT_OFF] =
			"the writing of it was cut off; 'tcptune undo' or another change completes it first",
		[PERSIST_UNKNOWN] = "cannot be read",
	};

	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++) {
		const struct persist_file *file = &report->files[i];

		if (file->state == PERSIST_RIGHT)
			prose_add(prose, (struct indent){ 0, 2 }, STYLE_PLAIN,
				  "for the next boot:", file->path);
		else if (file->state != PERSIST_NONE)
			prose_addf(prose, (struct indent){ 0, 2 }, STYLE_WARNING,
				   "for the next boot:", "%s %s", file->path,
				   texts[file->state]);
	}
}

void status_add_text(const struct status_report *report, struct prose *prose)
{
	for (size_t i = 0; i < report->layers->count; i++) {
		const struct record *record = report->layers->records[i];

		add_head(record, prose);
		add_wait(record, report->now_ms, prose);
		add_profile(report->profiles[i], prose);
		add_held(report, i, prose);
	}
	prose_gap(prose);
	add_boot_files(report, prose);
	for (size_t i = 0; i < report->drift->count; i++)
		add_drift(&report->drift->drifts[i], prose);
	if (report->layers->count == 0)
		prose_add(prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "",
			  "nothing of tcptune is in force in this network namespace");
	if (report->elsewhere > 0)
		prose_addf(
			prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "",
			"%zu change%s in force in other network namespaces: 'tcptune history' lists all",
			report->elsewhere, words_plural(report->elsewhere));
}

/* --- history ---------------------------------------------------------------------- */

static void add_keys(const struct record *record, struct prose *prose)
{
	for (size_t i = 0; i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];

		prose_addf(prose, (struct indent){ 2, 4 }, STYLE_PLAIN, key->key,
			   "%s: before %s%s%s%s%s%s%s", key_role_text(key->role),
			   shown(key->old), key->wanted ? ", wanted " : "",
			   key->wanted ? key->wanted : "",
			   key->after ? ", read back " : "", key->after ? key->after : "",
			   key->origin ? ", by " : "", key->origin ? key->origin : "");
	}
}

void history_add_text(const struct history_report *report, struct prose *prose)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct record *record = &report->records[i];
		bool is_old = strcmp(record->boot_id, report->boot_id) != 0;

		add_head(record, prose);
		if (record->netns && record->netns[0])
			prose_add(prose, (struct indent){ 2, 4 }, STYLE_QUIET,
				  "namespace", record->netns);
		if (is_old && record_is_active(record))
			prose_add(prose, (struct indent){ 2, 4 }, STYLE_QUIET, "",
				  "of an earlier boot: the reboot took it back");
		if (report->with_keys)
			add_keys(record, prose);
	}
	if (report->count == 0)
		prose_add(prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "", "no history");
}

/* Undone, in force and of old: for programs, as docs/apply.schema.json describes it. */
#include "report/change_report.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

static void open_document(const char *name, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_integer(json, "schema_version", CHANGE_SCHEMA_VERSION);
	json_add_string(json, "tcptune", TCPTUNE_VERSION);
	json_add_string(json, "document", name);
}

/* 0 is never. */
static void add_time(struct json *json, const char *name, double seconds)
{
	time_t time = (time_t)seconds;
	struct tm parts;
	char text[32] = "";

	if (seconds > 0 && gmtime_r(&time, &parts))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	json_add_string(json, name, text[0] ? text : NULL);
}

static const char *text_or_null(const char *text)
{
	return text && text[0] ? text : NULL;
}

/* One a line, as the record has them. */
static void add_profiles(const char *profiles, struct json *json)
{
	json_open(json, "profiles", JSON_ARRAY);
	while (profiles && profiles[0]) {
		AUTO(text_clear) struct text name = { 0 };
		size_t length = strcspn(profiles, "\n");

		text_add_bytes(&name, profiles, length);
		json_add_string(json, NULL, text_string(&name));
		profiles += length + (profiles[length] == '\n');
	}
	json_close(json, JSON_ARRAY);
}

void record_add_json(const struct record *record, struct json *json)
{
	char cookie[24];

	(void)snprintf(cookie, sizeof(cookie), "%" PRIu64, record->netns_cookie);
	json_add_integer(json, "id", record->id);
	json_add_string(json, "state", record_state_text(record->state));
	json_add_string(json, "note", record->note);
	add_time(json, "taken", record->taken);
	add_time(json, "finished", record->finished);
	json_add_string(json, "boot_id", record->boot_id);
	json_add_string(json, "netns", text_or_null(record->netns));
	json_add_string(json, "netns_cookie", record->netns_cookie ? cookie : NULL);
	json_add_integer(json, "uid", record->uid);
	json_add_string(json, "sudo_user", record->sudo_user);
	json_add_string(json, "tty", record->tty);
	json_add_string(json, "command", record->command);
	add_profiles(record->profiles, json);
	json_add_string(json, "fingerprint", record->fingerprint);
	json_add_boolean(json, "persistent", record->is_persistent);
}

/* --- undo ------------------------------------------------------------------------- */

/* The word for what became of a key. */
static const char *fate_word(const struct undone_key *row)
{
	if (row->is_gone)
		return "gone";
	switch (row->fate) {
	case FATE_FOREIGN:
		return "left";
	case FATE_HOLD:
		return "held";
	case FATE_RESTORE:
		return "failed";
	case FATE_DONE:
		return row->was_written ? "restored" : "unchanged";
	case FATE_OPEN:
		break;
	}
	return "open";
}

static void add_undone(const struct undone_key *row, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "key", row->key->key);
	json_add_string(json, "fate", fate_word(row));
	json_add_string(json, "live_before", row->live);
	json_add_string(json, "old", row->key->old);
	if (row->holder)
		json_add_integer(json, "holder", row->holder);
	else
		json_add_string(json, "holder", NULL);
	json_add_string(json, "note", row->key->note);
	json_close(json, JSON_OBJECT);
}

void undo_add_json(const struct undo_report *report, struct json *json)
{
	open_document("undo", json);
	json_open(json, "undone", JSON_ARRAY);
	for (size_t i = 0; i < report->count; i++) {
		json_open(json, NULL, JSON_OBJECT);
		record_add_json(report->outcomes[i].record, json);
		json_open(json, "keys", JSON_ARRAY);
		for (size_t j = 0; j < report->outcomes[i].count; j++)
			add_undone(&report->outcomes[i].keys[j], json);
		json_close(json, JSON_ARRAY);
		json_add_boolean(json, "took_files", report->outcomes[i].took_files);
		json_add_string(json, "file_problem",
				text_or_null(report->outcomes[i].file_problem.text));
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_add_string(json, "problem", report->problem);
	json_close(json, JSON_OBJECT);
}

/* --- status ----------------------------------------------------------------------- */

static const char *profile_word(enum profile_state state)
{
	switch (state) {
	case PROFILE_NONE:
		return NULL;
	case PROFILE_SAME:
		return "same";
	case PROFILE_CHANGED:
		return "changed";
	case PROFILE_LOST:
		return "lost";
	}
	return NULL;
}

static void add_held(const struct status_report *report, size_t index, struct json *json)
{
	const struct record *record = report->layers->records[index];

	json_open(json, "keys", JSON_ARRAY);
	for (size_t i = 0; i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];
		const struct record *above;

		if (!layer_holds(key))
			continue;
		above = layers_above(report->layers, index, key->key);
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "key", key->key);
		json_add_string(json, "role", key_role_text(key->role));
		json_add_string(json, "before", key->old);
		json_add_string(json, "set_to", key->after);
		if (above)
			json_add_integer(json, "covered_by", above->id);
		else
			json_add_string(json, "covered_by", NULL);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static void add_drift(const struct drift *drift, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_integer(json, "id", drift->record->id);
	json_add_string(json, "key", drift->key->key);
	json_add_string(json, "set_to", drift->key->after);
	json_add_string(json, "live", drift->live);
	add_time(json, "last_right", drift->last_right);
	add_time(json, "since", drift->since);
	json_close(json, JSON_OBJECT);
}

void status_add_json(const struct status_report *report, struct json *json)
{
	open_document("status", json);
	json_open(json, "changes", JSON_ARRAY);
	for (size_t i = 0; i < report->layers->count; i++) {
		const struct record *record = report->layers->records[i];

		json_open(json, NULL, JSON_OBJECT);
		record_add_json(record, json);
		json_add_boolean(json, "is_cut_off", record_is_cut_off(record));
		json_add_string(json, "profile", profile_word(report->profiles[i]));
		if (record->state == RECORD_WAITING)
			json_add_integer(json, "confirm_within_ms",
					 record->deadline_ms - report->now_ms);
		else
			json_add_string(json, "confirm_within_ms", NULL);
		add_held(report, i, json);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_open(json, "drift", JSON_ARRAY);
	for (size_t i = 0; i < report->drift->count; i++)
		add_drift(&report->drift->drifts[i], json);
	json_close(json, JSON_ARRAY);
	json_add_integer(json, "elsewhere", (int64_t)report->elsewhere);
	json_open(json, "boot_files", JSON_ARRAY);
	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++) {
		if (!report->files[i].path)
			continue; /* there is no journal */
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "path", report->files[i].path);
		json_add_string(json, "state",
				persist_state_text(report->files[i].state));
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

/* --- history ---------------------------------------------------------------------- */

static void add_keys(const struct record *record, struct json *json)
{
	json_open(json, "keys", JSON_ARRAY);
	for (size_t i = 0; i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];

		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "key", key->key);
		json_add_string(json, "role", key_role_text(key->role));
		json_add_string(json, "old", key->old);
		json_add_string(json, "wanted", key->wanted);
		json_add_string(json, "read_back", key->after);
		json_add_string(json, "origin", key->origin);
		json_add_string(json, "fate", key_fate_text(key->fate));
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

void history_add_json(const struct history_report *report, struct json *json)
{
	open_document("history", json);
	json_open(json, "changes", JSON_ARRAY);
	for (size_t i = 0; i < report->count; i++) {
		const struct record *record = &report->records[i];

		json_open(json, NULL, JSON_OBJECT);
		record_add_json(record, json);
		json_add_boolean(json, "is_of_this_boot",
				 strcmp(record->boot_id, report->boot_id) == 0);
		if (report->with_keys)
			add_keys(record, json);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

/* What the journal knows: changes undone, in force, and of old; for people and programs.
 */
#pragma once

#include "apply/drift.h"
#include "apply/persist.h"
#include "apply/undo.h"
#include "report/plan_report.h"

/* What one undo, and those that had to come first, came to. */
struct undo_report {
	const struct undo_outcome *outcomes;
	size_t count;
	const char *problem; /* NULL when nothing went wrong */
};

void undo_add_text(const struct undo_report *report, struct prose *prose);
void undo_add_json(const struct undo_report *report, struct json *json);

/* Is the profile of a record still what was applied? */
enum profile_state {
	PROFILE_NONE, /* there was none */
	PROFILE_SAME,
	PROFILE_CHANGED,
	PROFILE_LOST, /* it cannot be loaded any more */
};

/*
 * records: those in force or cut off in this namespace, the oldest first, and what their
 * profiles are now. files: those for the next boot. elsewhere: how many of this boot are in force in other namespaces.
 */
struct status_report {
	const struct layers *layers;
	const enum profile_state *profiles;
	const struct drift_list *drift;
	size_t elsewhere;
	struct persist_file files[PERSIST_FILE_COUNT];
	int64_t now_ms;
};

void status_add_text(const struct status_report *report, struct prose *prose);
void status_add_json(const struct status_report *report, struct json *json);

/* boot_id: of this boot: what is of another is said to be. one: with every key. */
struct history_report {
	const struct record *records;
	size_t count;
	const char *boot_id;
	bool with_keys;
};

void history_add_text(const struct history_report *report, struct prose *prose);
void history_add_json(const struct history_report *report, struct json *json);

/* Members of a record that every document shows alike. */
void record_add_json(const struct record *record, struct json *json);

/* "2026-11-25 10:46:03 +0000" */
enum { TIME_BYTES = 40 };
void record_time_text(double seconds, char *ret);

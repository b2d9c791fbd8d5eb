/* The plan for programs, as docs/apply.schema.json describes it. */
#include "apply/deadline.h"
#include "report/plan_report.h"

static void add_change(const struct change *change, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "key", change->key);
	json_add_string(json, "now", change->now);
	json_add_string(json, "wanted", change->wanted);
	json_add_string(json, "will_be", change->will_be);
	json_add_string(json, "takes_effect", sysctl_effect_text(change->def->effect));
	json_add_string(json, "scope", sysctl_scope_text(change->def->scope));
	json_add_string(json, "state", change_state_text(change->state));
	json_add_string(json, "note", change->note);
	json_add_string(json, "origin", change->origin);
	json_add_string(json, "reason", change->reason);
	json_add_string(json, "undo",
			change->state == CHANGE_WRITE
				? undo_class_text(change->undo.class)
				: NULL);
	json_add_string(json, "undo_note",
			change->state == CHANGE_WRITE ? change->undo.note : NULL);
	json_close(json, JSON_OBJECT);
}

static void add_outcome(const struct apply_outcome *outcome, struct json *json)
{
	const struct record *record = &outcome->record;

	json_open(json, "outcome", JSON_OBJECT);
	json_add_integer(json, "id", record->id);
	json_add_string(json, "state", record_state_text(record->state));
	json_add_integer(json, "not_restored", (int64_t)outcome->result.not_restored);
	if (record->state == RECORD_WAITING)
		json_add_integer(json, "confirm_within_ms",
				 record->deadline_ms - deadline_now_ms());
	else
		json_add_string(json, "confirm_within_ms", NULL);
	json_open(json, "written", JSON_ARRAY);
	for (size_t i = 0; i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];

		if (key->role != ROLE_CHANGE)
			continue;
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "key", key->key);
		json_add_string(json, "old", key->old);
		json_add_string(json, "wanted", key->wanted);
		json_add_string(json, "read_back", key->after);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

void plan_add_json(const struct plan_report *report, struct json *json)
{
	const struct plan *plan = report->plan;

	json_open(json, NULL, JSON_OBJECT);
	json_add_integer(json, "schema_version", CHANGE_SCHEMA_VERSION);
	json_add_string(json, "tcptune", TCPTUNE_VERSION);
	json_add_string(json, "document", "apply");
	json_add_boolean(json, "dry_run", report->is_dry_run);
	json_open(json, "changes", JSON_ARRAY);
	for (size_t i = 0; i < plan->count; i++)
		add_change(&plan->changes[i], json);
	json_close(json, JSON_ARRAY);
	json_open(json, "saved", JSON_ARRAY);
	for (size_t i = 0; i < plan->saved.count; i++)
		json_add_string(json, NULL, plan->saved.keys[i]);
	json_close(json, JSON_ARRAY);
	json_add_string(json, "problem", report->problem);
	if (report->outcome && report->outcome->record.id != 0)
		add_outcome(report->outcome, json);
	else
		json_add_string(json, "outcome", NULL);
	if (report->persisted)
		persist_add_member(report->persisted, json);
	else
		json_add_string(json, "persisted", NULL);
	json_close(json, JSON_OBJECT);
}

#include "report/persist_report.h"

#include "report/change_report.h"
#include "report/words.h"

#include <inttypes.h>

void persist_report_clear(struct persist_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		free(report->rows[i].value);
		free(report->rows[i].file);
		free(report->rows[i].reason);
	}
	free(report->rows);
	*report = (struct persist_report){ 0 };
}

size_t persist_report_tally(const struct persist_report *report,
			    enum persist_verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += report->rows[i].verdict == verdict;
	return count;
}

/* --- for people ------------------------------------------------------------------- */

static size_t count_keys(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->key_count; i++)
		count += persist_takes(&record->keys[i]);
	return count;
}

static const char *shown(const char *value)
{
	return value && value[0] ? value : "(empty)";
}

static void add_lost(const struct persist_row *row, struct prose *prose)
{
	const struct indent indent = { 2, 4 };

	if (row->verdict == PERSIST_CANNOT_TELL)
		prose_addf(prose, indent, STYLE_WARNING, row->key->key,
			   "cannot tell what %s will make of it: %s",
			   loader_name(row->loader), row->reason);
	else if (row->file)
		prose_addf(prose, indent, STYLE_WARNING, row->key->key,
			   "%s:%u will set %s in place of %s (%s)", row->file, row->line,
			   row->value ? shown(row->value) : "another value",
			   shown(row->key->wanted),
			   row->reason ? row->reason : loader_name(row->loader));
	else
		prose_addf(prose, indent, STYLE_WARNING, row->key->key,
			   "will not be %s: %s (%s)", shown(row->key->wanted),
			   row->reason ? row->reason : "no file sets it",
			   loader_name(row->loader));
}

void persist_add_text(const struct persist_report *report, struct prose *prose)
{
	const struct record *record = report->record;
	size_t keys;

	if (!record)
		return;
	keys = count_keys(record);
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_GOOD, "",
		   "Change %" PRId64
		   ": %zu value%s kept for the next boot in %s%s. 'tcptune undo %" PRId64
		   "' takes %s out.",
		   record->id, keys, words_plural(keys), PERSIST_SYSCTL_PATH,
		   record->modules && record->modules[0]
			   ? ", their modules in " PERSIST_MODULES_PATH
			   : "",
		   record->id, keys == 1 ? "it" : "them");
	for (size_t i = 0; i < report->count; i++) {
		if (report->rows[i].verdict != PERSIST_HOLDS)
			add_lost(&report->rows[i], prose);
	}
	if (report->count > 0 &&
	    persist_report_tally(report, PERSIST_HOLDS) == report->count)
		prose_add(prose, (struct indent){ 0, 2 }, STYLE_PLAIN, "",
			  "No other file takes precedence: the next boot will set all of them.");
}

void persist_add_covered(const struct record_list *list, const struct record *record,
			 struct prose *prose)
{
	for (size_t i = 0; i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];
		const struct record_key *kept =
			persist_takes(key) ? persist_find(list, key->key) : NULL;

		if (kept && strcmp(kept->wanted, key->wanted) != 0)
			prose_addf(prose, (struct indent){ 0, 2 }, STYLE_WARNING, "",
				   "The next boot sets %s to %s, which an earlier change keeps for it; 'tcptune persist' keeps this value.",
				   key->key, shown(kept->wanted));
	}
}

/* --- for programs ----------------------------------------------------------------- */

static const char *verdict_text(enum persist_verdict verdict)
{
	static const char *const texts[] = {
		[PERSIST_HOLDS] = "holds",
		[PERSIST_LOST] = "lost",
		[PERSIST_CANNOT_TELL] = "cannot tell",
	};

	_Static_assert(ARRAY_SIZE(texts) == PERSIST_CANNOT_TELL + 1, "for each");
	return texts[verdict];
}

static void add_row(const struct persist_row *row, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "key", row->key->key);
	json_add_string(json, "value", row->key->wanted);
	json_add_string(json, "loader", loader_id(row->loader));
	json_add_string(json, "verdict", verdict_text(row->verdict));
	json_add_string(json, "boot_value", row->value);
	json_add_string(json, "file", row->file);
	if (row->file)
		json_add_integer(json, "line", row->line);
	else
		json_add_string(json, "line", NULL);
	json_add_string(json, "reason", row->reason);
	json_close(json, JSON_OBJECT);
}

static void add_members(const struct persist_report *report, struct json *json)
{
	const struct record *record = report->record;
	bool has_modules = record && record->modules && record->modules[0];

	if (record)
		json_add_integer(json, "id", record->id);
	else
		json_add_string(json, "id", NULL);
	json_add_string(json, "file", record ? PERSIST_SYSCTL_PATH : NULL);
	json_add_string(json, "modules_file", has_modules ? PERSIST_MODULES_PATH : NULL);
	json_open(json, "keys", JSON_ARRAY);
	for (size_t i = 0; i < report->count; i++)
		add_row(&report->rows[i], json);
	json_close(json, JSON_ARRAY);
	json_add_string(json, "problem", report->problem);
}

void persist_add_member(const struct persist_report *report, struct json *json)
{
	json_open(json, "persisted", JSON_OBJECT);
	add_members(report, json);
	json_close(json, JSON_OBJECT);
}

void persist_add_document(const struct persist_report *report, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_integer(json, "schema_version", CHANGE_SCHEMA_VERSION);
	json_add_string(json, "tcptune", TCPTUNE_VERSION);
	json_add_string(json, "document", "persist");
	add_members(report, json);
	json_close(json, JSON_OBJECT);
}

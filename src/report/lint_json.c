/* The JSON of lint, as docs/lint.schema.json describes it. */
#include "report/lint_report.h"

static void add_message(const struct lint_report *report,
			const struct lint_message *message, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "file", report->subject->tree->files[message->file].path);
	json_add_integer(json, "line", message->line);
	json_add_integer(json, "column", message->column);
	json_add_string(json, "id", lint_rules[message->id].name);
	json_add_string(json, "severity", lint_severity_text(message->severity));
	json_add_string(json, "key", message->key);
	json_add_string(json, "text", message->text);
	json_add_string(json, "advice", message->advice);
	if (message->waived)
		json_add_string(json, "waived", message->waived);
	json_close(json, JSON_OBJECT);
}

static void add_messages(const struct lint_report *report, const char *name,
			 bool is_waived, struct json *json)
{
	json_open(json, name, JSON_ARRAY);
	for (size_t i = 0; i < report->result->count; i++) {
		const struct lint_message *message = &report->result->messages[i];

		if ((message->waived != NULL) == is_waived)
			add_message(report, message, json);
	}
	json_close(json, JSON_ARRAY);
}

void lint_add_json(const struct lint_report *report, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_integer(json, "schema_version", LINT_SCHEMA_VERSION);
	json_add_string(json, "tcptune", TCPTUNE_VERSION);
	json_add_string(json, "kernel", report->subject->release_text);
	add_messages(report, "messages", false, json);
	add_messages(report, "waived", true, json);
	json_open(json, "counts", JSON_OBJECT);
	for (enum lint_severity i = LINT_NOTE; i <= LINT_ERROR; i++)
		json_add_integer(json, lint_severity_text(i),
				 (int64_t)lint_count(report->result, i));
	json_close(json, JSON_OBJECT);
	json_add_integer(json, "left_out", (int64_t)report->result->left_out);
	json_close(json, JSON_OBJECT);
}

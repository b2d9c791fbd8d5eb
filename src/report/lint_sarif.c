/* SARIF 2.1.0, the OASIS format for what static analysis found. */
#include "report/lint_report.h"

#include <ctype.h>

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define ABOUT	     "https://docs.kernel.org/networking/ip-sysctl.html"

static void add_text(struct json *json, const char *name, const char *text)
{
	json_open(json, name, JSON_OBJECT);
	json_add_string(json, "text", text);
	json_close(json, JSON_OBJECT);
}

static void add_rules(struct json *json)
{
	json_open(json, "rules", JSON_ARRAY);
	for (enum lint_id id = 0; id < LINT_ID_COUNT; id++) {
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "id", lint_rules[id].name);
		add_text(json, "shortDescription", lint_rules[id].says);
		json_open(json, "defaultConfiguration", JSON_OBJECT);
		json_add_string(json, "level",
				lint_severity_text(lint_rules[id].severity));
		json_close(json, JSON_OBJECT);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static void add_tool(struct json *json)
{
	json_open(json, "tool", JSON_OBJECT);
	json_open(json, "driver", JSON_OBJECT);
	json_add_string(json, "name", "tcptune");
	json_add_string(json, "version", TCPTUNE_VERSION);
	json_add_string(json, "informationUri", ABOUT);
	add_rules(json);
	json_close(json, JSON_OBJECT);
	json_close(json, JSON_OBJECT);
}

/* A path as a URI reference: relative ones stay so. */
static void add_uri(const char *path, struct json *json)
{
	AUTO(text_clear) struct text uri = { 0 };

	/* a colon in the first part would be taken for a scheme */
	if (path[0] == '/')
		text_add(&uri, "file://");
	else if (memchr(path, ':', strcspn(path, "/")))
		text_add(&uri, "./");
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (isalnum(c) || (c < 0x80 && strchr("-._~/", c)))
			text_add_char(&uri, (char)c);
		else
			text_addf(&uri, "%%%02X", c);
	}
	json->text.has_failed |= uri.has_failed;
	json_add_string(json, "uri", text_string(&uri));
}

static void add_location(const struct lint_report *report,
			 const struct lint_message *message, struct json *json)
{
	json_open(json, "locations", JSON_ARRAY);
	json_open(json, NULL, JSON_OBJECT);
	json_open(json, "physicalLocation", JSON_OBJECT);
	json_open(json, "artifactLocation", JSON_OBJECT);
	add_uri(report->subject->tree->files[message->file].path, json);
	json_close(json, JSON_OBJECT);
	json_open(json, "region", JSON_OBJECT);
	json_add_integer(json, "startLine", message->line);
	json_add_integer(json, "startColumn", message->column);
	json_add_integer(json, "endColumn", message->end_column);
	json_close(json, JSON_OBJECT);
	json_close(json, JSON_OBJECT);
	json_close(json, JSON_OBJECT);
	json_close(json, JSON_ARRAY);
}

static void add_suppression(const struct lint_message *message, struct json *json)
{
	json_open(json, "suppressions", JSON_ARRAY);
	if (message->waived) {
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "kind", "inSource");
		json_add_string(json, "justification", message->waived);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static void add_result(const struct lint_report *report,
		       const struct lint_message *message, struct json *json)
{
	AUTO(text_clear) struct text text = { 0 };

	text_add(&text, message->text);
	if (message->advice)
		text_addf(&text, ". Advice: %s", message->advice);
	json->text.has_failed |= text.has_failed;
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "ruleId", lint_rules[message->id].name);
	json_add_integer(json, "ruleIndex", message->id);
	json_add_string(json, "level", lint_severity_text(message->severity));
	add_text(json, "message", text_string(&text));
	add_location(report, message, json);
	add_suppression(message, json);
	json_close(json, JSON_OBJECT);
}

void lint_add_sarif(const struct lint_report *report, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "$schema", SARIF_SCHEMA);
	json_add_string(json, "version", "2.1.0");
	json_open(json, "runs", JSON_ARRAY);
	json_open(json, NULL, JSON_OBJECT);
	add_tool(json);
	json_add_string(json, "columnKind", "unicodeCodePoints");
	json_open(json, "results", JSON_ARRAY);
	for (size_t i = 0; i < report->result->count; i++)
		add_result(report, &report->result->messages[i], json);
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

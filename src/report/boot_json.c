/* The JSON of `tcptune boot`. */
#include "report/boot_report.h"

/* The bytes of a line, which need not be a string; a secret stays one. */
static void add_written(const struct boot_key *key, struct slice value, struct json *json)
{
	auto_free char *text = strndup(value.at, value.length);

	if (!text)
		json->text.has_failed = true;
	json_add_string(json, "value",
			text && !(key && key->def && key->def->is_secret) ? text : NULL);
}

static void add_place(const struct boot_report *report, const struct boot_claim *claim,
		      struct json *json)
{
	json_add_string(json, "file", report->tree->files[claim->file].path);
	json_add_integer(json, "line", claim->line);
}

static void add_lost(const struct boot_report *report, const struct boot_key *key,
		     enum loader loader, struct json *json)
{
	const struct boot_value *value = &key->values[loader];
	const struct boot_claim *claims = report->outcome->simulations[loader].claims;

	json_open(json, "lost", JSON_ARRAY);
	for (size_t i = 0; i < value->lost_count; i++) {
		const struct boot_claim *claim = &claims[value->lost[i].claim];

		json_open(json, NULL, JSON_OBJECT);
		add_written(key, claim->value, json);
		add_place(report, claim, json);
		json_add_string(json, "why", value->lost[i].why);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static void add_value(const struct boot_report *report, const struct boot_key *key,
		      enum loader loader, struct json *json)
{
	const struct boot_value *value = &key->values[loader];

	json_open(json, loader_id(loader), JSON_OBJECT);
	json_add_string(json, "value", value->value);
	if (value->is_set) {
		add_place(report,
			  &report->outcome->simulations[loader].claims[value->claim],
			  json);
	} else {
		json_add_string(json, "file", NULL);
		json_add_string(json, "line", NULL);
	}
	json_add_boolean(json, "unknown", value->is_unknown);
	json_add_string(json, "reason", value->reason);
	add_lost(report, key, loader, json);
	json_close(json, JSON_OBJECT);
}

static void add_owners(const struct boot_report *report, const struct boot_key *key,
		       struct json *json)
{
	const struct boot_owner *owner;

	json_open(json, "others", JSON_ARRAY);
	for (size_t i = 0; (owner = boot_report_owner(report, key, i)); i++) {
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "owner", owner->owner);
		json_add_string(json, "value", owner->value);
		json_add_string(json, "file", owner->file);
		json_add_integer(json, "line", owner->line);
		json_add_boolean(json, "yields", owner->order != OWNER_AFTER);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static void add_loaders(const struct boot_report *report, struct json *json)
{
	json_open(json, "loaders", JSON_ARRAY);
	for (enum loader i = 0; i < LOADER_COUNT; i++) {
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "id", loader_id(i));
		json_add_string(json, "verified", loader_version(i));
		json_add_boolean(json, "runs_here", report->tree->runs[i]);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
}

static void add_head(const struct boot_report *report, struct json *json)
{
	json_add_integer(json, "schema_version", BOOT_SCHEMA_VERSION);
	json_add_string(json, "tcptune", TCPTUNE_VERSION);
	json_add_string(json, "release", report->release[0] ? report->release : NULL);
	add_loaders(report, json);
}

void boot_add_json(const struct boot_report *report, struct json *json)
{
	enum loader loader = tree_main_loader(report->tree);

	json_open(json, NULL, JSON_OBJECT);
	add_head(report, json);
	json_open(json, "keys", JSON_ARRAY);
	for (size_t i = 0; i < report->outcome->key_count; i++) {
		const struct boot_key *key = &report->outcome->keys[i];

		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "key", key->key);
		json_add_string(json, "live", key->live);
		json_add_string(json, "live_reason", key->live_reason);
		json_add_boolean(json, "drifted", outcome_has_drifted(key, loader));
		for (enum loader k = 0; k < LOADER_COUNT; k++)
			add_value(report, key, k, json);
		add_owners(report, key, json);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

void boot_add_writes_json(const struct boot_report *report, enum loader loader,
			  struct json *json)
{
	const struct simulation *simulation = &report->outcome->simulations[loader];

	json_open(json, NULL, JSON_OBJECT);
	add_head(report, json);
	json_open(json, "writes", JSON_ARRAY);
	for (size_t i = 0; i < simulation->write_count; i++) {
		const struct boot_write *write = &simulation->writes[i];
		const char *path = simulation_name(simulation, write->path);
		const struct boot_key key = { .def = key_path_find(path) };
		char dotted[KEY_PATH_SIZE];

		key_path_dotted(path, dotted, sizeof(dotted));
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "key", dotted);
		json_add_string(json, "path", path);
		add_written(&key, simulation->claims[write->claim].value, json);
		add_place(report, &simulation->claims[write->claim], json);
		json_add_boolean(json, "is_pattern", write->is_open);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

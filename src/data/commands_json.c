/*
 * Part of the build: the commands and options of the program as JSON, from the tables
 * that it understands them by. Completions and the manual page are made of it.
 *
 *     commands_json OUTPUT
 */
#include "cli/command.h"
#include "report/json.h"

static void add_option(struct json *json, const struct option_def *option)
{
	const char letter[] = { option->letter, '\0' };

	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "name", option->name);
	json_add_string(json, "letter", option->letter ? letter : NULL);
	json_add_string(json, "argument", option->argument);
	json_add_string(json, "summary", option->summary);
	json_close(json, JSON_OBJECT);
}

static void add_command(struct json *json, const struct command *command)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "name", command->name);
	json_add_string(json, "summary", command->summary);
	json_add_string(json, "arguments", command->arguments);
	json_add_string(json, "notes", command->notes);
	json_open(json, "options", JSON_ARRAY);
	for (size_t i = 0; command->options[i].name; i++)
		add_option(json, &command->options[i]);
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

int main(int argc, char **argv)
{
	struct json json = { 0 };
	FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
	bool is_whole;

	if (!out)
		return 1;
	json_open(&json, NULL, JSON_ARRAY);
	for (size_t i = 0; i < command_count(); i++)
		add_command(&json, command_at(i));
	json_close(&json, JSON_ARRAY);
	is_whole = !json.text.has_failed && fputs(text_string(&json.text), out) >= 0;
	json_clear(&json);
	return fclose(out) == 0 && is_whole ? 0 : 1;
}

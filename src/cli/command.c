#include "cli/command.h"

#include "base/nearest.h"

#include <errno.h>

static const struct command *const commands[] = {
	&command_apply,
	&command_audit,
	&command_boot,
	&command_collect,
	&command_confirm,
	&command_explain,
	&command_extend,
	&command_history,
	&command_lint,
	&command_persist,
	&command_profile,
	&command_query,
	&command_report,
	&command_rule,
	&command_status,
	&command_undo,
};

size_t command_count(void)
{
	return ARRAY_SIZE(commands);
}

const struct command *command_at(size_t index)
{
	return commands[index];
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static enum exit_status print_prose(struct prose *prose)
{
	enum exit_status status = console_print(&prose->text, STATUS_FINE);

	prose_clear(prose);
	return status;
}

static enum exit_status print_program_help(void)
{
	struct prose prose = console_prose();
	const struct indent flat = { 0, 2 };

	prose_add(&prose, flat, STYLE_PLAIN, "", "usage: tcptune [COMMAND] [OPTIONS]");
	prose_gap(&prose);
	prose_add(
		&prose, flat, STYLE_PLAIN, "",
		"Says what limits TCP on this host, and what helps. Without a command: audit.");
	prose_gap(&prose);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		prose_add(&prose, (struct indent){ 2, 14 }, STYLE_STRONG,
			  commands[i]->name, commands[i]->summary);
	prose_gap(&prose);
	prose_add(&prose, (struct indent){ 2, 14 }, STYLE_PLAIN, "--version",
		  "the version of the program");
	prose_add(&prose, (struct indent){ 2, 14 }, STYLE_PLAIN, "--help",
		  "this text; after a command, its options");
	return print_prose(&prose);
}

static enum exit_status print_command_help(const struct command *command)
{
	struct prose prose = console_prose();
	const struct indent flat = { 0, 0 };

	prose_addf(&prose, (struct indent){ 0, 2 }, STYLE_PLAIN, "",
		   "usage: tcptune %s [OPTIONS]%s%s", command->name,
		   command->arguments[0] ? " " : "", command->arguments);
	prose_gap(&prose);
	prose_addf(&prose, flat, STYLE_PLAIN, "", "%s.", command->summary);
	prose_gap(&prose);
	options_add_help(command->options, &prose);
	if (command->notes) {
		prose_gap(&prose);
		prose_add(&prose, flat, STYLE_PLAIN, "", command->notes);
	}
	return print_prose(&prose);
}

static enum exit_status print_version(void)
{
	AUTO(text_clear) struct text text = { 0 };

	text_addf(&text, "tcptune %s\n", TCPTUNE_VERSION);
	return console_print(&text, STATUS_FINE);
}

/* argv[0] stands for the command's name. */
static enum exit_status run_command(const struct command *command, int argc, char **argv)
{
	AUTO(arguments_clear) struct arguments arguments = { 0 };
	struct error err = { 0 };
	int r = arguments_parse(command->options, argc, argv, &arguments, &err);

	if (r < 0)
		return console_fail(r, &err);
	if (arguments.wants_help)
		return print_command_help(command);
	if (arguments.operand_count > 0 && command->arguments[0] == '\0') {
		console_complain("%s takes no '%s'", command->name,
				 arguments.operands[0]);
		return STATUS_USAGE;
	}
	return command->run(&arguments);
}

static enum exit_status fail_unknown(const char *name)
{
	struct nearest nearest = { .word = name };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		nearest_offer(&nearest, commands[i]->name);
	if (nearest.name)
		console_complain("unknown command '%s'; the nearest is '%s'", name,
				 nearest.name);
	else
		console_complain("unknown command '%s'; --help lists them", name);
	return STATUS_USAGE;
}

enum exit_status command_line_run(int argc, char **argv)
{
	const char *first = argc > 1 ? argv[1] : "";
	const struct command *command = find_command(first);

	if (command)
		return run_command(command, argc - 1, argv + 1);
	if (strcmp(first, "--version") == 0)
		return print_version();
	if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
		return print_program_help();
	if (first[0] != '-' && first[0] != '\0')
		return fail_unknown(first);
	return run_command(&command_audit, argc, argv);
}

static enum exit_status fail_action(const struct action *actions, size_t count,
				    const char *name)
{
	AUTO(text_clear) struct text names = { 0 };

	for (size_t i = 0; i < count; i++)
		text_addf(&names, "%s%s", i > 0 ? ", " : "", actions[i].name);
	if (name)
		console_complain("'%s' is none of: %s", name, text_string(&names));
	else
		console_complain("say which: %s", text_string(&names));
	return STATUS_USAGE;
}

enum exit_status action_run(const struct action *actions, size_t count,
			    const struct arguments *arguments)
{
	const char *name = arguments->operands[0];

	for (size_t i = 0; name && i < count; i++) {
		size_t operands = arguments->operand_count - 1;

		if (strcmp(actions[i].name, name) != 0)
			continue;
		if (operands >= actions[i].least && operands <= actions[i].most)
			return actions[i].run(arguments, arguments->operands + 1,
					      operands);
		console_complain(operands < actions[i].least
					 ? "'%s' needs a name or a file"
					 : "'%s' takes fewer names",
				 name);
		return STATUS_USAGE;
	}
	return fail_action(actions, count, name);
}

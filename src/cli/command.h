/* The commands of the program. */
#pragma once

#include "cli/console.h"
#include "cli/option.h"

/*
 * One command. Help, and what is understood, come from here alone.
 *
 * arguments: operands, as help shows them: "WORD..."; "" when it takes none; words in lower
 *            case are actions: "list | show NAME"
 * notes:     a paragraph below the options; NULL is none
 * run:       does the work; returns the exit status
 */
struct command {
	const char *name;
	const char *summary;
	const char *arguments;
	const char *notes;
	const struct option_def *options;
	enum exit_status (*run)(const struct arguments *arguments);
};

extern const struct command command_apply;
extern const struct command command_audit;
extern const struct command command_boot;
extern const struct command command_collect;
extern const struct command command_confirm;
extern const struct command command_explain;
extern const struct command command_extend;
extern const struct command command_history;
extern const struct command command_lint;
extern const struct command command_persist;
extern const struct command command_profile;
extern const struct command command_query;
extern const struct command command_report;
extern const struct command command_rule;
extern const struct command command_status;
extern const struct command command_undo;

/* All commands, in order of name. index: below the count */
size_t command_count(void);
const struct command *command_at(size_t index);

/*
 * Run what a command line asks for; without a command, audit.
 *
 * Returns: the exit status of the program
 */
enum exit_status command_line_run(int argc, char **argv);

/* One action of a command that has several: `profile list`. */
struct action {
	const char *name;
	size_t least, most; /* operands behind its name */
	enum exit_status (*run)(const struct arguments *arguments, char *const *operands,
				size_t operand_count);
};

/* Run the action that the first operand names. */
enum exit_status action_run(const struct action *actions, size_t count,
			    const struct arguments *arguments);

/* Options of a command: one table, from which they are parsed and explained. */
#pragma once

#include "base/error.h"
#include "report/prose.h"

#include <stdbool.h>
#include <stddef.h>

enum { OPTIONS_MOST = 16 };

/*
 * name:     without its dashes; the end of a table has none
 * argument: "TIME"; NULL when the option takes none
 * letter:   'o' for "-o"; 0 when it has none
 */
struct option_def {
	const char *name;
	const char *argument;
	const char *summary;
	char letter;
};

/* One use of an option. option: index in the table; value: NULL when it takes none. */
struct option_use {
	size_t option;
	const char *value;
};

/* A parsed command line; the strings belong to argv. operands end with NULL. */
struct arguments {
	struct option_use *uses;
	size_t use_count;
	char *const *operands;
	size_t operand_count;
	bool wants_help;
};

/*
 * Parse a command line; argv[0] is skipped, operands may stand between options.
 *
 * options: ends with an entry without a name
 * argv:    is brought into another order
 * Fails:   -EINVAL unknown option (with the nearest), missing or needless value; -ENOMEM
 */
MUST_CHECK int arguments_parse(const struct option_def *options, int argc, char **argv,
			       struct arguments *ret, struct error *err);
void arguments_clear(struct arguments *arguments);

/* Was the option given? */
bool arguments_has(const struct arguments *arguments, size_t option);

/* The value that was given last; NULL when none was. */
const char *arguments_value(const struct arguments *arguments, size_t option);

/* All values of an option in their order, up to size of them; how many there are. */
size_t arguments_values(const struct arguments *arguments, size_t option,
			const char **values, size_t size);

/* Add the table as a help text, with --help. */
void options_add_help(const struct option_def *options, struct prose *prose);

/*
 * The head of a rule file: comment lines "-- name: text" before the SELECT. A comment
 * line with two blanks or more before its text continues the one above; a bare "--" and
 * an empty line only part them.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

enum { HEAD_MOST_FIELDS = 64, HEAD_LONGEST_LINE = 1000 };

/* argument: "net.core.somaxconn" of "-- set net.core.somaxconn: 4096", else NULL */
struct head_field {
	char *name;
	char *argument;
	struct text text;
	unsigned line;
};

/* Zeroed is empty. sql: the rest of the data, from line sql_line on. */
struct rule_head {
	struct head_field fields[HEAD_MOST_FIELDS];
	size_t count;
	const char *sql;
	unsigned sql_line;
};

/*
 * Cut a rule file into its head and its SQL. Which names there are is not looked at.
 *
 * file:   for messages: "FILE:LINE: reason"
 * data:   without NUL inside, ends with one; the head points into it
 * Fails:  -EINVAL with file, line and reason; -ENOMEM
 */
MUST_CHECK int rule_head_parse(const char *file, const char *data, struct rule_head *ret,
			       struct error *err);
void rule_head_clear(struct rule_head *head);

/* The first field of a name; NULL when there is none. */
const struct head_field *rule_head_find(const struct rule_head *head, const char *name);

/* Say "FILE:LINE: reason". Returns -EINVAL. */
int rule_complain(struct error *err, const char *file, unsigned line, const char *format,
		  ...) PRINTF(4, 5);

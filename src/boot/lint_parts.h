/* What the parts of lint share; no one else includes it. */
#pragma once

#include "boot/key_path.h"
#include "boot/kernel_value.h"
#include "boot/lint.h"
#include "boot/name_table.h"
#include "boot/statement.h"

enum { LINT_NEAREST_MOST = 32 }; /* searches for a nearest key: each takes its time */

#define LINT_NO_LINE SIZE_MAX

/*
 * One assignment or exclusion.
 *
 * bytes:   the line in the file, without its line feed
 * key, value: parts of bytes; an inline comment is not part of value
 * comment: the comment lines right above; empty when there are none
 * path:    number in paths; for the kernel, so that all spellings of a key are one
 * def:     NULL: not in the catalog
 * before:  the assignment of the same path before this one; LINT_NO_LINE
 * is_void: it sets nothing: no such key, or the value is refused
 */
struct lint_line {
	size_t file, group;
	unsigned line;
	struct slice bytes, key, value, comment;
	size_t path;
	const struct sysctl_def *def;
	size_t before;
	bool is_exclusion;
	bool is_pattern;
	bool ignores_failure;
	bool is_void;
};

/* A comment "tcptune: allow ID reason". target: the line that it is for; 0: none yet */
struct lint_waiver {
	size_t file;
	unsigned line, target;
	enum lint_id id;
	struct slice reason;
};

/* last: the last assignment of each path, LINT_NO_LINE for none; reset for each group. */
struct lint_state {
	const struct lint_subject *subject;
	struct lint_result *result;
	struct lint_line *lines;
	size_t line_count, line_capacity;
	struct lint_waiver *waivers;
	size_t waiver_count;
	struct name_table paths;
	size_t *last;
	size_t last_count;
	unsigned nearest_searches;
	bool has_failed; /* memory ran out */
};

/*
 * Say something of a line; part is the piece of its bytes that it is about.
 *
 * line:   its key may be empty: then the message is about no key
 * advice: NULL is none
 */
void lint_say(struct lint_state *state, const struct lint_line *line, struct slice part,
	      enum lint_id id, enum lint_severity severity, const char *advice,
	      const char *format, ...) PRINTF(7, 8);

/* The key of a line as people write it. */
const char *lint_key(const struct lint_state *state, const struct lint_line *line,
		     char *buffer, size_t size);

/* --- lint_line.c: how it is written
 * ----------------------------------------------------- */

/* Read all lines of a file; statements become lines of the state. */
MUST_CHECK int lint_read_file(struct lint_state *state, size_t file);

/* --- lint_key.c
 * -------------------------------------------------------------------------- */

/* Is there such a key, and does it do anything? Sets is_void. */
void lint_check_key(struct lint_state *state, struct lint_line *line);

/* --- lint_value.c, lint_harm.c, lint_default.c
 * -------------------------------------------- */

/* Can the kernel take the value, and can anyone mean it? Sets is_void. */
void lint_check_value(struct lint_state *state, struct lint_line *line);
void lint_check_word(struct lint_state *state, struct lint_line *line);
void lint_check_harm(struct lint_state *state, const struct lint_line *line,
		     const struct kernel_numbers *numbers);
void lint_check_default(struct lint_state *state, const struct lint_line *line,
			const struct kernel_numbers *numbers);

/* --- lint_cross.c, lint_ports.c: lines beside each other, once a group is read
 * ------------- */

void lint_check_group(struct lint_state *state, size_t first);
void lint_check_ports(struct lint_state *state, const struct lint_line *line);

/* The line that sets a key at last, or NULL. path: below /proc/sys */
const struct lint_line *lint_last(const struct lint_state *state, const char *path);

/* The first number that a line sets; otherwise without one. */
double lint_number(const struct lint_line *line, size_t index, double otherwise);

/* --- lint_waiver.c
 * ------------------------------------------------------------------------ */

/* Take a comment that may be a waiver. text: without its '#' */
MUST_CHECK int lint_take_comment(struct lint_state *state, size_t file, unsigned line,
				 struct slice text);

/* The waivers that stand above a statement are for its line. */
void lint_bind_waivers(struct lint_state *state, size_t file, unsigned line);
MUST_CHECK int lint_apply_waivers(struct lint_state *state);

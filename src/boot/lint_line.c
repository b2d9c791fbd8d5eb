/* How lines are written: what the loaders make of the bytes. */
#include "boot/lint_parts.h"

#include <errno.h>

#define BLANKS	   " \t\r"
#define ALL_BLANKS " \t\r\n\v\f"

enum { MOST_SHOWN = 60 };

static int shown(struct slice text)
{
	return text.length > MOST_SHOWN ? MOST_SHOWN : (int)text.length;
}

static int add_line(struct lint_state *state, const struct lint_line *line)
{
	if (state->line_count == state->line_capacity) {
		size_t capacity = state->line_capacity ? state->line_capacity * 2 : 64;
		struct lint_line *lines =
			reallocarray(state->lines, capacity, sizeof(*lines));

		if (!lines)
			return -ENOMEM;
		state->lines = lines;
		state->line_capacity = capacity;
	}
	state->lines[state->line_count++] = *line;
	return 0;
}

/* The lines without a key: there is nothing to look up. */
static void say_syntax(struct lint_state *state, struct lint_line *line,
		       struct slice text)
{
	line->key.length = 0;
	lint_say(
		state, line, text, LINT_SYNTAX, LINT_ERROR,
		"write 'key = value', or begin the line with '#'",
		"'%.*s' is no assignment: systemd-sysctl ignores the line and then fails as a service, sysctl says 'invalid syntax' and goes on",
		shown(text), text.at);
}

static bool has_blank(struct slice key)
{
	for (size_t i = 0; i < key.length; i++) {
		if (strchr(ALL_BLANKS, key.at[i]))
			return true;
	}
	return false;
}

/* Do both loaders make one file of the key? */
static bool is_same_path(struct slice key, const struct statement *procps)
{
	char systemd[KEY_PATH_SIZE], other[KEY_PATH_SIZE], resolved[KEY_PATH_SIZE];

	if (statement_path(LOADER_SYSTEMD, key, systemd, sizeof(systemd)) < 0 ||
	    statement_path(LOADER_PROCPS, procps->key, other, sizeof(other)) < 0 ||
	    key_path_resolve(other, resolved, sizeof(resolved)) < 0)
		return true;
	return strcmp(systemd, resolved) == 0;
}

static void check_difference(struct lint_state *state, const struct lint_line *line,
			     const struct statement *systemd,
			     const struct statement *procps)
{
	if (!is_same_path(systemd->key, procps))
		lint_say(state, line, line->bytes, LINT_LOADER_DIFFERENCE, LINT_NOTE,
			 "write the key at once behind a single dash, without '..'",
			 "systemd-sysctl and procps read different keys in this line");
	else if (!slice_is_equal(systemd->value, procps->value))
		lint_say(
			state, line, line->value, LINT_LOADER_DIFFERENCE, LINT_NOTE,
			"end the line with a line feed, and use no blanks but space and tab",
			"systemd-sysctl and procps read different values in this line");
	else if (line->is_pattern && slice_find(line->key, '{') < line->key.length)
		lint_say(
			state, line, line->key, LINT_LOADER_DIFFERENCE, LINT_NOTE,
			"write one line for each alternative",
			"systemd-sysctl takes {a,b} for alternatives, procps for the very characters");
}

/* Number the path; what is no path at all sets nothing. */
static int set_path(struct lint_state *state, struct lint_line *line)
{
	char path[KEY_PATH_SIZE], resolved[KEY_PATH_SIZE];
	int64_t number;

	if (statement_path(LOADER_SYSTEMD, line->key, path, sizeof(path)) < 0 ||
	    key_path_resolve(path, resolved, sizeof(resolved)) < 0)
		return -EINVAL;
	number = name_table_add(&state->paths, resolved);
	if (number < 0)
		return (int)number;
	line->path = (size_t)number;
	line->is_pattern = key_path_is_pattern(resolved);
	line->def = key_path_find(resolved);
	return 0;
}

static void check_line(struct lint_state *state, struct lint_line *line,
		       const struct statement *systemd, const struct statement *procps)
{
	if (procps)
		check_difference(state, line, systemd, procps);
	if (!line->is_exclusion)
		lint_check_key(state, line);
	if (!line->is_exclusion && !line->is_void)
		lint_check_value(state, line);
}

static int take_statement(struct lint_state *state, struct lint_line *line,
			  const struct statement *statement,
			  const struct statement *procps)
{
	int r;

	line->key = statement->key;
	line->value = statement->value;
	line->is_exclusion = statement->kind == STATEMENT_EXCLUSION;
	line->ignores_failure = statement->ignores_failure;
	lint_bind_waivers(state, line->file, line->line);
	if (statement->kind == STATEMENT_BROKEN || line->key.length == 0 ||
	    has_blank(line->key)) {
		say_syntax(state, line, slice_strip(line->bytes, BLANKS));
		return 0;
	}
	r = set_path(state, line);
	if (r == -EINVAL) {
		say_syntax(state, line, slice_strip(line->bytes, BLANKS));
		return 0;
	}
	if (r < 0)
		return r;
	check_line(state, line, statement, procps);
	return add_line(state, line);
}

/* One line of the file, which may be several of systemd's. */
static int take_bytes(struct lint_state *state, struct lint_line *line, bool has_newline)
{
	const char *end = line->bytes.at + line->bytes.length + has_newline;
	struct statement_reader systemd = { .loader = LOADER_SYSTEMD,
					    .at = line->bytes.at,
					    .end = end };
	struct statement_reader procps = { .loader = LOADER_PROCPS,
					   .at = line->bytes.at,
					   .end = end };
	struct statement statement, other;
	bool has_other =
		statement_next(&procps, &other) && other.kind != STATEMENT_BROKEN;
	int r = 0;

	while (r == 0 && statement_next(&systemd, &statement)) {
		struct lint_line one = *line;

		r = take_statement(
			state, &one, &statement,
			statement.kind != STATEMENT_BROKEN && has_other ? &other : NULL);
		has_other = false;
	}
	if (r == 0 && systemd.cut_line) {
		lint_bind_waivers(state, line->file, line->line);
		line->key.length = 0;
		lint_say(
			state, line, (struct slice){ line->bytes.at, 1 }, LINT_SYNTAX,
			LINT_ERROR, "split the line",
			"a line of 1 MiB or more: systemd-sysctl reads the file no further");
	}
	return r;
}

static bool is_comment(struct slice text)
{
	return text.length > 0 && (text.at[0] == '#' || text.at[0] == ';');
}

int lint_read_file(struct lint_state *state, size_t index)
{
	const struct boot_file *file = &state->subject->tree->files[index];
	const char *at = text_string(&file->data), *end = at + file->data.length;
	struct lint_line line = { .file = index, .group = file->group };
	int r = 0;

	while (r == 0 && at < end) {
		struct slice rest = { at, (size_t)(end - at) }, text;

		line.line++;
		line.bytes = (struct slice){ at, slice_find(rest, '\n') };
		at += line.bytes.length + (line.bytes.length < rest.length);
		text = slice_strip(line.bytes, BLANKS);
		if (is_comment(text) && text.length < STATEMENT_LINE_LIMIT) {
			if (line.comment.length == 0)
				line.comment.at = text.at;
			line.comment.length =
				(size_t)(text.at + text.length - line.comment.at);
			r = lint_take_comment(
				state, index, line.line,
				(struct slice){ text.at + 1, text.length - 1 });
			continue;
		}
		r = take_bytes(state, &line, line.bytes.length < rest.length);
		line.comment.length = 0;
	}
	return r;
}

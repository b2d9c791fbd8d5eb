#include "boot/statement.h"

#include <errno.h>

/* What systemd takes off a line, and what isspace() means to procps. */
#define SYSTEMD_BLANKS " \t\n\r"
#define PROCPS_BLANKS  " \t\n\r\v\f"

/* Lines that procps reads as nothing at all. */
enum { PROCPS_LEAST_BYTES = 2 };

static bool is_systemd_end(char c)
{
	return c == '\n' || c == '\r' || c == '\0';
}

/* The text up to the end of the line, which each loader sees elsewhere. */
static struct slice take_line(struct statement_reader *reader)
{
	struct slice line = { .at = reader->at };

	if (reader->loader == LOADER_PROCPS) {
		line.length = slice_find(
			(struct slice){ reader->at, (size_t)(reader->end - reader->at) },
			'\n');
	} else {
		while (line.at + line.length < reader->end &&
		       !is_systemd_end(line.at[line.length]))
			line.length++;
	}
	reader->at += line.length;
	return line;
}

static bool is_comment(struct slice line)
{
	return line.length > 0 && (line.at[0] == '#' || line.at[0] == ';');
}

static struct slice behind(struct slice slice, size_t count)
{
	return (struct slice){ slice.at + count, slice.length - count };
}

/* Does a stripped line say anything? */
static bool read_systemd(struct slice line, struct statement *ret)
{
	size_t equals;
	bool has_dash;

	line = slice_strip(line, SYSTEMD_BLANKS);
	if (line.length == 0 || is_comment(line))
		return false;
	equals = slice_find(line, '=');
	has_dash = line.at[0] == '-';
	ret->kind = STATEMENT_BROKEN;
	ret->key = line;
	if (equals < line.length) {
		ret->kind = STATEMENT_ASSIGNMENT;
		ret->ignores_failure = has_dash;
		ret->value = slice_strip(behind(line, equals + 1), SYSTEMD_BLANKS);
		ret->key.length = equals;
	} else if (has_dash) {
		ret->kind = STATEMENT_EXCLUSION;
	}
	if (has_dash)
		ret->key = behind(ret->key, 1);
	ret->key = slice_strip(ret->key, SYSTEMD_BLANKS);
	return true;
}

/* rstrip() of procps: the first character stays whatever it is. */
static struct slice strip_end(struct slice slice)
{
	while (slice.length > 1 && strchr(PROCPS_BLANKS, slice.at[slice.length - 1]))
		slice.length--;
	return slice;
}

static struct slice strip_begin(struct slice slice)
{
	while (slice.length > 0 && strchr(PROCPS_BLANKS, slice.at[0]))
		slice = behind(slice, 1);
	return slice;
}

/* It works on a string, which ends at the first NUL. */
static bool read_procps(struct slice line, bool has_newline, struct statement *ret)
{
	struct slice text = line;
	size_t equals;
	bool has_dash;

	if (line.length + has_newline < PROCPS_LEAST_BYTES)
		return false;
	text.length = slice_find(line, '\0');
	has_newline = has_newline && text.length == line.length;
	text = strip_begin(text);
	if (text.length + (has_newline && text.length > 0) < PROCPS_LEAST_BYTES ||
	    is_comment(text))
		return false;
	equals = slice_find(text, '=');
	has_dash = text.at[0] == '-';
	ret->kind = STATEMENT_BROKEN;
	ret->key = text;
	if (equals < text.length) {
		ret->kind = STATEMENT_ASSIGNMENT;
		ret->ignores_failure = has_dash;
		ret->value = strip_end(strip_begin(behind(text, equals + 1)));
		ret->key.length = equals;
	} else if (has_dash) {
		ret->kind = STATEMENT_EXCLUSION;
	}
	if (has_dash)
		ret->key = behind(ret->key, 1);
	ret->key = strip_end(ret->key);
	return true;
}

bool statement_next(struct statement_reader *reader, struct statement *ret)
{
	while (reader->at < reader->end && !reader->cut_line) {
		struct statement statement = { .line = reader->lines_before + 1 };
		struct slice line = take_line(reader);
		bool has_newline = reader->at < reader->end && *reader->at == '\n';
		bool is_something;

		if (reader->loader == LOADER_SYSTEMD &&
		    line.length >= STATEMENT_LINE_LIMIT) {
			reader->cut_line = statement.line;
			return false;
		}
		reader->at += reader->at < reader->end;
		reader->lines_before += has_newline;
		is_something = reader->loader == LOADER_SYSTEMD
				       ? read_systemd(line, &statement)
				       : read_procps(line, has_newline, &statement);
		if (is_something) {
			*ret = statement;
			return true;
		}
	}
	return false;
}

static void swap_separators(char *text)
{
	for (; *text; text++) {
		if (*text == '.')
			*text = '/';
		else if (*text == '/')
			*text = '.';
	}
}

/* path_simplify() of systemd: no empty part, none that is ".", no slash at the ends. */
static void simplify(char *path)
{
	char *to = path;
	const char *from = path;

	while (*from) {
		size_t length = strcspn(from, "/");

		if (length > 0 && !(length == 1 && from[0] == '.')) {
			if (to > path)
				*to++ = '/';
			memmove(to, from, length);
			to += length;
		}
		from += length;
		from += *from == '/';
	}
	*to = '\0';
}

int statement_path(enum loader loader, struct slice key, char *ret, size_t size)
{
	size_t separator;

	/* the string ends at its first NUL, and procps drops a second dash */
	key.length = slice_find(key, '\0');
	if (loader == LOADER_PROCPS && key.length > 0 && key.at[0] == '-')
		key = behind(key, 1);
	if (key.length >= size)
		return -ENAMETOOLONG;
	if (key.length > 0)
		memcpy(ret, key.at, key.length);
	ret[key.length] = '\0';
	separator = strcspn(ret, "/.");
	if (ret[separator] == '.')
		swap_separators(ret);
	if (loader == LOADER_SYSTEMD)
		simplify(ret);
	return 0;
}

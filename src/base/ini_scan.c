#include "base/ini_scan.h"

#include <errno.h>
#include <stdbool.h>

/*
 * The scan of one file. line: of the physical line read last; first_line: where the
 * logical line began, for messages; last_join: where its last continuation begins.
 * storage: the strings of the result, one behind the other; a name or a value with its
 * NUL is never longer than it was in the file, so that it cannot overflow.
 */
struct scan {
	const char *at, *end;
	unsigned line, first_line;
	struct text logical;
	size_t last_join;
	size_t used;
	char *storage;
	const char *sections[INI_MOST_SECTIONS];
	size_t section_count;
	struct ini ini;
	struct text clean;
	struct error *err;
};

/* The text of a value inside a logical line; quote: '"', '\'', or 0 for none. */
struct value_span {
	const char *start;
	size_t length;
	char quote;
};

static void scan_clear(struct scan *scan)
{
	text_clear(&scan->logical);
	text_clear(&scan->clean);
	ini_clear(&scan->ini);
}

static PRINTF(2, 3) int fail(const struct scan *scan, const char *format, ...)
{
	char reason[400];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	return error_set(scan->err, -EINVAL, "%s:%u: %s", scan->ini.name,
			 scan->first_line, reason);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_same(const char *string, const char *start, size_t length)
{
	return strncmp(string, start, length) == 0 && string[length] == '\0';
}

/* How many bytes a UTF-8 character has that begins so; 0 when none does. */
static size_t utf8_bytes(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* How many bytes the UTF-8 character at the start takes; 0 when it is none. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	size_t length = utf8_bytes(at[0]);

	if (length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* forms that are too long, surrogates, beyond U+10FFFF */
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

static bool is_line_end(const char *at, const char *end)
{
	return *at == '\n' || (*at == '\r' && end - at > 1 && at[1] == '\n');
}

static int check_bytes(struct scan *scan)
{
	const char *at = scan->at;

	scan->first_line = 1;
	while (at < scan->end) {
		unsigned char c = (unsigned char)*at;
		size_t length =
			utf8_length((const unsigned char *)at, (size_t)(scan->end - at));

		if (length == 0)
			return fail(scan, "byte 0x%02x is not UTF-8", c);
		if ((c < ' ' && c != '\t' && !is_line_end(at, scan->end)) || c == 0x7f)
			return fail(scan, "control character 0x%02x", c);
		if (c == '\n')
			scan->first_line++;
		at += length;
	}
	return 0;
}

/* The next physical line, blanks at both ends taken off. ret_end: where it really ended.
 */
static const char *next_line(struct scan *scan, size_t *ret_length, const char **ret_end)
{
	const char *start = scan->at;
	const char *newline = memchr(start, '\n', (size_t)(scan->end - start));
	const char *end = newline ? newline : scan->end;

	scan->line++;
	scan->at = newline ? newline + 1 : scan->end;
	if (newline && end > start && end[-1] == '\r')
		end--;
	*ret_end = end;
	while (end > start && is_blank(end[-1]))
		end--;
	while (start < end && is_blank(*start))
		start++;
	*ret_length = (size_t)(end - start);
	return start;
}

static int check_continuation(const struct scan *scan, bool is_comment, bool has_blank)
{
	if (is_comment)
		return fail(scan,
			    "a comment ends with '\\', which would hide the next line");
	if (has_blank)
		return fail(scan, "blank after the '\\' that joins the next line");
	if (scan->at == scan->end)
		return fail(scan, "the last line ends with '\\'");
	return 0;
}

/* Join continued lines with one blank. Comment lines come out empty. */
static int read_logical_line(struct scan *scan)
{
	bool is_first = true, goes_on = true;

	text_reset(&scan->logical);
	scan->first_line = scan->line + 1;
	while (goes_on) {
		size_t length;
		const char *end;
		const char *start = next_line(scan, &length, &end);
		bool is_comment = is_first && length > 0 && strchr(";#", *start);

		goes_on = length > 0 && start[length - 1] == '\\';
		if (goes_on) {
			int code = check_continuation(scan, is_comment,
						      start + length != end);

			if (code < 0)
				return code;
			length--;
		}
		if (is_comment)
			return 0;
		while (length > 0 && is_blank(start[length - 1]))
			length--;
		if (!is_first && scan->logical.length > 0)
			text_add_char(&scan->logical, ' ');
		scan->last_join = is_first ? 0 : scan->logical.length;
		text_add_bytes(&scan->logical, start, length);
		is_first = false;
	}
	return text_check(&scan->logical);
}

static const char *keep(struct scan *scan, const char *start, size_t length)
{
	char *kept = scan->storage + scan->used;

	memcpy(kept, start, length);
	kept[length] = '\0';
	scan->used += length + 1;
	return kept;
}

static int check_name(const struct scan *scan, const char *what, const char *name,
		      size_t length)
{
	int shown = length < 60 ? (int)length : 60;

	if (length == 0)
		return fail(scan, "%s without a name", what);
	if (length > INI_NAME_MOST_BYTES)
		return fail(scan, "name of a %s with %zu bytes; %d are the most", what,
			    length, INI_NAME_MOST_BYTES);
	for (size_t i = 0; i < length; i++) {
		if (name[i] >= 'A' && name[i] <= 'Z')
			return fail(scan, "%s '%.*s': names are lower case", what, shown,
				    name);
		if (name[i] <= ' ' || name[i] > '~' || strchr(":;#[]\"'\\", name[i]))
			return fail(
				scan,
				"%s '%.*s': a name has no blanks, quotes or any of : ; # [ ] \\",
				what, shown, name);
	}
	return 0;
}

/* What stands behind a section or a quoted value: nothing, or a comment. */
static int check_rest(const struct scan *scan, const char *rest)
{
	const char *text = rest + strspn(rest, " \t");

	if (*text == '\0' || (*text == ';' && text > rest))
		return 0;
	return fail(scan, "'%.40s': only a comment after ' ;' may follow here", text);
}

static int take_section(struct scan *scan)
{
	const char *name = text_string(&scan->logical) + 1;
	const char *end = strchr(name, ']');
	size_t length = end ? (size_t)(end - name) : 0;
	int code;

	if (!end)
		return fail(scan, "'[' without ']'");
	code = check_name(scan, "section", name, length);
	if (code == 0)
		code = check_rest(scan, end + 1);
	if (code < 0)
		return code;
	for (size_t i = 0; i < scan->section_count; i++)
		if (is_same(scan->sections[i], name, length))
			return fail(scan, "section [%s] is here for the second time",
				    scan->sections[i]);
	if (scan->section_count == INI_MOST_SECTIONS)
		return fail(scan, "more than %d sections", INI_MOST_SECTIONS);
	scan->sections[scan->section_count++] = keep(scan, name, length);
	text_addf(&scan->clean, "[%.*s]\n", (int)length, name);
	return 0;
}

/* A value in quotes: all of it, and the same quote nowhere inside. */
static int find_quoted(const struct scan *scan, const char *text, struct value_span *ret)
{
	const char *end = strchr(text + 1, *text);

	if (!end)
		return fail(scan, "the value begins with %c and does not end with it",
			    *text);
	*ret = (struct value_span){ text + 1, (size_t)(end - text - 1), *text };
	return check_rest(scan, end + 1);
}

/* A value without quotes ends at " ;"; iniparser would cut it at any ';' or '#'. */
static int find_value(const struct scan *scan, const char *text, struct value_span *ret)
{
	const char *end;

	text += strspn(text, " \t");
	if (*text == '"' || *text == '\'')
		return find_quoted(scan, text, ret);
	end = text + strcspn(text, ";#");
	if (*end == '#')
		return fail(
			scan,
			"'#' in a value: quote the value, or write ' ;' before a comment");
	if (*end == ';' && !is_blank(end[-1]))
		return fail(
			scan,
			"';' in a value: quote the value, or write ' ;' before a comment");
	while (end > text && is_blank(end[-1]))
		end--;
	if (end > text && end[-1] == '\\')
		return fail(scan, "the value ends with '\\': quote it");
	*ret = (struct value_span){ text, (size_t)(end - text), 0 };
	return 0;
}

/* A comment behind a value that is joined with a next line would swallow that line. */
static int check_comment(const struct scan *scan, const struct value_span *value)
{
	const char *end = value->start + value->length + (value->quote != 0);
	const char *comment = end + strspn(end, " \t");

	if (*comment == ';' &&
	    (size_t)(comment - text_string(&scan->logical)) < scan->last_join)
		return check_continuation(scan, true, false);
	return 0;
}

static int check_new_key(const struct scan *scan, const char *key, size_t length)
{
	const char *section = scan->sections[scan->section_count - 1];

	for (size_t i = 0; i < scan->ini.count; i++) {
		const struct ini_entry *entry = &scan->ini.entries[i];

		if (entry->section == section && is_same(entry->key, key, length))
			return fail(scan, "key '%s' is already in line %u", entry->key,
				    entry->line);
	}
	if (scan->ini.count == INI_MOST_ENTRIES)
		return fail(scan, "more than %d keys", INI_MOST_ENTRIES);
	return 0;
}

static int add_entry(struct scan *scan, const char *key, size_t length,
		     const struct value_span *value)
{
	char quote[2] = { value->length > 0 ? value->quote : '\0', '\0' };
	size_t before = scan->clean.length;
	struct ini_entry *grown =
		realloc(scan->ini.entries, (scan->ini.count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	scan->ini.entries = grown;
	grown[scan->ini.count++] = (struct ini_entry){
		.section = scan->sections[scan->section_count - 1],
		.key = keep(scan, key, length),
		.value = keep(scan, value->start, value->length),
		.line = scan->first_line,
	};
	text_addf(&scan->clean, "%.*s = %s%.*s%s\n", (int)length, key, quote,
		  (int)value->length, value->start, quote);
	if (scan->clean.length - before > INI_LINE_MOST_BYTES)
		return fail(scan, "%zu bytes; %d are the most, continued lines included",
			    scan->clean.length - before, INI_LINE_MOST_BYTES);
	return 0;
}

static int take_entry(struct scan *scan)
{
	const char *key = text_string(&scan->logical);
	const char *equals = strchr(key, '=');
	struct value_span value = { 0 };
	size_t length = equals ? (size_t)(equals - key) : 0;
	int code;

	if (!equals)
		return fail(scan, "'%.40s' is neither [section] nor key = value", key);
	while (length > 0 && is_blank(key[length - 1]))
		length--;
	code = check_name(scan, "key", key, length);
	if (code < 0)
		return code;
	if (scan->section_count == 0)
		return fail(scan, "key '%.*s' stands before any [section]", (int)length,
			    key);
	code = check_new_key(scan, key, length);
	if (code == 0)
		code = find_value(scan, equals + 1, &value);
	if (code == 0)
		code = check_comment(scan, &value);
	return code < 0 ? code : add_entry(scan, key, length, &value);
}

static int scan_lines(struct scan *scan)
{
	while (scan->at < scan->end) {
		int code = read_logical_line(scan);

		if (code == 0 && scan->logical.length > 0)
			code = *scan->logical.data == '[' ? take_section(scan)
							  : take_entry(scan);
		if (code < 0)
			return code;
	}
	return text_check(&scan->clean);
}

int ini_scan(const char *name, const char *data, size_t length, struct ini *ret,
	     struct text *ret_clean, struct error *err)
{
	AUTO(scan_clear) struct scan scan = { .err = err };
	int code;

	if (length > INI_FILE_MOST_BYTES)
		return error_set(err, -EFBIG, "%s: larger than 1 MiB", name);
	scan.ini.name = strdup(name);
	scan.ini.storage = scan.storage = malloc(length + 1);
	if (!scan.ini.name || !scan.storage)
		return error_set(err, -ENOMEM, "%s: out of memory", name);
	/* Windows editors begin a file with a byte order mark, which iniparser refuses */
	if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		length -= 3;
	}
	scan.at = length > 0 ? data : "";
	scan.end = scan.at + length;
	code = check_bytes(&scan);
	if (code == 0)
		code = scan_lines(&scan);
	if (code == -ENOMEM)
		return error_set(err, code, "%s: out of memory", name);
	if (code < 0)
		return code;
	*ret = scan.ini;
	*ret_clean = scan.clean;
	scan.ini = (struct ini){ 0 };
	scan.clean = (struct text){ 0 };
	return 0;
}

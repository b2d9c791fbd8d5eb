#include "report/prose.h"

#include "base/utf8.h"
#include "rules/safe_text.h"

#include <string.h>

static const char *const style_codes[] = {
	[STYLE_PLAIN] = "",
	[STYLE_STRONG] = "\033[1m",
	[STYLE_QUIET] = "\033[2m",
	[STYLE_GOOD] = "\033[32m",
	[STYLE_WARNING] = "\033[1;33m",
	[STYLE_CRITICAL] = "\033[1;31m",
};

/* Of a list of facts: where labels and texts begin. */
static const struct indent fact_indent = { 2, 16 };

static void add_blanks(struct text *text, size_t count)
{
	while (count-- > 0)
		text_add_char(text, ' ');
}

/* A byte for each character beyond ASCII, in place. */
static void make_ascii(struct text *text)
{
	const char *from = text_string(text);
	char *to = text->data;

	if (!to)
		return;
	while (*from) {
		size_t length = utf8_decode(from, NULL);

		*to++ = length == 1 ? *from : '?';
		from += length ? length : 1;
	}
	*to = '\0';
	text->length = (size_t)(to - text->data);
}

/* Tabs part the numbers of a sysctl: they are blanks here. */
static void make_safe(const struct prose *prose, const char *string, struct text *ret)
{
	for (;;) {
		size_t length = strcspn(string, "\t");
		auto_free char *part = strndup(string, length);

		if (part)
			safe_text_add(ret, part);
		else
			ret->has_failed = true;
		string += length;
		if (*string == '\0')
			break;
		text_add_char(ret, ' ');
		string++;
	}
	if (!prose->layout.has_utf8)
		make_ascii(ret);
}

static void begin_style(struct prose *prose, enum style style)
{
	if (prose->layout.has_colour)
		text_add(&prose->text, style_codes[style]);
}

static void end_style(struct prose *prose, enum style style)
{
	if (prose->layout.has_colour && style != STYLE_PLAIN)
		text_add(&prose->text, "\033[0m");
}

/* Returns the columns that the label takes. */
static size_t add_styled(struct prose *prose, enum style style, const char *label)
{
	AUTO(text_clear) struct text safe = { 0 };

	make_safe(prose, label, &safe);
	begin_style(prose, style);
	text_add(&prose->text, text_string(&safe));
	end_style(prose, style);
	if (safe.has_failed)
		prose->text.has_failed = true;
	return utf8_columns(text_string(&safe));
}

/* The room between a label that ends at a column and its text; the text's column. */
static size_t add_gap(struct prose *prose, size_t column, unsigned rest)
{
	size_t blanks = column < rest ? rest - column : 1;

	add_blanks(&prose->text, blanks);
	return column + blanks;
}

/* Begin a new line at column indent, where none has begun. */
static void break_line(struct prose *prose, unsigned indent)
{
	text_add_char(&prose->text, '\n');
	add_blanks(&prose->text, indent);
}

/* column: where the text begins, at least rest unless the label was longer */
static void add_words(struct prose *prose, unsigned rest, size_t column,
		      const char *words)
{
	bool is_at_start = true;

	while (*(words += strspn(words, " "))) {
		size_t length = strcspn(words, " ");
		size_t columns = utf8_columns_of(words, length);

		if (!is_at_start && column + 1 + columns > prose->layout.width) {
			break_line(prose, rest);
			column = rest;
			is_at_start = true;
		}
		if (!is_at_start)
			text_add_char(&prose->text, ' ');
		column += columns + !is_at_start;
		text_add_bytes(&prose->text, words, length);
		is_at_start = false;
		words += length;
	}
}

void prose_add(struct prose *prose, struct indent indent, enum style style,
	       const char *label, const char *text)
{
	AUTO(text_clear) struct text safe = { 0 };
	size_t column = indent.first;

	add_blanks(&prose->text, indent.first);
	if (label[0]) {
		column += add_styled(prose, style, label);
		style = STYLE_PLAIN;
	}
	if (label[0] && text[0])
		column = add_gap(prose, column, indent.rest);
	make_safe(prose, text, &safe);
	begin_style(prose, style);
	add_words(prose, indent.rest, column, text_string(&safe));
	end_style(prose, style);
	if (safe.has_failed)
		prose->text.has_failed = true;
	text_add_char(&prose->text, '\n');
}

static void add_formatted(struct prose *prose, struct indent indent, enum style style,
			  const char *label, const char *format, va_list args)
{
	auto_free char *text = NULL;

	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		prose->text.has_failed = true;
		return;
	}
	prose_add(prose, indent, style, label, text);
}

void prose_addf(struct prose *prose, struct indent indent, enum style style,
		const char *label, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_formatted(prose, indent, style, label, format, args);
	va_end(args);
}

void prose_add_fact(struct prose *prose, const char *label, const char *text)
{
	if (text && text[0])
		prose_add(prose, fact_indent, STYLE_QUIET, label, text);
}

void prose_addf_fact(struct prose *prose, const char *label, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_formatted(prose, fact_indent, STYLE_QUIET, label, format, args);
	va_end(args);
}

void prose_take_fact(struct prose *prose, const char *label, struct text *text)
{
	if (text->has_failed)
		prose->text.has_failed = true;
	prose_add_fact(prose, label, text_string(text));
	text_clear(text);
}

void prose_add_line(struct prose *prose, unsigned indent, enum style style,
		    const char *line)
{
	add_blanks(&prose->text, indent);
	(void)add_styled(prose, style, line);
	text_add_char(&prose->text, '\n');
}

void prose_gap(struct prose *prose)
{
	const char *text = text_string(&prose->text);
	size_t length = prose->text.length;

	if (length == 0 || (length > 1 && text[length - 2] == '\n'))
		return;
	text_add_char(&prose->text, '\n');
}

void prose_clear(struct prose *prose)
{
	text_clear(&prose->text);
}

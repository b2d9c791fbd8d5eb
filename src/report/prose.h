/*
 * Text for people, wrapped to a width, with hanging indents and styles. Whatever is added
 * is made safe first: names come from hostile programs.
 */
#pragma once

#include "base/text.h"
#include "report/layout.h"

enum style {
	STYLE_PLAIN,
	STYLE_STRONG,
	STYLE_QUIET,
	STYLE_GOOD,
	STYLE_WARNING,
	STYLE_CRITICAL,
};

/* text: what was built so far; text_check() tells whether all of it is there */
struct prose {
	struct text text;
	struct layout layout;
};

/* Columns at which the first line and the ones after it begin. */
struct indent {
	unsigned first, rest;
};

/*
 * Add a paragraph: the label, then, from column rest on, the text in words.
 *
 * style: of the label, or of the text where there is no label
 * label: never wrapped; one that is longer than rest leaves room for is parted from the
 *        text by one blank
 */
void prose_add(struct prose *prose, struct indent indent, enum style style,
	       const char *label, const char *text);

/* The same with a text that is put together; what cannot be is remembered as lost memory.
 */
void prose_addf(struct prose *prose, struct indent indent, enum style style,
		const char *label, const char *format, ...) PRINTF(5, 6);

/* Add a fact of a list: label and text in two columns; nothing without a text. */
void prose_add_fact(struct prose *prose, const char *label, const char *text);
void prose_addf_fact(struct prose *prose, const char *label, const char *format, ...)
	PRINTF(3, 4);

/* Add a text that was put together to a list, as prose_add_fact(), and clear it. */
void prose_take_fact(struct prose *prose, const char *label, struct text *text);

/* Add one line as it is, neither wrapped nor cut, but made safe. */
void prose_add_line(struct prose *prose, unsigned indent, enum style style,
		    const char *line);

/* An empty line, unless there is one or nothing stands above it. */
void prose_gap(struct prose *prose);

void prose_clear(struct prose *prose);

/*
 * Rows of cells in aligned columns; the last column wraps. Where the columns do not fit
 * the width, each row becomes its first cell and a paragraph of the others.
 *
 * cells:    row by row, none NULL; the first row is the heading
 * headless: leave the heading out
 */
struct prose_table {
	const char *const *cells;
	size_t columns, rows;
	bool headless;
};
void prose_add_table(struct prose *prose, unsigned indent,
		     const struct prose_table *table);

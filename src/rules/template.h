/*
 * Sentences with holes: "{program} on port {port} refused {drops} connections".
 *
 *   {name}            a column of the row
 *   {:name}           a threshold of the rule
 *   {name:percent}    0.93 is "93 %"
 *   {name:bytes}      6291456 is "6 MiB"
 *   {name:seconds}    2 is "2.0 s", 300 is "5 min", 259200 is "3 days"
 *   {{ and }}         the braces themselves
 *
 * NULL is "unknown", and "an unknown program" in a column named program.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

enum template_kind {
	TEMPLATE_UNKNOWN,
	TEMPLATE_INTEGER,
	TEMPLATE_REAL,
	TEMPLATE_TEXT,
};

enum template_format {
	FORMAT_PLAIN,
	FORMAT_PERCENT,
	FORMAT_BYTES,
	FORMAT_SECONDS,
	FORMAT_COUNT_, /* how many there are */
};

/* name: "port", ":share"; points into the template and does not end with NUL */
struct template_hole {
	const char *name;
	size_t length;
	enum template_format format;
};

/* is_threshold: a template names it with a colon before the name */
struct template_value {
	const char *name;
	bool is_threshold;
	enum template_kind kind;
	int64_t integer;
	double real;
	const char *text;
};

struct template_row {
	const struct template_value *values;
	size_t count;
};

/* The value of "port" or ":share", which need not end with NUL; NULL when there is none.
 */
const struct template_value *template_row_find(const struct template_row *row,
					       const char *name, size_t length);

/*
 * The next hole of a template at *cursor; moves the cursor behind it.
 *
 * literal: what stands before the hole is added to it; may be NULL
 * Returns: 1 a hole, 0 the template ended
 * Fails:   -EINVAL with the reason: a brace without its partner, an unknown format
 */
MUST_CHECK int template_next_hole(const char **cursor, struct text *literal,
				  struct template_hole *ret, struct error *err);

/*
 * Check a template without a row.
 *
 * row:    the names that it may use, whatever their values; NULL: check the form alone
 * Fails:  -EINVAL with the reason: a brace without its partner, an unknown format or name
 */
MUST_CHECK int template_check(const char *template, const struct template_row *row,
			      struct error *err);

/*
 * Add a template, its holes filled, to a text. Values are made safe to show.
 *
 * Fails:  as template_check(); lost memory is left to text_check()
 */
MUST_CHECK int template_fill(const char *template, const struct template_row *row,
			     struct text *ret, struct error *err);

/* Add one value as a template shows it without a format. */
void template_add_value(struct text *text, const struct template_value *value);

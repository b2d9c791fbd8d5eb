#include "rules/template.h"

#include "rules/safe_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* --- the form ------------------------------------------------------------------- */

static const char *const format_names[] = {
	[FORMAT_PLAIN] = "",
	[FORMAT_PERCENT] = "percent",
	[FORMAT_BYTES] = "bytes",
	[FORMAT_SECONDS] = "seconds",
};
_Static_assert(ARRAY_SIZE(format_names) == FORMAT_COUNT_, "a format without a name");

static int format_parse(const char *name, size_t length, enum template_format *ret)
{
	for (size_t i = FORMAT_PLAIN + 1; i < ARRAY_SIZE(format_names); i++) {
		if (strlen(format_names[i]) != length ||
		    memcmp(format_names[i], name, length) != 0)
			continue;
		*ret = (enum template_format)i;
		return 0;
	}
	return -EINVAL;
}

static size_t name_length(const char *at)
{
	size_t length = 0;

	while (isalnum((unsigned char)at[length]) || at[length] == '_')
		length++;
	return length;
}

/* *cursor: behind the opening brace */
static int parse_hole(const char **cursor, struct template_hole *ret, struct error *err)
{
	const char *at = *cursor;
	size_t whole = strcspn(at, "{}");
	struct template_hole hole = { .name = at, .format = FORMAT_PLAIN };
	size_t colon = *at == ':';

	if (at[whole] != '}')
		return error_set(err, -EINVAL, "'{' without its '}': '{%.20s'", at);
	hole.length = colon + name_length(at + colon);
	if (hole.length == colon)
		return error_set(err, -EINVAL, "'{%.*s}' names no column", (int)whole,
				 at);
	if (hole.length < whole &&
	    (at[hole.length] != ':' ||
	     format_parse(at + hole.length + 1, whole - hole.length - 1, &hole.format) <
		     0))
		return error_set(
			err, -EINVAL,
			"'{%.*s}' is not {NAME}, {NAME:percent}, {NAME:bytes} or {NAME:seconds}",
			(int)whole, at);
	*cursor = at + whole + 1;
	*ret = hole;
	return 0;
}

int template_next_hole(const char **cursor, struct text *literal,
		       struct template_hole *ret, struct error *err)
{
	const char *at = *cursor;

	while (*at) {
		size_t plain = strcspn(at, "{}");

		if (literal)
			text_add_bytes(literal, at, plain);
		at += plain;
		if (*at == '\0')
			break;
		if (at[0] == '{' && at[1] != '{') {
			*cursor = at + 1;
			return parse_hole(cursor, ret, err) < 0 ? -EINVAL : 1;
		}
		if (at[0] == '}' && at[1] != '}')
			return error_set(err, -EINVAL, "'}' without its '{'");
		if (literal)
			text_add_char(literal, *at);
		at += 2;
	}
	*cursor = at;
	return 0;
}

/* --- numbers in words ----------------------------------------------------------- */

/* Two or three digits that tell something, never an exponent, no idle zeros. */
static void add_double(struct text *text, double value)
{
	char digits[400];
	double size = fabs(value);
	int decimals = 0;

	if (!isfinite(value)) {
		text_add(text, "unknown");
		return;
	}
	if (value != floor(value)) {
		decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
		for (double least = 0.01; size < least && decimals < 12; least /= 10)
			decimals++;
	}
	(void)snprintf(digits, sizeof(digits), "%.*f", decimals, value);
	if (strchr(digits, '.')) {
		size_t length = strlen(digits);

		while (digits[length - 1] == '0')
			length--;
		if (digits[length - 1] == '.')
			length--;
		digits[length] = '\0';
	}
	text_add(text, strcmp(digits, "-0") == 0 ? "0" : digits);
}

static void add_percent(struct text *text, double share)
{
	double percent = share * 100;

	add_double(text, fabs(percent) >= 10 ? round(percent) : percent);
	text_add(text, " %");
}

static void add_bytes(struct text *text, double bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	size_t unit = 0;

	while (fabs(bytes) >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		bytes /= 1024;
		unit++;
	}
	add_double(text, bytes);
	text_addf(text, " %s", unit == 0 && bytes == 1 ? "byte" : units[unit]);
}

static void add_seconds(struct text *text, double seconds)
{
	double size = fabs(seconds);

	if (size > 0 && size < 0.9995) {
		add_double(text, size < 0.01 ? seconds * 1000 : round(seconds * 1000));
		text_add(text, " ms");
	} else if (size < 10) {
		text_addf(text, "%.1f s", seconds);
	} else if (size < 120) {
		text_addf(text, "%.0f s", seconds);
	} else if (size < 2 * 3600) {
		text_addf(text, "%.0f min", seconds / 60);
	} else if (size < 2 * 86400) {
		text_addf(text, "%.0f h", seconds / 3600);
	} else {
		text_addf(text, "%.0f days", seconds / 86400);
	}
}

static void add_formatted(struct text *text, double value, enum template_format format)
{
	if (!isfinite(value)) {
		text_add(text, "unknown");
		return;
	}
	switch (format) {
	case FORMAT_PERCENT:
		add_percent(text, value);
		return;
	case FORMAT_BYTES:
		add_bytes(text, value);
		return;
	case FORMAT_SECONDS:
		add_seconds(text, value);
		return;
	case FORMAT_PLAIN:
	case FORMAT_COUNT_:
		add_double(text, value);
		return;
	}
}

/* --- filling -------------------------------------------------------------------- */

const struct template_value *template_row_find(const struct template_row *row,
					       const char *name, size_t length)
{
	size_t colon = length > 0 && name[0] == ':';

	for (size_t i = 0; i < row->count; i++) {
		const struct template_value *value = &row->values[i];

		if (value->is_threshold == (colon == 1) &&
		    strncmp(value->name, name + colon, length - colon) == 0 &&
		    value->name[length - colon] == '\0')
			return value;
	}
	return NULL;
}

void template_add_value(struct text *text, const struct template_value *value)
{
	switch (value->kind) {
	case TEMPLATE_UNKNOWN:
		text_add(text, strcmp(value->name, "program") == 0 ? "an unknown program"
								   : "unknown");
		return;
	case TEMPLATE_INTEGER:
		text_addf(text, "%" PRId64, value->integer);
		return;
	case TEMPLATE_REAL:
		add_double(text, value->real);
		return;
	case TEMPLATE_TEXT:
		safe_text_add(text, value->text);
		return;
	}
}

static void add_hole(struct text *text, const struct template_value *value,
		     enum template_format format)
{
	if (format != FORMAT_PLAIN && value->kind == TEMPLATE_INTEGER)
		add_formatted(text, (double)value->integer, format);
	else if (format != FORMAT_PLAIN && value->kind == TEMPLATE_REAL)
		add_formatted(text, value->real, format);
	else
		template_add_value(text, value);
}

static int fail_unknown(const struct template_hole *hole, struct error *err)
{
	if (hole->name[0] == ':')
		return error_set(err, -EINVAL, "'{%.*s}' is no threshold of the rule",
				 (int)hole->length, hole->name);
	return error_set(err, -EINVAL,
			 "names column '%.*s', which the SELECT does not return",
			 (int)hole->length, hole->name);
}

int template_check(const char *template, const struct template_row *row,
		   struct error *err)
{
	struct template_hole hole;
	int r;

	while ((r = template_next_hole(&template, NULL, &hole, err)) > 0) {
		if (row && !template_row_find(row, hole.name, hole.length))
			return fail_unknown(&hole, err);
	}
	return r;
}

int template_fill(const char *template, const struct template_row *row, struct text *ret,
		  struct error *err)
{
	struct template_hole hole;
	int r;

	while ((r = template_next_hole(&template, ret, &hole, err)) > 0) {
		const struct template_value *value =
			template_row_find(row, hole.name, hole.length);

		if (!value)
			return fail_unknown(&hole, err);
		add_hole(ret, value, hole.format);
	}
	return r;
}

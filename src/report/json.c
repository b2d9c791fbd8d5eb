#include "report/json.h"

#include "base/utf8.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>

/* How many bytes from here on stand for themselves: nearly all text is ASCII. */
static size_t plain_length(const char *string)
{
	size_t length = 0;

	while (string[length] >= ' ' && string[length] <= '~' && string[length] != '"' &&
	       string[length] != '\\')
		length++;
	return length;
}

static void add_escaped(struct text *text, const char *string)
{
	static const char replacement[] = "\xef\xbf\xbd";

	for (;;) {
		size_t length = plain_length(string);
		uint32_t character = 0;

		text_add_bytes(text, string, length);
		string += length;
		if (*string == '\0')
			return;
		length = utf8_decode(string, &character);

		if (length == 0)
			text_add(text, replacement);
		else if (character == '"' || character == '\\')
			text_addf(text, "\\%c", (char)character);
		else if (character == '\n')
			text_add(text, "\\n");
		else if (character == '\t')
			text_add(text, "\\t");
		else if (character < 0x20 || (character >= 0x7f && character < 0xa0))
			text_addf(text, "\\u%04x", (unsigned)character);
		else
			text_add_bytes(text, string, length);
		string += length ? length : 1;
	}
}

static void add_quoted(struct text *text, const char *string)
{
	text_add_char(text, '"');
	add_escaped(text, string);
	text_add_char(text, '"');
}

static void new_line(struct json *json)
{
	static const char blanks[] = "\n                                ";
	size_t most = sizeof(blanks) - 1, wanted = 1 + (size_t)json->depth * 2;

	text_add_bytes(&json->text, blanks, wanted < most ? wanted : most);
	for (; wanted > most; wanted--)
		text_add_char(&json->text, ' ');
}

/* Everything that stands before a value: comma, line, name. */
static void begin(struct json *json, const char *name)
{
	if (json->has_members)
		text_add_char(&json->text, ',');
	if (json->depth > 0)
		new_line(json);
	if (name) {
		add_quoted(&json->text, name);
		text_add(&json->text, ": ");
	}
	json->has_members = true;
}

void json_open(struct json *json, const char *name, enum json_kind kind)
{
	begin(json, name);
	text_add_char(&json->text, kind == JSON_OBJECT ? '{' : '[');
	json->depth++;
	json->has_members = false;
}

void json_close(struct json *json, enum json_kind kind)
{
	bool has_members = json->has_members;

	json->depth--;
	if (has_members)
		new_line(json);
	text_add_char(&json->text, kind == JSON_OBJECT ? '}' : ']');
	json->has_members = true;
	if (json->depth == 0)
		text_add_char(&json->text, '\n');
}

void json_add_string(struct json *json, const char *name, const char *string)
{
	begin(json, name);
	if (string)
		add_quoted(&json->text, string);
	else
		text_add(&json->text, "null");
}

void json_add_integer(struct json *json, const char *name, int64_t number)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRId64, number);

	begin(json, name);
	text_add_bytes(&json->text, digits, (size_t)length);
}

void json_add_real(struct json *json, const char *name, double number)
{
	begin(json, name);
	if (isfinite(number))
		text_addf(&json->text, "%.15g", number);
	else
		text_add(&json->text, "null");
}

void json_add_boolean(struct json *json, const char *name, bool is_true)
{
	begin(json, name);
	text_add(&json->text, is_true ? "true" : "false");
}

static const char *skip_digits(const char *at)
{
	while (isdigit((unsigned char)*at))
		at++;
	return at;
}

/* The grammar of RFC 8259: -0.5e+3, but neither .5 nor 05 nor inf. */
static bool is_json_number(const char *text)
{
	const char *integer = text + (*text == '-');
	const char *at = skip_digits(integer), *start;

	if (at == integer || (*integer == '0' && at - integer > 1))
		return false;
	if (*at == '.') {
		start = at + 1;
		at = skip_digits(start);
		if (at == start)
			return false;
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		start = at + (*at == '+' || *at == '-');
		at = skip_digits(start);
		if (at == start)
			return false;
	}
	return *at == '\0';
}

void json_add_number_text(struct json *json, const char *name, const char *number)
{
	if (!is_json_number(number)) {
		json_add_string(json, name, number);
		return;
	}
	begin(json, name);
	text_add(&json->text, number);
}

void json_clear(struct json *json)
{
	text_clear(&json->text);
}

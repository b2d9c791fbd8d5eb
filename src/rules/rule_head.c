#include "rules/rule_head.h"

#include "rules/safe_text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Where the parser stands. */
struct place {
	const char *file;
	const char *at;
	size_t length; /* of the line at `at`, without its end */
	unsigned line;
};

int rule_complain(struct error *err, const char *file, unsigned line, const char *format,
		  ...)
{
	va_list args;

	if (!err)
		return -EINVAL;
	va_start(args, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	error_prefix(err, "%s:%u", file, line);
	return -EINVAL;
}

static int check_line(const struct place *place, struct error *err)
{
	if (place->length > HEAD_LONGEST_LINE)
		return rule_complain(err, place->file, place->line,
				     "the line is longer than %d bytes",
				     HEAD_LONGEST_LINE);
	for (size_t i = 0; i < place->length;) {
		const char *at = place->at + i;
		size_t length = *at == '\t' ? 1 : safe_text_length(at);

		if (length == 0)
			return rule_complain(err, place->file, place->line,
					     "byte 0x%02x begins no printable character",
					     (unsigned char)*at);
		i += length;
	}
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **at, size_t *length)
{
	while (*length && is_blank(**at)) {
		(*at)++;
		(*length)--;
	}
	while (*length && is_blank((*at)[*length - 1]))
		(*length)--;
}

static int add_text(struct head_field *field, const char *at, size_t length)
{
	trim(&at, &length);
	if (field->text.length && length)
		text_add_char(&field->text, ' ');
	text_add_bytes(&field->text, at, length);
	return text_check(&field->text);
}

/* "set KEY" is the name "set" with an argument */
static int add_name(struct head_field *field, const char *at, size_t length)
{
	size_t word = 0;

	while (word < length && !is_blank(at[word]))
		word++;
	field->name = strndup(at, word);
	at += word;
	length -= word;
	trim(&at, &length);
	if (length)
		field->argument = strndup(at, length);
	return field->name && (field->argument || !length) ? 0 : -ENOMEM;
}

/* text: what stands behind "-- " */
static int add_field(struct rule_head *head, const struct place *place, const char *text,
		     size_t length, struct error *err)
{
	const char *colon = memchr(text, ':', length);
	struct head_field *field = &head->fields[head->count];
	size_t name_length = colon ? (size_t)(colon - text) : 0;

	if (!name_length || !isalpha((unsigned char)text[0]))
		return rule_complain(
			err, place->file, place->line,
			"no '-- name: text', nor indented to continue the line above");
	if (head->count == HEAD_MOST_FIELDS)
		return rule_complain(err, place->file, place->line, "more than %d names",
				     HEAD_MOST_FIELDS);
	field->line = place->line;
	head->count++;
	if (add_name(field, text, name_length) < 0 ||
	    add_text(field, colon + 1, length - name_length - 1) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return 0;
}

static int add_line(struct rule_head *head, const struct place *place, struct error *err)
{
	const char *text = place->at + 2;
	size_t length = place->length - 2;
	bool is_continued = length >= 2 && is_blank(text[0]) &&
			    (is_blank(text[1]) || text[0] == '\t');

	trim(&text, &length);
	if (length == 0)
		return 0;
	if (!is_continued)
		return add_field(head, place, text, length, err);
	if (head->count == 0)
		return rule_complain(err, place->file, place->line,
				     "it continues a line, and there is none above");
	if (add_text(&head->fields[head->count - 1], text, length) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return 0;
}

static bool is_empty(const struct place *place)
{
	for (size_t i = 0; i < place->length; i++)
		if (!is_blank(place->at[i]))
			return false;
	return true;
}

static void measure_line(struct place *place)
{
	place->length = strcspn(place->at, "\n");
	place->line++;
}

static void next_line(struct place *place)
{
	place->at += place->length;
	if (*place->at)
		place->at++;
	measure_line(place);
}

/* The SQL is not parsed here; only its lines are looked at. */
static int check_rest(struct place place, struct error *err)
{
	for (; *place.at; next_line(&place)) {
		int r = check_line(&place, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int rule_head_parse(const char *file, const char *data, struct rule_head *ret,
		    struct error *err)
{
	AUTO(rule_head_clear) struct rule_head head = { 0 };
	struct place place = { .file = file, .at = data };
	int r;

	for (measure_line(&place); *place.at; next_line(&place)) {
		r = check_line(&place, err);
		if (r < 0)
			return r;
		if (is_empty(&place))
			continue;
		if (strncmp(place.at, "--", 2) != 0)
			break;
		r = add_line(&head, &place, err);
		if (r < 0)
			return r;
	}
	r = check_rest(place, err);
	if (r < 0)
		return r;
	head.sql = place.at;
	head.sql_line = place.line;
	*ret = head;
	head = (struct rule_head){ 0 };
	return 0;
}

void rule_head_clear(struct rule_head *head)
{
	for (size_t i = 0; i < head->count; i++) {
		free(head->fields[i].name);
		free(head->fields[i].argument);
		text_clear(&head->fields[i].text);
	}
	head->count = 0;
}

const struct head_field *rule_head_find(const struct rule_head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (strcmp(head->fields[i].name, name) == 0)
			return &head->fields[i];
	return NULL;
}

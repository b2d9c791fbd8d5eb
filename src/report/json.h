/*
 * JSON, written member by member. The output is valid whatever the strings hold: control
 * characters are escaped, bytes that are no UTF-8 become U+FFFD.
 */
#pragma once

#include "base/text.h"

#include <stdint.h>

enum json_kind {
	JSON_OBJECT,
	JSON_ARRAY,
};

/* Zeroed is empty. text_check() of the text tells whether all of it is there. */
struct json {
	struct text text;
	unsigned depth;
	bool has_members; /* of what was opened last */
};

/* name: of the member; NULL in an array and at the top */
void json_open(struct json *json, const char *name, enum json_kind kind);
void json_close(struct json *json, enum json_kind kind);

/* NULL becomes null. */
void json_add_string(struct json *json, const char *name, const char *string);
void json_add_integer(struct json *json, const char *name, int64_t number);
/* What is not finite becomes null. */
void json_add_real(struct json *json, const char *name, double number);
void json_add_boolean(struct json *json, const char *name, bool is_true);

/* A number that is a text already; one that JSON does not know becomes a string. */
void json_add_number_text(struct json *json, const char *name, const char *number);

void json_clear(struct json *json);

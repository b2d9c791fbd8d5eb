/* A growing string. */
#pragma once

#include "base/macros.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Zeroed is empty. data ends with a NUL when it is not NULL. Running out of memory is
 * remembered: additions after it do nothing, and text_check() tells at the end, so that
 * a builder of text needs one check.
 */
struct text {
	char *data;
	size_t length;
	size_t capacity;
	bool has_failed;
};

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char c);
void text_addf(struct text *text, const char *format, ...) PRINTF(2, 3);

/* Make room for more bytes after the length; false when memory ran out. */
MUST_CHECK bool text_reserve(struct text *text, size_t more);

/* 0, or -ENOMEM when an addition was lost. */
MUST_CHECK int text_check(const struct text *text);

/* The string, "" when empty; never NULL. Valid until the next change. */
const char *text_string(const struct text *text);

/* Empty it, keeping the memory. */
void text_reset(struct text *text);
void text_clear(struct text *text);

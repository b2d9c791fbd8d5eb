/* UTF-8, one checked character at a time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The character that begins at bytes, which end with a NUL.
 *
 * ret:     may be NULL
 * Returns: its length, 1 to 4 bytes; 0 when no valid one begins there, and at the end
 */
size_t utf8_decode(const char *bytes, uint32_t *ret);

/* How many columns a text takes, each character one; a byte that is no UTF-8 takes one.
 */
size_t utf8_columns(const char *text);

/* The same of its first bytes, which end with a whole character. */
size_t utf8_columns_of(const char *text, size_t length);

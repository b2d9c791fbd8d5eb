/* A part of a text that belongs to someone else; no NUL at its end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *at;
	size_t length;
};

static inline bool slice_is_equal(struct slice a, struct slice b)
{
	return a.length == b.length &&
	       (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static inline bool slice_is(struct slice slice, const char *text)
{
	return slice_is_equal(slice, (struct slice){ text, strlen(text) });
}

/* Take characters of a set off both ends. */
static inline struct slice slice_strip(struct slice slice, const char *set)
{
	while (slice.length > 0 && slice.at[0] && strchr(set, slice.at[0])) {
		slice.at++;
		slice.length--;
	}
	while (slice.length > 0 && slice.at[slice.length - 1] &&
	       strchr(set, slice.at[slice.length - 1]))
		slice.length--;
	return slice;
}

/* Where a character stands first; the length when it does not. */
static inline size_t slice_find(struct slice slice, char c)
{
	const char *found = slice.length ? memchr(slice.at, c, slice.length) : NULL;

	return found ? (size_t)(found - slice.at) : slice.length;
}

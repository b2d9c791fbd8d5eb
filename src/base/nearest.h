/* The name that a mistyped word probably meant. */
#pragma once

#include <stddef.h>

/*
 * How many letters must be changed, added, left out or swapped with their neighbour to
 * turn one word into the other; capitals do not matter.
 *
 * Returns: limit + 1 for words that are further apart, or longer than 127 bytes
 */
size_t nearest_distance(const char *a, const char *b, size_t limit);

/*
 * A search in progress over any number of names; zeroed but for the word. A short word
 * may have one slip, a long one three.
 */
struct nearest {
	const char *word;
	const char *name; /* the nearest so far; NULL when none is near */
	size_t distance;
};

/* Offer a name; the first of equally near ones stays. */
void nearest_offer(struct nearest *nearest, const char *name);

#include "base/nearest.h"

#include "base/macros.h"

#include <ctype.h>
#include <stdbool.h>

enum { LONGEST_WORD = 127 };

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t nearest_distance(const char *a, const char *b, size_t limit)
{
	size_t rows[3][LONGEST_WORD + 1];
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a > length_b + limit || length_b > length_a + limit ||
	    length_b > LONGEST_WORD)
		return limit + 1;
	for (size_t j = 0; j <= length_b; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		const size_t *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			row[j] = min_size(above[j], row[j - 1]) + 1;
			row[j] = min_size(row[j],
					  above[j - 1] + !is_same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
			    is_same(a[i - 2], b[j - 1]))
				row[j] = min_size(row[j], two_above[j - 2] + 1);
		}
	}
	return min_size(rows[length_a % 3][length_b], limit + 1);
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t limit = 1 + min_size(strlen(nearest->word) / 5, 2);
	size_t distance = nearest_distance(nearest->word, name, limit);

	if (distance > limit || (nearest->name && distance >= nearest->distance))
		return;
	nearest->name = name;
	nearest->distance = distance;
}

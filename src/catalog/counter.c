#include "catalog/counter.h"

#include "base/macros.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int compare_name(const void *key, const void *entry)
{
	return strcmp(key, ((const struct counter_def *)entry)->name);
}

const struct counter_def *counter_find(const char *name)
{
	return bsearch(name, counter_table, counter_table_count, sizeof(counter_table[0]),
		       compare_name);
}

/* The next letter or digit of a name, in lower case; 0 at its end. */
static int next_letter(const char **cursor)
{
	while (**cursor && !isalnum((unsigned char)**cursor))
		(*cursor)++;
	return **cursor ? tolower((unsigned char)*(*cursor)++) : 0;
}

/* Equal but for capitals and whatever stands between the words. */
static bool is_loosely_equal(const char *a, const char *b)
{
	for (;;) {
		int left = next_letter(&a);
		int right = next_letter(&b);

		if (left != right)
			return false;
		if (left == 0)
			return true;
	}
}

/* How near a group is to what people mean who name none: TCP, then UDP, then the rest. */
static unsigned group_rank(const char *name)
{
	static const char *const groups[] = { "Tcp.", "TcpExt.", "Udp.", "Ip." };

	for (unsigned i = 0; i < ARRAY_SIZE(groups); i++) {
		if (strncmp(name, groups[i], strlen(groups[i])) == 0)
			return i;
	}
	return ARRAY_SIZE(groups);
}

/* "ListenOverflows" of "TcpExt.ListenOverflows"; of "sockstat.TCP.tw", "TCP.tw". */
static const char *without_group(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : name;
}

const struct counter_def *counter_find_loosely(const char *name)
{
	const struct counter_def *best = counter_find(name);
	const char *letters = name;

	if (best || next_letter(&letters) == 0)
		return best;
	for (size_t i = 0; i < counter_table_count; i++) {
		const struct counter_def *def = &counter_table[i];

		if (is_loosely_equal(name, def->name))
			return def;
		if (!is_loosely_equal(name, without_group(def->name)))
			continue;
		if (!best || group_rank(def->name) < group_rank(best->name))
			best = def;
	}
	return best;
}

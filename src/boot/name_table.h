/* A set of names, each with a number: 0 for the first that was added, and so on. */
#pragma once

#include "base/macros.h"

#include <stddef.h>
#include <stdint.h>

enum { NAME_NONE = -1 };

/* Zeroed is empty. names belong to the table. */
struct name_table {
	char **names;
	size_t count, capacity;
	uint32_t *slots;
	size_t slot_count;
};

/*
 * Returns: the number of the name, new or not; -ENOMEM; -EFBIG beyond a million names
 */
MUST_CHECK int64_t name_table_add(struct name_table *table, const char *name);

/* The number of a name, or NAME_NONE. */
int64_t name_table_find(const struct name_table *table, const char *name);

void name_table_clear(struct name_table *table);

#include "boot/name_table.h"

#include <errno.h>

enum { MOST_NAMES = 1 << 20, FIRST_SLOTS = 64 };

/* FNV-1a */
static uint32_t hash(const char *name)
{
	uint32_t value = 2166136261U;

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) * 16777619U;
	return value;
}

/* The slot that holds a name, or the free one where it belongs; 0 in a slot is free. */
static size_t find_slot(const struct name_table *table, const char *name)
{
	size_t slot = hash(name) & (table->slot_count - 1);

	while (table->slots[slot] &&
	       strcmp(table->names[table->slots[slot] - 1], name) != 0)
		slot = (slot + 1) & (table->slot_count - 1);
	return slot;
}

static int grow_slots(struct name_table *table)
{
	size_t count = table->slot_count ? table->slot_count * 2 : FIRST_SLOTS;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(table->slots);
	table->slots = slots;
	table->slot_count = count;
	for (size_t i = 0; i < table->count; i++)
		slots[find_slot(table, table->names[i])] = (uint32_t)i + 1;
	return 0;
}

static int grow_names(struct name_table *table)
{
	size_t capacity = table->capacity ? table->capacity * 2 : FIRST_SLOTS;
	char **names = reallocarray(table->names, capacity, sizeof(*names));

	if (!names)
		return -ENOMEM;
	table->names = names;
	table->capacity = capacity;
	return 0;
}

int64_t name_table_add(struct name_table *table, const char *name)
{
	size_t slot;
	int r = 0;

	if (table->slot_count < 2 * (table->count + 1))
		r = grow_slots(table);
	if (r == 0 && table->count == table->capacity)
		r = grow_names(table);
	if (r < 0)
		return r;
	slot = find_slot(table, name);
	if (table->slots[slot])
		return table->slots[slot] - 1;
	if (table->count == MOST_NAMES)
		return -EFBIG;
	table->names[table->count] = strdup(name);
	if (!table->names[table->count])
		return -ENOMEM;
	table->slots[slot] = (uint32_t)++table->count;
	return (int64_t)table->count - 1;
}

int64_t name_table_find(const struct name_table *table, const char *name)
{
	size_t slot;

	if (table->count == 0)
		return NAME_NONE;
	slot = find_slot(table, name);
	return table->slots[slot] ? (int64_t)table->slots[slot] - 1 : NAME_NONE;
}

void name_table_clear(struct name_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->names[i]);
	free(table->names);
	free(table->slots);
	*table = (struct name_table){ 0 };
}

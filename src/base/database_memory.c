#include "base/database_memory.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

enum { LOOKASIDE_BYTES = 1200, LOOKASIDE_BLOCKS = 100 };

/*
 * The only state of the library that belongs to no object: SQLite calls its allocator
 * without a context. used: bytes that SQLite holds.
 */
static struct {
	sqlite3_mem_methods plain;
	int64_t used, limit;
	bool is_tried, is_installed;
} memory = { .limit = INT64_MAX };

static void *memory_allocate(int bytes)
{
	void *block;

	if (memory.used + bytes > memory.limit)
		return NULL;
	block = memory.plain.xMalloc(bytes);
	if (block)
		memory.used += memory.plain.xSize(block);
	return block;
}

static void memory_free(void *block)
{
	memory.used -= memory.plain.xSize(block);
	memory.plain.xFree(block);
}

static void *memory_resize(void *block, int bytes)
{
	int before = memory.plain.xSize(block);
	void *after;

	if (memory.used - before + bytes > memory.limit)
		return NULL;
	after = memory.plain.xRealloc(block, bytes);
	if (after)
		memory.used += memory.plain.xSize(after) - before;
	return after;
}

void database_memory_install(void)
{
	sqlite3_mem_methods counted;

	if (memory.is_tried)
		return;
	memory.is_tried = true;
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.plain) != SQLITE_OK)
		return;
	counted = memory.plain;
	counted.xMalloc = memory_allocate;
	counted.xFree = memory_free;
	counted.xRealloc = memory_resize;
	memory.is_installed = sqlite3_config(SQLITE_CONFIG_MALLOC, &counted) == SQLITE_OK;
	if (!memory.is_installed)
		return;
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, LOOKASIDE_BYTES, LOOKASIDE_BLOCKS);
}

void database_memory_limit(int64_t bytes)
{
	if (memory.is_installed)
		memory.limit = bytes;
	else
		sqlite3_hard_heap_limit64(bytes);
}

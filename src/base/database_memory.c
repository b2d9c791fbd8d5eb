#include "base/database_memory.h"

#include "base/macros.h"

#include <sqlite3.h>
#include <stdbool.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_WATCHED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define IS_WATCHED true
#endif
#endif
#ifndef IS_WATCHED
#define IS_WATCHED false
#endif

enum {
	STEP = 16,		      /* sizes are multiples of it, the head included */
	LISTS = 129,		      /* for blocks of up to 2 KiB */
	LARGEST = (LISTS - 1) * STEP, /* beyond it, malloc() */
	CHUNK_BYTES = 64 * 1024,      /* what the lists are filled from */
};

/* Before each block: how many bytes it can hold. Keeps blocks aligned to 8, as SQLite
 * asks. */
struct head {
	int64_t capacity;
};

struct free_block {
	struct head head;
	struct free_block *next;
};

/*
 * The only state of the library that belongs to no object: SQLite calls its allocator
 * without a context. used: bytes that SQLite holds.
 */
static struct {
	struct free_block *free[LISTS];
	char *chunk;
	size_t chunk_left;
	int64_t used, limit;
	bool is_tried, is_installed;
} pool = { .limit = INT64_MAX };

static struct head *head_of(void *block)
{
	return (struct head *)block - 1;
}

static size_t whole_bytes(int bytes)
{
	return ((size_t)bytes + sizeof(struct head) + STEP - 1) / STEP * STEP;
}

/* A block from the end of what is used of the chunk. The rest of an old one is lost. */
static struct head *cut(size_t whole)
{
	char *at;

	if (pool.chunk_left < whole) {
		pool.chunk = malloc(CHUNK_BYTES);
		pool.chunk_left = pool.chunk ? CHUNK_BYTES : 0;
		if (!pool.chunk)
			return NULL;
	}
	at = pool.chunk;
	pool.chunk += whole;
	pool.chunk_left -= whole;
	return (struct head *)(void *)at;
}

static struct head *take(size_t whole)
{
	struct free_block *block;

	if (whole > LARGEST)
		return malloc(whole);
	block = pool.free[whole / STEP];
	if (!block)
		return cut(whole);
	pool.free[whole / STEP] = block->next;
	return &block->head;
}

static void *memory_allocate(int bytes)
{
	size_t whole = whole_bytes(bytes);
	struct head *head;

	if (pool.used + (int64_t)whole > pool.limit)
		return NULL;
	head = take(whole);
	if (!head)
		return NULL;
	head->capacity = (int64_t)(whole - sizeof(*head));
	pool.used += (int64_t)whole;
	return head + 1;
}

static void memory_free(void *block)
{
	struct head *head = head_of(block);
	size_t whole = (size_t)head->capacity + sizeof(*head);
	struct free_block *freed = (struct free_block *)head;

	pool.used -= (int64_t)whole;
	if (whole > LARGEST) {
		free(head);
		return;
	}
	freed->next = pool.free[whole / STEP];
	pool.free[whole / STEP] = freed;
}

static int memory_size(void *block)
{
	return (int)head_of(block)->capacity;
}

static void *memory_resize(void *block, int bytes)
{
	int capacity = memory_size(block);
	void *larger;

	if (bytes <= capacity)
		return block;
	larger = memory_allocate(bytes);
	if (!larger)
		return NULL;
	memcpy(larger, block, (size_t)capacity);
	memory_free(block);
	return larger;
}

static int memory_round_up(int bytes)
{
	return (int)(whole_bytes(bytes) - sizeof(struct head));
}

static int memory_begin(void *data)
{
	(void)data;
	return SQLITE_OK;
}

static void memory_end(void *data)
{
	(void)data;
}

void database_memory_install(void)
{
	static const sqlite3_mem_methods methods = {
		.xMalloc = memory_allocate,
		.xFree = memory_free,
		.xRealloc = memory_resize,
		.xSize = memory_size,
		.xRoundup = memory_round_up,
		.xInit = memory_begin,
		.xShutdown = memory_end,
	};

	if (pool.is_tried || IS_WATCHED)
		return;
	pool.is_tried = true;
	pool.is_installed = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK;
	/* else SQLite would count too, under a lock */
	if (pool.is_installed)
		sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void database_memory_limit(int64_t bytes)
{
	if (pool.is_installed)
		pool.limit = bytes;
	else
		sqlite3_hard_heap_limit64(bytes);
}

/*
 * The memory of SQLite: free blocks wait in lists by size, and the sum is limited. Half
 * of the time that SQLite takes to prepare a small statement goes into malloc() and into
 * counting under a lock; this program has one thread.
 */
#pragma once

#include <stdint.h>

/*
 * Make SQLite take its memory here. Only the first call does something, and only before
 * SQLite is used in any other way; where it comes too late, or memory is watched by a
 * sanitizer, SQLite keeps malloc(), which works as well.
 */
void database_memory_install(void);

/* No more than so many bytes for all databases; what goes beyond fails as SQLITE_NOMEM.
 */
void database_memory_limit(int64_t bytes);

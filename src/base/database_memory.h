/*
 * The memory of SQLite, with a limit of our own: SQLite's own count of it takes a lock
 * and a third of the time of an audit of an idle host.
 */
#pragma once

#include <stdint.h>

/*
 * Make SQLite take its memory here, and do without locks: this program has one thread.
 * Only the first call does something, and only before SQLite is used in any other way;
 * where it comes too late, SQLite counts by itself.
 */
void database_memory_install(void);

/* No more than so many bytes for all databases; what goes beyond fails as SQLITE_NOMEM.
 */
void database_memory_limit(int64_t bytes);

/* Files with a line of hexadecimal numbers for each CPU: /proc/net/softnet_stat,
 * .../stat/. */
#pragma once

#include "collect/source.h"

enum { HEX_TABLE_MOST_COLUMNS = 64 };

/* The numbers at the begin of a line; returns how many there are, at most `most`. */
size_t hex_line_read(const char *line, uint64_t *ret, size_t most);

/*
 * Store a file of /proc/net/stat, whose first line names the columns, as counters
 * "PREFIX.column": each the sum over the CPUs, but "entries", the same total on every
 * line.
 *
 * path:   below /proc/net
 */
MUST_CHECK int hex_table_store(struct collection *collection, const char *path,
			       const char *prefix, struct source_result *result,
			       struct error *err);

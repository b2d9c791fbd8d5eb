/* Finding what is known of a counter. */
#pragma once

#include "catalog/counter_def.h"

#include <stddef.h>

/* The entry for "TcpExt.ListenOverflows"; NULL when nothing is known of it. */
const struct counter_def *counter_find(const char *name);

/*
 * The entry for a name as other tools write it, for people who ask: "ListenOverflows",
 * "TcpExtListenOverflows" (nstat), "TcpExt:ListenOverflows", "TcpExt_ListenOverflows"
 * (node_exporter); capitals do not matter. A name that several groups have without its
 * group ("InErrors") is TCP's, else UDP's, else the first.
 */
const struct counter_def *counter_find_loosely(const char *name);

/* sorted by name */
extern const struct counter_def counter_table[];
extern const size_t counter_table_count;

/*
 * What must be collected: the union of what rules, profiles and options ask for. Only
 * that is read from the kernel.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum need_kind {
	NEED_TABLE,
	NEED_COUNTER,
	NEED_SYSCTL,
};

/* Tables that a source fills. The order is that of need_table_text(). */
enum need_table {
	TABLE_TCP_STATE,
	TABLE_LISTENER,
	TABLE_DESTINATION,
	TABLE_SOURCE_ADDRESS,
	TABLE_CLOSING,
	TABLE_SOCKET,
	TABLE_SOCKET_COUNT,
	TABLE_UDP_SOCKET,
	TABLE_CAPTURE,
	TABLE_LINK,
	TABLE_OFFLOAD,
	TABLE_SOFTNET,
	TABLE_PROCESS,
	TABLE_LOG_LINE,
	TABLE_BOOT_SETTING,
	TABLE_COUNT_, /* how many there are */
};

/*
 * Zeroed is empty. names of counters and sysctls are sorted and unique after
 * needs_finish(); they belong to the set. wants_everything: collect all there is;
 * wants_all_counters: of counters. is_quick: do not look at connections, which are the
 * most; count them by gauges.
 */
struct needs {
	bool tables[TABLE_COUNT_];
	char **sysctls;
	size_t sysctl_count;
	char **counters;
	size_t counter_count;
	bool wants_everything;
	bool is_quick;
	bool wants_all_counters;
};

/*
 * What a name is: a table or view of the schema ("listener", "listener_change"), a
 * counter ("TcpExt.ListenOverflows"), or a sysctl ("net.core.somaxconn"), also one of all
 * interfaces ("net.ipv4.conf.*.rp_filter").
 *
 * ret_table: set for NEED_TABLE
 * Fails:  -ENOENT nothing of that name is known
 */
MUST_CHECK int need_classify(const char *name, enum need_kind *ret,
			     enum need_table *ret_table);

/* Ask for one thing by name. Fails: -ENOENT unknown name, -ENOMEM. */
MUST_CHECK int needs_add(struct needs *needs, const char *name, struct error *err);

/*
 * Be content with a quick look: is_quick, and the gauges that it counts by. Before
 * needs_finish(). Fails: -ENOMEM
 */
MUST_CHECK int needs_be_quick(struct needs *needs, struct error *err);

/*
 * Ask for all there is: every table and counter, and every sysctl of the catalog, those
 * of interfaces for all of them.
 */
MUST_CHECK int needs_add_everything(struct needs *needs, struct error *err);

/* Ask for every sysctl of the catalog. */
MUST_CHECK int needs_add_all_sysctls(struct needs *needs, struct error *err);

/* Sort and make unique; lookups need it. */
void needs_finish(struct needs *needs);

/* Is this counter wanted? name need not end with NUL. */
bool needs_has_counter(const struct needs *needs, const char *name, size_t length);
bool needs_has_sysctl(const struct needs *needs, const char *key);

/* Is any counter wanted whose name begins so? ("TcpExt.") */
bool needs_has_counters_of(const struct needs *needs, const char *prefix);

/* Is it a sysctl of all interfaces, "net.ipv4.conf.*.rp_filter"? */
bool need_is_pattern(const char *name);

const char *need_table_text(enum need_table table);

void needs_clear(struct needs *needs);

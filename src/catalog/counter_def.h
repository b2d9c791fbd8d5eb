/* What one counter or gauge of the network statistics is. Facts with their source. */
#pragma once

#include "catalog/release.h"

enum counter_kind {
	COUNTER_TOTAL, /* only grows: judge its change over a window */
	COUNTER_GAUGE, /* a level: judge its value now */
	COUNTER_CONST, /* not a measurement at all */
};

/* Whose events a number holds when it is read in one namespace. */
enum counter_scope {
	COUNTED_UNKNOWN,
	COUNTED_NETNS,	/* of this network namespace */
	COUNTED_GLOBAL, /* of all namespaces together, whoever reads it */
};

/*
 * name:     as evidence names it: "TcpExt.ListenOverflows", "sockstat.TCP.mem",
 *           "softnet.dropped", "nf_conntrack.drop"
 * file:     where the kernel shows it: "/proc/net/netstat"
 * unit:     "segments", "pages", "ms"; NULL where it counts events
 * meaning:  one sentence for people
 * related:  sysctls that matter for it
 * healthy:  what a host in good health shows
 * pitfall:  how it is misread
 */
struct counter_def {
	const char *name;
	const char *file;
	enum counter_kind kind;
	enum counter_scope scope;
	const char *unit;
	const char *meaning;
	const char *related;
	const char *healthy;
	struct release_span since;
	const char *pitfall;
};

/*
 * The neighbour tables of IPv4 and IPv6: /proc/net/stat/arp_cache and ndisc_cache. Both
 * are of the whole machine, and only its initial namespace has the files.
 */
#include "collect/hex_table.h"
#include "collect/source.h"

#include <errno.h>

static int read_table(struct collection *collection, const char *path, const char *prefix,
		      struct source_result *result, struct error *err)
{
	int code = hex_table_store(collection, path, prefix, result, err);

	if (code == 0 && result->state == SOURCE_ABSENT && collection->kernel->is_live &&
	    !collection->kernel->is_init_netns)
		(void)error_set(&result->reason, 0,
				"only the initial network namespace has '%s'", path);
	return code;
}

static int read_arp_cache(struct collection *collection, struct source_result *result,
			  struct error *err)
{
	return read_table(collection, "stat/arp_cache", "arp_cache", result, err);
}

static int read_ndisc_cache(struct collection *collection, struct source_result *result,
			    struct error *err)
{
	return read_table(collection, "stat/ndisc_cache", "ndisc_cache", result, err);
}

static bool needs_arp_cache(const struct needs *needs)
{
	return needs_has_counters_of(needs, "arp_cache.");
}

static bool needs_ndisc_cache(const struct needs *needs)
{
	return needs_has_counters_of(needs, "ndisc_cache.");
}

const struct source source_arp_cache = {
	.name = "arp_cache",
	.is_needed = needs_arp_cache,
	.read = read_arp_cache,
};

const struct source source_ndisc_cache = {
	.name = "ndisc_cache",
	.is_needed = needs_ndisc_cache,
	.read = read_ndisc_cache,
};

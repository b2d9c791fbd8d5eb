/* Reading sysctls: one by name, or one of all interfaces. */
#pragma once

#include "collect/source.h"

/*
 * Read one key and store it, or why it has no value.
 *
 * key:    as sysctl_path() takes it
 * result: partial when the user may not read it
 */
MUST_CHECK int sysctls_read_key(struct collection *collection, const char *key,
				struct source_result *result, struct error *err);

/*
 * Read the patterns among the needed sysctls ("net.ipv4.conf.*.rp_filter") for "all",
 * "default" and every interface. A key is stored as it is written elsewhere:
 * "net.ipv4.conf.eth0/5.rp_filter" for an interface with a dot in its name.
 */
MUST_CHECK int interface_sysctls_read(struct collection *collection,
				      struct source_result *result, struct error *err);

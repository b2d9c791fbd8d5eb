/* Finding what is known of a sysctl. */
#pragma once

#include "catalog/sysctl_def.h"

/*
 * The entry for a key as it is written: "net.ipv4.tcp_rmem", also with slashes
 * ("net/ipv4/tcp_rmem"); "net.ipv4.conf.eth0.rp_filter" finds the family
 * "net.ipv4.conf.*.rp_filter", whatever dots the interface name has.
 *
 * Returns: NULL when nothing is known of it
 */
const struct sysctl_def *sysctl_find(const char *key);

/* The number of entries, and entry number index of them in order of name within a family.
 */
size_t sysctl_count(void);
const struct sysctl_def *sysctl_at(size_t index);

/*
 * The path of a key below /proc/sys: "net/ipv4/conf/eth0.5/rp_filter" for
 * "net.ipv4.conf.eth0.5.rp_filter" and for "net/ipv4/conf/eth0.5/rp_filter".
 *
 * Fails:  -EINVAL for what is no key: empty, "..", a leading separator, blanks or control
 *         characters; -ENAMETOOLONG
 */
MUST_CHECK int sysctl_path(const char *key, char *ret, size_t size);

/* The known key that looks most like a misspelled one; NULL when none is near. */
const struct sysctl_def *sysctl_nearest(const char *key);

/* Words for people and machines; never NULL. */
const char *sysctl_scope_text(enum sysctl_scope scope);
const char *sysctl_effect_text(enum sysctl_effect effect);
const char *sysctl_inheritance_text(enum sysctl_inheritance inherits);
const char *value_type_text(enum value_type type);

/* One array a family; sysctl.c joins them. Each is sorted by name. */
extern const struct sysctl_def sysctl_core[], sysctl_tcp[], sysctl_device[],
	sysctl_ipv4[], sysctl_ipv6[], sysctl_netfilter[], sysctl_other[],
	sysctl_removed[];
extern const size_t sysctl_core_count, sysctl_tcp_count, sysctl_device_count,
	sysctl_ipv4_count, sysctl_ipv6_count, sysctl_netfilter_count, sysctl_other_count,
	sysctl_removed_count;

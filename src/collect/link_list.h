/* The network interfaces of a namespace, by one RTM_GETLINK dump. */
#pragma once

#include "collect/netlink.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

enum { LINK_KIND_BYTES = 32 };

/*
 * filter: of RTEXT_FILTER_*, what to leave out
 * result: absent or unreadable when there is no list
 * Fails:  -ENOMEM
 */
MUST_CHECK int link_list(const struct kernel *kernel, uint32_t filter,
			 netlink_callback *callback, void *data,
			 struct source_result *result, struct error *err);

/* The number, flags and attributes of a message; false when it is not about an interface.
 */
bool link_open(const struct nlmsghdr *message, struct ifinfomsg *ret,
	       struct netlink_attributes *ret_attributes);

/* The name of an interface in the namespace of this thread; "#7" when it has none. */
void link_name(const struct kernel *kernel, uint32_t number, char ret[IF_NAMESIZE]);

#include "collect/link_list.h"

#include <errno.h>

int link_list(const struct kernel *kernel, uint32_t filter, netlink_callback *callback,
	      void *data, struct source_result *result, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	const struct netlink_reader reader = { "interfaces", callback, data, result };
	struct ifinfomsg *about;
	int code;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	about = mnl_nlmsg_put_extra_header(request, sizeof(*about));
	about->ifi_family = AF_UNSPEC;
	mnl_attr_put_u32(request, IFLA_EXT_MASK, filter);
	code = netlink_list(kernel, NETLINK_ROUTE, request, "link.nl", &reader);
	return code < 0 ? netlink_note_failure(code, &reader,
					       "this kernel has no rtnetlink", err)
			: 0;
}

bool link_open(const struct nlmsghdr *message, struct ifinfomsg *ret,
	       struct netlink_attributes *ret_attributes)
{
	if (message->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*ret))
		return false;
	memcpy(ret, mnl_nlmsg_get_payload(message), sizeof(*ret));
	*ret_attributes = netlink_attributes_of(message, sizeof(*ret));
	return true;
}

void link_name(const struct kernel *kernel, uint32_t number, char ret[IF_NAMESIZE])
{
	if (!kernel->is_live || !if_indextoname(number, ret))
		(void)snprintf(ret, IF_NAMESIZE, "#%u", number);
}

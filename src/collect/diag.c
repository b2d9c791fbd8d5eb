#include "collect/diag.h"

#include "collect/netlink.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

/* A request with a program of the most ports. */
enum { REQUEST_BYTES = 2048 };

/* What differs between the protocols. has_old_form: TCPDIAG_GETSOCK lists both families.
 */
struct protocol {
	uint8_t number;
	bool has_old_form;
	const char *what, *lacks;
	const char *files[2];
};

static const struct protocol tcp = {
	.number = IPPROTO_TCP,
	.has_old_form = true,
	.what = "TCP sockets",
	.lacks = "this kernel cannot list TCP sockets (no inet_diag)",
	.files = { "tcp4.nl", "tcp6.nl" },
};

static const struct protocol udp = {
	.number = IPPROTO_UDP,
	.what = "UDP sockets",
	.lacks = "this kernel cannot list UDP sockets (no udp_diag)",
	.files = { "udp4.nl", "udp6.nl" },
};

/* One walk under way. */
struct walk {
	const struct protocol *protocol;
	unsigned states;
	const uint16_t *ports; /* of which sockets are wanted; NULL: of all */
	size_t port_count;
	diag_callback *callback;
	void *data;
	struct netlink_reader reader;
	size_t sockets;
};

static const char *const state_names[] = {
	[DIAG_ESTABLISHED] = "ESTABLISHED",
	[DIAG_SYN_SENT] = "SYN_SENT",
	[DIAG_SYN_RECV] = "SYN_RECV",
	[DIAG_FIN_WAIT1] = "FIN_WAIT1",
	[DIAG_FIN_WAIT2] = "FIN_WAIT2",
	[DIAG_TIME_WAIT] = "TIME_WAIT",
	[DIAG_CLOSE] = "CLOSE",
	[DIAG_CLOSE_WAIT] = "CLOSE_WAIT",
	[DIAG_LAST_ACK] = "LAST_ACK",
	[DIAG_LISTEN] = "LISTEN",
	[DIAG_CLOSING] = "CLOSING",
};

static const char *const timer_names[] = {
	[DIAG_TIMER_NONE] = "none",	      [DIAG_TIMER_RETRANSMIT] = "retransmit",
	[DIAG_TIMER_KEEPALIVE] = "keepalive", [DIAG_TIMER_TIMEWAIT] = "timewait",
	[DIAG_TIMER_PROBE] = "probe",
};

const char *diag_state_text(unsigned state)
{
	if (state >= ARRAY_SIZE(state_names) || !state_names[state])
		return "UNKNOWN";
	return state_names[state];
}

const char *diag_timer_text(unsigned timer)
{
	return timer < ARRAY_SIZE(timer_names) ? timer_names[timer] : "unknown";
}

static void read_memory(const struct netlink_attribute *attribute,
			struct diag_attributes *ret)
{
	uint32_t memory[SK_MEMINFO_DROPS + 1];

	/* a kernel without the drops has a shorter attribute */
	if (attribute->size < sizeof(memory))
		return;
	memcpy(memory, attribute->payload, sizeof(memory));
	ret->drops = memory[SK_MEMINFO_DROPS];
	ret->receive_buffer = memory[SK_MEMINFO_RCVBUF];
}

void diag_read_attributes(const struct inet_diag_msg *socket, size_t length,
			  struct diag_attributes *ret)
{
	struct netlink_attributes attributes = { (const char *)(socket + 1), length };
	struct netlink_attribute attribute;

	ret->drops = ret->receive_buffer = -1;
	ret->cgroup = 0;
	ret->has_info = false;
	while (netlink_next(&attributes, &attribute)) {
		switch (attribute.type) {
		case INET_DIAG_INFO:
			netlink_copy(&attribute, &ret->info, sizeof(ret->info));
			ret->has_info = true;
			break;
		case INET_DIAG_SKMEMINFO:
			read_memory(&attribute, ret);
			break;
		case INET_DIAG_CGROUP_ID:
			netlink_copy(&attribute, &ret->cgroup, sizeof(ret->cgroup));
			break;
		default:
			break;
		}
	}
}

static void walk_message(void *data, const struct nlmsghdr *message)
{
	struct walk *walk = data;
	const struct inet_diag_msg *socket = mnl_nlmsg_get_payload(message);
	size_t length = mnl_nlmsg_get_payload_len(message);

	if (length < sizeof(*socket)) {
		source_is_partial(walk->reader.result,
				  "a message about a socket is too short");
		return;
	}
	if (socket->idiag_state == 0 || socket->idiag_state >= DIAG_STATE_COUNT ||
	    !(walk->states & STATE_BIT(socket->idiag_state)))
		return;
	walk->sockets++;
	walk->callback(walk->data, socket, length - sizeof(*socket));
}

/*
 * A program for the kernel: a socket passes whose local port is one of the list. For each
 * port "at least", "at most" and a jump to the end; what fails goes on with the next
 * port, and after the last one behind the end, which is "no".
 */
static void put_ports(struct nlmsghdr *header, const struct walk *walk)
{
	enum { OP = sizeof(struct inet_diag_bc_op), TEST = 2 * OP, PORT = 2 * TEST + OP };
	struct inet_diag_bc_op program[DIAG_MOST_PORTS * PORT / OP] = { 0 };
	struct inet_diag_bc_op *op = program;
	size_t size = walk->port_count * PORT - OP; /* no jump after the last */

	for (size_t i = 0; i < walk->port_count; i++, op += PORT / OP) {
		bool is_last = i + 1 == walk->port_count;
		uint16_t left = (uint16_t)(size - i * PORT - 2 * TEST);

		/* the second op of a test holds the port */
		op[0] = (struct inet_diag_bc_op){ INET_DIAG_BC_S_GE, TEST, PORT };
		op[2] = (struct inet_diag_bc_op){ INET_DIAG_BC_S_LE, TEST, TEST + OP };
		op[1].no = op[3].no = walk->ports[i];
		if (!is_last)
			op[4] = (struct inet_diag_bc_op){ INET_DIAG_BC_JMP, OP, left };
	}
	mnl_attr_put(header, INET_DIAG_REQ_BYTECODE, size, program);
}

/* Both families in one walk. */
static int walk_old_form(struct walk *walk, struct netlink *netlink, unsigned extensions)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_BYTES];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req *request =
		mnl_nlmsg_put_extra_header(header, sizeof(*request));

	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_type = TCPDIAG_GETSOCK;
	request->idiag_family = AF_INET;
	request->idiag_ext = (uint8_t)extensions;
	request->idiag_states = walk->states;
	if (walk->ports)
		put_ports(header, walk);
	return netlink_ask(netlink, header, &walk->reader);
}

static int walk_family(struct walk *walk, struct netlink *netlink, int family,
		       unsigned extensions)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_BYTES];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *request =
		mnl_nlmsg_put_extra_header(header, sizeof(*request));

	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	request->sdiag_family = (uint8_t)family;
	request->sdiag_protocol = walk->protocol->number;
	request->idiag_ext = (uint8_t)extensions;
	request->idiag_states = walk->states;
	if (walk->ports)
		put_ports(header, walk);
	return netlink_ask(netlink, header, &walk->reader);
}

/* The families one by one. A kernel without IPv6 has the first only. */
static int walk_families(struct walk *walk, struct netlink *netlink, unsigned extensions)
{
	int code = walk_family(walk, netlink, AF_INET, extensions);

	if (code < 0)
		return code;
	code = walk_family(walk, netlink, AF_INET6, extensions);
	return code == -ENOENT ? 0 : code;
}

static int walk_live(struct walk *walk, unsigned extensions)
{
	AUTO(netlink_close) struct netlink netlink = { 0 };
	int code = netlink_open(&netlink, NETLINK_SOCK_DIAG);

	if (code < 0)
		return code;
	if (walk->protocol->has_old_form) {
		code = walk_old_form(walk, &netlink, extensions);
		if (code == 0 || walk->sockets > 0)
			return code;
	}
	return walk_families(walk, &netlink, extensions);
}

/* Recorded answers. A recording of one family is enough. */
static int walk_replay(struct walk *walk, int folder)
{
	int code4 = netlink_replay(folder, walk->protocol->files[0], &walk->reader);
	int code6 = netlink_replay(folder, walk->protocol->files[1], &walk->reader);

	if (code4 < 0 && code6 < 0)
		return code4;
	/* one that is there and bad is not made good by the other */
	if (code4 < 0 && code4 != -ENODATA)
		return code4;
	return code6 == -ENODATA || code6 == -ENOENT ? 0 : code6;
}

static int walk_kernel(struct walk *walk, const struct kernel *kernel,
		       unsigned extensions, struct error *err)
{
	int code = kernel->is_live ? walk_live(walk, extensions)
				   : walk_replay(walk, kernel->replay);

	if (code < 0 && code != -ENOMEM && walk->sockets > 0) {
		source_is_partial(walk->reader.result,
				  "the list of sockets ended early: %s", strerror(-code));
		return 0;
	}
	return code < 0 ? netlink_note_failure(code, &walk->reader, walk->protocol->lacks,
					       err)
			: 0;
}

int diag_list(const struct kernel *kernel, unsigned states, unsigned extensions,
	      diag_callback *callback, void *data, struct source_result *result,
	      struct error *err)
{
	struct walk walk = {
		.protocol = &tcp,
		.states = states,
		.callback = callback,
		.data = data,
		.reader = { tcp.what, walk_message, &walk, result },
	};

	return walk_kernel(&walk, kernel, extensions, err);
}

int diag_list_ports(const struct kernel *kernel, unsigned states, unsigned extensions,
		    const uint16_t *ports, size_t count, diag_callback *callback,
		    void *data, struct source_result *result, struct error *err)
{
	struct walk walk = {
		.protocol = &tcp,
		.states = states,
		.ports = ports,
		.port_count = count,
		.callback = callback,
		.data = data,
		.reader = { tcp.what, walk_message, &walk, result },
	};

	return walk_kernel(&walk, kernel, extensions, err);
}

int diag_list_udp(const struct kernel *kernel, unsigned extensions,
		  diag_callback *callback, void *data, struct source_result *result,
		  struct error *err)
{
	struct walk walk = {
		.protocol = &udp,
		.states = DIAG_ALL_STATES,
		.callback = callback,
		.data = data,
		.reader = { udp.what, walk_message, &walk, result },
	};

	return walk_kernel(&walk, kernel, extensions, err);
}

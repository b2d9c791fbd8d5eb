#include "collect/diag.h"

#include "base/file.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

enum {
	RECEIVE_BYTES = 32 * 1024, /* the kernel's dump messages are no larger */
	REPLAY_LIMIT = 512 * 1024 * 1024,
};

/* One walk under way. */
struct walk {
	unsigned states;
	diag_callback *callback;
	void *data;
	struct source_result *result;
	size_t sockets;
	int kernel_error; /* of the answer: a negative errno */
	bool is_done;
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

void diag_read_attributes(const struct inet_diag_msg *socket, size_t length,
			  struct diag_attributes *ret)
{
	const struct nlattr *attribute = (const void *)(socket + 1);

	ret->drops = -1;
	ret->has_info = false;
	while (length >= sizeof(*attribute) && attribute->nla_len >= sizeof(*attribute) &&
	       attribute->nla_len <= length) {
		size_t step = MNL_ALIGN(attribute->nla_len);
		size_t size = attribute->nla_len - sizeof(*attribute);
		const void *payload = attribute + 1;

		if ((attribute->nla_type & NLA_TYPE_MASK) == INET_DIAG_INFO) {
			size_t known =
				size < sizeof(ret->info) ? size : sizeof(ret->info);

			memcpy(&ret->info, payload, known);
			memset((char *)&ret->info + known, 0, sizeof(ret->info) - known);
			ret->has_info = true;
		} else if ((attribute->nla_type & NLA_TYPE_MASK) == INET_DIAG_SKMEMINFO &&
			   size >= (SK_MEMINFO_DROPS + 1) * sizeof(uint32_t)) {
			uint32_t drops;

			memcpy(&drops, (const uint32_t *)payload + SK_MEMINFO_DROPS,
			       sizeof(drops));
			ret->drops = drops;
		}
		if (step >= length)
			return;
		attribute = (const void *)((const char *)attribute + step);
		length -= step;
	}
}

/* The code that ends a dump: 0, or what went wrong in the kernel. */
static int end_code(const struct nlmsghdr *header)
{
	int code = 0;

	if (mnl_nlmsg_get_payload_len(header) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(header), sizeof(code));
	return code;
}

static void walk_message(struct walk *walk, const struct nlmsghdr *header)
{
	const struct inet_diag_msg *socket = mnl_nlmsg_get_payload(header);
	size_t length = mnl_nlmsg_get_payload_len(header);

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		source_is_partial(walk->result,
				  "the list of sockets changed while it was read");
	if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
		walk->kernel_error = end_code(header);
		walk->is_done = true;
		return;
	}
	if (length < sizeof(*socket)) {
		source_is_partial(walk->result, "a message about a socket is too short");
		return;
	}
	if (socket->idiag_state >= DIAG_STATE_COUNT ||
	    !(walk->states & STATE_BIT(socket->idiag_state)))
		return;
	walk->sockets++;
	walk->callback(walk->data, socket, length - sizeof(*socket));
}

/* All messages of one datagram. */
static void walk_datagram(struct walk *walk, const void *data, int length)
{
	const struct nlmsghdr *header = data;

	while (!walk->is_done && mnl_nlmsg_ok(header, length)) {
		walk_message(walk, header);
		header = mnl_nlmsg_next(header, &length);
	}
	if (!walk->is_done && length > 0)
		source_is_partial(walk->result, "a netlink message is torn");
}

/* Receive until the dump ends. Returns 0 or -errno of the socket. */
static int walk_receive(struct walk *walk, struct mnl_socket *netlink)
{
	_Alignas(struct nlmsghdr) char buffer[RECEIVE_BYTES];

	while (!walk->is_done) {
		ssize_t length = mnl_socket_recvfrom(netlink, buffer, sizeof(buffer));

		if (length >= 0) {
			walk_datagram(walk, buffer, (int)length);
			continue;
		}
		switch (errno) {
		case EINTR:
			continue;
		case ENOBUFS:
			source_is_partial(walk->result,
					  "the kernel dropped messages (ENOBUFS)");
			continue;
		case ENOSPC:
			source_is_partial(walk->result, "a netlink message was cut");
			continue;
		default:
			return -errno;
		}
	}
	return 0;
}

/*
 * One request. family 0 is the old form (TCPDIAG_GETSOCK), which lists both families in
 * one walk. Returns 0 or -errno, of the socket or of the kernel's answer.
 */
static int walk_request(struct walk *walk, struct mnl_socket *netlink, int family,
			unsigned extensions)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	int code;

	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_type = family ? SOCK_DIAG_BY_FAMILY : TCPDIAG_GETSOCK;
	if (family) {
		struct inet_diag_req_v2 *request =
			mnl_nlmsg_put_extra_header(header, sizeof(*request));

		request->sdiag_family = (uint8_t)family;
		request->sdiag_protocol = IPPROTO_TCP;
		request->idiag_ext = (uint8_t)extensions;
		request->idiag_states = walk->states;
	} else {
		struct inet_diag_req *request =
			mnl_nlmsg_put_extra_header(header, sizeof(*request));

		request->idiag_family = AF_INET;
		request->idiag_ext = (uint8_t)extensions;
		request->idiag_states = walk->states;
	}
	walk->is_done = false;
	walk->kernel_error = 0;
	if (mnl_socket_sendto(netlink, header, header->nlmsg_len) < 0)
		return -errno;
	code = walk_receive(walk, netlink);
	return code < 0 ? code : walk->kernel_error;
}

static void note_failure(struct source_result *result, int code)
{
	switch (code) {
	case -ENOENT:
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
		result->state = SOURCE_ABSENT;
		(void)error_set(&result->reason, 0,
				"this kernel cannot list TCP sockets (no inet_diag)");
		break;
	default:
		result->state = SOURCE_UNREADABLE;
		(void)error_set(&result->reason, 0, "cannot list TCP sockets: %s",
				strerror(-code));
	}
}

/* The families one by one. A kernel without IPv6 has the first only. */
static int walk_families(struct walk *walk, struct mnl_socket *netlink,
			 unsigned extensions)
{
	int code = walk_request(walk, netlink, AF_INET, extensions);

	if (code < 0)
		return code;
	code = walk_request(walk, netlink, AF_INET6, extensions);
	return code == -ENOENT ? 0 : code;
}

static int walk_live(struct walk *walk, unsigned extensions)
{
	struct mnl_socket *netlink = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	int code;

	if (!netlink)
		return -errno;
	code = walk_request(walk, netlink, 0, extensions);
	if (code < 0 && walk->sockets == 0)
		code = walk_families(walk, netlink, extensions);
	mnl_socket_close(netlink);
	return code;
}

static int walk_file(struct walk *walk, int folder, const char *name)
{
	AUTO(text_clear) struct text data = { 0 };
	int code = file_read(folder, name, REPLAY_LIMIT, &data);

	if (code < 0)
		return code;
	walk->is_done = false;
	for (size_t at = 0; at < data.length;) {
		const struct nlmsghdr *header = (const void *)(data.data + at);
		size_t left = data.length - at;

		if (left < sizeof(*header) || header->nlmsg_len < sizeof(*header) ||
		    header->nlmsg_len > left) {
			source_is_partial(walk->result, "a netlink message is torn");
			break;
		}
		walk_message(walk, header);
		at += MNL_ALIGN(header->nlmsg_len);
	}
	return 0;
}

/* Recorded answers. A recording of one family is enough. */
static int walk_replay(struct walk *walk, int folder)
{
	int code4 = walk_file(walk, folder, "tcp4.nl");
	int code6 = walk_file(walk, folder, "tcp6.nl");

	return code4 < 0 && code6 < 0 ? code4 : 0;
}

int diag_list(const struct kernel *kernel, unsigned states, unsigned extensions,
	      diag_callback *callback, void *data, struct source_result *result,
	      struct error *err)
{
	struct walk walk = {
		.states = states, .callback = callback, .data = data, .result = result
	};
	int code;

	if (kernel->is_live)
		code = walk_live(&walk, extensions);
	else
		code = kernel->replay < 0 ? -ENOENT : walk_replay(&walk, kernel->replay);
	if (code == -ENOMEM)
		return error_set(err, code, "out of memory");
	if (code < 0 && walk.sockets > 0)
		source_is_partial(result, "the list of sockets ended early: %s",
				  strerror(-code));
	else if (code < 0)
		note_failure(result, code);
	return 0;
}

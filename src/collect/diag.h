/*
 * inet_diag: the kernel's lists of TCP and UDP sockets, as netlink messages. Live from
 * the kernel, or replayed from recorded files.
 */
#pragma once

#include "base/kernel.h"
#include "collect/source.h"

#include <linux/inet_diag.h>
#include <linux/tcp.h>

/* Bits of the state mask. */
#define STATE_BIT(state) (1u << (state))

/* TCP states as inet_diag numbers them. */
enum diag_state {
	DIAG_ESTABLISHED = 1,
	DIAG_SYN_SENT,
	DIAG_SYN_RECV,
	DIAG_FIN_WAIT1,
	DIAG_FIN_WAIT2,
	DIAG_TIME_WAIT,
	DIAG_CLOSE,
	DIAG_CLOSE_WAIT,
	DIAG_LAST_ACK,
	DIAG_LISTEN,
	DIAG_CLOSING,
	DIAG_STATE_COUNT, /* one more than the last */
};

/*
 * Every state but BOUND_INACTIVE, which would walk all bound sockets once more. Half-open
 * requests come with SYN_RECV.
 */
enum { DIAG_ALL_STATES = 0xfff };

/* inet_diag_msg.idiag_timer */
enum diag_timer {
	DIAG_TIMER_NONE,
	DIAG_TIMER_RETRANSMIT,
	DIAG_TIMER_KEEPALIVE,
	DIAG_TIMER_TIMEWAIT,
	DIAG_TIMER_PROBE,
};

/*
 * Attributes of one socket that came; drops and receive_buffer: < 0 when they did not.
 * cgroup: the number of its control group; 0 when not known.
 */
struct diag_attributes {
	int64_t drops, receive_buffer;
	uint64_t cgroup;
	bool has_info;
	struct tcp_info info; /* zero beyond what this kernel knows */
};

/* What to ask for, as bits of inet_diag_req.idiag_ext. */
enum diag_extension {
	DIAG_EXT_INFO = 1 << (INET_DIAG_INFO - 1),
	DIAG_EXT_CONG = 1 << (INET_DIAG_CONG - 1),
	DIAG_EXT_SKMEMINFO = 1 << (INET_DIAG_SKMEMINFO - 1),
};

/* Called for each socket; length: bytes of attributes behind the message. */
typedef void diag_callback(void *data, const struct inet_diag_msg *socket, size_t length);

/*
 * List the TCP sockets that are in one of the states, IPv4 and IPv6 in one walk where the
 * kernel can.
 *
 * states:     of STATE_BIT()
 * extensions: of enum diag_extension
 * result:     partial when messages were lost or the kernel says that the list is not
 *             consistent, unreadable or absent when there is no list
 * Fails:      -ENOMEM
 */
MUST_CHECK int diag_list(const struct kernel *kernel, unsigned states,
			 unsigned extensions, diag_callback *callback, void *data,
			 struct source_result *result, struct error *err);

enum { DIAG_MOST_PORTS = 64 };

/*
 * The same, where the kernel leaves out all sockets but those of a few local ports. Other
 * sockets may come too: folders of dumps hold all there were.
 *
 * ports, count: from 1 to DIAG_MOST_PORTS of them
 */
MUST_CHECK int diag_list_ports(const struct kernel *kernel, unsigned states,
			       unsigned extensions, const uint16_t *ports, size_t count,
			       diag_callback *callback, void *data,
			       struct source_result *result, struct error *err);

/* The same for UDP sockets of any state, first IPv4, then IPv6. */
MUST_CHECK int diag_list_udp(const struct kernel *kernel, unsigned extensions,
			     diag_callback *callback, void *data,
			     struct source_result *result, struct error *err);

/* Take the attributes apart; torn ones end the walk over them. */
void diag_read_attributes(const struct inet_diag_msg *socket, size_t length,
			  struct diag_attributes *ret);

const char *diag_state_text(unsigned state);
const char *diag_timer_text(unsigned timer);

/* Is this the IPv6 form of an IPv4 address? */
static inline bool diag_is_mapped(const __be32 *address)
{
	return address[0] == 0 && address[1] == 0 &&
	       address[2] == __builtin_bswap32(0xffff);
}

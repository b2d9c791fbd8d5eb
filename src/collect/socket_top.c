#include "collect/socket_top.h"

#include "collect/netlink.h"

#include <arpa/inet.h>

enum {
	US_PER_MS = 1000,
	ACTIVE_MS = 1000,	      /* data came or went so recently */
	LIMITED_US = 100 * US_PER_MS, /* held back for less is nothing */
	LIMITED_PARTS = 5,	      /* a part of the time it had something to send */
	DELAY_US = 5 * US_PER_MS,     /* a delay that is no noise of this host */
	LONG_TRIP_US = 5 * US_PER_MS, /* a round trip beyond the building */
	SOME_BYTES = 64 * 1024,
	IDLE_MS = 60 * 1000,
};

/* --- a socket in parts -------------------------------------------------------------- */

static bool is_loopback(const struct inet_diag_msg *message)
{
	const __be32 *ends[] = { message->id.idiag_src, message->id.idiag_dst };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		bool is_v6 = message->idiag_family == AF_INET6;
		const __be32 *end = ends[i];

		if (is_v6 && !end[0] && !end[1] && !end[2] && end[3] == htonl(1))
			return true;
		if (is_v6 && !diag_is_mapped(end))
			continue;
		if (ntohl(end[is_v6 ? 3 : 0]) >> 24 == 127)
			return true;
	}
	return false;
}

static size_t at_most(size_t size, size_t most)
{
	return size < most ? size : most;
}

static void read_attribute(const struct netlink_attribute *attribute,
			   struct socket_seen *ret)
{
	switch (attribute->type) {
	case INET_DIAG_INFO:
		ret->info_bytes = at_most(attribute->size, sizeof(ret->raw));
		memcpy(ret->raw, attribute->payload, ret->info_bytes);
		break;
	case INET_DIAG_SKMEMINFO:
		ret->memory_count = at_most(attribute->size / sizeof(ret->memory[0]),
					    ARRAY_SIZE(ret->memory));
		memcpy(ret->memory, attribute->payload,
		       ret->memory_count * sizeof(ret->memory[0]));
		break;
	case INET_DIAG_CONG:
		memcpy(ret->congestion, attribute->payload,
		       at_most(attribute->size, sizeof(ret->congestion) - 1));
		break;
	case INET_DIAG_CGROUP_ID:
		netlink_copy(attribute, &ret->cgroup, sizeof(ret->cgroup));
		break;
	default:
		break;
	}
}

static void read_socket(const struct inet_diag_msg *message, size_t length,
			bool is_inbound, struct socket_seen *ret)
{
	struct netlink_attributes attributes = { (const char *)(message + 1), length };
	struct netlink_attribute attribute;

	memset(ret, 0, sizeof(*ret));
	ret->message = *message;
	ret->is_inbound = is_inbound;
	ret->is_loopback = is_loopback(message);
	while (netlink_next(&attributes, &attribute))
		read_attribute(&attribute, ret);
}

/* --- reasons ------------------------------------------------------------------------ */

static int64_t score_retransmitted(const struct socket_seen *socket)
{
	return socket->info.tcpi_total_retrans;
}

static int64_t score_losing(const struct socket_seen *socket)
{
	return (int64_t)socket->info.tcpi_lost + socket->info.tcpi_retrans;
}

/* The longer the timer grew the worse, and of equals the longest without an answer. */
static int64_t score_stuck(const struct socket_seen *socket)
{
	if (socket->info.tcpi_backoff == 0 || socket->info.tcpi_unacked == 0)
		return 0;
	return (int64_t)socket->info.tcpi_backoff << 32 | socket->info.tcpi_last_ack_recv;
}

static bool has_sent_lately(const struct tcp_info *info)
{
	return info->tcpi_last_data_sent < ACTIVE_MS && info->tcpi_data_segs_out > 0;
}

static int64_t score_delayed(const struct socket_seen *socket)
{
	const struct tcp_info *info = &socket->info;
	int64_t delay = (int64_t)info->tcpi_rtt - info->tcpi_min_rtt;

	/* what is idle shows an old round trip */
	if (!has_sent_lately(info) || info->tcpi_min_rtt == 0 || delay < DELAY_US ||
	    delay < info->tcpi_min_rtt)
		return 0;
	return delay;
}

static int64_t score_limited(const struct tcp_info *info, uint64_t limited)
{
	if (limited < LIMITED_US || limited < info->tcpi_busy_time / LIMITED_PARTS)
		return 0;
	return (int64_t)(limited >> 1);
}

static int64_t score_peer_window(const struct socket_seen *socket)
{
	return score_limited(&socket->info, socket->info.tcpi_rwnd_limited);
}

static int64_t score_send_buffer(const struct socket_seen *socket)
{
	return score_limited(&socket->info, socket->info.tcpi_sndbuf_limited);
}

static int64_t score_receiving(const struct socket_seen *socket)
{
	const struct tcp_info *info = &socket->info;

	if (info->tcpi_last_data_recv >= ACTIVE_MS ||
	    info->tcpi_bytes_received < SOME_BYTES)
		return 0;
	return (int64_t)(info->tcpi_bytes_received >> 1);
}

static int64_t score_unread(const struct socket_seen *socket)
{
	return socket->message.idiag_rqueue;
}

static int64_t score_sending(const struct socket_seen *socket)
{
	const struct tcp_info *info = &socket->info;

	if (info->tcpi_rtt < LONG_TRIP_US || info->tcpi_bytes_sent < SOME_BYTES)
		return 0;
	return (int64_t)(info->tcpi_bytes_sent >> 1);
}

static int64_t score_reordered(const struct socket_seen *socket)
{
	return (int64_t)socket->info.tcpi_reord_seen + socket->info.tcpi_dsack_dups;
}

/* Both ends on this host go together: nothing to notice there. */
static int64_t score_idle(const struct socket_seen *socket)
{
	const struct tcp_info *info = &socket->info;
	uint32_t idle = info->tcpi_last_data_sent;

	if (socket->message.idiag_timer != DIAG_TIMER_NONE ||
	    socket->message.idiag_state != DIAG_ESTABLISHED ||
	    socket->message.idiag_inode == 0 || socket->is_loopback)
		return 0;
	if (info->tcpi_last_data_recv < idle)
		idle = info->tcpi_last_data_recv;
	if (info->tcpi_last_ack_recv < idle)
		idle = info->tcpi_last_ack_recv;
	return idle >= IDLE_MS ? idle : 0;
}

static const struct {
	const char *name;
	/* how much it stands out; 0: not at all */
	int64_t (*score)(const struct socket_seen *socket);
} tops[] = {
	[SOCKET_TOP_RETRANSMITTED] = { "retransmitted", score_retransmitted },
	[SOCKET_TOP_LOSING] = { "losing", score_losing },
	[SOCKET_TOP_STUCK] = { "stuck", score_stuck },
	[SOCKET_TOP_DELAYED] = { "delayed", score_delayed },
	[SOCKET_TOP_PEER_WINDOW] = { "peer-window", score_peer_window },
	[SOCKET_TOP_SEND_BUFFER] = { "send-buffer", score_send_buffer },
	[SOCKET_TOP_RECEIVING] = { "receiving", score_receiving },
	[SOCKET_TOP_UNREAD] = { "unread", score_unread },
	[SOCKET_TOP_SENDING] = { "sending", score_sending },
	[SOCKET_TOP_REORDERED] = { "reordered", score_reordered },
	[SOCKET_TOP_IDLE] = { "idle", score_idle },
};
_Static_assert(ARRAY_SIZE(tops) == SOCKET_TOP_COUNT_, "a score for each reason");

static const char *const tally_names[] = {
	[SOCKET_TALLY_ALL] = "all",
	[SOCKET_TALLY_LOOKED_AT] = "looked-at",
	[SOCKET_TALLY_ESTABLISHED] = "established",
	[SOCKET_TALLY_NO_WINDOW_SCALING] = "no-window-scaling",
	[SOCKET_TALLY_NO_TIMESTAMPS] = "no-timestamps",
	[SOCKET_TALLY_NO_SACK] = "no-sack",
};
_Static_assert(ARRAY_SIZE(tally_names) == SOCKET_TALLY_COUNT_, "a name for each tally");

const char *socket_top_text(enum socket_top top)
{
	return tops[top].name;
}

const char *socket_tally_text(enum socket_tally tally)
{
	return tally_names[tally];
}

/* --- adding ------------------------------------------------------------------------- */

static void find_least(struct socket_top_list *list)
{
	list->least = 0;
	for (size_t i = 1; i < list->count; i++)
		if (list->places[i].score < list->places[list->least].score)
			list->least = i;
}

static void keep(struct socket_top_list *list, int64_t score,
		 const struct socket_seen *socket)
{
	bool is_full = list->count == SOCKET_TOP_MOST;
	size_t at = is_full ? list->least : list->count;

	list->sockets++;
	if (is_full && score <= list->places[at].score)
		return;
	list->places[at].score = score;
	list->places[at].socket = *socket;
	if (!is_full)
		list->count++;
	if (list->count == SOCKET_TOP_MOST)
		find_least(list);
}

static void tally_options(struct socket_tops *tops_seen, const struct socket_seen *socket)
{
	uint8_t options = socket->info.tcpi_options;
	int64_t *tallies = tops_seen->tallies;

	tallies[SOCKET_TALLY_NO_WINDOW_SCALING] += !(options & TCPI_OPT_WSCALE);
	tallies[SOCKET_TALLY_NO_TIMESTAMPS] += !(options & TCPI_OPT_TIMESTAMPS);
	tallies[SOCKET_TALLY_NO_SACK] += !(options & TCPI_OPT_SACK);
}

static bool is_connected(unsigned state)
{
	return STATE_BIT(state) &
	       (STATE_BIT(DIAG_ESTABLISHED) | STATE_BIT(DIAG_FIN_WAIT1) |
		STATE_BIT(DIAG_FIN_WAIT2) | STATE_BIT(DIAG_CLOSE_WAIT) |
		STATE_BIT(DIAG_LAST_ACK) | STATE_BIT(DIAG_CLOSING));
}

void socket_tops_add(struct socket_tops *seen, const struct inet_diag_msg *message,
		     size_t length, bool is_inbound)
{
	struct socket_seen socket;

	/* what the kernel keeps of FIN_WAIT2 without its socket is a TIME_WAIT, too */
	if (!is_connected(message->idiag_state) ||
	    message->idiag_timer == DIAG_TIMER_TIMEWAIT)
		return;
	read_socket(message, length, is_inbound, &socket);
	seen->tallies[SOCKET_TALLY_ALL]++;
	if (socket.info_bytes == 0)
		return;
	seen->tallies[SOCKET_TALLY_LOOKED_AT]++;
	if (message->idiag_state == DIAG_ESTABLISHED) {
		seen->tallies[SOCKET_TALLY_ESTABLISHED]++;
		tally_options(seen, &socket);
	}
	for (size_t i = 0; i < SOCKET_TOP_COUNT_; i++) {
		int64_t score = tops[i].score(&socket);

		if (score > 0)
			keep(&seen->lists[i], score, &socket);
	}
}

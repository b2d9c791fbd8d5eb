/* From a socket as the kernel told of it to a row of the table. */
#include "collect/socket_top.h"

#include <arpa/inet.h>

/* Of tcp_info, behind what the headers that this was built with may know: Linux 6.2. */
enum { RECEIVE_WINDOW_OFFSET = 232 };

/* The options of tcp_info that headers of user space have had from the start. */
#define HAS_OPTION(socket, option)                                                       \
	((socket)->info_bytes ? ((socket)->info.tcpi_options & (option)) != 0 : -1)

/* A member of tcp_info; -1 where this kernel's is too short to have it. */
#define INFO(socket, member)                                                             \
	((socket)->info_bytes >= offsetof(struct tcp_info, member) +                     \
					 sizeof((socket)->info.member)                   \
		 ? (int64_t)(socket)->info.member                                        \
		 : -1)

static const char *const recovery_names[] = { "open", "disorder", "cwr", "recovery",
					      "loss" };

static const char *recovery_text(const struct socket_seen *socket)
{
	unsigned state = socket->info.tcpi_ca_state;

	return socket->info_bytes && state < ARRAY_SIZE(recovery_names)
		       ? recovery_names[state]
		       : NULL;
}

/* ~0 until there was a measurement. */
static int64_t min_rtt(const struct socket_seen *socket)
{
	return socket->info.tcpi_min_rtt == UINT32_MAX ? -1 : INFO(socket, tcpi_min_rtt);
}

static int64_t receive_window(const struct socket_seen *socket)
{
	uint32_t window;

	if (socket->info_bytes < RECEIVE_WINDOW_OFFSET + sizeof(window))
		return -1;
	memcpy(&window, socket->raw + RECEIVE_WINDOW_OFFSET, sizeof(window));
	return window;
}

static int64_t memory(const struct socket_seen *socket, size_t which)
{
	return which < socket->memory_count ? (int64_t)socket->memory[which] : -1;
}

/* Is this the end of an IPv4 connection, whatever the family of its socket? */
static bool is_v4(const struct inet_diag_msg *message)
{
	return message->idiag_family == AF_INET || diag_is_mapped(message->id.idiag_src);
}

static const char *address_text(const struct inet_diag_msg *message,
				const __be32 *address, char *buffer)
{
	int family = is_v4(message) ? AF_INET : AF_INET6;

	if (family == AF_INET && message->idiag_family == AF_INET6)
		address += 3;
	return inet_ntop(family, address, buffer, INET6_ADDRSTRLEN) ? buffer : "?";
}

static void fill_identity(const struct socket_seen *socket, struct socket_row *row)
{
	const struct inet_diag_msg *message = &socket->message;

	row->cookie =
		(uint64_t)message->id.idiag_cookie[1] << 32 | message->id.idiag_cookie[0];
	row->family = is_v4(message) ? 4 : 6;
	row->state = diag_state_text(message->idiag_state);
	row->is_inbound = socket->is_inbound;
	row->is_loopback = socket->is_loopback;
	row->port = ntohs(message->id.idiag_sport);
	row->peer_port = ntohs(message->id.idiag_dport);
	row->timer = diag_timer_text(message->idiag_timer);
	row->timer_ms = message->idiag_expires;
	row->retransmits = message->idiag_retrans;
	row->receive_queue = message->idiag_rqueue;
	row->send_queue = message->idiag_wqueue;
	row->uid = message->idiag_uid;
	row->inode = message->idiag_inode;
	row->congestion = socket->congestion[0] ? socket->congestion : NULL;
	row->receive_memory = memory(socket, SK_MEMINFO_RMEM_ALLOC);
	row->receive_buffer = memory(socket, SK_MEMINFO_RCVBUF);
	row->send_memory = memory(socket, SK_MEMINFO_WMEM_QUEUED);
	row->send_buffer = memory(socket, SK_MEMINFO_SNDBUF);
	row->drops = memory(socket, SK_MEMINFO_DROPS);
}

static void fill_path(const struct socket_seen *socket, struct socket_row *row)
{
	bool has_scale =
		socket->info_bytes > 0 && socket->info.tcpi_options & TCPI_OPT_WSCALE;

	row->backoff = INFO(socket, tcpi_backoff);
	row->recovery = recovery_text(socket);
	row->has_window_scaling = HAS_OPTION(socket, TCPI_OPT_WSCALE);
	row->has_timestamps = HAS_OPTION(socket, TCPI_OPT_TIMESTAMPS);
	row->has_sack = HAS_OPTION(socket, TCPI_OPT_SACK);
	row->has_ecn = HAS_OPTION(socket, TCPI_OPT_ECN);
	row->send_scale = has_scale ? socket->info.tcpi_snd_wscale : -1;
	row->receive_scale = has_scale ? socket->info.tcpi_rcv_wscale : -1;
	row->rto_us = INFO(socket, tcpi_rto);
	row->rtt_us = INFO(socket, tcpi_rtt);
	row->rtt_variance_us = INFO(socket, tcpi_rttvar);
	row->min_rtt_us = min_rtt(socket);
	row->receive_rtt_us = INFO(socket, tcpi_rcv_rtt);
	row->mss = INFO(socket, tcpi_snd_mss);
	row->receive_mss = INFO(socket, tcpi_rcv_mss);
	row->pmtu = INFO(socket, tcpi_pmtu);
	row->cwnd = INFO(socket, tcpi_snd_cwnd);
	row->ssthresh = INFO(socket, tcpi_snd_ssthresh);
	row->unacked = INFO(socket, tcpi_unacked);
	row->sacked = INFO(socket, tcpi_sacked);
	row->lost = INFO(socket, tcpi_lost);
	row->retransmitting = INFO(socket, tcpi_retrans);
	row->retransmitted = INFO(socket, tcpi_total_retrans);
	row->reordering = INFO(socket, tcpi_reordering);
	row->reordering_seen = INFO(socket, tcpi_reord_seen);
	row->dsacks = INFO(socket, tcpi_dsack_dups);
	row->out_of_order = INFO(socket, tcpi_rcv_ooopack);
}

static void fill_traffic(const struct socket_seen *socket, struct socket_row *row)
{
	row->bytes_sent = INFO(socket, tcpi_bytes_sent);
	row->bytes_acked = INFO(socket, tcpi_bytes_acked);
	row->bytes_retransmitted = INFO(socket, tcpi_bytes_retrans);
	row->bytes_received = INFO(socket, tcpi_bytes_received);
	row->segments_sent = INFO(socket, tcpi_segs_out);
	row->segments_received = INFO(socket, tcpi_segs_in);
	row->data_segments_sent = INFO(socket, tcpi_data_segs_out);
	row->data_segments_received = INFO(socket, tcpi_data_segs_in);
	row->delivered = INFO(socket, tcpi_delivered);
	row->not_sent = INFO(socket, tcpi_notsent_bytes);
	row->pacing_rate = INFO(socket, tcpi_pacing_rate);
	row->delivery_rate = INFO(socket, tcpi_delivery_rate);
	/* in a byte of its beginning, and meaningful only with the rate */
	row->is_app_limited =
		row->delivery_rate < 0 ? -1 : socket->info.tcpi_delivery_rate_app_limited;
	row->busy_us = INFO(socket, tcpi_busy_time);
	row->peer_window_limited_us = INFO(socket, tcpi_rwnd_limited);
	row->send_buffer_limited_us = INFO(socket, tcpi_sndbuf_limited);
	row->peer_window = INFO(socket, tcpi_snd_wnd);
	row->receive_window = receive_window(socket);
	row->receive_space = INFO(socket, tcpi_rcv_space);
	row->receive_ssthresh = INFO(socket, tcpi_rcv_ssthresh);
	row->last_sent_ms = INFO(socket, tcpi_last_data_sent);
	row->last_received_ms = INFO(socket, tcpi_last_data_recv);
	row->last_ack_ms = INFO(socket, tcpi_last_ack_recv);
}

static int store_socket(const struct socket_seen *socket, const struct holders *holders,
			struct evidence *evidence, struct error *err)
{
	char address[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN];
	const struct inet_diag_msg *message = &socket->message;
	const struct holder holder =
		holders_get(holders, message->idiag_inode, socket->cgroup);
	struct socket_row row = {
		.address = address_text(message, message->id.idiag_src, address),
		.peer = address_text(message, message->id.idiag_dst, peer),
		.pid = holder.pid,
		.program = holder.program,
		.cgroup = holder.cgroup,
		.service = holder.service,
	};

	fill_identity(socket, &row);
	fill_path(socket, &row);
	fill_traffic(socket, &row);
	return evidence_add_socket(evidence, &row, err);
}

static bool is_same(const struct socket_seen *a, const struct socket_seen *b)
{
	return memcmp(a->message.id.idiag_cookie, b->message.id.idiag_cookie,
		      sizeof(a->message.id.idiag_cookie)) == 0;
}

/* Is the socket at one place of the lists at an earlier one, too? */
static bool is_stored(const struct socket_tops *tops, size_t list, size_t place)
{
	const struct socket_seen *socket = &tops->lists[list].places[place].socket;

	for (size_t i = 0; i <= list; i++) {
		size_t end = i < list ? tops->lists[i].count : place;

		for (size_t n = 0; n < end; n++)
			if (is_same(&tops->lists[i].places[n].socket, socket))
				return true;
	}
	return false;
}

static int store_count(struct evidence *evidence, const char *what, int64_t sockets,
		       struct error *err)
{
	const struct socket_count_row row = { .what = what, .sockets = sockets };

	return evidence_add_socket_count(evidence, &row, err);
}

static int store_counts(const struct socket_tops *tops, struct evidence *evidence,
			struct error *err)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < SOCKET_TALLY_COUNT_; i++)
		code = store_count(evidence, socket_tally_text(i), tops->tallies[i], err);
	for (size_t i = 0; code == 0 && i < SOCKET_TOP_COUNT_; i++)
		code = store_count(evidence, socket_top_text(i), tops->lists[i].sockets,
				   err);
	return code;
}

void socket_tops_want_holders(const struct socket_tops *tops, struct holders *holders)
{
	for (size_t i = 0; i < SOCKET_TOP_COUNT_; i++)
		for (size_t n = 0; n < tops->lists[i].count; n++) {
			const struct socket_seen *socket =
				&tops->lists[i].places[n].socket;

			holders_want(holders, socket->message.idiag_inode,
				     socket->cgroup);
		}
}

int socket_tops_store(const struct socket_tops *tops, const struct holders *holders,
		      struct evidence *evidence, struct error *err)
{
	int code = store_counts(tops, evidence, err);

	for (size_t i = 0; code == 0 && i < SOCKET_TOP_COUNT_; i++)
		for (size_t n = 0; code == 0 && n < tops->lists[i].count; n++)
			if (!is_stored(tops, i, n))
				code = store_socket(&tops->lists[i].places[n].socket,
						    holders, evidence, err);
	return code;
}

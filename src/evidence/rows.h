/* The rows of the evidence's tables, as schema.sql describes them. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence;

/* Tables whose rows are structs of this file. */
enum row_table {
	ROW_TCP_STATE,
	ROW_LISTENER,
	ROW_DESTINATION,
	ROW_SOURCE_ADDRESS,
	ROW_CLOSING,
	ROW_SOCKET,
	ROW_SOCKET_COUNT,
	ROW_UDP_SOCKET,
	ROW_CAPTURE,
	ROW_LINK,
	ROW_OFFLOAD,
	ROW_SOFTNET,
	ROW_PROCESS,
	ROW_LOG_LINE,
	ROW_BOOT_SETTING,
	ROW_TABLE_COUNT_, /* how many there are */
};

/*
 * Members in the order of the columns, but for those that follow from others: evidence
 * fills them in, whatever they are. Texts may be NULL. Negative numbers marked so are
 * NULL in the table.
 */
struct tcp_state_row {
	int family; /* 0: both */
	const char *state;
	int64_t sockets, timewait;
};

struct listener_row {
	uint64_t cookie;
	int family;
	const char *address;
	unsigned port;
	int64_t queue, queue_limit;
	int64_t drops; /* < 0: not known */
	int64_t waiting;
	int64_t oldest_waiting_ms; /* < 0: not known */
	int64_t syn_received;
	int64_t established, time_wait; /* < 0: not known */
	int64_t uid;
	uint64_t inode;
	int64_t pid; /* <= 0: not known */
	const char *program;
	const char *cgroup, *service;
	const char *endpoint; /* filled in */
};

struct destination_row {
	int family;
	const char *source, *address;
	unsigned port;
	bool is_loopback;
	int64_t sockets, missed, established, time_wait, time_wait_old, syn_sent, outside;
	int64_t syn_retried, syn_stuck;
	const char *endpoint; /* filled in */
};

struct source_address_row {
	int family;
	const char *address;
	int64_t sockets, ports;
};

struct closing_row {
	const char *state;
	bool has_owner;
	const char *timer;
	unsigned port;
	int64_t uid;
	int64_t sockets, backoff, aged;
	int64_t oldest_ms; /* < 0: not known */
	int64_t pid;	   /* <= 0: not known */
	const char *program;
	const char *cgroup, *service;
};

/* Every int64_t < 0: not known; pid <= 0, too. */
struct socket_row {
	uint64_t cookie;
	int family;
	const char *state;
	bool is_inbound, is_loopback;
	const char *address;
	unsigned port;
	const char *peer;
	unsigned peer_port;
	const char *timer;
	int64_t timer_ms, retransmits, backoff;
	const char *recovery, *congestion;
	int64_t has_window_scaling, has_timestamps, has_sack, has_ecn, send_scale;
	int64_t receive_scale, rto_us, rtt_us, rtt_variance_us, min_rtt_us;
	int64_t receive_rtt_us, mss, receive_mss, pmtu, cwnd, ssthresh, unacked;
	int64_t sacked, lost, retransmitting, retransmitted, reordering;
	int64_t reordering_seen, dsacks, bytes_sent, bytes_acked, bytes_retransmitted;
	int64_t bytes_received, segments_sent, segments_received, data_segments_sent;
	int64_t data_segments_received, delivered, not_sent, pacing_rate;
	int64_t delivery_rate, is_app_limited, busy_us, peer_window_limited_us;
	int64_t send_buffer_limited_us, peer_window, receive_window, receive_space;
	int64_t receive_ssthresh, out_of_order, last_sent_ms, last_received_ms;
	int64_t last_ack_ms, receive_queue, send_queue, receive_buffer, send_buffer;
	int64_t receive_memory, send_memory, drops, uid;
	uint64_t inode;
	int64_t pid;
	const char *program, *cgroup, *service;
	const char *endpoint, *far_end; /* filled in */
};

struct socket_count_row {
	const char *what;
	int64_t sockets;
};

/* The row for the rest has the address "*", and no cookie, buffer or owner. */
struct udp_socket_row {
	uint64_t cookie; /* 0: none */
	int family;
	const char *address;
	unsigned port;
	int64_t queue;
	int64_t receive_buffer, drops; /* < 0: not known */
	int64_t sockets;
	int64_t uid;	/* < 0: not known */
	uint64_t inode; /* 0: none */
	int64_t pid;	/* <= 0: not known */
	const char *program;
	const char *cgroup, *service;
	const char *endpoint; /* filled in */
};

struct capture_row {
	uint64_t cookie;
	const char *type;
	int64_t protocol;
	const char *interface;
	int64_t ring_bytes, ring_blocks;      /* < 0: no ring */
	int64_t queue, receive_buffer, drops; /* < 0: not known */
	int64_t uid;			      /* < 0: not known */
	uint64_t inode;
	int64_t pid; /* <= 0: not known */
	const char *program;
};

/* Every number < 0: not known. */
struct link_row {
	int64_t number;
	const char *name, *kind;
	int64_t is_up, mtu;
	int64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors;
	int64_t rx_dropped, tx_dropped, rx_missed, rx_fifo, rx_over;
	const char *qdisc;
	int64_t qdisc_drops, qdisc_overlimits, qdisc_backlog;
	int64_t qdisc_child_drops, qdisc_child_overlimits, qdisc_child_backlog;
	int64_t gso_max_size, gso_max_segs, gro_max_size, tso_max_size;
};

/* Every number < 0: not known. */
struct offload_row {
	int64_t number;
	const char *name;
	int64_t tso, tso_fixed, gso, gso_fixed, gro, gro_fixed, lro, lro_fixed;
	int64_t rx_ring, rx_ring_max, tx_ring, tx_ring_max;
};

/* Numbers marked so, < 0: this kernel has no such column. */
struct softnet_row {
	int64_t cpu;
	int64_t processed, dropped, time_squeeze;
	int64_t received_rps, flow_limit_count;	       /* < 0 */
	int64_t backlog_len, input_qlen, process_qlen; /* < 0 */
};

struct process_row {
	int64_t pid;
	const char *program;
	int64_t descriptors, descriptors_limit; /* < 0: not known */
};

struct log_line_row {
	const char *what, *subject;
	int64_t count;
	double first, last; /* seconds since boot */
};

struct boot_setting_row {
	const char *key, *state, *loader;
	const char *value, *live;
	const char *file;
	unsigned line;
	const char *reason, *module, *owner;
};

/* Add one row to the open sample. */
MUST_CHECK int evidence_add_tcp_state(struct evidence *evidence,
				      const struct tcp_state_row *row, struct error *err);
MUST_CHECK int evidence_add_listener(struct evidence *evidence,
				     const struct listener_row *row, struct error *err);
MUST_CHECK int evidence_add_destination(struct evidence *evidence,
					const struct destination_row *row,
					struct error *err);
MUST_CHECK int evidence_add_source_address(struct evidence *evidence,
					   const struct source_address_row *row,
					   struct error *err);
MUST_CHECK int evidence_add_closing(struct evidence *evidence,
				    const struct closing_row *row, struct error *err);
MUST_CHECK int evidence_add_socket(struct evidence *evidence,
				   const struct socket_row *row, struct error *err);
MUST_CHECK int evidence_add_socket_count(struct evidence *evidence,
					 const struct socket_count_row *row,
					 struct error *err);
MUST_CHECK int evidence_add_udp_socket(struct evidence *evidence,
				       const struct udp_socket_row *row,
				       struct error *err);
MUST_CHECK int evidence_add_capture(struct evidence *evidence,
				    const struct capture_row *row, struct error *err);
MUST_CHECK int evidence_add_link(struct evidence *evidence, const struct link_row *row,
				 struct error *err);
MUST_CHECK int evidence_add_offload(struct evidence *evidence,
				    const struct offload_row *row, struct error *err);
MUST_CHECK int evidence_add_softnet(struct evidence *evidence,
				    const struct softnet_row *row, struct error *err);
MUST_CHECK int evidence_add_process(struct evidence *evidence,
				    const struct process_row *row, struct error *err);
MUST_CHECK int evidence_add_log_line(struct evidence *evidence,
				     const struct log_line_row *row, struct error *err);

MUST_CHECK int evidence_add_boot_setting(struct evidence *evidence,
					 const struct boot_setting_row *row,
					 struct error *err);

/* The name of a table, and how many columns its rows fill, the sample included. */
const char *row_table_name(enum row_table table);
size_t row_table_columns(enum row_table table);

/*
 * Counting TCP sockets while they stream by: memory follows listeners and destinations,
 * never sockets. Listeners are told first, then every other socket.
 */
#pragma once

#include "collect/destinations.h"
#include "collect/diag.h"
#include "collect/socket_top.h"

enum {
	TALLY_MOST_LISTENERS = 65535,
	TALLY_MOST_CLOSING = 1024,
	TALLY_SAMPLE_INODES = 4,
	TALLY_AGED_MS = 1000, /* since the peer was last heard, or took data */
	TALLY_FAMILIES = 2,
};

/* One listening socket, and what was counted on its address and port. */
struct tally_listener {
	uint64_t cookie;
	uint8_t family; /* AF_INET, AF_INET6 */
	uint16_t port;
	__be32 address[4];
	uint32_t queue, queue_limit;
	int64_t drops;
	uint64_t cgroup; /* 0: not known */
	uint32_t uid, inode;
	uint32_t next;	/* the next listener on this port, as index + 1; 0 = none */
	uint32_t group; /* the first listener of the same address and port: counts are
			   there */
	int64_t waiting, oldest_waiting_ms;
	int64_t syn_received, established, time_wait;
};

/*
 * Sockets that one side has closed, of one kind and owner. cgroup: of all of them; 0: not
 * known, or orphans of several.
 */
struct tally_closing {
	uint64_t cgroup;
	uint8_t state, timer;
	bool has_owner;
	uint16_t port; /* of the listener; 0 outgoing */
	uint32_t uid;
	int64_t sockets, backoff, aged, oldest_ms;
	uint32_t inodes[TALLY_SAMPLE_INODES];
	uint32_t inode_count;
};

/*
 * sockets: those that stand out; NULL when nobody asks for them
 * first_on_port: index + 1 of the first listener on a port; 0 = none. has_failed: memory
 * ran out. is_cut: a limit was reached, the reason is in the result of the source.
 */
struct tally {
	int64_t states[TALLY_FAMILIES][DIAG_STATE_COUNT];
	int64_t timewait_fin_wait2[TALLY_FAMILIES];
	struct tally_listener *listeners;
	size_t listener_count, listener_capacity;
	uint32_t *first_on_port;
	struct destinations destinations;
	struct tally_closing *closing;
	size_t closing_count;
	struct socket_tops *sockets;
	unsigned port_low, port_high; /* ip_local_port_range; 0 = not known */
	int64_t reuse_delay_ms;
	bool has_failed;
	bool is_cut_listeners, is_cut_closing;
};

/*
 * port_low, port_high: ip_local_port_range, 0 0 when not known: then no socket counts as
 *                      inside it
 * reuse_delay_ms:      age from which a TIME_WAIT counts as old
 * Fails:               -ENOMEM
 */
MUST_CHECK int tally_init(struct tally *tally, unsigned port_low, unsigned port_high,
			  int64_t reuse_delay_ms);
void tally_clear(struct tally *tally);

/* Callbacks for diag_list(), data is the tally. */
void tally_add_listener(void *tally, const struct inet_diag_msg *socket, size_t length);
void tally_add_socket(void *tally, const struct inet_diag_msg *socket, size_t length);

/*
 * Only what waits for accept(): of a quick look, where other connections are not counted.
 */
void tally_add_waiting(void *tally, const struct inet_diag_msg *socket, size_t length);

/*
 * The ports on which connections wait for accept(), each once.
 *
 * Returns: how many there are, also when that is more than fit
 */
size_t tally_waiting_ports(const struct tally *tally, uint16_t *ret, size_t most);

/* Do any connections wait for accept() in a queue? */
bool tally_has_waiting(const struct tally *tally);

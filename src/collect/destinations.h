/*
 * Outgoing connections by (source address, destination address, destination port): exact
 * up to a number of groups; beyond it the heavy ones stay, each with the number of
 * sockets that it may have lost.
 */
#pragma once

#include "base/macros.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	DESTINATIONS_MOST = 4096, /* groups that are kept */
	DESTINATIONS_SLOTS =
		2 * DESTINATIONS_MOST, /* of the hash table, a power of two */
	DESTINATIONS_MOST_SOURCES = 256,
	DESTINATIONS_PORT_WORDS = 65536 / 64,
};

struct destination_key {
	__be32 source[4];
	__be32 address[4];
	uint16_t port;
	uint8_t family; /* AF_INET or AF_INET6; 0 marks an empty slot */
};

/*
 * sockets: with a local port inside the range, of any state. Of syn_sent, those whose SYN
 * went out again without an answer, and those whose SYN never left this host.
 */
struct destination {
	struct destination_key key;
	uint32_t sockets, missed;
	uint32_t established, time_wait, time_wait_old, syn_sent, outside;
	uint32_t syn_retried, syn_stuck;
};

/* Local ports in use by one source address, as a bit map. */
struct destination_source {
	__be32 address[4];
	uint8_t family;
	int64_t sockets;
	uint64_t *ports;
};

/*
 * slots: hash table with open addressing; count: used slots. bound: no group that is not
 * in the table has more sockets than this. dropped_groups, dropped_sockets: what was
 * put out to make room.
 */
struct destinations {
	struct destination *slots;
	size_t count;
	uint32_t bound;
	int64_t dropped_groups, dropped_sockets;
	struct destination_source *sources;
	size_t source_count;
	bool is_cut_sources;
	bool has_failed;
};

MUST_CHECK int destinations_init(struct destinations *destinations);
void destinations_clear(struct destinations *destinations);

/* The group of a key, made when it is new; NULL when memory ran out. */
struct destination *destinations_get(struct destinations *destinations,
				     const struct destination_key *key);

/* Note one local port (inside the range) of a source address. */
void destinations_note_port(struct destinations *destinations,
			    const struct destination_key *key, uint16_t local_port);

/* How many different ports a source has in use. */
int64_t destination_source_ports(const struct destination_source *source);

/*
 * The few TCP sockets that stand out, each for one reason, and how many there are of each
 * kind: memory does not follow the number of sockets. Which reasons there are is the
 * table in socket_top.c.
 */
#pragma once

#include "collect/diag.h"
#include "collect/holders.h"

#include <linux/sock_diag.h>

enum {
	SOCKET_TOP_MOST = 16,	 /* kept for each reason */
	SOCKET_INFO_BYTES = 280, /* of tcp_info in Linux 6.18; 232 and 248 before */
	SOCKET_CONGESTION_BYTES = 16,
};

/* Why a socket is kept; the names are those of socket_count.what. */
enum socket_top {
	SOCKET_TOP_RETRANSMITTED, /* most retransmissions since it was made */
	SOCKET_TOP_LOSING,	  /* most segments lost or retransmitted in flight now */
	SOCKET_TOP_STUCK,	  /* waits for an answer with a growing timer */
	SOCKET_TOP_DELAYED,	  /* round trips far above their least */
	SOCKET_TOP_PEER_WINDOW,	  /* held back by the window that the peer announces */
	SOCKET_TOP_SEND_BUFFER,	  /* held back by its own send buffer */
	SOCKET_TOP_RECEIVING,	  /* received most, and just now */
	SOCKET_TOP_UNREAD,	  /* most bytes wait for the program */
	SOCKET_TOP_SENDING,	  /* sent most over a long round trip */
	SOCKET_TOP_REORDERED,	  /* most reordering or duplicates seen */
	SOCKET_TOP_IDLE,	  /* silent for longest, and no timer would notice */
	SOCKET_TOP_COUNT_,	  /* how many there are */
};

/* What is counted besides. */
enum socket_tally {
	SOCKET_TALLY_ALL,	/* connected in some way; no TIME_WAIT, no listener */
	SOCKET_TALLY_LOOKED_AT, /* of those, how many told their tcp_info */
	SOCKET_TALLY_ESTABLISHED,
	SOCKET_TALLY_NO_WINDOW_SCALING, /* of the established ones: without the option */
	SOCKET_TALLY_NO_TIMESTAMPS,
	SOCKET_TALLY_NO_SACK,
	SOCKET_TALLY_COUNT_, /* how many there are */
};

/*
 * One socket as the kernel told of it. info is zero beyond info_bytes, which is what this
 * kernel has. memory_count: of SK_MEMINFO_*, 0 when it was not told.
 */
struct socket_seen {
	struct inet_diag_msg message;
	union {
		struct tcp_info info;
		unsigned char raw[SOCKET_INFO_BYTES];
	};
	size_t info_bytes;
	uint32_t memory[SK_MEMINFO_VARS];
	size_t memory_count;
	char congestion[SOCKET_CONGESTION_BYTES];
	uint64_t cgroup;
	bool is_inbound; /* it came through a listener */
	bool is_loopback;
};

struct socket_place {
	int64_t score;
	struct socket_seen socket;
};

/* Places are in no order. least: index of the lowest score, once all are taken. */
struct socket_top_list {
	struct socket_place places[SOCKET_TOP_MOST];
	size_t count, least;
	int64_t sockets; /* how many had a reason to be here */
};

/* Zeroed is empty. */
struct socket_tops {
	struct socket_top_list lists[SOCKET_TOP_COUNT_];
	int64_t tallies[SOCKET_TALLY_COUNT_];
};

/* What must be asked for, of enum diag_extension. */
enum { SOCKET_EXTENSIONS = DIAG_EXT_INFO | DIAG_EXT_SKMEMINFO | DIAG_EXT_CONG };

/* Look at one socket; length: bytes of attributes behind the message. */
void socket_tops_add(struct socket_tops *tops, const struct inet_diag_msg *message,
		     size_t length, bool is_inbound);

void socket_tops_want_holders(const struct socket_tops *tops, struct holders *holders);

/* Rows of the tables socket (each socket once) and socket_count. */
MUST_CHECK int socket_tops_store(const struct socket_tops *tops,
				 const struct holders *holders, struct evidence *evidence,
				 struct error *err);

/* Names of the reasons and kinds, for socket_count.what. */
const char *socket_top_text(enum socket_top top);
const char *socket_tally_text(enum socket_tally tally);

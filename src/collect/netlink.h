/*
 * Netlink: lists that the kernel gives as messages. Live from a socket, or replayed from
 * a file of recorded messages. Nothing in a message is trusted to have the length it
 * says.
 */
#pragma once

#include "base/kernel.h"
#include "collect/source.h"

#include <libmnl/libmnl.h>

/* A conversation: one socket, one request after the other. Zeroed is closed. */
struct netlink {
	struct mnl_socket *socket;
	uint32_t sequence;
};

/* Called for each message of an answer, but for those that end it. */
typedef void netlink_callback(void *data, const struct nlmsghdr *message);

/*
 * What to do with an answer. what: "sockets", for the reasons. result: becomes partial
 * when messages were lost, cut or torn, or the kernel says that the list is not
 * consistent.
 */
struct netlink_reader {
	const char *what;
	netlink_callback *callback;
	void *data;
	struct source_result *result;
};

/* protocol: NETLINK_ROUTE, ... Fails: -errno of socket() */
MUST_CHECK int netlink_open(struct netlink *ret, int protocol);
void netlink_close(struct netlink *netlink);

/*
 * Send a request that asks for a dump or an acknowledgement (something must end the
 * answer), and read the answer.
 *
 * request: made with mnl_nlmsg_put_header(); its sequence is filled in
 * Fails:   -errno of the socket, or what the kernel answered; -ETIMEDOUT
 */
MUST_CHECK int netlink_ask(struct netlink *netlink, struct nlmsghdr *request,
			   const struct netlink_reader *reader);

/*
 * Read recorded answers.
 *
 * folder:  struct kernel.replay; -1: none
 * Fails:   -ENODATA no such recording, -errno of the file, or what the kernel answered
 */
MUST_CHECK int netlink_replay(int folder, const char *name,
			      const struct netlink_reader *reader);

/* One request: asked live, or replayed from a file of that name. */
MUST_CHECK int netlink_list(const struct kernel *kernel, int protocol,
			    struct nlmsghdr *request, const char *file,
			    const struct netlink_reader *reader);

/*
 * Say in the result why there is no list. Kernels without the protocol are absent,
 * folders without a recording too; all else is unreadable.
 *
 * lacks:   "this kernel cannot list UDP sockets (no udp_diag)"
 * Returns: 0, but -ENOMEM for that
 */
MUST_CHECK int netlink_note_failure(int code, const struct netlink_reader *reader,
				    const char *lacks, struct error *err);

/* One attribute. payload is aligned to 4 bytes only. */
struct netlink_attribute {
	unsigned type;
	const void *payload;
	size_t size;
};

/* Attributes that are left to be read. */
struct netlink_attributes {
	const char *at;
	size_t left;
};

/* The attributes of a message, behind a fixed part of that size. */
struct netlink_attributes netlink_attributes_of(const struct nlmsghdr *message,
						size_t fixed);
/* The attributes inside one. */
struct netlink_attributes netlink_nested(const struct netlink_attribute *attribute);

/* The next one; false behind the last and at one that is torn. */
bool netlink_next(struct netlink_attributes *attributes, struct netlink_attribute *ret);

/* A number or text; the fallback, or "", where the attribute is too short. */
int64_t netlink_u32(const struct netlink_attribute *attribute, int64_t fallback);
void netlink_text(const struct netlink_attribute *attribute, char *ret, size_t size);

/* Copy a struct: what the attribute has of it, zeros for the rest. */
void netlink_copy(const struct netlink_attribute *attribute, void *ret, size_t size);

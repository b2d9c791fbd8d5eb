/*
 * UDP sockets, by udp_diag: those that dropped, or whose receive buffer is more than half
 * full; the worst are kept, and all the others are one row.
 */
#include "base/file.h"
#include "collect/diag.h"
#include "collect/holders.h"
#include "collect/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { MOST_SOCKETS = OWNERS_MOST, MODULES_LIMIT = 1024 * 1024 };

struct udp_socket {
	uint64_t cookie, cgroup;
	int64_t queue, receive_buffer, drops;
	__be32 address[4];
	uint8_t family;
	uint16_t port;
	uint32_t uid, inode;
};

/* The worst so far. least: index of the least bad one, when all places are taken. */
struct udp_sockets {
	struct udp_socket worst[MOST_SOCKETS];
	size_t count, least;
	struct udp_socket_row others;
	bool is_cut;
};

/* Drops first; then the fuller queue. */
static bool is_worse(const struct udp_socket *a, const struct udp_socket *b)
{
	return a->drops != b->drops ? a->drops > b->drops : a->queue > b->queue;
}

static bool is_in_trouble(const struct udp_socket *socket)
{
	return socket->drops > 0 ||
	       (socket->receive_buffer > 0 && socket->queue > socket->receive_buffer / 2);
}

static void find_least(struct udp_sockets *sockets)
{
	sockets->least = 0;
	for (size_t i = 1; i < sockets->count; i++)
		if (is_worse(&sockets->worst[sockets->least], &sockets->worst[i]))
			sockets->least = i;
}

static void add_other(struct udp_sockets *sockets, const struct udp_socket *socket)
{
	sockets->others.sockets++;
	sockets->others.queue += socket->queue;
	if (socket->drops > 0)
		sockets->others.drops += socket->drops;
}

static void keep_worst(struct udp_sockets *sockets, const struct udp_socket *socket)
{
	if (sockets->count < MOST_SOCKETS) {
		sockets->worst[sockets->count++] = *socket;
		if (sockets->count == MOST_SOCKETS)
			find_least(sockets);
		return;
	}
	sockets->is_cut = true;
	if (!is_worse(socket, &sockets->worst[sockets->least])) {
		add_other(sockets, socket);
		return;
	}
	add_other(sockets, &sockets->worst[sockets->least]);
	sockets->worst[sockets->least] = *socket;
	find_least(sockets);
}

static void add_socket(void *data, const struct inet_diag_msg *message, size_t length)
{
	struct udp_sockets *sockets = data;
	struct diag_attributes attributes;
	struct udp_socket socket = {
		.cookie = (uint64_t)message->id.idiag_cookie[1] << 32 |
			  message->id.idiag_cookie[0],
		.queue = message->idiag_rqueue,
		.family = message->idiag_family,
		.port = ntohs(message->id.idiag_sport),
		.uid = message->idiag_uid,
		.inode = message->idiag_inode,
	};

	diag_read_attributes(message, length, &attributes);
	socket.drops = attributes.drops;
	socket.receive_buffer = attributes.receive_buffer;
	socket.cgroup = attributes.cgroup;
	memcpy(socket.address, message->id.idiag_src, socket.family == AF_INET6 ? 16 : 4);
	if (is_in_trouble(&socket))
		keep_worst(sockets, &socket);
	else
		add_other(sockets, &socket);
}

static int store_socket(struct collection *collection, const struct udp_socket *socket,
			const struct holders *holders, struct error *err)
{
	char address[INET6_ADDRSTRLEN];
	const struct holder holder = holders_get(holders, socket->inode, socket->cgroup);
	const struct udp_socket_row row = {
		.cookie = socket->cookie,
		.family = socket->family == AF_INET6 ? 6 : 4,
		.address = inet_ntop(socket->family, socket->address, address,
				     sizeof(address))
				   ? address
				   : "?",
		.port = socket->port,
		.queue = socket->queue,
		.receive_buffer = socket->receive_buffer,
		.drops = socket->drops,
		.sockets = 1,
		.uid = socket->uid,
		.inode = socket->inode,
		.pid = holder.pid,
		.program = holder.program,
		.cgroup = holder.cgroup,
		.service = holder.service,
	};

	return evidence_add_udp_socket(collection->evidence, &row, err);
}

static int store_sockets(struct collection *collection, const struct udp_sockets *sockets,
			 struct error *err)
{
	AUTO(holders_clear) struct holders holders = { 0 };
	int code = 0;

	for (size_t i = 0; i < sockets->count; i++)
		holders_want(&holders, sockets->worst[i].inode, sockets->worst[i].cgroup);
	holders_find(&holders, collection->kernel);
	for (size_t i = 0; code == 0 && i < sockets->count; i++)
		code = store_socket(collection, &sockets->worst[i], &holders, err);
	return code < 0 ? code
			: evidence_add_udp_socket(collection->evidence, &sockets->others,
						  err);
}

/*
 * Asked for UDP sockets, the kernel loads udp_diag, and with it ipv6, where that is a
 * module: it stays until the next boot. A look must not do that to a host without IPv6.
 */
static bool may_load_ipv6(struct collection *collection)
{
	const struct kernel *kernel = collection->kernel;

	if (!kernel->is_live || faccessat(kernel->sys, "net/ipv6", F_OK, 0) == 0)
		return false;
	text_reset(&collection->buffer);
	return file_read(kernel->proc, "modules", MODULES_LIMIT, &collection->buffer) <
		       0 ||
	       !strstr(text_string(&collection->buffer), "udp_diag ");
}

static int read_udp(struct collection *collection, struct source_result *result,
		    struct error *err)
{
	struct udp_sockets sockets = {
		.others = { .address = "*", .receive_buffer = -1, .uid = -1 },
	};
	int code;

	if (may_load_ipv6(collection)) {
		result->state = SOURCE_UNREADABLE;
		return error_set(
			&result->reason, 0,
			"not asked for, since that loads the ipv6 module where there is one, and IPv6 is not here");
	}
	code = diag_list_udp(collection->kernel, DIAG_EXT_SKMEMINFO, add_socket, &sockets,
			     result, err);
	if (code < 0 || result->state == SOURCE_ABSENT ||
	    result->state == SOURCE_UNREADABLE)
		return code;
	if (sockets.is_cut)
		source_is_partial(
			result,
			"more than %d UDP sockets with drops or full buffers: the worst are kept",
			MOST_SOCKETS);
	return store_sockets(collection, &sockets, err);
}

static bool needs_udp(const struct needs *needs)
{
	return needs->wants_everything || needs->tables[TABLE_UDP_SOCKET];
}

const struct source source_udp = {
	.name = "udp",
	.is_needed = needs_udp,
	.read = read_udp,
};

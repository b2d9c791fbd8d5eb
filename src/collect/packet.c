/*
 * Packet sockets, by packet_diag. What a socket with a ring drops is counted where only
 * its own program can read it (and resets it by reading): such drops are not known.
 */
#include "collect/holders.h"
#include "collect/link_list.h"
#include "collect/source.h"

#include <errno.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#ifndef SOCK_PACKET
#define SOCK_PACKET 10
#endif

enum { MOST_SOCKETS = OWNERS_MOST };

/* protocol: in the order of this machine. Numbers < 0: not known, or no ring. */
struct packet_socket {
	uint64_t cookie;
	uint8_t type;
	uint16_t protocol;
	uint32_t interface, inode;
	int64_t ring_bytes, ring_blocks, queue, receive_buffer, drops, uid;
};

struct packet_sockets {
	struct packet_socket sockets[MOST_SOCKETS];
	size_t count, left_out;
};

static const char *type_text(unsigned type)
{
	switch (type) {
	case SOCK_RAW:
		return "raw";
	case SOCK_DGRAM:
		return "dgram";
	case SOCK_PACKET:
		return "packet";
	default:
		return "unknown";
	}
}

static void read_ring(const struct netlink_attribute *attribute,
		      struct packet_socket *socket)
{
	struct packet_diag_ring ring;

	netlink_copy(attribute, &ring, sizeof(ring));
	socket->ring_blocks = ring.pdr_block_nr;
	socket->ring_bytes = (int64_t)ring.pdr_block_size * ring.pdr_block_nr;
}

static void read_memory(const struct netlink_attribute *attribute,
			struct packet_socket *socket)
{
	uint32_t memory[SK_MEMINFO_DROPS + 1];

	if (attribute->size < sizeof(memory))
		return;
	memcpy(memory, attribute->payload, sizeof(memory));
	socket->queue = memory[SK_MEMINFO_RMEM_ALLOC];
	socket->receive_buffer = memory[SK_MEMINFO_RCVBUF];
	socket->drops = memory[SK_MEMINFO_DROPS];
}

static void read_attributes(struct netlink_attributes attributes,
			    struct packet_socket *socket)
{
	struct netlink_attribute attribute;
	struct packet_diag_info info;

	while (netlink_next(&attributes, &attribute)) {
		switch (attribute.type) {
		case PACKET_DIAG_INFO:
			netlink_copy(&attribute, &info, sizeof(info));
			socket->interface = info.pdi_index;
			break;
		case PACKET_DIAG_RX_RING:
			read_ring(&attribute, socket);
			break;
		case PACKET_DIAG_UID:
			socket->uid = netlink_u32(&attribute, -1);
			break;
		case PACKET_DIAG_MEMINFO:
			read_memory(&attribute, socket);
			break;
		default:
			break;
		}
	}
	if (socket->ring_bytes >= 0)
		socket->drops = -1;
}

static void add_socket(void *data, const struct nlmsghdr *message)
{
	struct packet_sockets *sockets = data;
	const struct packet_diag_msg *about = mnl_nlmsg_get_payload(message);
	struct packet_socket *socket;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*about))
		return;
	if (sockets->count == MOST_SOCKETS) {
		sockets->left_out++;
		return;
	}
	socket = &sockets->sockets[sockets->count++];
	*socket = (struct packet_socket){
		.cookie = (uint64_t)about->pdiag_cookie[1] << 32 | about->pdiag_cookie[0],
		.type = about->pdiag_type,
		.protocol = about->pdiag_num,
		.inode = about->pdiag_ino,
		.ring_bytes = -1,
		.ring_blocks = -1,
		.queue = -1,
		.receive_buffer = -1,
		.drops = -1,
		.uid = -1,
	};
	read_attributes(netlink_attributes_of(message, sizeof(*about)), socket);
}

static int list_sockets(struct collection *collection, struct packet_sockets *sockets,
			struct source_result *result, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	const struct netlink_reader reader = { "packet sockets", add_socket, sockets,
					       result };
	struct packet_diag_req *request;
	int code;

	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request = mnl_nlmsg_put_extra_header(header, sizeof(*request));
	request->sdiag_family = AF_PACKET;
	request->pdiag_show =
		PACKET_SHOW_INFO | PACKET_SHOW_RING_CFG | PACKET_SHOW_MEMINFO;
	code = netlink_list(collection->kernel, NETLINK_SOCK_DIAG, header, "packet.nl",
			    &reader);
	return code < 0
		       ? netlink_note_failure(
				 code, &reader,
				 "this kernel cannot list packet sockets (no packet_diag)",
				 err)
		       : 0;
}

static int store_socket(struct collection *collection, const struct packet_socket *socket,
			const struct holders *holders, struct error *err)
{
	const struct holder holder = holders_get(holders, socket->inode, 0);
	char interface[IF_NAMESIZE] = "*";
	const struct capture_row row = {
		.cookie = socket->cookie,
		.type = type_text(socket->type),
		.protocol = socket->protocol,
		.interface = interface,
		.ring_bytes = socket->ring_bytes,
		.ring_blocks = socket->ring_blocks,
		.queue = socket->queue,
		.receive_buffer = socket->receive_buffer,
		.drops = socket->drops,
		.uid = socket->uid,
		.inode = socket->inode,
		.pid = holder.pid,
		.program = holder.program,
	};

	if (socket->interface)
		link_name(collection->kernel, socket->interface, interface);
	return evidence_add_capture(collection->evidence, &row, err);
}

static int read_packet(struct collection *collection, struct source_result *result,
		       struct error *err)
{
	struct packet_sockets sockets = { 0 };
	struct holders holders = { 0 };
	int code = list_sockets(collection, &sockets, result, err);

	if (sockets.left_out)
		source_is_partial(result,
				  "more than %d packet sockets: %zu others are not seen",
				  MOST_SOCKETS, sockets.left_out);
	for (size_t i = 0; i < sockets.count; i++)
		holders_want(&holders, sockets.sockets[i].inode, 0);
	holders_find(&holders, collection->kernel);
	for (size_t i = 0; code == 0 && i < sockets.count; i++)
		code = store_socket(collection, &sockets.sockets[i], &holders, err);
	return code;
}

static bool needs_packet(const struct needs *needs)
{
	return needs->wants_everything || needs->tables[TABLE_CAPTURE];
}

const struct source source_packet = {
	.name = "packet",
	.is_needed = needs_packet,
	.read = read_packet,
};

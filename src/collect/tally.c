#include "collect/tally.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

enum { TIME_WAIT_MS = 60 * 1000 }; /* TCP_TIMEWAIT_LEN, fixed in the kernel */

int tally_init(struct tally *tally, unsigned port_low, unsigned port_high,
	       int64_t reuse_delay_ms)
{
	*tally = (struct tally){ .port_low = port_low,
				 .port_high = port_high,
				 .reuse_delay_ms = reuse_delay_ms };
	tally->first_on_port = calloc(65536, sizeof(*tally->first_on_port));
	tally->closing = calloc(TALLY_MOST_CLOSING, sizeof(*tally->closing));
	if (!tally->first_on_port || !tally->closing ||
	    destinations_init(&tally->destinations) < 0) {
		tally_clear(tally);
		return -ENOMEM;
	}
	return 0;
}

void tally_clear(struct tally *tally)
{
	free(tally->listeners);
	free(tally->first_on_port);
	free(tally->closing);
	destinations_clear(&tally->destinations);
	*tally = (struct tally){ 0 };
}

static uint64_t cookie_of(const struct inet_diag_msg *socket)
{
	return (uint64_t)socket->id.idiag_cookie[1] << 32 | socket->id.idiag_cookie[0];
}

/* 0 for IPv4, also in its IPv6 form; 1 for IPv6. */
static unsigned family_index(const struct inet_diag_msg *socket)
{
	return socket->idiag_family == AF_INET6 && !diag_is_mapped(socket->id.idiag_src);
}

static bool is_any(const __be32 *address)
{
	return (address[0] | address[1] | address[2] | address[3]) == 0;
}

static struct tally_listener *new_listener(struct tally *tally)
{
	if (tally->listener_count == TALLY_MOST_LISTENERS) {
		tally->is_cut_listeners = true;
		return NULL;
	}
	if (tally->listener_count == tally->listener_capacity) {
		size_t capacity =
			tally->listener_capacity ? 2 * tally->listener_capacity : 64;
		struct tally_listener *grown =
			realloc(tally->listeners, capacity * sizeof(*grown));

		if (!grown) {
			tally->has_failed = true;
			return NULL;
		}
		tally->listeners = grown;
		tally->listener_capacity = capacity;
	}
	return &tally->listeners[tally->listener_count++];
}

/* Put a listener in the chain of its port, and find the group that it shares. */
static void chain_listener(struct tally *tally, struct tally_listener *listener)
{
	uint32_t index = (uint32_t)(listener - tally->listeners);
	uint32_t at = tally->first_on_port[listener->port];

	listener->group = index;
	for (; at; at = tally->listeners[at - 1].next) {
		const struct tally_listener *other = &tally->listeners[at - 1];

		if (other->family == listener->family &&
		    memcmp(other->address, listener->address, sizeof(other->address)) ==
			    0) {
			listener->group = other->group;
			break;
		}
	}
	listener->next = tally->first_on_port[listener->port];
	tally->first_on_port[listener->port] = index + 1;
}

void tally_add_listener(void *data, const struct inet_diag_msg *socket, size_t length)
{
	struct tally *tally = data;
	struct diag_attributes attributes;
	struct tally_listener *listener;

	tally->states[family_index(socket)][DIAG_LISTEN]++;
	listener = new_listener(tally);
	if (!listener)
		return;
	diag_read_attributes(socket, length, &attributes);
	*listener = (struct tally_listener){
		.cookie = cookie_of(socket),
		.family = socket->idiag_family,
		.port = ntohs(socket->id.idiag_sport),
		.queue = socket->idiag_rqueue,
		.queue_limit = socket->idiag_wqueue,
		.drops = attributes.drops,
		.cgroup = attributes.cgroup,
		.uid = socket->idiag_uid,
		.inode = socket->idiag_inode,
		.oldest_waiting_ms = -1,
	};
	if (family_index(socket) == 1) {
		memcpy(listener->address, socket->id.idiag_src,
		       sizeof(listener->address));
	} else {
		listener->family = AF_INET;
		listener->address[0] =
			socket->id.idiag_src[socket->idiag_family == AF_INET6 ? 3 : 0];
	}
	chain_listener(tally, listener);
}

/* How well a listener fits a local address. */
enum match {
	MATCH_NONE,
	MATCH_ANY,	  /* an IPv6 wildcard takes an IPv4 connection */
	MATCH_ANY_FAMILY, /* a wildcard of the same family */
	MATCH_ADDRESS,	  /* of just that address */
};

static enum match match_listener(const struct tally_listener *listener,
				 const struct inet_diag_msg *socket)
{
	bool is_v6 = family_index(socket) == 1;
	const __be32 *local = socket->id.idiag_src;

	if (is_any(listener->address)) {
		if ((listener->family == AF_INET6) == is_v6)
			return MATCH_ANY_FAMILY;
		return is_v6 ? MATCH_NONE : MATCH_ANY;
	}
	if ((listener->family == AF_INET6) != is_v6)
		return MATCH_NONE;
	if (is_v6)
		return memcmp(listener->address, local, 16) == 0 ? MATCH_ADDRESS
								 : MATCH_NONE;
	return listener->address[0] == local[socket->idiag_family == AF_INET6 ? 3 : 0]
		       ? MATCH_ADDRESS
		       : MATCH_NONE;
}

/* The listener that a connection came through: the group of the best match, or NULL. */
static struct tally_listener *find_listener(struct tally *tally,
					    const struct inet_diag_msg *socket)
{
	uint32_t at = tally->first_on_port[ntohs(socket->id.idiag_sport)];
	struct tally_listener *found = NULL;
	enum match best = MATCH_NONE;

	for (; at && best != MATCH_ADDRESS; at = tally->listeners[at - 1].next) {
		struct tally_listener *listener = &tally->listeners[at - 1];
		enum match match = match_listener(listener, socket);

		if (match > best) {
			best = match;
			found = &tally->listeners[listener->group];
		}
	}
	return found;
}

/*
 * A connection that nobody has accepted has no inode. It never sent data, so the time
 * since it last did is its age.
 */
static void add_waiting(struct tally_listener *listener,
			const struct inet_diag_msg *socket, size_t length)
{
	struct diag_attributes attributes;

	listener->waiting++;
	diag_read_attributes(socket, length, &attributes);
	if (attributes.has_info &&
	    attributes.info.tcpi_last_data_sent > listener->oldest_waiting_ms)
		listener->oldest_waiting_ms = attributes.info.tcpi_last_data_sent;
}

static void add_inbound(struct tally_listener *listener,
			const struct inet_diag_msg *socket, size_t length)
{
	switch (socket->idiag_state) {
	case DIAG_SYN_RECV:
		listener->syn_received++;
		return;
	case DIAG_TIME_WAIT:
		listener->time_wait++;
		return;
	case DIAG_ESTABLISHED:
		listener->established++;
		break;
	case DIAG_CLOSE_WAIT:
		break;
	default:
		return;
	}
	if (socket->idiag_inode == 0)
		add_waiting(listener, socket, length);
}

void tally_add_waiting(void *data, const struct inet_diag_msg *socket, size_t length)
{
	struct tally_listener *listener = find_listener(data, socket);

	if (listener && socket->idiag_inode == 0)
		add_waiting(listener, socket, length);
}

/* IPv4 in its IPv6 form is IPv4. */
static void fill_key(struct destination_key *key, const struct inet_diag_msg *socket)
{
	memset(key, 0, sizeof(*key));
	key->port = ntohs(socket->id.idiag_dport);
	if (family_index(socket) == 1) {
		key->family = AF_INET6;
		memcpy(key->source, socket->id.idiag_src, sizeof(key->source));
		memcpy(key->address, socket->id.idiag_dst, sizeof(key->address));
		return;
	}
	key->family = AF_INET;
	key->source[0] = socket->id.idiag_src[socket->idiag_family == AF_INET6 ? 3 : 0];
	key->address[0] = socket->id.idiag_dst[socket->idiag_family == AF_INET6 ? 3 : 0];
}

/*
 * A SYN that a timer repeated went out again, or did not: where no neighbour answers, the
 * first one still waits in a queue of this host.
 */
static void add_syn_sent(struct destination *group, const struct inet_diag_msg *socket,
			 size_t length)
{
	struct diag_attributes attributes;

	group->syn_sent++;
	diag_read_attributes(socket, length, &attributes);
	if (!attributes.has_info || attributes.info.tcpi_retransmits == 0)
		return;
	if (attributes.info.tcpi_total_retrans > 0)
		group->syn_retried++;
	else
		group->syn_stuck++;
}

static void add_outgoing(struct tally *tally, const struct inet_diag_msg *socket,
			 size_t length)
{
	uint16_t local_port = ntohs(socket->id.idiag_sport);
	struct destination_key key;
	struct destination *group;

	fill_key(&key, socket);
	group = destinations_get(&tally->destinations, &key);
	if (!group)
		return;
	if (local_port < tally->port_low || local_port > tally->port_high) {
		group->outside++;
		return;
	}
	group->sockets++;
	destinations_note_port(&tally->destinations, &key, local_port);
	if (socket->idiag_state == DIAG_ESTABLISHED) {
		group->established++;
	} else if (socket->idiag_state == DIAG_SYN_SENT) {
		add_syn_sent(group, socket, length);
	} else if (socket->idiag_state == DIAG_TIME_WAIT) {
		group->time_wait++;
		group->time_wait_old += TIME_WAIT_MS - (int64_t)socket->idiag_expires >=
					tally->reuse_delay_ms;
	}
}

static bool is_closing(const struct inet_diag_msg *socket)
{
	return STATE_BIT(socket->idiag_state) &
	       (STATE_BIT(DIAG_CLOSE_WAIT) | STATE_BIT(DIAG_FIN_WAIT1) |
		STATE_BIT(DIAG_FIN_WAIT2) | STATE_BIT(DIAG_LAST_ACK) |
		STATE_BIT(DIAG_CLOSING));
}

/* Of the same kind, and of the same control group where an owner can be told by it. */
static bool is_of_group(const struct tally_closing *group,
			const struct inet_diag_msg *socket, uint16_t port,
			uint64_t cgroup)
{
	bool has_owner = socket->idiag_inode != 0;

	return group->state == socket->idiag_state &&
	       group->timer == socket->idiag_timer && group->port == port &&
	       group->uid == socket->idiag_uid && group->has_owner == has_owner &&
	       (!has_owner || group->cgroup == cgroup);
}

/* The group of a closing socket; NULL when there are too many. */
static struct tally_closing *get_closing(struct tally *tally,
					 const struct inet_diag_msg *socket,
					 uint16_t port, uint64_t cgroup)
{
	struct tally_closing *group;

	for (size_t i = 0; i < tally->closing_count; i++) {
		group = &tally->closing[i];
		if (!is_of_group(group, socket, port, cgroup))
			continue;
		if (group->cgroup != cgroup)
			group->cgroup = 0;
		return group;
	}
	if (tally->closing_count == TALLY_MOST_CLOSING) {
		tally->is_cut_closing = true;
		return NULL;
	}
	group = &tally->closing[tally->closing_count++];
	*group = (struct tally_closing){ .cgroup = cgroup,
					 .state = socket->idiag_state,
					 .timer = socket->idiag_timer,
					 .port = port,
					 .uid = socket->idiag_uid,
					 .has_owner = socket->idiag_inode != 0,
					 .oldest_ms = -1 };
	return group;
}

/* A peer that does not read answers each probe, so what counts is when it last took data.
 */
static uint32_t standstill_ms(const struct inet_diag_msg *socket,
			      const struct tcp_info *info)
{
	return socket->idiag_timer == DIAG_TIMER_PROBE ? info->tcpi_last_data_sent
						       : info->tcpi_last_ack_recv;
}

static void add_closing(struct tally *tally, const struct inet_diag_msg *socket,
			size_t length, uint16_t port)
{
	struct diag_attributes attributes;
	struct tally_closing *group;

	diag_read_attributes(socket, length, &attributes);
	group = get_closing(tally, socket, port, attributes.cgroup);
	if (!group)
		return;
	group->sockets++;
	if (socket->idiag_inode && group->inode_count < TALLY_SAMPLE_INODES)
		group->inodes[group->inode_count++] = socket->idiag_inode;
	if (socket->idiag_timer == DIAG_TIMER_TIMEWAIT || !attributes.has_info)
		return;
	group->backoff += attributes.info.tcpi_backoff > 0;
	group->aged += standstill_ms(socket, &attributes.info) >= TALLY_AGED_MS;
	if (attributes.info.tcpi_last_ack_recv > group->oldest_ms)
		group->oldest_ms = attributes.info.tcpi_last_ack_recv;
}

void tally_add_socket(void *data, const struct inet_diag_msg *socket, size_t length)
{
	struct tally *tally = data;
	unsigned family = family_index(socket);
	struct tally_listener *listener = find_listener(tally, socket);

	tally->states[family][socket->idiag_state]++;
	if (socket->idiag_state == DIAG_FIN_WAIT2 &&
	    socket->idiag_timer == DIAG_TIMER_TIMEWAIT)
		tally->timewait_fin_wait2[family]++;
	if (socket->idiag_state == DIAG_CLOSE)
		return;
	if (listener)
		add_inbound(listener, socket, length);
	else
		add_outgoing(tally, socket, length);
	if (tally->sockets)
		socket_tops_add(tally->sockets, socket, length, listener != NULL);
	if (is_closing(socket))
		add_closing(tally, socket, length, listener ? listener->port : 0);
}

bool tally_has_waiting(const struct tally *tally)
{
	for (size_t i = 0; i < tally->listener_count; i++)
		if (tally->listeners[i].queue > 0)
			return true;
	return false;
}

size_t tally_waiting_ports(const struct tally *tally, uint16_t *ret, size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < tally->listener_count; i++) {
		const struct tally_listener *listener = &tally->listeners[i];
		bool is_new = listener->queue > 0;

		for (size_t n = 0; is_new && n < count && n < most; n++)
			is_new = ret[n] != listener->port;
		if (!is_new)
			continue;
		if (count < most)
			ret[count] = listener->port;
		count++;
	}
	return count;
}

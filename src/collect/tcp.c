/* The TCP sockets of the namespace: tables tcp_state, listener, destination, ... */
#include "base/parse.h"
#include "collect/holders.h"
#include "collect/source.h"
#include "collect/tally.h"

#include <arpa/inet.h>
#include <errno.h>

enum { DEFAULT_REUSE_DELAY_MS = 1000, VALUE_BYTES = 256 };

/* ip_local_port_range, 0 0 when it is not known. */
static void read_port_range(struct evidence *evidence, unsigned *ret_low,
			    unsigned *ret_high)
{
	char value[VALUE_BYTES];
	const char *cursor = value;
	int64_t low, high;

	*ret_low = *ret_high = 0;
	if (!evidence_sysctl(evidence, "net.ipv4.ip_local_port_range", value,
			     sizeof(value)) ||
	    parse_next_i64(&cursor, &low) < 0 || parse_next_i64(&cursor, &high) < 0 ||
	    low < 1 || high > 65535 || low > high)
		return;
	*ret_low = (unsigned)low;
	*ret_high = (unsigned)high;
}

/* Before the key existed a TIME_WAIT could be reused after one second. */
static int64_t read_reuse_delay_ms(struct evidence *evidence)
{
	char value[VALUE_BYTES];
	int64_t delay;

	if (!evidence_sysctl(evidence, "net.ipv4.tcp_tw_reuse_delay", value,
			     sizeof(value)) ||
	    parse_i64(value, &delay) < 0)
		return DEFAULT_REUSE_DELAY_MS;
	return delay;
}

static void want_holders(const struct tally *tally, struct holders *holders)
{
	for (size_t i = 0; i < tally->listener_count; i++) {
		const struct tally_listener *listener = &tally->listeners[i];

		if (listener->drops > 0 || listener->queue > 0 ||
		    tally->listeners[listener->group].syn_received > 0)
			holders_want(holders, listener->inode, listener->cgroup);
	}
	if (tally->sockets)
		socket_tops_want_holders(tally->sockets, holders);
	for (size_t i = 0; i < tally->closing_count; i++) {
		const struct tally_closing *group = &tally->closing[i];

		holders_want(holders, 0, group->cgroup);
		for (size_t n = 0; n < group->inode_count; n++)
			holders_want(holders, group->inodes[n], 0);
	}
}

static const char *address_text(int family, const __be32 *address, char *buffer)
{
	return inet_ntop(family, address, buffer, INET6_ADDRSTRLEN) ? buffer : "?";
}

static int store_states(struct collection *collection, const struct tally *tally,
			struct error *err)
{
	for (int family = 0; family < TALLY_FAMILIES; family++) {
		for (unsigned state = 1; state < DIAG_STATE_COUNT; state++) {
			const struct tcp_state_row row = {
				.family = family ? 6 : 4,
				.state = diag_state_text(state),
				.sockets = tally->states[family][state],
				.timewait = state == DIAG_TIME_WAIT
						    ? tally->states[family][state]
					    : state == DIAG_FIN_WAIT2
						    ? tally->timewait_fin_wait2[family]
						    : 0,
			};
			int code;

			if (row.sockets == 0)
				continue;
			code = evidence_add_tcp_state(collection->evidence, &row, err);
			if (code < 0)
				return code;
		}
	}
	return 0;
}

/* What a quick look did not count socket by socket. tw counts FIN_WAIT2 without an owner.
 */
static int store_gauges(struct collection *collection, const struct tally *tally,
			struct error *err)
{
	struct tcp_state_row row = { .state = diag_state_text(DIAG_ESTABLISHED) };
	int64_t connected, timewait;
	int code = 0;

	if (evidence_counter(collection->evidence, "Tcp.CurrEstab", &connected)) {
		row.sockets = connected - tally->states[0][DIAG_CLOSE_WAIT] -
			      tally->states[1][DIAG_CLOSE_WAIT];
		if (row.sockets > 0)
			code = evidence_add_tcp_state(collection->evidence, &row, err);
	}
	if (code < 0 ||
	    !evidence_counter(collection->evidence, "sockstat.TCP.tw", &timewait))
		return code;
	row.state = diag_state_text(DIAG_TIME_WAIT);
	row.sockets = row.timewait =
		timewait - tally->timewait_fin_wait2[0] - tally->timewait_fin_wait2[1];
	return row.sockets > 0 ? evidence_add_tcp_state(collection->evidence, &row, err)
			       : 0;
}

/* Tables that a quick look leaves empty, which proves nothing. */
static int note_skipped(struct collection *collection, struct error *err)
{
	static const enum need_table tables[] = { TABLE_DESTINATION, TABLE_SOURCE_ADDRESS,
						  TABLE_SOCKET, TABLE_SOCKET_COUNT };
	int code = 0;

	for (size_t i = 0; code == 0 && i < ARRAY_SIZE(tables); i++)
		if (collection->needs->tables[tables[i]])
			code = evidence_add_source(
				collection->evidence, need_table_text(tables[i]),
				SOURCE_SKIPPED, "connections are not looked at (--quick)",
				err);
	return code;
}

static int store_listener(struct collection *collection, const struct tally *tally,
			  const struct tally_listener *listener,
			  const struct holders *holders, struct error *err)
{
	char address[INET6_ADDRSTRLEN];
	bool is_quick = collection->needs->is_quick;
	const struct tally_listener *group = &tally->listeners[listener->group];
	const struct holder holder =
		holders_get(holders, listener->inode, listener->cgroup);
	const struct listener_row row = {
		.cookie = listener->cookie,
		.family = listener->family == AF_INET6 ? 6 : 4,
		.address = address_text(listener->family, listener->address, address),
		.port = listener->port,
		.queue = listener->queue,
		.queue_limit = listener->queue_limit,
		.drops = listener->drops,
		.waiting = group->waiting,
		.oldest_waiting_ms = group->oldest_waiting_ms,
		.syn_received = group->syn_received,
		.established = is_quick ? -1 : group->established,
		.time_wait = is_quick ? -1 : group->time_wait,
		.uid = listener->uid,
		.inode = listener->inode,
		.pid = holder.pid,
		.program = holder.program,
		.cgroup = holder.cgroup,
		.service = holder.service,
	};

	return evidence_add_listener(collection->evidence, &row, err);
}

static bool is_loopback(const struct destination_key *key)
{
	const __be32 *ends[] = { key->source, key->address };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (key->family == AF_INET && ntohl(ends[i][0]) >> 24 == 127)
			return true;
		if (key->family == AF_INET6 && !ends[i][0] && !ends[i][1] &&
		    !ends[i][2] && ends[i][3] == htonl(1))
			return true;
	}
	return false;
}

static int store_destination(struct collection *collection,
			     const struct destination *group, struct error *err)
{
	char source[INET6_ADDRSTRLEN], address[INET6_ADDRSTRLEN];
	const struct destination_row row = {
		.family = group->key.family == AF_INET6 ? 6 : 4,
		.source = address_text(group->key.family, group->key.source, source),
		.address = address_text(group->key.family, group->key.address, address),
		.port = group->key.port,
		.is_loopback = is_loopback(&group->key),
		.sockets = group->sockets,
		.missed = group->missed,
		.established = group->established,
		.time_wait = group->time_wait,
		.time_wait_old = group->time_wait_old,
		.syn_sent = group->syn_sent,
		.outside = group->outside,
		.syn_retried = group->syn_retried,
		.syn_stuck = group->syn_stuck,
	};

	return evidence_add_destination(collection->evidence, &row, err);
}

/* What did not fit, as one row of no address. */
static int store_rest(struct collection *collection,
		      const struct destinations *destinations,
		      struct source_result *result, struct error *err)
{
	const struct destination_row row = {
		.source = "*",
		.address = "*",
		.sockets = destinations->dropped_sockets,
	};

	if (destinations->dropped_groups == 0)
		return 0;
	source_is_partial(
		result,
		"more than %d destinations: the heaviest are kept, %lld sockets are "
		"in one row for the rest",
		DESTINATIONS_MOST, (long long)destinations->dropped_sockets);
	return evidence_add_destination(collection->evidence, &row, err);
}

static int store_destinations(struct collection *collection,
			      const struct destinations *destinations,
			      struct source_result *result, struct error *err)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < DESTINATIONS_SLOTS; i++)
		if (destinations->slots[i].key.family)
			code = store_destination(collection, &destinations->slots[i],
						 err);
	for (size_t i = 0; code == 0 && i < destinations->source_count; i++) {
		char address[INET6_ADDRSTRLEN];
		const struct destination_source *source = &destinations->sources[i];
		const struct source_address_row row = {
			.family = source->family == AF_INET6 ? 6 : 4,
			.address = address_text(source->family, source->address, address),
			.sockets = source->sockets,
			.ports = destination_source_ports(source),
		};

		code = evidence_add_source_address(collection->evidence, &row, err);
	}
	return code < 0 ? code : store_rest(collection, destinations, result, err);
}

/* Of several programs none is named: the others would be blamed for it. */
static void find_program(const struct tally_closing *group, const struct holders *holders,
			 struct closing_row *row)
{
	for (size_t i = 0; i < group->inode_count; i++) {
		struct holder holder = holders_get(holders, group->inodes[i], 0);

		if (!holder.program)
			continue;
		if (row->program && strcmp(row->program, holder.program) != 0) {
			row->program = NULL;
			row->pid = 0;
			return;
		}
		row->program = holder.program;
		row->pid = holder.pid;
	}
}

static int store_closing(struct collection *collection, const struct tally_closing *group,
			 const struct holders *holders, struct error *err)
{
	struct holder holder = holders_get(holders, 0, group->cgroup);
	struct closing_row row = {
		.state = diag_state_text(group->state),
		.has_owner = group->has_owner,
		.timer = diag_timer_text(group->timer),
		.port = group->port,
		.uid = group->uid,
		.sockets = group->sockets,
		.backoff = group->backoff,
		.aged = group->aged,
		.oldest_ms = group->oldest_ms,
		.cgroup = holder.cgroup,
		.service = holder.service,
	};

	find_program(group, holders, &row);
	return evidence_add_closing(collection->evidence, &row, err);
}

static int store_tally(struct collection *collection, const struct tally *tally,
		       const struct holders *holders, struct source_result *result,
		       struct error *err)
{
	int code = store_states(collection, tally, err);

	for (size_t i = 0; code == 0 && i < tally->listener_count; i++)
		code = store_listener(collection, tally, &tally->listeners[i], holders,
				      err);
	for (size_t i = 0; code == 0 && i < tally->closing_count; i++)
		code = store_closing(collection, &tally->closing[i], holders, err);
	if (code == 0 && tally->sockets)
		code = socket_tops_store(tally->sockets, holders, collection->evidence,
					 err);
	if (code < 0)
		return code;
	if (!collection->needs->is_quick)
		return store_destinations(collection, &tally->destinations, result, err);
	code = store_gauges(collection, tally, err);
	return code < 0 ? code : note_skipped(collection, err);
}

static void note_limits(const struct tally *tally, struct source_result *result)
{
	if (tally->is_cut_listeners)
		source_is_partial(result,
				  "more than %d listeners: the others are not seen",
				  TALLY_MOST_LISTENERS);
	if (tally->is_cut_closing)
		source_is_partial(
			result,
			"more than %d kinds of closing sockets: the others are not seen",
			TALLY_MOST_CLOSING);
	if (tally->destinations.is_cut_sources)
		source_is_partial(
			result, "more than %d source addresses: the others are not seen",
			DESTINATIONS_MOST_SOURCES);
}

/*
 * A quick look: all but ESTABLISHED and TIME_WAIT, which are the most; and of those what
 * waits for accept(), since it tells a program that stopped from one that is slow.
 */
static int list_few(struct collection *collection, struct tally *tally,
		    struct source_result *result, struct error *err)
{
	const unsigned many = STATE_BIT(DIAG_ESTABLISHED) | STATE_BIT(DIAG_TIME_WAIT);
	uint16_t ports[DIAG_MOST_PORTS];
	size_t count = tally_waiting_ports(tally, ports, DIAG_MOST_PORTS);
	int code = diag_list(collection->kernel,
			     DIAG_ALL_STATES & ~STATE_BIT(DIAG_LISTEN) & ~many,
			     DIAG_EXT_INFO, tally_add_socket, tally, result, err);

	if (code < 0 || count == 0)
		return code;
	if (count > DIAG_MOST_PORTS)
		return diag_list(collection->kernel, STATE_BIT(DIAG_ESTABLISHED),
				 DIAG_EXT_INFO, tally_add_waiting, tally, result, err);
	return diag_list_ports(collection->kernel, STATE_BIT(DIAG_ESTABLISHED),
			       DIAG_EXT_INFO, ports, count, tally_add_waiting, tally,
			       result, err);
}

/*
 * Everything. tcp_info is asked for only if somebody waits or closes, or calls in vain, or
 * a table is about it.
 */
static int list_all(struct collection *collection, struct tally *tally,
		    struct source_result *result, struct error *err)
{
	unsigned extensions = 0;

	if (collection->needs->tables[TABLE_CLOSING] ||
	    collection->needs->tables[TABLE_DESTINATION] ||
	    collection->needs->wants_everything || tally_has_waiting(tally))
		extensions |= DIAG_EXT_INFO;
	if (tally->sockets)
		extensions |= SOCKET_EXTENSIONS;
	return diag_list(collection->kernel, DIAG_ALL_STATES & ~STATE_BIT(DIAG_LISTEN),
			 extensions, tally_add_socket, tally, result, err);
}

/*
 * Listeners first, which costs next to nothing: then each other socket is known to be
 * inbound or outgoing.
 */
static int list_sockets(struct collection *collection, struct tally *tally,
			struct source_result *result, struct error *err)
{
	int code = diag_list(collection->kernel, STATE_BIT(DIAG_LISTEN),
			     DIAG_EXT_SKMEMINFO, tally_add_listener, tally, result, err);

	if (code < 0 || result->state == SOURCE_ABSENT ||
	    result->state == SOURCE_UNREADABLE)
		return code;
	code = collection->needs->is_quick ? list_few(collection, tally, result, err)
					   : list_all(collection, tally, result, err);
	if (code == 0 && (tally->has_failed || tally->destinations.has_failed))
		code = error_set(err, -ENOMEM, "out of memory");
	return code;
}

/* A row of its own: the sockets are complete, only their programs are not. */
static int note_programs(struct collection *collection, const struct owners *owners,
			 struct error *err)
{
	char reason[128];

	if (owners->missing == 0 || !owners->is_denied)
		return 0;
	(void)snprintf(reason, sizeof(reason),
		       "this user may not see which programs own %zu sockets",
		       owners->missing);
	return evidence_add_source(collection->evidence, "programs", SOURCE_PARTIAL,
				   reason, err);
}

static bool wants_sockets(const struct needs *needs)
{
	return needs->wants_everything || needs->tables[TABLE_SOCKET] ||
	       needs->tables[TABLE_SOCKET_COUNT];
}

static int read_tcp(struct collection *collection, struct source_result *result,
		    struct error *err)
{
	AUTO(tally_clear) struct tally tally = { 0 };
	AUTO(holders_clear) struct holders holders = { 0 };
	auto_free void *sockets = NULL;
	unsigned low, high;
	int code;

	read_port_range(collection->evidence, &low, &high);
	code = tally_init(&tally, low, high, read_reuse_delay_ms(collection->evidence));
	if (code < 0)
		return error_set(err, code, "out of memory");
	if (wants_sockets(collection->needs) && !collection->needs->is_quick) {
		tally.sockets = sockets = calloc(1, sizeof(*tally.sockets));
		if (!sockets)
			return error_set(err, -ENOMEM, "out of memory");
	}
	code = list_sockets(collection, &tally, result, err);
	if (code < 0 || result->state == SOURCE_ABSENT ||
	    result->state == SOURCE_UNREADABLE)
		return code;
	note_limits(&tally, result);
	want_holders(&tally, &holders);
	holders_find(&holders, collection->kernel);
	code = store_tally(collection, &tally, &holders, result, err);
	return code < 0 ? code : note_programs(collection, &holders.owners, err);
}

/* The processes of listeners need the listeners. */
static bool needs_tcp(const struct needs *needs)
{
	static const enum need_table tables[] = { TABLE_TCP_STATE,   TABLE_LISTENER,
						  TABLE_DESTINATION, TABLE_SOURCE_ADDRESS,
						  TABLE_CLOSING,     TABLE_PROCESS };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (needs->tables[tables[i]])
			return true;
	return wants_sockets(needs);
}

const struct source source_tcp = {
	.name = "tcp",
	.is_needed = needs_tcp,
	.read = read_tcp,
};

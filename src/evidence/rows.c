#include "evidence/rows.h"

#include "evidence/evidence.h"

#include <errno.h>
#include <stddef.h>

enum { INSERT_BYTES = 256, ENDPOINT_BYTES = 96 };

enum column_type {
	COLUMN_BOOL,
	COLUMN_INT,
	COLUMN_UNSIGNED,
	COLUMN_INT64,
	COLUMN_UINT64,
	COLUMN_REAL,
	COLUMN_TEXT,
};

/* Where a column's value stands in the struct of the row. Below least it is NULL. */
struct column {
	size_t offset;
	enum column_type type;
	int64_t least;
};

#define TYPE_OF(value)                                                                   \
	_Generic((value),                                                                \
		bool: COLUMN_BOOL,                                                       \
		int: COLUMN_INT,                                                         \
		unsigned: COLUMN_UNSIGNED,                                               \
		int64_t: COLUMN_INT64,                                                   \
		uint64_t: COLUMN_UINT64,                                                 \
		double: COLUMN_REAL,                                                     \
		const char *: COLUMN_TEXT)

/* A column; and one that is NULL where the number is below the least that means something
 */
#define COLUMN(row, member) COLUMN_FROM(row, member, INT64_MIN)
#define COLUMN_FROM(row, member, from)                                                   \
	{                                                                                \
		offsetof(struct row, member), TYPE_OF(((struct row *)NULL)->member),     \
			(from)                                                           \
	}

static const struct column tcp_state_columns[] = {
	COLUMN_FROM(tcp_state_row, family, 1),
	COLUMN(tcp_state_row, state),
	COLUMN(tcp_state_row, sockets),
	COLUMN(tcp_state_row, timewait),
};

static const struct column listener_columns[] = {
	COLUMN(listener_row, cookie),
	COLUMN(listener_row, family),
	COLUMN(listener_row, address),
	COLUMN(listener_row, port),
	COLUMN(listener_row, queue),
	COLUMN(listener_row, queue_limit),
	COLUMN_FROM(listener_row, drops, 0),
	COLUMN(listener_row, waiting),
	COLUMN_FROM(listener_row, oldest_waiting_ms, 0),
	COLUMN(listener_row, syn_received),
	COLUMN_FROM(listener_row, established, 0),
	COLUMN_FROM(listener_row, time_wait, 0),
	COLUMN(listener_row, uid),
	COLUMN(listener_row, inode),
	COLUMN_FROM(listener_row, pid, 1),
	COLUMN(listener_row, program),
	COLUMN(listener_row, cgroup),
	COLUMN(listener_row, service),
	COLUMN(listener_row, endpoint),
};

static const struct column destination_columns[] = {
	COLUMN(destination_row, family),      COLUMN(destination_row, source),
	COLUMN(destination_row, address),     COLUMN(destination_row, port),
	COLUMN(destination_row, is_loopback), COLUMN(destination_row, sockets),
	COLUMN(destination_row, missed),      COLUMN(destination_row, established),
	COLUMN(destination_row, time_wait),   COLUMN(destination_row, time_wait_old),
	COLUMN(destination_row, syn_sent),    COLUMN(destination_row, outside),
	COLUMN(destination_row, syn_retried), COLUMN(destination_row, syn_stuck),
	COLUMN(destination_row, endpoint),
};

static const struct column source_address_columns[] = {
	COLUMN(source_address_row, family),
	COLUMN(source_address_row, address),
	COLUMN(source_address_row, sockets),
	COLUMN(source_address_row, ports),
};

static const struct column closing_columns[] = {
	COLUMN(closing_row, state),
	COLUMN(closing_row, has_owner),
	COLUMN(closing_row, timer),
	COLUMN(closing_row, port),
	COLUMN(closing_row, uid),
	COLUMN(closing_row, sockets),
	COLUMN(closing_row, backoff),
	COLUMN(closing_row, aged),
	COLUMN_FROM(closing_row, oldest_ms, 0),
	COLUMN_FROM(closing_row, pid, 1),
	COLUMN(closing_row, program),
	COLUMN(closing_row, cgroup),
	COLUMN(closing_row, service),
};

static const struct column socket_columns[] = {
	COLUMN(socket_row, cookie),
	COLUMN(socket_row, family),
	COLUMN(socket_row, state),
	COLUMN(socket_row, is_inbound),
	COLUMN(socket_row, is_loopback),
	COLUMN(socket_row, address),
	COLUMN(socket_row, port),
	COLUMN(socket_row, peer),
	COLUMN(socket_row, peer_port),
	COLUMN(socket_row, timer),
	COLUMN_FROM(socket_row, timer_ms, 0),
	COLUMN_FROM(socket_row, retransmits, 0),
	COLUMN_FROM(socket_row, backoff, 0),
	COLUMN(socket_row, recovery),
	COLUMN(socket_row, congestion),
	COLUMN_FROM(socket_row, has_window_scaling, 0),
	COLUMN_FROM(socket_row, has_timestamps, 0),
	COLUMN_FROM(socket_row, has_sack, 0),
	COLUMN_FROM(socket_row, has_ecn, 0),
	COLUMN_FROM(socket_row, send_scale, 0),
	COLUMN_FROM(socket_row, receive_scale, 0),
	COLUMN_FROM(socket_row, rto_us, 0),
	COLUMN_FROM(socket_row, rtt_us, 0),
	COLUMN_FROM(socket_row, rtt_variance_us, 0),
	COLUMN_FROM(socket_row, min_rtt_us, 0),
	COLUMN_FROM(socket_row, receive_rtt_us, 0),
	COLUMN_FROM(socket_row, mss, 0),
	COLUMN_FROM(socket_row, receive_mss, 0),
	COLUMN_FROM(socket_row, pmtu, 0),
	COLUMN_FROM(socket_row, cwnd, 0),
	COLUMN_FROM(socket_row, ssthresh, 0),
	COLUMN_FROM(socket_row, unacked, 0),
	COLUMN_FROM(socket_row, sacked, 0),
	COLUMN_FROM(socket_row, lost, 0),
	COLUMN_FROM(socket_row, retransmitting, 0),
	COLUMN_FROM(socket_row, retransmitted, 0),
	COLUMN_FROM(socket_row, reordering, 0),
	COLUMN_FROM(socket_row, reordering_seen, 0),
	COLUMN_FROM(socket_row, dsacks, 0),
	COLUMN_FROM(socket_row, bytes_sent, 0),
	COLUMN_FROM(socket_row, bytes_acked, 0),
	COLUMN_FROM(socket_row, bytes_retransmitted, 0),
	COLUMN_FROM(socket_row, bytes_received, 0),
	COLUMN_FROM(socket_row, segments_sent, 0),
	COLUMN_FROM(socket_row, segments_received, 0),
	COLUMN_FROM(socket_row, data_segments_sent, 0),
	COLUMN_FROM(socket_row, data_segments_received, 0),
	COLUMN_FROM(socket_row, delivered, 0),
	COLUMN_FROM(socket_row, not_sent, 0),
	COLUMN_FROM(socket_row, pacing_rate, 0),
	COLUMN_FROM(socket_row, delivery_rate, 0),
	COLUMN_FROM(socket_row, is_app_limited, 0),
	COLUMN_FROM(socket_row, busy_us, 0),
	COLUMN_FROM(socket_row, peer_window_limited_us, 0),
	COLUMN_FROM(socket_row, send_buffer_limited_us, 0),
	COLUMN_FROM(socket_row, peer_window, 0),
	COLUMN_FROM(socket_row, receive_window, 0),
	COLUMN_FROM(socket_row, receive_space, 0),
	COLUMN_FROM(socket_row, receive_ssthresh, 0),
	COLUMN_FROM(socket_row, out_of_order, 0),
	COLUMN_FROM(socket_row, last_sent_ms, 0),
	COLUMN_FROM(socket_row, last_received_ms, 0),
	COLUMN_FROM(socket_row, last_ack_ms, 0),
	COLUMN_FROM(socket_row, receive_queue, 0),
	COLUMN_FROM(socket_row, send_queue, 0),
	COLUMN_FROM(socket_row, receive_buffer, 0),
	COLUMN_FROM(socket_row, send_buffer, 0),
	COLUMN_FROM(socket_row, receive_memory, 0),
	COLUMN_FROM(socket_row, send_memory, 0),
	COLUMN_FROM(socket_row, drops, 0),
	COLUMN_FROM(socket_row, uid, 0),
	COLUMN_FROM(socket_row, inode, 1),
	COLUMN_FROM(socket_row, pid, 1),
	COLUMN(socket_row, program),
	COLUMN(socket_row, cgroup),
	COLUMN(socket_row, service),
	COLUMN(socket_row, endpoint),
	COLUMN(socket_row, far_end),
};

static const struct column socket_count_columns[] = {
	COLUMN(socket_count_row, what),
	COLUMN(socket_count_row, sockets),
};

static const struct column udp_socket_columns[] = {
	COLUMN_FROM(udp_socket_row, cookie, 1),
	COLUMN(udp_socket_row, family),
	COLUMN(udp_socket_row, address),
	COLUMN(udp_socket_row, port),
	COLUMN(udp_socket_row, queue),
	COLUMN_FROM(udp_socket_row, receive_buffer, 0),
	COLUMN_FROM(udp_socket_row, drops, 0),
	COLUMN(udp_socket_row, sockets),
	COLUMN_FROM(udp_socket_row, uid, 0),
	COLUMN_FROM(udp_socket_row, inode, 1),
	COLUMN_FROM(udp_socket_row, pid, 1),
	COLUMN(udp_socket_row, program),
	COLUMN(udp_socket_row, cgroup),
	COLUMN(udp_socket_row, service),
	COLUMN(udp_socket_row, endpoint),
};

static const struct column capture_columns[] = {
	COLUMN(capture_row, cookie),
	COLUMN(capture_row, type),
	COLUMN(capture_row, protocol),
	COLUMN(capture_row, interface),
	COLUMN_FROM(capture_row, ring_bytes, 0),
	COLUMN_FROM(capture_row, ring_blocks, 0),
	COLUMN_FROM(capture_row, queue, 0),
	COLUMN_FROM(capture_row, receive_buffer, 0),
	COLUMN_FROM(capture_row, drops, 0),
	COLUMN_FROM(capture_row, uid, 0),
	COLUMN(capture_row, inode),
	COLUMN_FROM(capture_row, pid, 1),
	COLUMN(capture_row, program),
};

static const struct column link_columns[] = {
	COLUMN_FROM(link_row, number, 0),
	COLUMN(link_row, name),
	COLUMN(link_row, kind),
	COLUMN_FROM(link_row, is_up, 0),
	COLUMN_FROM(link_row, mtu, 0),
	COLUMN_FROM(link_row, rx_packets, 0),
	COLUMN_FROM(link_row, tx_packets, 0),
	COLUMN_FROM(link_row, rx_bytes, 0),
	COLUMN_FROM(link_row, tx_bytes, 0),
	COLUMN_FROM(link_row, rx_errors, 0),
	COLUMN_FROM(link_row, tx_errors, 0),
	COLUMN_FROM(link_row, rx_dropped, 0),
	COLUMN_FROM(link_row, tx_dropped, 0),
	COLUMN_FROM(link_row, rx_missed, 0),
	COLUMN_FROM(link_row, rx_fifo, 0),
	COLUMN_FROM(link_row, rx_over, 0),
	COLUMN(link_row, qdisc),
	COLUMN_FROM(link_row, qdisc_drops, 0),
	COLUMN_FROM(link_row, qdisc_overlimits, 0),
	COLUMN_FROM(link_row, qdisc_backlog, 0),
	COLUMN_FROM(link_row, qdisc_child_drops, 0),
	COLUMN_FROM(link_row, qdisc_child_overlimits, 0),
	COLUMN_FROM(link_row, qdisc_child_backlog, 0),
	COLUMN_FROM(link_row, gso_max_size, 0),
	COLUMN_FROM(link_row, gso_max_segs, 0),
	COLUMN_FROM(link_row, gro_max_size, 0),
	COLUMN_FROM(link_row, tso_max_size, 0),
};

static const struct column offload_columns[] = {
	COLUMN_FROM(offload_row, number, 0),  COLUMN(offload_row, name),
	COLUMN_FROM(offload_row, tso, 0),     COLUMN_FROM(offload_row, tso_fixed, 0),
	COLUMN_FROM(offload_row, gso, 0),     COLUMN_FROM(offload_row, gso_fixed, 0),
	COLUMN_FROM(offload_row, gro, 0),     COLUMN_FROM(offload_row, gro_fixed, 0),
	COLUMN_FROM(offload_row, lro, 0),     COLUMN_FROM(offload_row, lro_fixed, 0),
	COLUMN_FROM(offload_row, rx_ring, 0), COLUMN_FROM(offload_row, rx_ring_max, 0),
	COLUMN_FROM(offload_row, tx_ring, 0), COLUMN_FROM(offload_row, tx_ring_max, 0),
};

static const struct column softnet_columns[] = {
	COLUMN(softnet_row, cpu),
	COLUMN(softnet_row, processed),
	COLUMN(softnet_row, dropped),
	COLUMN(softnet_row, time_squeeze),
	COLUMN_FROM(softnet_row, received_rps, 0),
	COLUMN_FROM(softnet_row, flow_limit_count, 0),
	COLUMN_FROM(softnet_row, backlog_len, 0),
	COLUMN_FROM(softnet_row, input_qlen, 0),
	COLUMN_FROM(softnet_row, process_qlen, 0),
};

static const struct column process_columns[] = {
	COLUMN(process_row, pid),
	COLUMN(process_row, program),
	COLUMN_FROM(process_row, descriptors, 0),
	COLUMN_FROM(process_row, descriptors_limit, 0),
};

static const struct column log_line_columns[] = {
	COLUMN(log_line_row, what),  COLUMN(log_line_row, subject),
	COLUMN(log_line_row, count), COLUMN(log_line_row, first),
	COLUMN(log_line_row, last),
};

static const struct column boot_setting_columns[] = {
	COLUMN(boot_setting_row, key),	  COLUMN(boot_setting_row, state),
	COLUMN(boot_setting_row, loader), COLUMN(boot_setting_row, value),
	COLUMN(boot_setting_row, live),	  COLUMN(boot_setting_row, file),
	COLUMN(boot_setting_row, line),	  COLUMN(boot_setting_row, reason),
	COLUMN(boot_setting_row, module), COLUMN(boot_setting_row, owner),
};

#define TABLE(name)                                                                      \
	{                                                                                \
#name, name##_columns, ARRAY_SIZE(name##_columns)                        \
	}

static const struct {
	const char *name;
	const struct column *columns;
	size_t count;
} tables[] = {
	[ROW_TCP_STATE] = TABLE(tcp_state),
	[ROW_LISTENER] = TABLE(listener),
	[ROW_DESTINATION] = TABLE(destination),
	[ROW_SOURCE_ADDRESS] = TABLE(source_address),
	[ROW_CLOSING] = TABLE(closing),
	[ROW_SOCKET] = TABLE(socket),
	[ROW_SOCKET_COUNT] = TABLE(socket_count),
	[ROW_UDP_SOCKET] = TABLE(udp_socket),
	[ROW_CAPTURE] = TABLE(capture),
	[ROW_LINK] = TABLE(link),
	[ROW_OFFLOAD] = TABLE(offload),
	[ROW_SOFTNET] = TABLE(softnet),
	[ROW_PROCESS] = TABLE(process),
	[ROW_LOG_LINE] = TABLE(log_line),
	[ROW_BOOT_SETTING] = TABLE(boot_setting),
};
_Static_assert(ARRAY_SIZE(tables) == ROW_TABLE_COUNT_, "columns for each table");

const char *row_table_name(enum row_table table)
{
	return tables[table].name;
}

size_t row_table_columns(enum row_table table)
{
	return tables[table].count + 1;
}

/* "INSERT INTO link VALUES (?,?,?)" */
static int prepare(struct evidence *evidence, enum row_table table, struct error *err)
{
	char sql[INSERT_BYTES];
	int length = snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?",
			      tables[table].name);

	for (size_t i = 0; i < tables[table].count && length < INSERT_BYTES - 4; i++) {
		sql[length++] = ',';
		sql[length++] = '?';
	}
	sql[length++] = ')';
	sql[length] = '\0';
	return database_prepare(evidence->db, sql, &evidence->row_inserts[table], err);
}

static void bind_number(sqlite3_stmt *statement, int at, int64_t number, int64_t least)
{
	if (number < least)
		sqlite3_bind_null(statement, at);
	else
		sqlite3_bind_int64(statement, at, number);
}

static void bind_column(sqlite3_stmt *statement, int at, const struct column *column,
			const void *row)
{
	const void *value = (const char *)row + column->offset;

	switch (column->type) {
	case COLUMN_BOOL:
		sqlite3_bind_int(statement, at, *(const bool *)value);
		return;
	case COLUMN_INT:
		bind_number(statement, at, *(const int *)value, column->least);
		return;
	case COLUMN_UNSIGNED:
		bind_number(statement, at, *(const unsigned *)value, column->least);
		return;
	case COLUMN_INT64:
		bind_number(statement, at, *(const int64_t *)value, column->least);
		return;
	case COLUMN_UINT64: /* cookies and inodes use all bits only in theory */
		bind_number(statement, at, (int64_t) * (const uint64_t *)value,
			    column->least);
		return;
	case COLUMN_REAL:
		sqlite3_bind_double(statement, at, *(const double *)value);
		return;
	case COLUMN_TEXT: /* NULL binds NULL */
		sqlite3_bind_text(statement, at, *(const char *const *)value, -1,
				  SQLITE_STATIC);
		return;
	}
}

static int add_row(struct evidence *evidence, enum row_table table, const void *row,
		   struct error *err)
{
	sqlite3_stmt *statement;

	if (!evidence->row_inserts[table]) {
		int code = prepare(evidence, table, err);

		if (code < 0)
			return code;
	}
	statement = evidence->row_inserts[table];
	sqlite3_bind_int64(statement, 1, evidence->now);
	for (size_t i = 0; i < tables[table].count; i++)
		bind_column(statement, (int)i + 2, &tables[table].columns[i], row);
	return database_step(statement, err);
}

/* --- columns that follow from others ---------------------------------------------- */

/* "192.0.2.1:80", "[::1]:80" */
static const char *write_endpoint(int family, const char *address, unsigned port,
				  char *buffer)
{
	if (!address)
		return NULL;
	(void)snprintf(buffer, ENDPOINT_BYTES, family == 6 ? "[%s]:%u" : "%s:%u", address,
		       port);
	return buffer;
}

/* --- one function a table --------------------------------------------------------- */

int evidence_add_tcp_state(struct evidence *evidence, const struct tcp_state_row *row,
			   struct error *err)
{
	return add_row(evidence, ROW_TCP_STATE, row, err);
}

int evidence_add_listener(struct evidence *evidence, const struct listener_row *row,
			  struct error *err)
{
	char endpoint[ENDPOINT_BYTES];
	struct listener_row whole = *row;

	whole.endpoint = write_endpoint(row->family, row->address, row->port, endpoint);
	return add_row(evidence, ROW_LISTENER, &whole, err);
}

int evidence_add_destination(struct evidence *evidence, const struct destination_row *row,
			     struct error *err)
{
	char endpoint[ENDPOINT_BYTES];
	struct destination_row whole = *row;

	whole.endpoint = write_endpoint(row->family, row->address, row->port, endpoint);
	return add_row(evidence, ROW_DESTINATION, &whole, err);
}

int evidence_add_source_address(struct evidence *evidence,
				const struct source_address_row *row, struct error *err)
{
	return add_row(evidence, ROW_SOURCE_ADDRESS, row, err);
}

int evidence_add_closing(struct evidence *evidence, const struct closing_row *row,
			 struct error *err)
{
	return add_row(evidence, ROW_CLOSING, row, err);
}

int evidence_add_socket(struct evidence *evidence, const struct socket_row *row,
			struct error *err)
{
	char own[ENDPOINT_BYTES], peer[ENDPOINT_BYTES];
	struct socket_row whole = *row;

	whole.far_end = write_endpoint(row->family, row->peer, row->peer_port, peer);
	whole.endpoint = row->is_inbound ? write_endpoint(row->family, row->address,
							  row->port, own)
					 : whole.far_end;
	return add_row(evidence, ROW_SOCKET, &whole, err);
}

int evidence_add_socket_count(struct evidence *evidence,
			      const struct socket_count_row *row, struct error *err)
{
	return add_row(evidence, ROW_SOCKET_COUNT, row, err);
}

int evidence_add_udp_socket(struct evidence *evidence, const struct udp_socket_row *row,
			    struct error *err)
{
	char endpoint[ENDPOINT_BYTES];
	struct udp_socket_row whole = *row;

	whole.endpoint = write_endpoint(row->family, row->address, row->port, endpoint);
	return add_row(evidence, ROW_UDP_SOCKET, &whole, err);
}

int evidence_add_capture(struct evidence *evidence, const struct capture_row *row,
			 struct error *err)
{
	return add_row(evidence, ROW_CAPTURE, row, err);
}

int evidence_add_link(struct evidence *evidence, const struct link_row *row,
		      struct error *err)
{
	return add_row(evidence, ROW_LINK, row, err);
}

int evidence_add_offload(struct evidence *evidence, const struct offload_row *row,
			 struct error *err)
{
	return add_row(evidence, ROW_OFFLOAD, row, err);
}

int evidence_add_softnet(struct evidence *evidence, const struct softnet_row *row,
			 struct error *err)
{
	return add_row(evidence, ROW_SOFTNET, row, err);
}

int evidence_add_process(struct evidence *evidence, const struct process_row *row,
			 struct error *err)
{
	return add_row(evidence, ROW_PROCESS, row, err);
}

int evidence_add_log_line(struct evidence *evidence, const struct log_line_row *row,
			  struct error *err)
{
	return add_row(evidence, ROW_LOG_LINE, row, err);
}

int evidence_add_boot_setting(struct evidence *evidence,
			      const struct boot_setting_row *row, struct error *err)
{
	return add_row(evidence, ROW_BOOT_SETTING, row, err);
}

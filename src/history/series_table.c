/* The table of what is followed. */
#include "history/series.h"

#include <string.h>

#define PORT_NEEDS                                                                       \
	"port_use", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",  \
		"net.ipv4.tcp_tw_reuse", "net.ipv4.tcp_timestamps"

#define SERIES_RATE(counter)                                                             \
	false, "SELECT '', rate('" counter "')",                                         \
	{                                                                                \
		counter                                                                  \
	}

const struct series_def series_defs[] = {
	{ "connections.opened", "opened from here", CHART_CONNECTIONS,
	  SERIES_RATE("Tcp.ActiveOpens") },
	{ "connections.accepted", "accepted", CHART_CONNECTIONS,
	  SERIES_RATE("Tcp.PassiveOpens") },
	{ "connections.failed", "failed", CHART_CONNECTIONS,
	  SERIES_RATE("Tcp.AttemptFails") },
	{ "segments.received", "received", CHART_SEGMENTS, SERIES_RATE("Tcp.InSegs") },
	{ "segments.sent", "sent", CHART_SEGMENTS, SERIES_RATE("Tcp.OutSegs") },
	{ "segments.repeated", "sent again", CHART_REPEATED,
	  SERIES_RATE("Tcp.RetransSegs") },
	{ "segments.timeouts", "timeouts", CHART_REPEATED,
	  SERIES_RATE("TcpExt.TCPTimeouts") },
	{ "lost.queue-full", "handshakes: accept queue full", CHART_LOST,
	  SERIES_RATE("TcpExt.ListenOverflows") },
	{ "lost.listeners", "handshakes: any reason", CHART_LOST,
	  SERIES_RATE("TcpExt.ListenDrops") },
	{ "lost.time-wait", "TIME_WAIT: too many", CHART_LOST,
	  SERIES_RATE("TcpExt.TCPTimeWaitOverflow") },
	{ "lost.backlog", "segments: socket backlog full", CHART_LOST,
	  SERIES_RATE("TcpExt.TCPBacklogDrop") },
	{ "lost.pruned", "receive buffers collapsed", CHART_LOST,
	  SERIES_RATE("TcpExt.PruneCalled") },
	{ "resets.sent", "sent", CHART_RESETS, SERIES_RATE("Tcp.OutRsts") },
	{ "resets.connections", "connections that ended so", CHART_RESETS,
	  SERIES_RATE("Tcp.EstabResets") },
	{ "queue.share",
	  "",
	  CHART_QUEUES,
	  true,
	  "SELECT endpoint, max(min(1.0 * queue / max(queue_limit, 1), 2)) AS share"
	  " FROM listener_change GROUP BY endpoint HAVING share > 0"
	  " ORDER BY share DESC, endpoint",
	  { "listener_change" } },
	{ "ports.share",
	  "",
	  CHART_PORTS,
	  true,
	  "SELECT source || ' -> ' || endpoint, share FROM port_use"
	  " WHERE coalesce(share, 1) >= 0.01"
	  " ORDER BY share DESC, source, endpoint",
	  { PORT_NEEDS } },
	{ "memory.used",
	  "used",
	  CHART_MEMORY,
	  false,
	  "SELECT '', counter('sockstat.TCP.mem') * page_bytes()",
	  { "sockstat.TCP.mem" } },
	{ "memory.pressure",
	  "pressure begins",
	  CHART_MEMORY,
	  false,
	  "SELECT '', sysctl('net.ipv4.tcp_mem', 2) * page_bytes()",
	  { "net.ipv4.tcp_mem" } },
	{ "memory.limit",
	  "the limit",
	  CHART_MEMORY,
	  false,
	  "SELECT '', sysctl('net.ipv4.tcp_mem', 3) * page_bytes()",
	  { "net.ipv4.tcp_mem" } },
	{ "table.time-wait",
	  "TIME_WAIT of tcp_max_tw_buckets",
	  CHART_TABLES,
	  false,
	  "SELECT '', 1.0 * counter('sockstat.TCP.tw') /"
	  " nullif(sysctl('net.ipv4.tcp_max_tw_buckets'), 0)",
	  { "sockstat.TCP.tw", "net.ipv4.tcp_max_tw_buckets" } },
	{ "table.orphans",
	  "orphans of tcp_max_orphans (whole machine)",
	  CHART_TABLES,
	  false,
	  "SELECT '', 1.0 * counter('sockstat.TCP.orphan') /"
	  " nullif(sysctl('net.ipv4.tcp_max_orphans'), 0)",
	  { "sockstat.TCP.orphan", "net.ipv4.tcp_max_orphans" } },
	{ "table.conntrack",
	  "tracked connections of nf_conntrack_max",
	  CHART_TABLES,
	  false,
	  "SELECT '', 1.0 * counter('nf_conntrack.count') /"
	  " nullif(sysctl('net.netfilter.nf_conntrack_max'), 0)",
	  { "nf_conntrack.count", "net.netfilter.nf_conntrack_max" } },
	{ "sockets",
	  "",
	  CHART_STATES,
	  true,
	  "SELECT state, sum(sockets) FROM tcp_state_now GROUP BY state ORDER BY 2 DESC",
	  { "tcp_state_now" } },
};
const size_t series_def_count = ARRAY_SIZE(series_defs);

const struct chart_def chart_defs[CHART_COUNT_] = {
	[CHART_CONNECTIONS] = { "Connections", UNIT_PER_SECOND },
	[CHART_SEGMENTS] = { "Segments", UNIT_PER_SECOND },
	[CHART_REPEATED] = { "Segments sent again", UNIT_PER_SECOND },
	[CHART_LOST] = { "Lost for lack of room", UNIT_PER_SECOND },
	[CHART_RESETS] = { "Resets", UNIT_PER_SECOND },
	[CHART_QUEUES] = { "Accept queues, share of their limit", UNIT_SHARE },
	[CHART_PORTS] = { "Local ports in use, by destination", UNIT_SHARE },
	[CHART_MEMORY] = { "TCP memory (whole machine)", UNIT_BYTES },
	[CHART_TABLES] = { "Tables, share of their limit", UNIT_SHARE },
	[CHART_STATES] = { "Sockets by state", UNIT_COUNT },
};

const struct series_def *series_find(const char *name)
{
	for (size_t i = 0; i < series_def_count; i++) {
		if (strcmp(series_defs[i].name, name) == 0)
			return &series_defs[i];
	}
	return NULL;
}

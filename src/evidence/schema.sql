-- The evidence: what one kernel looked like, at one or more moments, in one network
-- namespace. The same schema serves an audit in memory, an evidence file and the history.
-- NULL is "not known" everywhere; 0 is a number that was read.
-- A column that comes later may be NULL: files of older versions do not have it.
-- user_version is the version of this schema, application_id ("tcpt") tells what a file is.
PRAGMA user_version = 2;
PRAGMA application_id = 1952673908;

-- One moment. taken: seconds since 1970; uptime: seconds since boot. host: its name;
-- tcptune: the version that looked (both since version 2 of the schema).
CREATE TABLE sample (
	id INTEGER PRIMARY KEY,
	taken REAL NOT NULL,
	uptime REAL NOT NULL,
	boot_id TEXT,
	release TEXT,
	netns TEXT,
	netns_cookie INTEGER,
	is_init_netns INTEGER NOT NULL,
	page_bytes INTEGER NOT NULL,
	host TEXT,
	tcptune TEXT
);

-- The two samples that changes are computed from. before is NULL when there is only
-- one: then every change is the total since boot (or since the socket was made).
CREATE TABLE window (before INTEGER, now INTEGER NOT NULL);

-- How each source was read: ok, partial, unreadable, absent, skipped (not asked for); and
-- why not ok. A table has a row of its own where it is less complete than its source.
CREATE TABLE source (sample INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, reason TEXT);

-- A value as the kernel shows it, without the newline. NULL: reason says why.
CREATE TABLE sysctl (
	sample INTEGER NOT NULL, key TEXT NOT NULL, value TEXT, reason TEXT,
	PRIMARY KEY (sample, key)
) WITHOUT ROWID;

-- Counters and gauges of /proc/net, by the names of the catalog.
CREATE TABLE counter (
	sample INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
	PRIMARY KEY (sample, name)
) WITHOUT ROWID;

-- Sockets by state. family: 4 or 6 (an IPv4 connection of an IPv6 socket counts as 4); NULL
-- for both together, from a gauge and not from looking at sockets.
-- state: ESTABLISHED, SYN_SENT, ... as in the kernel; a FIN_WAIT2 that the kernel keeps
-- without its socket is FIN_WAIT2 too, and counted in timewait.
CREATE TABLE tcp_state (
	sample INTEGER NOT NULL, family INTEGER, state TEXT NOT NULL,
	sockets INTEGER NOT NULL, timewait INTEGER NOT NULL
);

-- Listening sockets. queue: connections that wait for accept(); queue_limit: the limit
-- that listen() set; drops: of this socket since it was made. waiting, oldest_waiting_ms,
-- syn_received, established and time_wait are those of its address and port: rows of a
-- SO_REUSEPORT group share them. established and time_wait are NULL where connections were
-- not looked at. cgroup: the control group that the socket belongs to, as a
-- path; service: what that is, "nginx.service", "docker-0123.scope". pid, program, cgroup
-- and service are looked up only for listeners with drops or connections that wait.
-- endpoint, here and below: address and port as people write them.
CREATE TABLE listener (
	sample INTEGER NOT NULL, cookie INTEGER NOT NULL, family INTEGER NOT NULL,
	address TEXT NOT NULL, port INTEGER NOT NULL,
	queue INTEGER NOT NULL, queue_limit INTEGER NOT NULL, drops INTEGER,
	waiting INTEGER NOT NULL, oldest_waiting_ms INTEGER,
	syn_received INTEGER NOT NULL, established INTEGER, time_wait INTEGER,
	uid INTEGER NOT NULL, inode INTEGER NOT NULL, pid INTEGER, program TEXT,
	cgroup TEXT, service TEXT, endpoint TEXT
);

-- Outgoing connections (the local port is no listener's) from one source address to one
-- destination address and port. sockets: all with a local port inside
-- ip_local_port_range; missed: how many more there may be when the table ran full (0:
-- exact). time_wait_old: of time_wait, those older than tcp_tw_reuse_delay (1 s where the
-- key does not exist). outside: sockets whose local port is outside the range. syn_retried:
-- of syn_sent, those whose SYN went out more than once; syn_stuck: those that gave up waiting
-- for an answer although their SYN never left this host, because no neighbour has the address.
CREATE TABLE destination (
	sample INTEGER NOT NULL, family INTEGER NOT NULL,
	source TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,
	is_loopback INTEGER NOT NULL,
	sockets INTEGER NOT NULL, missed INTEGER NOT NULL,
	established INTEGER NOT NULL, time_wait INTEGER NOT NULL, time_wait_old INTEGER NOT NULL,
	syn_sent INTEGER NOT NULL, outside INTEGER NOT NULL,
	syn_retried INTEGER, syn_stuck INTEGER,
	endpoint TEXT
);

-- Outgoing connections by source address: how many sockets, on how many different local
-- ports inside ip_local_port_range, to how many destinations.
CREATE TABLE source_address (
	sample INTEGER NOT NULL, family INTEGER NOT NULL, address TEXT NOT NULL,
	sockets INTEGER NOT NULL, ports INTEGER NOT NULL
);

-- Sockets that one side has closed, by state and owner: CLOSE_WAIT, FIN_WAIT1, FIN_WAIT2,
-- LAST_ACK, CLOSING. has_owner: a program still holds them. timer: none, retransmit,
-- keepalive, timewait, probe. port: of the listener that they came through, 0 for
-- outgoing ones. backoff: how many of them wait for an answer with a growing timer. aged: from
-- how many peers nothing was heard for a second or longer (timer probe: how many took no data for
-- so long); oldest_ms: the longest time since one was heard.
-- pid, program: NULL also where several programs hold them.
-- cgroup, service: as of listener; NULL where sockets without an owner are of several. One
-- program may have several rows of a state and port, one for each control group and timer: a
-- threshold on a number of sockets is for their sum.
CREATE TABLE closing (
	sample INTEGER NOT NULL, state TEXT NOT NULL, has_owner INTEGER NOT NULL,
	timer TEXT NOT NULL, port INTEGER NOT NULL, uid INTEGER NOT NULL,
	sockets INTEGER NOT NULL, backoff INTEGER NOT NULL, aged INTEGER,
	oldest_ms INTEGER, pid INTEGER, program TEXT, cgroup TEXT, service TEXT
);

-- TCP sockets that stand out, a bounded number: the first few of each reason that socket_count
-- names (see src/collect/socket_top.c); no TIME_WAIT, no listener. is_inbound: came through a
-- listener, whose port is then port. is_loopback: an end is a loopback address. timer: as of
-- closing. recovery: open, disorder, cwr, recovery, loss, as congestion control has it now.
-- *_scale: of the window. What has _us is in microseconds, what has _ms in milliseconds, rates
-- are in bytes/s, cwnd, ssthresh (2147483647: none yet), unacked, sacked, lost and
-- retransmitting (now in flight) in segments, windows and queues in bytes. receive_space: what
-- the program took in one round trip, at most so far; receive_ssthresh: the limit of the window
-- that this host announces. busy_us: had something to send; *_limited_us: of that, held back by
-- the peer's window, by the send buffer. Totals are since the socket was made. NULL: this
-- kernel does not tell. endpoint: where it goes: the peer of an outgoing connection, the own
-- address of an inbound one; far_end: the peer.
CREATE TABLE socket (
	sample INTEGER NOT NULL, cookie INTEGER NOT NULL, family INTEGER NOT NULL,
	state TEXT, is_inbound INTEGER NOT NULL, is_loopback INTEGER NOT NULL,
	address TEXT, port INTEGER NOT NULL, peer TEXT, peer_port INTEGER NOT NULL,
	timer TEXT, timer_ms INTEGER, retransmits INTEGER, backoff INTEGER,
	recovery TEXT, congestion TEXT, has_window_scaling INTEGER,
	has_timestamps INTEGER, has_sack INTEGER, has_ecn INTEGER, send_scale INTEGER,
	receive_scale INTEGER, rto_us INTEGER, rtt_us INTEGER, rtt_variance_us INTEGER,
	min_rtt_us INTEGER, receive_rtt_us INTEGER, mss INTEGER, receive_mss INTEGER,
	pmtu INTEGER, cwnd INTEGER, ssthresh INTEGER, unacked INTEGER, sacked INTEGER,
	lost INTEGER, retransmitting INTEGER, retransmitted INTEGER,
	reordering INTEGER, reordering_seen INTEGER, dsacks INTEGER,
	bytes_sent INTEGER, bytes_acked INTEGER, bytes_retransmitted INTEGER,
	bytes_received INTEGER, segments_sent INTEGER, segments_received INTEGER,
	data_segments_sent INTEGER, data_segments_received INTEGER, delivered INTEGER,
	not_sent INTEGER, pacing_rate INTEGER, delivery_rate INTEGER,
	is_app_limited INTEGER, busy_us INTEGER, peer_window_limited_us INTEGER,
	send_buffer_limited_us INTEGER, peer_window INTEGER, receive_window INTEGER,
	receive_space INTEGER, receive_ssthresh INTEGER, out_of_order INTEGER,
	last_sent_ms INTEGER, last_received_ms INTEGER, last_ack_ms INTEGER,
	receive_queue INTEGER, send_queue INTEGER, receive_buffer INTEGER,
	send_buffer INTEGER, receive_memory INTEGER, send_memory INTEGER,
	drops INTEGER, uid INTEGER, inode INTEGER, pid INTEGER, program TEXT,
	cgroup TEXT, service TEXT, endpoint TEXT, far_end TEXT
);

-- How many sockets there are of each kind. what: 'all' (connected in some way); 'looked-at', of
-- those, how many told what socket has; 'established', 'no-window-scaling', 'no-timestamps',
-- 'no-sack' of them; and for each reason to be in socket how many had it ('retransmitted',
-- 'losing', 'stuck', 'delayed', 'peer-window', 'send-buffer', 'receiving', 'unread', 'sending',
-- 'reordered', 'idle').
CREATE TABLE socket_count (
	sample INTEGER NOT NULL, what TEXT NOT NULL, sockets INTEGER NOT NULL
);

-- UDP sockets with drops, or with more than half of their receive buffer in use, the worst
-- only; one more row with the address '*' is the sum of all the others. queue and
-- receive_buffer: bytes. drops: of this socket since it was made. sockets: 1, and how many
-- in the row of the others, so that sum(sockets) is all there are.
CREATE TABLE udp_socket (
	sample INTEGER NOT NULL, cookie INTEGER, family INTEGER NOT NULL,
	address TEXT NOT NULL, port INTEGER NOT NULL,
	queue INTEGER NOT NULL, receive_buffer INTEGER, drops INTEGER,
	sockets INTEGER NOT NULL,
	uid INTEGER, inode INTEGER, pid INTEGER, program TEXT, cgroup TEXT, service TEXT,
	endpoint TEXT
);

-- Packet sockets: tcpdump and its like, DHCP clients. type: raw, dgram, packet. protocol: as
-- the kernel numbers Ethernet's, 3 = all. interface: '*' = all. ring_bytes, ring_blocks: of
-- the receive ring, NULL without one. drops: of this socket since it was made; NULL for a
-- socket with a ring, whose drops the kernel counts where only its program can see them.
CREATE TABLE capture (
	sample INTEGER NOT NULL, cookie INTEGER NOT NULL,
	type TEXT NOT NULL, protocol INTEGER NOT NULL, interface TEXT NOT NULL,
	ring_bytes INTEGER, ring_blocks INTEGER,
	queue INTEGER, receive_buffer INTEGER, drops INTEGER,
	uid INTEGER, inode INTEGER NOT NULL, pid INTEGER, program TEXT
);

-- Network interfaces of the namespace. number: the kernel's, NULL when only /proc/net/dev
-- told. kind: veth, bridge, bond, ...; 'loopback'; 'device' for a driver's own. Totals are
-- since the interface was made. rx_missed: lost in the device because the host was too
-- slow; rx_fifo, rx_over: its FIFO or ring ran over. qdisc_*: of the queueing discipline at
-- the root, bytes in backlog; qdisc_child_*: the sum over those below it, which some roots
-- (mq, htb) include in their own. Sizes are in bytes.
CREATE TABLE link (
	sample INTEGER NOT NULL, number INTEGER, name TEXT NOT NULL, kind TEXT,
	is_up INTEGER, mtu INTEGER,
	rx_packets INTEGER, tx_packets INTEGER, rx_bytes INTEGER, tx_bytes INTEGER,
	rx_errors INTEGER, tx_errors INTEGER, rx_dropped INTEGER, tx_dropped INTEGER,
	rx_missed INTEGER, rx_fifo INTEGER, rx_over INTEGER,
	qdisc TEXT, qdisc_drops INTEGER, qdisc_overlimits INTEGER, qdisc_backlog INTEGER,
	qdisc_child_drops INTEGER, qdisc_child_overlimits INTEGER, qdisc_child_backlog INTEGER,
	gso_max_size INTEGER, gso_max_segs INTEGER, gro_max_size INTEGER, tso_max_size INTEGER
);

-- What each interface does for segmentation, and how long its rings are: 1 on, 0 off;
-- *_fixed: 1 when it cannot be changed. Rings are in descriptors, NULL where it has none.
CREATE TABLE offload (
	sample INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,
	tso INTEGER, tso_fixed INTEGER, gso INTEGER, gso_fixed INTEGER,
	gro INTEGER, gro_fixed INTEGER, lro INTEGER, lro_fixed INTEGER,
	rx_ring INTEGER, rx_ring_max INTEGER, tx_ring INTEGER, tx_ring_max INTEGER
);

-- /proc/net/softnet_stat by CPU, of the whole machine. The kernel counts with 32 bits; here
-- a counter that wrapped between two samples goes on.
CREATE TABLE softnet (
	sample INTEGER NOT NULL, cpu INTEGER NOT NULL,
	processed INTEGER NOT NULL, dropped INTEGER NOT NULL, time_squeeze INTEGER NOT NULL,
	received_rps INTEGER, flow_limit_count INTEGER,
	backlog_len INTEGER, input_qlen INTEGER, process_qlen INTEGER
);

-- Processes that own a listener whose pid is known. descriptors: how many are open;
-- descriptors_limit: RLIMIT_NOFILE.
CREATE TABLE process (
	sample INTEGER NOT NULL, pid INTEGER NOT NULL, program TEXT,
	descriptors INTEGER, descriptors_limit INTEGER
);

-- What the kernel wrote in its log, of the whole machine, as far back as the log reaches.
-- what: syn-flood-cookies, syn-flood-drops, orphans-too-many, tcp-out-of-memory,
-- time-wait-overflow, conntrack-full, neighbour-full, suspect-gro, messages-suppressed.
-- subject: the port, table or interface that the line names. count: lines; of
-- messages-suppressed, the messages that were not written. first_seen, last_seen: seconds
-- since boot, sleep not included.
CREATE TABLE log_line (
	sample INTEGER NOT NULL, what TEXT NOT NULL, subject TEXT,
	count INTEGER NOT NULL, first_seen REAL NOT NULL, last_seen REAL NOT NULL
);

-- What the host's files of sysctls set at the next boot, a row for each key, as loader, the
-- program that the host boots with, reads them; empty in any but the initial namespace.
-- state: set (the kernel will hold value), unknown and late (a line sets it; reason says
-- why what the kernel then holds is not known; late: module may be loaded only after the
-- loader ran), not-read (only files that the loader does not read set it). live: the value
-- now. owner: a program that sets it too, after the loader, such as ufw.
CREATE TABLE boot_setting (
	sample INTEGER NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, loader TEXT NOT NULL,
	value TEXT, live TEXT, file TEXT NOT NULL, line INTEGER NOT NULL,
	reason TEXT, module TEXT, owner TEXT
);

-- The latest rows of each table, and their change over the window. Each rule that reads a
-- view pays for all that the view computes when the rule is prepared: so what does not
-- depend on the window is a column of the table.
CREATE VIEW listener_change AS
	SELECT l.*, b.queue AS queue_before, l.drops - coalesce(b.drops, 0) AS drops_change
	FROM window w JOIN listener l ON l.sample = w.now
	LEFT JOIN listener b ON b.sample = w.before AND b.cookie = l.cookie;
CREATE VIEW destination_now AS
	SELECT * FROM destination WHERE sample = (SELECT now FROM window);
CREATE VIEW source_address_now AS
	SELECT * FROM source_address WHERE sample = (SELECT now FROM window);
CREATE VIEW closing_now AS
	SELECT * FROM closing WHERE sample = (SELECT now FROM window);
CREATE VIEW closing_before AS
	SELECT * FROM closing WHERE sample = (SELECT before FROM window);
CREATE VIEW tcp_state_now AS
	SELECT * FROM tcp_state WHERE sample = (SELECT now FROM window);
-- The change of a socket's totals: NULL where the sample before does not have the socket.
-- *_before: as it was then.
CREATE VIEW socket_change AS
	SELECT s.*,
		b.receive_queue AS receive_queue_before,
		b.receive_buffer AS receive_buffer_before, b.last_sent_ms AS last_sent_ms_before,
		b.unacked AS unacked_before, b.backoff AS backoff_before,
		b.rtt_us AS rtt_us_before, b.cwnd AS cwnd_before, b.rto_us AS rto_us_before, b.bytes_acked AS bytes_acked_before,
		s.retransmitted - b.retransmitted AS retransmitted_change,
		s.reordering_seen - b.reordering_seen AS reordering_seen_change,
		s.dsacks - b.dsacks AS dsacks_change,
		s.bytes_sent - b.bytes_sent AS bytes_sent_change,
		s.bytes_acked - b.bytes_acked AS bytes_acked_change,
		s.bytes_received - b.bytes_received AS bytes_received_change,
		s.segments_received - b.segments_received AS segments_received_change,
		s.data_segments_sent - b.data_segments_sent AS data_segments_sent_change,
		s.data_segments_received - b.data_segments_received AS data_segments_received_change,
		s.delivered - b.delivered AS delivered_change,
		s.busy_us - b.busy_us AS busy_us_change,
		s.peer_window_limited_us - b.peer_window_limited_us AS peer_window_limited_us_change,
		s.send_buffer_limited_us - b.send_buffer_limited_us AS send_buffer_limited_us_change,
		s.out_of_order - b.out_of_order AS out_of_order_change
	FROM window w JOIN socket s ON s.sample = w.now
	LEFT JOIN socket b ON b.sample = w.before AND b.cookie = s.cookie;
CREATE VIEW socket_count_now AS
	SELECT * FROM socket_count WHERE sample = (SELECT now FROM window);
-- How many of the sockets were looked at. note: a sentence, '' when it was all of them.
CREATE VIEW socket_coverage AS
	SELECT total, looked_at, 1.0 * looked_at / nullif(total, 0) AS share,
		iif(looked_at < total, ' Only ' || looked_at || ' of ' || total ||
			' sockets were looked at.', '') AS note
	FROM (SELECT max(iif(what = 'all', sockets, 0)) AS total,
			max(iif(what = 'looked-at', sockets, 0)) AS looked_at
		FROM socket_count_now);
CREATE VIEW udp_socket_change AS
	SELECT u.*, u.drops - coalesce(b.drops, 0) AS drops_change
	FROM window w JOIN udp_socket u ON u.sample = w.now AND u.address <> '*'
	LEFT JOIN udp_socket b ON b.sample = w.before AND b.cookie = u.cookie;
CREATE VIEW capture_change AS
	SELECT c.*, c.drops - coalesce(b.drops, 0) AS drops_change
	FROM window w JOIN capture c ON c.sample = w.now
	LEFT JOIN capture b ON b.sample = w.before AND b.cookie = c.cookie;
CREATE VIEW link_change AS
	SELECT l.*,
		l.rx_packets - coalesce(b.rx_packets, 0) AS rx_packets_change,
		l.tx_packets - coalesce(b.tx_packets, 0) AS tx_packets_change,
		l.rx_errors - coalesce(b.rx_errors, 0) AS rx_errors_change,
		l.tx_errors - coalesce(b.tx_errors, 0) AS tx_errors_change,
		l.rx_dropped - coalesce(b.rx_dropped, 0) AS rx_dropped_change,
		l.tx_dropped - coalesce(b.tx_dropped, 0) AS tx_dropped_change,
		l.rx_missed - coalesce(b.rx_missed, 0) AS rx_missed_change,
		l.rx_fifo - coalesce(b.rx_fifo, 0) AS rx_fifo_change,
		l.rx_over - coalesce(b.rx_over, 0) AS rx_over_change,
		l.qdisc_drops - coalesce(b.qdisc_drops, 0) AS qdisc_drops_change,
		l.qdisc_child_drops - coalesce(b.qdisc_child_drops, 0) AS qdisc_child_drops_change
	FROM window w JOIN link l ON l.sample = w.now
	LEFT JOIN link b ON b.sample = w.before AND b.name = l.name AND b.number IS l.number;
CREATE VIEW offload_now AS
	SELECT * FROM offload WHERE sample = (SELECT now FROM window);
CREATE VIEW softnet_change AS
	SELECT s.*,
		s.processed - coalesce(b.processed, 0) AS processed_change,
		s.dropped - coalesce(b.dropped, 0) AS dropped_change,
		s.time_squeeze - coalesce(b.time_squeeze, 0) AS time_squeeze_change
	FROM window w JOIN softnet s ON s.sample = w.now
	LEFT JOIN softnet b ON b.sample = w.before AND b.cpu = s.cpu;
CREATE VIEW process_now AS
	SELECT * FROM process WHERE sample = (SELECT now FROM window);
CREATE VIEW log_line_change AS
	SELECT n.*, max(n.count - coalesce(b.count, 0), 0) AS count_change
	FROM window w JOIN log_line n ON n.sample = w.now
	LEFT JOIN log_line b ON b.sample = w.before AND b.what = n.what AND b.subject IS n.subject;

CREATE VIEW boot_setting_now AS
	SELECT s.* FROM window w JOIN boot_setting s ON s.sample = w.now;

-- Sysctls of interfaces: those collected by name, and those of a pattern. interface: also
-- "all" and "default". pattern: "net.ipv4.conf.*.rp_filter"
CREATE VIEW interface_sysctl AS
	SELECT k.key, k.head || '*.' || substr(k.key, length(k.stem) + 1) AS pattern,
		replace(substr(k.stem, length(k.head) + 1,
			length(k.stem) - length(k.head) - 1), '/', '.') AS interface,
		k.value, k.reason
	FROM (SELECT s.key, s.value, s.reason,
			rtrim(s.key, replace(s.key, '.', '')) AS stem,
			substr(s.key, 1, iif(s.key GLOB 'net.ipv[46].conf.*', 14, 15)) AS head
		FROM window w JOIN sysctl s ON s.sample = w.now
		WHERE s.key GLOB 'net.ipv[46].conf.*.*' OR s.key GLOB 'net.ipv[46].neigh.*.*') k;

-- How much of the local ports each destination occupies. reusable: TIME_WAIT whose port
-- connect() may take again: tcp_tw_reuse is 1, or 2 and an end is a loopback address, the
-- connection can have timestamps, and it is old enough; but none where connections were made
-- and closed during the window, and no TIME_WAIT was taken again: their peer does not use
-- timestamps. share: of usable, NULL when the port range is not known.
CREATE VIEW port_use AS
	SELECT *, ports_reusable(time_wait, time_wait_old, is_loopback) AS reusable,
		sockets - ports_reusable(time_wait, time_wait_old, is_loopback) AS occupied,
		ports_usable() AS usable, ports_reserved() AS reserved,
		1.0 * (sockets - ports_reusable(time_wait, time_wait_old, is_loopback)) /
			nullif(ports_usable(), 0) AS share
	FROM destination WHERE sample = (SELECT now FROM window) AND address <> '*';

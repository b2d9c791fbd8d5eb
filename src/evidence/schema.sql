-- The evidence: what one kernel looked like, at one or more moments, in one network
-- namespace. The same schema serves an audit in memory, an evidence file and the history.
-- NULL is "not known" everywhere; 0 is a number that was read.
-- user_version is the version of this schema.
PRAGMA user_version = 1;

-- One moment. taken: seconds since 1970; uptime: seconds since boot.
CREATE TABLE sample (
	id INTEGER PRIMARY KEY,
	taken REAL NOT NULL,
	uptime REAL NOT NULL,
	boot_id TEXT,
	release TEXT,
	netns TEXT,
	netns_cookie INTEGER,
	is_init_netns INTEGER NOT NULL,
	page_bytes INTEGER NOT NULL
);

-- The two samples that changes are computed from. before is NULL when there is only
-- one: then every change is the total since boot (or since the socket was made).
CREATE TABLE window (before INTEGER, now INTEGER NOT NULL);

-- How each source was read: ok, partial, unreadable, absent; and why not ok.
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

-- Sockets by state. family: 4 or 6 (an IPv4 connection of an IPv6 socket counts as 4).
-- state: ESTABLISHED, SYN_SENT, ... as in the kernel; a FIN_WAIT2 that the kernel keeps
-- without its socket is FIN_WAIT2 too, and counted in timewait.
CREATE TABLE tcp_state (
	sample INTEGER NOT NULL, family INTEGER NOT NULL, state TEXT NOT NULL,
	sockets INTEGER NOT NULL, timewait INTEGER NOT NULL
);

-- Listening sockets. queue: connections that wait for accept(); queue_limit: the limit
-- that listen() set; drops: of this socket since it was made. waiting, oldest_waiting_ms,
-- syn_received, established and time_wait are those of its address and port: rows of a
-- SO_REUSEPORT group share them.
CREATE TABLE listener (
	sample INTEGER NOT NULL, cookie INTEGER NOT NULL, family INTEGER NOT NULL,
	address TEXT NOT NULL, port INTEGER NOT NULL,
	queue INTEGER NOT NULL, queue_limit INTEGER NOT NULL, drops INTEGER,
	waiting INTEGER NOT NULL, oldest_waiting_ms INTEGER,
	syn_received INTEGER NOT NULL, established INTEGER NOT NULL, time_wait INTEGER NOT NULL,
	uid INTEGER NOT NULL, inode INTEGER NOT NULL, pid INTEGER, program TEXT
);

-- Outgoing connections (the local port is no listener's) from one source address to one
-- destination address and port. sockets: all with a local port inside
-- ip_local_port_range; missed: how many more there may be when the table ran full (0:
-- exact). time_wait_old: of time_wait, those older than tcp_tw_reuse_delay (1 s where the
-- key does not exist). outside: sockets whose local port is outside the range.
CREATE TABLE destination (
	sample INTEGER NOT NULL, family INTEGER NOT NULL,
	source TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,
	is_loopback INTEGER NOT NULL,
	sockets INTEGER NOT NULL, missed INTEGER NOT NULL,
	established INTEGER NOT NULL, time_wait INTEGER NOT NULL, time_wait_old INTEGER NOT NULL,
	syn_sent INTEGER NOT NULL, outside INTEGER NOT NULL
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
-- outgoing ones. backoff: how many of them wait for an answer with a growing timer.
CREATE TABLE closing (
	sample INTEGER NOT NULL, state TEXT NOT NULL, has_owner INTEGER NOT NULL,
	timer TEXT NOT NULL, port INTEGER NOT NULL, uid INTEGER NOT NULL,
	sockets INTEGER NOT NULL, backoff INTEGER NOT NULL,
	oldest_ms INTEGER, pid INTEGER, program TEXT
);

-- The latest rows of each table, and their change over the window. endpoint: address and
-- port as people write them.
CREATE VIEW listener_change AS
	SELECT l.*, b.queue AS queue_before,
		iif(w.before IS NULL, l.drops, l.drops - coalesce(b.drops, 0)) AS drops_change,
		iif(l.family = 6, '[' || l.address || ']', l.address) || ':' || l.port AS endpoint
	FROM window w JOIN listener l ON l.sample = w.now
	LEFT JOIN listener b ON b.sample = w.before AND b.cookie = l.cookie;
CREATE VIEW destination_now AS
	SELECT d.*,
		iif(d.family = 6, '[' || d.address || ']', d.address) || ':' || d.port AS endpoint
	FROM window w JOIN destination d ON d.sample = w.now;
CREATE VIEW source_address_now AS
	SELECT a.* FROM window w JOIN source_address a ON a.sample = w.now;
CREATE VIEW closing_now AS
	SELECT c.* FROM window w JOIN closing c ON c.sample = w.now;
CREATE VIEW tcp_state_now AS
	SELECT t.* FROM window w JOIN tcp_state t ON t.sample = w.now;

-- How much of the local ports each destination occupies. reusable: TIME_WAIT whose port
-- connect() may take again: tcp_tw_reuse is 1, or 2 and an end is a loopback address, the
-- connection can have timestamps, and it is old enough. share: of usable, NULL when the
-- port range is not known.
CREATE VIEW port_use AS
	SELECT u.*, u.sockets - u.reusable AS occupied, ports_usable() AS usable,
		ports_reserved() AS reserved,
		1.0 * (u.sockets - u.reusable) / nullif(ports_usable(), 0) AS share
	FROM (SELECT d.*,
			iif(sysctl('net.ipv4.tcp_timestamps') > 0 AND
				(sysctl('net.ipv4.tcp_tw_reuse') = 1 OR
				 (sysctl('net.ipv4.tcp_tw_reuse') = 2 AND d.is_loopback)),
				d.time_wait_old, 0) AS reusable
		FROM destination_now d WHERE d.address <> '*') u;

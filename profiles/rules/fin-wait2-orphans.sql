-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: net.ipv4.tcp_fin_timeout
-- needs: closing_now, tcp_state_now, net.ipv4.tcp_fin_timeout
-- uses: net.ipv4.tcp_max_tw_buckets
-- threshold: many = 200 connections that wait for the peer's end
-- threshold: share = 0.2 of all that are closed and kept; clients that vanish leave a few percent
-- threshold: short = 20 seconds, which no sysctl needs to shorten
-- set net.ipv4.tcp_fin_timeout: <= 15
-- says: {sockets} connections are in FIN_WAIT2 and no program holds them any more ({time_wait}
--     others are in TIME_WAIT): this side has closed, and the peers do not close theirs. Each is
--     kept for net.ipv4.tcp_fin_timeout ({fin_timeout} s).
-- advice: Lower net.ipv4.tcp_fin_timeout. It acts on connections that are closed from then on;
--     those here keep their time. Find out, too, why the peers leave their end open: clients
--     that crash or hang, a load balancer that keeps half-closed connections. It does not
--     shorten TIME_WAIT, which always lasts 60 s, and tcp_tw_reuse does not act on FIN_WAIT2.
-- source: net/ipv4/tcp.c __tcp_close(), tcp_minisocks.c tcp_time_wait(); measured
SELECT sum(sockets) AS sockets, sysctl('net.ipv4.tcp_fin_timeout') AS fin_timeout,
	sysctl('net.ipv4.tcp_max_tw_buckets') AS buckets,
	(SELECT coalesce(sum(t.sockets), 0) FROM tcp_state_now t
	 WHERE t.state = 'TIME_WAIT') AS time_wait
FROM closing_now
WHERE state = 'FIN_WAIT2' AND NOT has_owner
HAVING sum(sockets) >= :many
	AND sum(sockets) >= :share * (sum(sockets) + (SELECT coalesce(sum(t.sockets), 0)
		FROM tcp_state_now t WHERE t.state = 'TIME_WAIT'))
	AND sysctl('net.ipv4.tcp_fin_timeout') > :short;

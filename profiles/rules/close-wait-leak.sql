-- severity: warning
-- remedy: program
-- judges: now
-- subject: {program}
-- needs: closing_now
-- threshold: many = 50 connections that the peer has closed and the program has not
-- says: {program} holds {sockets} connections in CLOSE_WAIT ({where}): the peers have closed
--     them, and the program has not. From {aged} of them nothing was heard for over a second;
--     the longest silence is {oldest:seconds}.
-- advice: The program must close() its end: look for a path on which it forgets a connection
--     after read() returned 0 or an error, for a pool that never looks at idle connections, or a
--     thread that hangs. Restarting it frees them for now. No sysctl ends CLOSE_WAIT, and
--     keepalive does not while the peer's host lives; tcp_fin_timeout and tcp_tw_reuse are about
--     other states. Each one costs a descriptor: at RLIMIT_NOFILE the program stops accepting.
-- source: net/ipv4/tcp.c tcp_close(); states and owners of sockets (sock_diag)
SELECT coalesce(program, service, 'A program of user ' || uid) AS program, max(pid) AS pid,
	sum(sockets) AS sockets, sum(aged) AS aged, max(oldest_ms) / 1000.0 AS oldest,
	service, cgroup,
	iif(max(port) = 0, 'its outgoing connections', iif(min(port) = max(port),
		'port ' || max(port), 'ports ' || group_concat(DISTINCT nullif(port, 0)))) AS "where"
FROM closing_now n
WHERE state = 'CLOSE_WAIT' AND has_owner
GROUP BY coalesce(program, service, uid)
	-- a program that closes a moment later has as many, but other ones
HAVING sum(aged) >= :many
	AND sum(sockets) >= coalesce((SELECT sum(b.sockets) FROM closing_before b
		WHERE b.state = 'CLOSE_WAIT' AND b.has_owner
			AND coalesce(b.program, b.service, b.uid) =
				coalesce(n.program, n.service, n.uid)), 0)
ORDER BY sum(sockets) DESC;

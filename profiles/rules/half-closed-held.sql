-- severity: info
-- remedy: program
-- judges: now
-- subject: {program}
-- needs: closing_now
-- threshold: many = 50 connections that the program has half closed
-- says: {program} holds {sockets} connections in FIN_WAIT2 ({where}): it has closed its
--     direction with shutdown() and still waits for the peers to close theirs.
-- advice: If the program does not expect an answer any more, it should close() them, or give up
--     after a time of its own. tcp_fin_timeout does not act here: it is for connections that no
--     program holds.
-- source: net/ipv4/tcp.c tcp_shutdown(), tcp_close()
SELECT coalesce(program, service, 'A program of user ' || uid) AS program, max(pid) AS pid,
	sum(sockets) AS sockets, sum(aged) AS aged, max(oldest_ms) / 1000.0 AS oldest,
	iif(max(port) = 0, 'its outgoing connections', iif(min(port) = max(port),
		'port ' || max(port), 'ports ' || group_concat(DISTINCT nullif(port, 0)))) AS "where"
FROM closing_now
WHERE state = 'FIN_WAIT2' AND has_owner AND timer IN ('none', 'keepalive')
GROUP BY coalesce(program, service, uid)
HAVING sum(aged) >= :many
ORDER BY sum(sockets) DESC;

-- severity: warning
-- remedy: program
-- judges: now
-- subject: {where}
-- needs: closing_now, tcp_state_now
-- uses: net.ipv4.tcp_orphan_retries, sockstat.TCP.orphan
-- threshold: many = 20 connections
-- threshold: share = 0.05 of the connections of this namespace
-- says: {sockets} connections ({where}) are closed here, still have data to deliver, and their
--     peers read nothing for over a second: the kernel keeps the data and probes the closed windows.
-- advice: The cure is at the peers: they must read, or close. The program here can send less
--     before it closes, or end such connections itself (SO_LINGER with a timeout of 0, or
--     TCP_USER_TIMEOUT). net.ipv4.tcp_orphan_retries does not end them: a peer that
--     answers the probes is alive. Do not lower tcp_max_orphans; their memory counts for tcp_mem.
-- source: net/ipv4/tcp_timer.c tcp_probe_timer()
SELECT coalesce('port ' || nullif(port, 0), 'outgoing connections') AS "where",
	sum(aged) AS sockets, sum(sockets) AS waiting, max(service) AS service,
	(SELECT sum(t.sockets) FROM tcp_state_now t
	 WHERE t.state NOT IN ('LISTEN', 'CLOSE')) AS connections,
	counter('sockstat.TCP.orphan') AS orphans_of_machine,
	sysctl('net.ipv4.tcp_orphan_retries') AS orphan_retries
FROM closing_now
WHERE NOT has_owner AND timer = 'probe' AND state IN ('FIN_WAIT1', 'LAST_ACK', 'CLOSING')
GROUP BY port
HAVING sum(aged) >= :many
	AND sum(aged) >= :share * (SELECT sum(t.sockets) FROM tcp_state_now t
		WHERE t.state NOT IN ('LISTEN', 'CLOSE'))
ORDER BY sum(aged) DESC;

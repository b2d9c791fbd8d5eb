-- severity: info
-- remedy: program
-- judges: now
-- subject: {endpoint}
-- needs: socket_change
-- uses: socket_count_now, socket_coverage, net.ipv4.tcp_keepalive_time
-- threshold: idle_seconds = 300 of silence in both directions, beyond what many firewalls remember
-- says: {program} holds {connections} connection(s) of {endpoint} that said nothing for {idle:seconds} and more and have no
--     timer: whether the peer ({far_end}) is still there cannot be told from here. {all_idle} connections of
--     the host are silent for a minute or more without a timer.{note}
-- advice: If they matter, switch keep-alive on in the program (SO_KEEPALIVE, or a heartbeat of
--     its protocol), shorter than what firewalls and load balancers on the way remember (350 s at
--     some). net.ipv4.tcp_keepalive_time ({keepalive_time} s) acts only on sockets that asked for keep-alive.
-- source: net/ipv4/tcp_timer.c tcp_keepalive_timer(); the socket's timer and tcp_info (sock_diag)
SELECT coalesce(program, 'A program') AS program, endpoint, count(*) AS connections, max(far_end) AS far_end,
	min(last_sent_ms, last_received_ms, last_ack_ms) / 1000.0 AS idle,
	(SELECT sockets FROM socket_count_now WHERE what = 'idle') AS all_idle,
	sysctl('net.ipv4.tcp_keepalive_time') AS keepalive_time, note
FROM socket_change s, socket_coverage
WHERE state = 'ESTABLISHED' AND timer = 'none' AND NOT is_loopback AND inode IS NOT NULL
	AND min(last_sent_ms, last_received_ms, last_ack_ms) >= 1000 * :idle_seconds
GROUP BY program, endpoint
ORDER BY connections DESC, idle DESC;

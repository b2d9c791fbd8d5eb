-- severity: warning
-- remedy: program
-- judges: change
-- subject: {endpoint}
-- needs: listener_change, TcpExt.ListenOverflows, net.core.somaxconn
-- uses: TcpExt.TCPDeferAcceptDrop, TcpExt.ListenDrops
-- because: files-exhausted on endpoint
-- threshold: stalled_ms = 1500 a connection that waited so long is a stalled program, another rule
-- says: {program} on {endpoint} lost {drops} handshakes because its accept queue was full.
--     The queue holds {queue_limit}: that is what the program asked listen() for
--     (net.core.somaxconn would allow {somaxconn}).
-- advice: Raise the backlog that the program asks for (nginx: listen PORT backlog=4096;
--     Java, Go, Python and Node have a setting or argument of their own) and restart it: the
--     limit is fixed when listen() is called. If somaxconn was raised after the program
--     started, the restart alone may do. A larger net.core.somaxconn, tcp_max_syn_backlog or
--     tcp_abort_on_overflow=1 does not help. Clients saw delays of 1, 3, 7 s rather than errors.
-- source: net/ipv4/af_inet.c, net/ipv4/tcp_input.c; the listener's own drop count (sock_diag)
SELECT coalesce(program, 'A program') AS program, pid, endpoint, port,
	queue_limit, drops_change AS drops, queue,
	change('TcpExt.ListenOverflows') AS overflows,
	sysctl('net.core.somaxconn') AS somaxconn
FROM listener_change
WHERE change('TcpExt.ListenOverflows') > 0
	-- the socket's own count holds what TCP_DEFER_ACCEPT held back, too: it must be well above
	-- all of that (counters and sockets are read moments apart), or nearer to what listeners
	-- dropped
	AND drops_change > 0
	AND (coalesce(change('TcpExt.TCPDeferAcceptDrop'), 0) = 0
		OR drops_change > 1.25 * change('TcpExt.TCPDeferAcceptDrop') + 10
		OR abs(drops_change - change('TcpExt.ListenDrops'))
			< abs(drops_change - change('TcpExt.TCPDeferAcceptDrop')))
	AND queue_limit < sysctl('net.core.somaxconn')
	AND NOT (queue > queue_limit AND coalesce(oldest_waiting_ms, 0) >= :stalled_ms)
ORDER BY drops_change DESC;

-- severity: warning
-- remedy: sysctl
-- judges: change
-- subject: {endpoint}
-- needs: listener_change, TcpExt.ListenOverflows, net.core.somaxconn
-- uses: TcpExt.TCPDeferAcceptDrop, TcpExt.ListenDrops
-- because: files-exhausted on endpoint
-- threshold: stalled_ms = 1500 a connection that waited so long is a stalled program, another rule
-- set net.core.somaxconn: >= {max(4096, 2 * :queue_limit)}
-- says: {program} on {endpoint} lost {drops} handshakes because its accept queue was full.
--     The queue holds {queue_limit}, and net.core.somaxconn ({somaxconn}) is what clamps it.
-- advice: Raise net.core.somaxconn, then restart the program or make it call listen() again:
--     the limit of a running listener does not change. The program must also ask for more
--     (its backlog argument). tcp_max_syn_backlog does not matter here, and
--     tcp_abort_on_overflow=1 only turns delays into errors.
-- source: net/socket.c __sys_listen(); Documentation/networking/ip-sysctl.rst
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
	AND queue_limit >= sysctl('net.core.somaxconn')
	AND NOT (queue > queue_limit AND coalesce(oldest_waiting_ms, 0) >= :stalled_ms)
ORDER BY drops_change DESC;

-- severity: warning
-- remedy: program
-- judges: change
-- subject: this host
-- needs: TcpExt.TCPAbortOnData, TcpExt.TCPAbortOnClose, Tcp.EstabResets, Tcp.OutRsts,
--     Tcp.ActiveOpens, Tcp.PassiveOpens
-- uses: TcpExt.TCPAbortOnTimeout
-- threshold: least = 20 connections
-- threshold: share = 0.05 of the connections
-- threshold: fed = 0.3 of them must have come in the window: the end of a program is no habit
-- says: {aborts} connections were reset by programs of this host on purpose: closed with
--     SO_LINGER set to 0 ({share:percent} of the {opened} connections of that time).
-- advice: Take SO_LINGER with a timeout of 0 out of the program (load balancers use it for health
--     checks, test tools to avoid TIME_WAIT): the peer sees "connection reset" and may lose data
--     that it has not read yet. If it was set to avoid TIME_WAIT: TIME_WAIT does no harm until a
--     destination runs out of ports. To see which program: perf trace -e tcp:tcp_send_reset.
-- source: net/ipv4/tcp.c __tcp_close() (SOCK_LINGER without a time)
SELECT aborts, opened, resets, estab_resets, min(1.0, 1.0 * aborts / opened) AS share
FROM (SELECT change('TcpExt.TCPAbortOnData') AS aborts,
		change('Tcp.OutRsts') AS resets, change('Tcp.EstabResets') AS estab_resets,
		change('Tcp.EstabResets') - change('TcpExt.TCPAbortOnClose')
			- coalesce(change('TcpExt.TCPAbortOnTimeout'), 0) AS open_ones,
		change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens') AS opened)
WHERE change('TcpExt.TCPAbortOnData') >= :least
	AND aborts >= :least AND aborts >= :share * opened AND opened >= :fed * aborts
	-- SO_LINGER ends a connection that is open; data after close() one that is not
	AND open_ones >= 0.5 * aborts;

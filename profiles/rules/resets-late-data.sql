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
-- says: {aborts} connections were reset because the peer went on sending after a program of this
--     host had closed them ({resets} resets in all, {opened} connections in that time).
-- advice: Both ends close at different moments: most often a keep-alive timeout of the server that is
--     shorter than the client's or proxy's, which sends the next request just then. Let the
--     side that sends requests give up idle connections first (a shorter timeout there, a
--     longer one here), and close after an answer only with "Connection: close". Such a request
--     is lost unless the client repeats it. TCP_LINGER2 below 0 has the same effect. No sysctl helps.
-- source: net/ipv4/tcp_input.c tcp_rcv_state_process() in FIN_WAIT1 and FIN_WAIT2
SELECT aborts, opened, resets, estab_resets, min(1.0, 1.0 * aborts / opened) AS share
FROM (SELECT change('TcpExt.TCPAbortOnData') AS aborts,
		change('Tcp.OutRsts') AS resets, change('Tcp.EstabResets') AS estab_resets,
		change('Tcp.EstabResets') - change('TcpExt.TCPAbortOnClose')
			- coalesce(change('TcpExt.TCPAbortOnTimeout'), 0) AS open_ones,
		change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens') AS opened)
WHERE change('TcpExt.TCPAbortOnData') >= :least
	AND aborts >= :least AND aborts >= :share * opened AND opened >= :fed * aborts
	AND open_ones < 0.5 * aborts;

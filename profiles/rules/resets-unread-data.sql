-- severity: warning
-- remedy: program
-- judges: change
-- subject: this host
-- needs: TcpExt.TCPAbortOnClose, Tcp.OutRsts, Tcp.ActiveOpens, Tcp.PassiveOpens
-- threshold: least = 20 connections
-- threshold: share = 0.05 of the connections; some browsers and clients do it now and then
-- threshold: fed = 0.3 of them must have come in the window: the end of a program is no habit
-- says: {aborts} connections were reset by programs of this host because they were closed with
--     unread data ({share:percent} of the {opened} connections of that time).
-- advice: The program must read what the peer sent before it closes: a request body that it
--     refuses, pipelined requests, the rest of an answer, a protocol's farewell. Read to the
--     end (or up to a limit), or shutdown() first and close() after the peer did. The peer may
--     lose data that was already under way to it. No sysctl changes it. To see which program:
--     perf trace -e tcp:tcp_send_reset, or tcpdump 'tcp[tcpflags] & tcp-rst != 0' for the port.
-- source: net/ipv4/tcp.c __tcp_close(): unread data makes it a reset (RFC 2525 2.17)
SELECT change('TcpExt.TCPAbortOnClose') AS aborts, change('Tcp.OutRsts') AS resets,
	change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens') AS opened,
	min(1.0, 1.0 * change('TcpExt.TCPAbortOnClose') /
		(change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens'))) AS share
WHERE change('TcpExt.TCPAbortOnClose') >= :least
	AND change('TcpExt.TCPAbortOnClose') >=
		:share * (change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens'))
	AND change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens') >=
		:fed * change('TcpExt.TCPAbortOnClose');

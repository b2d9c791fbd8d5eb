-- severity: info
-- remedy: none
-- judges: change
-- subject: this host
-- needs: TcpExt.TCPAbortOnTimeout, Tcp.OutRsts, Tcp.EstabResets
-- uses: TcpExt.TCPKeepAlive, TcpExt.TCPTimeouts, Tcp.RetransSegs
-- threshold: least = 5 connections
-- says: Keepalive found {aborts} peers dead and ended their connections ({probes} probes were
--     sent). That is what it is for: the peers vanished while the connections were idle.
-- source: net/ipv4/tcp_timer.c tcp_keepalive_timer(), which sends a reset as it gives up
SELECT change('TcpExt.TCPAbortOnTimeout') AS aborts, change('TcpExt.TCPKeepAlive') AS probes,
	change('Tcp.OutRsts') AS resets, change('Tcp.RetransSegs') AS retransmitted
WHERE change('TcpExt.TCPAbortOnTimeout') >= :least
	AND change('Tcp.EstabResets') >= 0.8 * change('TcpExt.TCPAbortOnTimeout')
	-- a retransmission that gives up sends none
	AND change('Tcp.OutRsts') >= 0.8 * change('TcpExt.TCPAbortOnTimeout')
	AND (change('TcpExt.TCPKeepAlive') > 0 OR change('TcpExt.TCPTimeouts') = 0);

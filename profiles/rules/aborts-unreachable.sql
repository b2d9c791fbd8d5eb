-- severity: warning
-- remedy: network
-- judges: change
-- subject: this host
-- needs: TcpExt.TCPAbortOnTimeout, Tcp.EstabResets, Tcp.OutRsts, Tcp.AttemptFails,
--     Tcp.ActiveOpens, Tcp.PassiveOpens
-- uses: TcpExt.TCPTimeouts, Tcp.RetransSegs, Tcp.CurrEstab, TcpExt.TCPAbortOnClose
-- threshold: least = 10 connections
-- threshold: share = 0.02 of the connections; a few peers always vanish
-- says: {lost} connections with data under way were given up because their peers did not answer
--     any more ({timeouts} retransmission timeouts, {retransmitted} retransmissions in that time).
-- advice: The peers or the way to them are gone: a host that crashed, a link or tunnel that is down,
--     a firewall or NAT that forgot the connections. Compare who they were (the program's log).
--     net.ipv4.tcp_retries2 and TCP_USER_TIMEOUT decide only how long it takes to notice (about
--     15 min by default); keepalive is about idle connections. None of them brings the peers back.
-- source: net/ipv4/tcp_timer.c tcp_write_timeout()
SELECT lost, aborts, estab_resets, timeouts, retransmitted, held
FROM (SELECT change('TcpExt.TCPAbortOnTimeout') AS aborts,
		change('Tcp.EstabResets') AS estab_resets,
		-- connect() that gives up counts as an abort, too
		min(change('TcpExt.TCPAbortOnTimeout') - change('Tcp.AttemptFails'),
			change('Tcp.EstabResets') - coalesce(change('TcpExt.TCPAbortOnClose'), 0)) AS lost,
		change('Tcp.OutRsts') AS sent, change('TcpExt.TCPTimeouts') AS timeouts,
		change('Tcp.RetransSegs') AS retransmitted,
		coalesce(counter('Tcp.CurrEstab'), 0) + change('Tcp.ActiveOpens') +
			change('Tcp.PassiveOpens') AS held)
WHERE change('TcpExt.TCPAbortOnTimeout') >= :least
	AND lost >= :least AND lost >= :share * (held + lost)
	-- keepalive sends a reset as it gives up
	AND (sent < 0.8 * aborts OR timeouts >= aborts);

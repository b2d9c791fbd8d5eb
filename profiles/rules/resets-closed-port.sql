-- severity: warning
-- remedy: network
-- judges: change
-- confidence: medium
-- subject: this host
-- needs: Tcp.OutRsts, Tcp.ActiveOpens, Tcp.PassiveOpens, TcpExt.TCPAbortOnData, TcpExt.TCPAbortOnClose
-- uses: TcpExt.TCPAbortOnTimeout, TcpExt.TCPAbortOnLinger, TcpExt.TCPAbortOnMemory,
--     TcpExt.EmbryonicRsts, TcpExt.SyncookiesFailed, TcpExt.TCPTimeWaitOverflow, Tcp.AttemptFails
-- threshold: least = 20 resets
-- threshold: share = 0.1 of the connections and attempts; a few are scans and old links
-- says: {unexplained} resets were sent to segments that belong to no connection here, beside
--     {opened} connections that came about: most likely somebody connects to a port on which
--     nothing listens.
-- advice: See who asks for what: tcpdump -ni any 'tcp[tcpflags] & tcp-rst != 0' shows the peers and
--     the port. Then start the service, let it listen on the right address, or correct the
--     clients or the load balancer that still send there. If it is a scan, the firewall may
--     drop it; nothing here needs tuning, and connections that exist are not touched.
-- source: net/ipv4/tcp_ipv4.c tcp_v4_send_reset(), counted in OutRsts; measured
SELECT resets - known AS unexplained, resets, known AS explained, opened,
	(resets - known) / window_seconds() AS per_second
FROM (SELECT change('Tcp.OutRsts') AS resets,
		change('TcpExt.TCPAbortOnData') + change('TcpExt.TCPAbortOnClose') AS aborts,
		change('TcpExt.TCPAbortOnData') + change('TcpExt.TCPAbortOnClose') +
		coalesce(change('TcpExt.TCPAbortOnTimeout'), 0) +
		coalesce(change('TcpExt.TCPAbortOnLinger'), 0) +
		coalesce(change('TcpExt.TCPAbortOnMemory'), 0) +
		coalesce(change('TcpExt.EmbryonicRsts'), 0) +
		coalesce(change('TcpExt.SyncookiesFailed'), 0) +
		-- without TIME_WAIT, each late segment of a connection is answered so
		2 * coalesce(change('TcpExt.TCPTimeWaitOverflow'), 0) AS known,
		coalesce(change('TcpExt.EmbryonicRsts'), 0) AS embryonic,
		-- a connect() that was given up resets the answer that comes too late
		coalesce(change('Tcp.AttemptFails'), 0) AS failed,
		change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens') AS opened)
WHERE change('Tcp.OutRsts') >= :least
	AND resets - known >= :least
	AND resets - known - failed >= :share * (resets - known + opened)
	-- what comes after an abort, or after a reset for lack of room, is reset, too
	AND aborts + embryonic < :share * resets;

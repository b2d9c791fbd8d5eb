-- severity: info
-- remedy: none
-- judges: change
-- subject: {endpoint}
-- needs: listener_change, net.ipv4.tcp_syncookies, TcpExt.TCPReqQFullDoCookies,
--     TcpExt.ListenOverflows, TcpExt.SyncookiesSent, TcpExt.SyncookiesRecv
-- threshold: least = 20 cookies that are worth a word
-- threshold: answered = 0.2 of the cookies that come back at most; clients answer, floods do not
-- says: A SYN flood on {endpoint} is being answered with SYN cookies: {sent} sent, {received}
--     came back, nothing was lost for lack of room.
-- advice: Nothing to tune: cookies do their work. Leave net.ipv4.tcp_syncookies at 1.
-- source: net/ipv4/tcp_input.c tcp_conn_request()
SELECT endpoint, port, syn_received AS half_open, queue_limit,
	change('TcpExt.SyncookiesSent') AS sent, change('TcpExt.SyncookiesRecv') AS received
FROM listener_change
WHERE sysctl('net.ipv4.tcp_syncookies') = 1
	AND change('TcpExt.TCPReqQFullDoCookies') > 0
	AND change('TcpExt.SyncookiesSent') >= :least
	AND change('TcpExt.SyncookiesRecv') <= :answered * change('TcpExt.SyncookiesSent')
	AND change('TcpExt.ListenOverflows') = 0
	AND syn_received >= 0.8 * (queue_limit + 1)
ORDER BY syn_received DESC LIMIT 1;

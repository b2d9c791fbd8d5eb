-- severity: critical
-- remedy: sysctl
-- judges: change
-- subject: port {port}
-- needs: net.ipv4.tcp_syncookies, TcpExt.TCPReqQFullDrop, TcpExt.ListenDrops, TcpExt.ListenOverflows
-- uses: listener_change
-- threshold: least = 5 dropped SYNs that are worth a word
-- set net.ipv4.tcp_syncookies: 1
-- says: {dropped} connection requests were dropped because a SYN queue was full, and SYN
--     cookies are off: a flood of a few hundred SYNs per second is enough to keep everybody
--     out (port {port}: {half_open} half-open).
-- advice: Set net.ipv4.tcp_syncookies=1: it acts at once, costs nothing until a queue is full,
--     and lets real clients in. Shorter tcp_synack_retries or a larger tcp_max_syn_backlog
--     only move the limit.
-- source: net/ipv4/tcp_input.c tcp_conn_request()
SELECT change('TcpExt.TCPReqQFullDrop') AS dropped,
	change('TcpExt.ListenDrops') AS listen_drops,
	change('TcpExt.ListenOverflows') AS overflows,
	l.port AS port, l.syn_received AS half_open, l.queue_limit AS queue_limit
FROM (SELECT 1) LEFT JOIN
	(SELECT port, syn_received, queue_limit FROM listener_change
	 ORDER BY syn_received DESC, drops_change DESC LIMIT 1) l
WHERE sysctl('net.ipv4.tcp_syncookies') = 0
	AND change('TcpExt.TCPReqQFullDrop') >= :least
	AND change('TcpExt.ListenOverflows') * 10 <= change('TcpExt.TCPReqQFullDrop');

-- severity: warning
-- remedy: sysctl
-- judges: change
-- subject: {endpoint}
-- needs: listener_change, net.ipv4.tcp_syncookies, net.ipv4.tcp_max_syn_backlog,
--     TcpExt.ListenDrops, TcpExt.ListenOverflows, TcpExt.TCPReqQFullDrop
-- threshold: least = 5 dropped SYNs that are worth a word
-- threshold: near = 0.8 of the limit, which is 3/4 of tcp_max_syn_backlog
-- set net.ipv4.tcp_syncookies: 1
-- set net.ipv4.tcp_max_syn_backlog: >= {max(1024, 4 * :backlog)}
-- says: {drops} connection requests were dropped on {endpoint}: with SYN cookies off, only 3/4
--     of net.ipv4.tcp_max_syn_backlog ({backlog}) may be half-open, and {half_open} are.
-- advice: Turn SYN cookies on (net.ipv4.tcp_syncookies=1): then this limit does not exist any
--     more. If they must stay off, raise net.ipv4.tcp_max_syn_backlog. Both act at once.
-- source: net/ipv4/tcp_input.c tcp_conn_request(); measured limit 3/4 of the key + 1
SELECT endpoint, port, change('TcpExt.ListenDrops') AS drops, syn_received AS half_open,
	sysctl('net.ipv4.tcp_max_syn_backlog') AS backlog, queue_limit
FROM listener_change
WHERE sysctl('net.ipv4.tcp_syncookies') = 0
	AND change('TcpExt.ListenDrops') >= :least
	AND change('TcpExt.ListenOverflows') = 0
	AND change('TcpExt.TCPReqQFullDrop') = 0
	AND syn_received >= :near * 0.75 * sysctl('net.ipv4.tcp_max_syn_backlog')
ORDER BY syn_received DESC LIMIT 1;

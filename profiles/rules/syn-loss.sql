-- severity: warning
-- remedy: network
-- judges: change
-- subject: {subject}
-- needs: TcpExt.TCPSynRetrans, Tcp.ActiveOpens, Tcp.PassiveOpens, destination_now, listener_change
-- uses: Tcp.AttemptFails, TcpExt.ListenOverflows, TcpExt.ListenDrops, TcpExt.TCPReqQFullDoCookies,
--     net.ipv4.ip_local_port_range
-- threshold: least = 5 handshake packets sent again
-- threshold: share = 0.01 of the connections that were made
-- says: {again} packets of handshakes had to be sent again ({share:percent} of {opened} new connections), and the
--     connections came about all the same: they waited 1, 3 or 7 s{place}.
-- advice: Something on the way loses or delays single packets (a firewall that limits new
--     connections, a link that is full, a conntrack table, the accept queue of the other side: audit it
--     as well). Fewer retries (tcp_syn_retries, tcp_synack_retries) turn delays into errors;
--     tcp_syncookies has nothing to do with it.
-- source: net/ipv4/tcp_timer.c, inet_connection_sock.c; SYN and SYN-ACK count alike
WITH waiting AS (SELECT coalesce(sum(iif(established + time_wait = 0, syn_sent, 0)), 0) AS dead,
			coalesce(sum(syn_sent), 0) AS syn_sent FROM destination_now),
	half_open AS (SELECT coalesce(max(1.0 * syn_received / (queue_limit + 1)), 0) AS fill,
			coalesce(sum(syn_received), 0) AS syn_received
		FROM (SELECT DISTINCT endpoint, syn_received, queue_limit FROM listener_change)),
	worst AS (SELECT endpoint, syn_sent FROM destination_now WHERE syn_sent > 0 AND established + time_wait > 0
		ORDER BY syn_sent DESC LIMIT 1),
	total AS (SELECT change('TcpExt.TCPSynRetrans') AS all_again,
		change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens') AS all_opened,
		coalesce(change('Tcp.AttemptFails'), 0) AS failed),
	-- who never answers repeats once a second at most; half-open connections may be of forged addresses
	clean AS (SELECT all_again - dead * (1 + coalesce(window_seconds(), 1e9)) - 3 * failed
			- 2 * half_open.syn_received AS again,
			all_opened - failed - dead AS opened FROM total, waiting, half_open)
SELECT coalesce(worst.endpoint, 'new connections') AS subject, cast(again AS INTEGER) AS again, opened,
	again / opened AS share, waiting.syn_sent, dead, half_open.syn_received, failed, all_again,
	coalesce(', most to ' || worst.endpoint, '') AS place
FROM clean, waiting, half_open, total LEFT JOIN worst
WHERE EXISTS (SELECT 1 WHERE change('TcpExt.TCPSynRetrans')
		- 3 * coalesce(change('Tcp.AttemptFails'), 0) >= :least)
	AND again >= :least AND opened > 0 AND again >= :share * opened
	-- a queue that overflows here, or a flood, explains it better
	AND coalesce(change('TcpExt.ListenOverflows'), 0) = 0 AND coalesce(change('TcpExt.ListenDrops'), 0) = 0
	AND coalesce(change('TcpExt.TCPReqQFullDoCookies'), 0) = 0
	AND half_open.fill < 0.5;

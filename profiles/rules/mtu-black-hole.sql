-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: {far_end}
-- confidence: medium
-- needs: socket_change, net.ipv4.tcp_mtu_probing
-- uses: socket_coverage
-- threshold: backoff = 2 times that the timer grew without an answer
-- set net.ipv4.tcp_mtu_probing: >= 1
-- says: {connections} connection(s) to {far_end} ({program}) were opened and then stand still: full segments ({mss} bytes of
--     data) are sent again and again for {waiting:seconds} and none was ever acknowledged, while small packets got through.
--     Packets of that size seem to vanish on the way without an ICMP message.{note}
-- advice: Set net.ipv4.tcp_mtu_probing to 1: it acts at once, on stuck connections too, and finds the
--     size that passes. Then repair the path: let ICMP "fragmentation needed" (IPv6: "packet too big")
--     through, or set the right MTU on the interface or tunnel, or clamp the MSS there. If the peer has
--     died instead, nothing changes. Retries and buffers do not help.
-- source: net/ipv4/tcp_timer.c tcp_mtu_probing(); Documentation/networking/ip-sysctl.rst
SELECT program, far_end, count(*) AS connections, mss, pmtu, max(backoff) AS backoff, max(last_ack_ms) / 1000.0 AS waiting,
	bytes_acked, unacked, lost, send_queue, note
FROM socket_change s, socket_coverage
WHERE sysctl('net.ipv4.tcp_mtu_probing') = 0 AND NOT is_loopback
	AND state IN ('ESTABLISHED', 'CLOSE_WAIT', 'FIN_WAIT1', 'LAST_ACK', 'CLOSING')
	AND backoff >= :backoff AND unacked > 0 AND timer = 'retransmit'
	-- as full as the interface allows, and larger than what passes everywhere
	AND mss + 100 >= pmtu AND mss > 1000 AND send_queue >= mss
	-- nothing as large was ever acknowledged: the handshake is the first byte
	AND delivered <= 10 AND bytes_acked < mss
GROUP BY program, far_end
ORDER BY connections DESC;

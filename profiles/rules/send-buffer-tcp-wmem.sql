-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: {far_end}
-- needs: socket_change, net.ipv4.tcp_wmem
-- uses: socket_coverage
-- threshold: limited = 0.08 of the time with something to send, held back by the send buffer; bbr paces the rest
-- threshold: busy = 0.3 of the window must have been spent sending
-- threshold: rtt_ms = 2 round trip from which a send buffer matters
-- set net.ipv4.tcp_wmem: keep keep >= {max(4194304, 4 * :send_buffer)}
-- says: {program} sends to {far_end} and has filled its send buffer (held back {limited_share:percent} of the time, with room in the congestion window): the
--     buffer has grown to {send_buffer:bytes}, the most that net.ipv4.tcp_wmem allows, over a round trip of
--     {round_trip_ms} ms ({connections} connection(s)).{note}
-- advice: On this host, the sender, raise the third value of net.ipv4.tcp_wmem to twice the bandwidth
--     times the round trip, or more; it acts at once, on open connections too. net.core.wmem_max
--     does not limit this, and the second value only costs memory.
-- source: net/ipv4/tcp_input.c tcp_sndbuf_expand(), tcp_output.c tcp_chrono_start(); tcp_info (sock_diag)
SELECT coalesce(program, 'A program') AS program, far_end, endpoint, count(*) AS connections, max(limited_share) AS limited_share,
	send_buffer, min_rtt_us / 1000 AS round_trip_ms, peer_window, congestion, cwnd, mss,
	bytes_acked_change / window_seconds() AS sent_per_second,
	sysctl('net.ipv4.tcp_wmem', 3) AS tcp_wmem_most, note
FROM (SELECT s.*, note, 1.0 * coalesce(send_buffer_limited_us_change, send_buffer_limited_us)
			/ nullif(coalesce(busy_us_change, busy_us), 0) AS limited_share
	FROM socket_change s, socket_coverage)
WHERE NOT is_loopback AND min_rtt_us >= 1000 * :rtt_ms AND limited_share >= :limited
	-- the congestion window had room for more, and hardly anything was left unsent
	AND 1.25 * unacked < cwnd AND not_sent <= 0.25 * send_queue
	AND coalesce(busy_us_change >= :busy * 1e6 * window_seconds(), last_sent_ms < 1000)
	AND send_buffer >= sysctl('net.ipv4.tcp_wmem', 3)
GROUP BY program, far_end
ORDER BY limited_share DESC;

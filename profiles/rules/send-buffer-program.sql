-- severity: warning
-- remedy: program
-- judges: now
-- subject: {far_end}
-- needs: socket_change, net.ipv4.tcp_wmem, net.core.wmem_max
-- uses: socket_coverage
-- threshold: limited = 0.08 of the time with something to send, held back by the send buffer; bbr paces the rest
-- threshold: busy = 0.3 of the window must have been spent sending
-- threshold: rtt_ms = 2 round trip from which a send buffer matters
-- says: {program} sends to {far_end} and has filled its send buffer (held back {limited_share:percent} of the time, with room in the congestion window): the
--     program has set it (SO_SNDBUF) to {asked:bytes}, which the kernel doubles, over a round trip of {round_trip_ms} ms
--     ({connections} connection(s)).{clamped}{note}
-- advice: Remove SO_SNDBUF from the program or its configuration, then the kernel grows the buffer as
--     far as net.ipv4.tcp_wmem allows ({tcp_wmem_most:bytes}); or raise it, and restart the program. net.ipv4.tcp_wmem has no
--     effect on a buffer that a program has set.
-- source: net/ipv4/tcp_input.c tcp_sndbuf_expand(), tcp_output.c tcp_chrono_start(); tcp_info (sock_diag)
SELECT coalesce(program, 'A program') AS program, far_end, endpoint, count(*) AS connections, max(limited_share) AS limited_share,
	send_buffer, min_rtt_us / 1000 AS round_trip_ms, peer_window, congestion, cwnd, mss,
	bytes_acked_change / window_seconds() AS sent_per_second,
	sysctl('net.ipv4.tcp_wmem', 3) AS tcp_wmem_most,
	send_buffer / 2 AS asked,
	iif(send_buffer = 2 * sysctl('net.core.wmem_max'),
		' It may have asked for more: net.core.wmem_max is the same number.', '') AS clamped, note
FROM (SELECT s.*, note, 1.0 * coalesce(send_buffer_limited_us_change, send_buffer_limited_us)
			/ nullif(coalesce(busy_us_change, busy_us), 0) AS limited_share
	FROM socket_change s, socket_coverage)
WHERE NOT is_loopback AND min_rtt_us >= 1000 * :rtt_ms AND limited_share >= :limited
	-- the congestion window had room for more, and hardly anything was left unsent
	AND 1.25 * unacked < cwnd AND not_sent <= 0.25 * send_queue
	AND coalesce(busy_us_change >= :busy * 1e6 * window_seconds(), last_sent_ms < 1000)
	AND send_buffer < sysctl('net.ipv4.tcp_wmem', 3)
	-- what the kernel grows is at least two congestion windows; this one stays behind
	AND send_buffer < 2 * 1.0 * cwnd * mss
GROUP BY program, far_end
ORDER BY limited_share DESC;

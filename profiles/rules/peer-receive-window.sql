-- severity: info
-- remedy: network
-- judges: now
-- subject: {far_end}
-- needs: socket_change, net.ipv4.tcp_window_scaling
-- uses: socket_coverage
-- threshold: limited = 0.25 of the time with something to send, held back by the peer's window
-- threshold: busy = 0.3 of the window must have been spent sending
-- threshold: rtt_ms = 5 round trip from which a window matters
-- threshold: most_mbit = 1000 that the window allows; beyond, it is hardly what matters
-- says: {program} sends to {far_end}, and the window that the peer announces holds it back
--     {limited_share:percent} of the time: at most {peer_window:bytes} in a round trip of {round_trip_ms} ms ({most_mbit} Mbit/s), {connections}
--     connection(s).{scaling}{note}
-- advice: This host is the sender: nothing here can be tuned against it. Run the audit on the
--     receiver, which can tell a program that reads slowly, SO_RCVBUF, net.ipv4.tcp_rmem and
--     tcp_moderate_rcvbuf apart. A larger net.ipv4.tcp_wmem only fills a longer queue.
-- source: net/ipv4/tcp_output.c tcp_chrono_start(TCP_CHRONO_RWND_LIMITED); tcp_info (sock_diag)
SELECT coalesce(program, 'A program') AS program, far_end, count(*) AS connections, max(limited_share) AS limited_share,
	peer_window, round_trip_ms, 8 * peer_window / nullif(min_rtt_us, 0) AS most_mbit,
	congestion, cwnd, mss, not_sent, note,
	iif(has_window_scaling, '', ' The connection has no window scaling: the peer, or something on the way, does not do it.')
		AS scaling
FROM (SELECT s.*, note, min_rtt_us / 1000 AS round_trip_ms,
		1.0 * coalesce(peer_window_limited_us_change, peer_window_limited_us)
			/ nullif(coalesce(busy_us_change, busy_us), 0) AS limited_share
	FROM socket_change s, socket_coverage)
WHERE NOT is_loopback
	-- without it here, this host limits both directions
	AND (has_window_scaling OR sysctl('net.ipv4.tcp_window_scaling') = 1)
	AND min_rtt_us >= 1000 * :rtt_ms
	AND limited_share >= :limited AND not_sent > 0
	AND coalesce(busy_us_change >= :busy * 1e6 * window_seconds(), 1)
	AND peer_window < 1.0 * cwnd * mss AND 8.0 * peer_window < :most_mbit * min_rtt_us
GROUP BY program, far_end
ORDER BY limited_share DESC;

-- severity: info
-- remedy: network
-- judges: now
-- subject: {far_end}
-- needs: socket_change
-- uses: socket_coverage
-- threshold: times = 2.0 the least round trip
-- threshold: delay_ms = 30 more than the least round trip
-- threshold: loss = 0.005 of the segments that may be lost beside it
-- says: What this host sends to {far_end} ({program}) waits in a queue on the way: the round trip is
--     {rtt_ms} ms, {delay_ms} ms more than at best, and hardly anything is lost ({connections} connection(s), {congestion}).{note}
-- advice: A buffer in front of the slowest link is too long, and all who share it wait. It helps
--     to shape just below the rate of that link (fq_codel, cake, on the router) or to send with a
--     congestion control that keeps queues short; larger buffers here make it worse.
-- source: tcp_info (sock_diag): smoothed round trip against its minimum
SELECT program, far_end, count(*) AS connections, max(rtt_us) / 1000 AS rtt_ms, min_rtt_us / 1000 AS min_rtt_ms,
	(rtt_us - min_rtt_us) / 1000 AS delay_ms, congestion, cwnd, unacked, retransmitted_change, note
FROM socket_change s, socket_coverage
WHERE NOT is_loopback AND last_sent_ms < 1000 AND min_rtt_us > 0
	AND rtt_us >= :times * min_rtt_us AND rtt_us - min_rtt_us >= 1000 * :delay_ms
	AND coalesce(rtt_us_before >= :times * min_rtt_us, 1)
	AND coalesce(busy_us_change > 0.3e6 * window_seconds(), not_sent > 0)
	-- much must be under way, or what answers late is the peer
	AND unacked >= 10 AND backoff = 0 AND last_ack_ms < 1000
	AND coalesce(retransmitted_change, retransmitted) <= max(2, :loss * coalesce(data_segments_sent_change, data_segments_sent))
	AND coalesce(peer_window_limited_us_change < 0.2 * busy_us_change, peer_window_limited_us < 0.2 * busy_us)
GROUP BY program, far_end
ORDER BY delay_ms DESC;

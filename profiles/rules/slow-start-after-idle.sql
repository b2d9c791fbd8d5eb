-- severity: info
-- remedy: sysctl
-- judges: change
-- subject: {far_end}
-- needs: socket_change, net.ipv4.tcp_slow_start_after_idle
-- uses: socket_coverage
-- threshold: rtt_ms = 20 round trip from which beginning again costs much
-- threshold: bytes = 100000 sent in the window
-- threshold: busy = 0.7 of the window at most spent sending: there are pauses
-- set net.ipv4.tcp_slow_start_after_idle: 0
-- says: {program} sends to {far_end} in bursts with pauses, over a round trip of {rtt_ms} ms, and with {congestion}: after
--     each pause longer than {rto_ms} ms the connection begins again with 10 segments and needs several
--     round trips to be fast ({sent:bytes} in the window, busy {busy_share:percent} of it).{note}
-- advice: If these bursts matter (an API, a page over a long path), set
--     net.ipv4.tcp_slow_start_after_idle to 0: it acts at once, on open connections too. The price is a
--     burst into a path that may have changed meanwhile. bbr is not affected, and larger buffers do not help.
-- source: net/ipv4/tcp_output.c tcp_cwnd_restart(), tcp_input.c tcp_slow_start_after_idle_check()
SELECT coalesce(program, 'A program') AS program, far_end, count(*) AS connections, congestion, min_rtt_us / 1000 AS rtt_ms, rto_us / 1000 AS rto_ms,
	cwnd, mss, bytes_acked_change AS sent, busy_us_change / 1e6 / window_seconds() AS busy_share,
	last_sent_ms, last_sent_ms_before, note
FROM socket_change s, socket_coverage
WHERE sysctl('net.ipv4.tcp_slow_start_after_idle') = 1 AND NOT is_loopback
	AND congestion IN ('cubic', 'reno') AND min_rtt_us >= 1000 * :rtt_ms
	AND bytes_acked_change >= :bytes AND busy_us_change <= :busy * 1e6 * window_seconds()
	-- a pause as long as the retransmission timer is what makes it begin again: seen at one of the
	-- samples, or by a congestion window that became smaller although nothing was lost
	AND (1000 * last_sent_ms > rto_us OR 1000 * last_sent_ms_before > rto_us_before
		OR (cwnd < 0.75 * cwnd_before AND retransmitted_change = 0))
	AND coalesce(retransmitted_change, 0) <= 2
GROUP BY program, far_end
ORDER BY sent DESC;

-- severity: warning
-- remedy: program
-- judges: now
-- subject: {endpoint}
-- needs: socket_change, net.core.rmem_max, net.ipv4.tcp_rmem
-- uses: socket_coverage
-- threshold: rtt_ms = 5 round trip from which a window matters
-- threshold: filled = 0.5 of the window must have come in each round trip
-- says: {program} on {endpoint} receives, and its window limits it: {connections} connection(s) fill
--     {receive_window:bytes} in each round trip of {round_trip_ms} ms, which allows at most {most_mbit} Mbit/s. The buffer is
--     {receive_buffer:bytes} and does not grow: the program has set it (SO_RCVBUF), which ends autotuning.{note}
-- advice: Remove SO_RCVBUF from the program or its configuration (rcvbuf, receive buffer), or make
--     it as large as twice the bandwidth times the round trip, and restart it. net.ipv4.tcp_rmem has no effect on
--     this program, and net.core.rmem_max only if it asks for more.
-- source: net/core/sock.c sk_setsockopt(); tcp_info (sock_diag)
SELECT coalesce(program, 'A program') AS program, endpoint, count(*) AS connections, max(far_end) AS far_end,
	receive_buffer, max(receive_ssthresh) AS receive_window,
	min(receive_rtt_us, min_rtt_us) / 1000 AS round_trip_ms,
	8 * receive_ssthresh / min(receive_rtt_us, min_rtt_us) AS most_mbit,
	bytes_received_change / window_seconds() AS received_per_second, receive_space,
	receive_queue, note
FROM socket_change s, socket_coverage
WHERE NOT is_loopback AND last_received_ms < 1000
	AND receive_rtt_us >= 1000 * :rtt_ms
	AND receive_space >= 0.75 * receive_ssthresh
	AND min(receive_queue, coalesce(receive_queue_before, receive_queue)) <= 0.25 * receive_buffer
	-- what came in one round trip filled the window; a queue on the way makes the round trip
	-- longer, and no window would help against that; a little is noise
	AND iif(window_seconds() IS NULL, receive_rtt_us < 2 * min_rtt_us AND receive_ssthresh >= 0.25 * receive_buffer,
		bytes_received_change / window_seconds() * min(receive_rtt_us, 1.4 * min_rtt_us) / 1e6
			>= :filled * receive_ssthresh)
	AND receive_buffer <> 2 * sysctl('net.core.rmem_max')
	AND receive_buffer < sysctl('net.ipv4.tcp_rmem', 3)
	-- autotuning begins at the second value; above it a buffer that does not grow although the
	-- window is full was set, too
	AND (receive_buffer < sysctl('net.ipv4.tcp_rmem', 2)
		OR (receive_buffer > sysctl('net.ipv4.tcp_rmem', 2) AND receive_buffer = receive_buffer_before
			AND receive_space >= 0.9 * receive_ssthresh AND bytes_received_change > 2 * receive_buffer))
GROUP BY program, endpoint
ORDER BY connections DESC;

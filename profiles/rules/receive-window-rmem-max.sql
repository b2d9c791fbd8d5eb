-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: {endpoint}
-- needs: socket_change, net.core.rmem_max, net.ipv4.tcp_rmem, net.ipv4.tcp_moderate_rcvbuf
-- uses: socket_coverage
-- threshold: rtt_ms = 5 round trip from which a window matters
-- threshold: filled = 0.5 of the window must have come in each round trip
-- set net.core.rmem_max: >= {max(4194304, 2 * :receive_buffer)}
-- says: {program} on {endpoint} receives, and its window limits it: {connections} connection(s) fill
--     {receive_window:bytes} in each round trip of {round_trip_ms} ms, which allows at most {most_mbit} Mbit/s. The buffer is
--     {receive_buffer:bytes}, twice net.core.rmem_max ({rmem_max:bytes}): the program asked for at least that with
--     SO_RCVBUF, and the kernel cut it there.{note}
-- advice: Best is that the program does not set SO_RCVBUF at all: the kernel then grows the buffer
--     as far as net.ipv4.tcp_rmem allows ({tcp_rmem_most:bytes}). If it must, raise net.core.rmem_max; the program has
--     to ask again, so restart it. net.ipv4.tcp_rmem does not act on a buffer that a program has set.
-- source: net/core/sock.c sk_setsockopt(); tcp_info (sock_diag)
SELECT coalesce(program, 'A program') AS program, endpoint, count(*) AS connections, max(far_end) AS far_end,
	receive_buffer, max(receive_ssthresh) AS receive_window,
	min(receive_rtt_us, min_rtt_us) / 1000 AS round_trip_ms,
	8 * receive_ssthresh / min(receive_rtt_us, min_rtt_us) AS most_mbit,
	bytes_received_change / window_seconds() AS received_per_second, receive_space,
	receive_queue, note,
	sysctl('net.core.rmem_max') AS rmem_max,
	sysctl('net.ipv4.tcp_rmem', 3) AS tcp_rmem_most
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
	AND receive_buffer = 2 * sysctl('net.core.rmem_max')
	AND receive_buffer < sysctl('net.ipv4.tcp_rmem', 3)
	AND receive_buffer = coalesce(receive_buffer_before, receive_buffer)
	AND NOT (sysctl('net.ipv4.tcp_moderate_rcvbuf') = 0 AND receive_buffer = sysctl('net.ipv4.tcp_rmem', 2))
GROUP BY program, endpoint
ORDER BY connections DESC;

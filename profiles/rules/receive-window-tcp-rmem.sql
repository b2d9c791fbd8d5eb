-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: {endpoint}
-- needs: socket_change, net.ipv4.tcp_rmem
-- uses: socket_coverage
-- threshold: rtt_ms = 5 round trip from which a window matters
-- threshold: filled = 0.5 of the window must have come in each round trip
-- set net.ipv4.tcp_rmem: keep keep >= {max(6291456, 4 * :receive_buffer)}
-- says: {program} on {endpoint} receives, and its window limits it: {connections} connection(s) fill
--     {receive_window:bytes} in each round trip of {round_trip_ms} ms, which allows at most {most_mbit} Mbit/s. The buffer has
--     grown to {receive_buffer:bytes}, the most that net.ipv4.tcp_rmem allows, and the program keeps up.{note}
-- advice: On this host, the receiver, raise the third value of net.ipv4.tcp_rmem: twice the
--     bandwidth times the round trip. It acts on new connections; those that are open keep the old
--     limit in part (their window scale). net.core.rmem_max does not limit this, and a larger
--     second value only costs memory.
-- source: net/ipv4/tcp_input.c tcp_rcvbuf_grow(); tcp_info (sock_diag)
SELECT coalesce(program, 'A program') AS program, endpoint, count(*) AS connections, max(far_end) AS far_end,
	receive_buffer, max(receive_ssthresh) AS receive_window,
	min(receive_rtt_us, min_rtt_us) / 1000 AS round_trip_ms,
	8 * receive_ssthresh / min(receive_rtt_us, min_rtt_us) AS most_mbit,
	bytes_received_change / window_seconds() AS received_per_second, receive_space,
	receive_queue, note,
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
	AND receive_buffer >= sysctl('net.ipv4.tcp_rmem', 3)
GROUP BY program, endpoint
ORDER BY connections DESC;

-- severity: info
-- remedy: program
-- judges: now
-- subject: {endpoint}
-- needs: socket_change
-- uses: socket_coverage
-- threshold: waiting = 0.25 of the receive buffer holds what the program has not read
-- threshold: least = 16384 bytes that wait at least
-- threshold: taken = 0.5 of the window at most, which the program took in a round trip
-- says: {program} on {endpoint} reads more slowly than its peers send: {queue:bytes} wait for it on
--     {connections} connection(s) (buffer {receive_buffer:bytes}), which closes the window that this host, the receiver,
--     announces.{note}
-- advice: Look at what the program does between two reads (disk, database, lock, CPU). A larger
--     buffer, net.ipv4.tcp_rmem or net.core.rmem_max, changes nothing: it would be full as well.
-- source: net/ipv4/tcp_output.c __tcp_select_window(); tcp_info (sock_diag)
SELECT coalesce(program, 'A program') AS program, endpoint, count(*) AS connections, max(receive_queue) AS queue, receive_buffer,
	receive_space, receive_ssthresh, receive_window, max(far_end) AS far_end,
	bytes_received_change / window_seconds() AS received_per_second, note
FROM socket_change s, socket_coverage
WHERE state = 'ESTABLISHED' AND inode IS NOT NULL
	AND min(receive_queue, coalesce(receive_queue_before, receive_queue)) >= max(:least, :waiting * receive_buffer)
	AND coalesce(receive_space < :taken * receive_ssthresh, 1)
	-- what keeps up moves more than its buffer in a second
	AND coalesce(bytes_received_change < receive_ssthresh * window_seconds() * 10, 1)
GROUP BY program, endpoint
ORDER BY queue DESC;

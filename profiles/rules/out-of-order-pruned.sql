-- severity: warning
-- remedy: network
-- judges: change
-- subject: {subject}
-- needs: TcpExt.OfoPruned, TcpExt.TCPOFODrop
-- uses: socket_change, TcpExt.TCPOFOQueue, TcpExt.TCPMemoryPressures
-- threshold: least = 5 times that data which had come was thrown away
-- says: This host, the receiver, had to throw away data that had come out of order, for want of room
--     ({pruned} queues emptied, {dropped} segments refused, {queued} kept): it is sent again, and a loss becomes many{place}.
-- advice: Repair the loss or reordering on the way to this host first. If the buffer is small
--     because a program sets SO_RCVBUF, remove that; else a larger third value of
--     net.ipv4.tcp_rmem gives more room to new connections.
-- source: net/ipv4/tcp_input.c tcp_prune_ofo_queue(), tcp_data_queue_ofo()
SELECT change('TcpExt.OfoPruned') AS pruned, change('TcpExt.TCPOFODrop') AS dropped,
	change('TcpExt.TCPOFOQueue') AS queued, coalesce(worst.endpoint, 'all connections') AS subject,
	worst.program, worst.receive_buffer, worst.out_of_order_change,
	coalesce(', most on ' || worst.endpoint || ' (buffer ' || worst.receive_buffer || ' bytes)', '') AS place
FROM window LEFT JOIN (SELECT * FROM socket_change WHERE out_of_order_change > 0
		ORDER BY out_of_order_change DESC LIMIT 1) worst
WHERE change('TcpExt.OfoPruned') + change('TcpExt.TCPOFODrop') >= :least
	AND coalesce(change('TcpExt.TCPMemoryPressures'), 0) = 0;

-- severity: info
-- remedy: program
-- judges: change
-- subject: {subject}
-- needs: TcpExt.PruneCalled
-- uses: socket_change, TcpExt.TCPRcvCollapsed, TcpExt.TCPMemoryPressures, TcpExt.RcvPruned
-- threshold: least = 3 times that the kernel had to make room
-- says: The kernel, short of room in receive buffers, {pruned} times joined small segments into fewer
--     ({collapsed} of them) to make room for more. Memory as a whole was not short: a program reads too
--     slowly{who}, or many tiny segments fill its buffer.
-- advice: Make the program read (it may wait for something else), and its peers send larger
--     pieces. net.ipv4.tcp_rmem only postpones it; it costs CPU, and loses data only if RcvPruned
--     grows ({lost} now).
-- source: net/ipv4/tcp_input.c tcp_prune_queue(), tcp_collapse()
SELECT change('TcpExt.PruneCalled') AS pruned, change('TcpExt.TCPRcvCollapsed') AS collapsed,
	coalesce(change('TcpExt.RcvPruned'), 0) AS lost,
	coalesce(worst.endpoint, 'receive buffers') AS subject, worst.program,
	worst.receive_queue, worst.receive_buffer,
	coalesce(' (most waits for ' || coalesce(worst.program, 'an unknown program') || ' on ' || worst.endpoint || ': '
		|| worst.receive_queue || ' bytes)', '') AS who
FROM window LEFT JOIN (SELECT * FROM socket_change WHERE receive_queue > 0
		ORDER BY receive_queue DESC LIMIT 1) worst
WHERE change('TcpExt.PruneCalled') >= :least
	AND coalesce(change('TcpExt.TCPMemoryPressures'), 0) = 0;

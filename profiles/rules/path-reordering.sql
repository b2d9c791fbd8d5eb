-- severity: info
-- remedy: none
-- judges: change
-- subject: {subject}
-- needs: TcpExt.TCPSACKReorder, TcpExt.TCPOrigDataSent
-- uses: socket_change, Tcp.RetransSegs, TcpExt.TCPSynRetrans, TcpExt.TCPDSACKRecv, TcpExt.TCPDSACKOfoRecv,
--     TcpExt.TCPTSReorder
-- threshold: least = 20 times that order was lost
-- threshold: share = 0.005 of the segments with data
-- threshold: needless = 0.5 of the retransmissions, which the peer had already
-- says: Packets overtake each other on the way: seen {reordered} times in {sent} segments; of {retransmitted}
--     retransmissions {spurious} were needless{place}. TCP has adapted to it.
-- advice: Nothing to tune here: net.ipv4.tcp_reordering is only where each connection begins, and it learns
--     more by itself. Usual causes are links that share the load packet by packet.
-- source: net/ipv4/tcp_input.c tcp_check_sack_reordering()
WITH total AS (SELECT change('TcpExt.TCPSACKReorder') + coalesce(change('TcpExt.TCPTSReorder'), 0) AS reordered,
		change('TcpExt.TCPOrigDataSent') AS sent,
		change('Tcp.RetransSegs') - coalesce(change('TcpExt.TCPSynRetrans'), 0) AS retransmitted,
		coalesce(change('TcpExt.TCPDSACKRecv'), 0) + coalesce(change('TcpExt.TCPDSACKOfoRecv'), 0) AS spurious)
SELECT coalesce(worst.far_end, 'all connections') AS subject, reordered, sent, total.retransmitted, spurious,
	worst.program, worst.reordering, coalesce(', most to ' || worst.far_end, '') AS place
FROM total LEFT JOIN (SELECT * FROM socket_change WHERE reordering_seen_change > 0
		ORDER BY reordering_seen_change DESC LIMIT 1) worst
WHERE EXISTS (SELECT 1 WHERE change('TcpExt.TCPSACKReorder')
		+ coalesce(change('TcpExt.TCPTSReorder'), 0) >= :least)
	AND reordered >= :least AND reordered >= :share * sent
	AND spurious >= :needless * coalesce(total.retransmitted, 0);

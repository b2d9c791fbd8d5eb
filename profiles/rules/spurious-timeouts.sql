-- severity: info
-- remedy: network
-- judges: change
-- subject: {subject}
-- needs: TcpExt.TCPTimeouts
-- uses: socket_change, TcpExt.TCPLossUndo, TcpExt.TCPSpuriousRTOs, TcpExt.TCPFullUndo, TcpExt.TCPDSACKUndo,
--     TcpExt.TCPDSACKRecv, TcpExt.TCPDSACKOfoRecv, Tcp.RetransSegs, TcpExt.TCPSynRetrans
-- threshold: least = 3 timeouts that were taken back
-- says: {undone} times a connection gave up waiting although nothing was lost ({timeouts} timeouts, {spurious}
--     needless retransmissions): the round trip grows suddenly{place}.
-- advice: Look for what holds packets up for a moment: a radio link, a virtual machine that does
--     not run, a queue that fills at once. The kernel takes the timeouts back by itself
--     (net.ipv4.tcp_frto, tcp_dsack: leave them on).
-- source: net/ipv4/tcp_input.c tcp_try_undo_loss(), tcp_process_loss()
SELECT coalesce(worst.far_end, 'all connections') AS subject, undone, timeouts,
	coalesce(change('TcpExt.TCPDSACKRecv'), 0) + coalesce(change('TcpExt.TCPDSACKOfoRecv'), 0) AS spurious,
	worst.program, worst.rtt_us / 1000 AS rtt_ms, worst.min_rtt_us / 1000 AS min_rtt_ms, worst.rto_us / 1000 AS rto_ms,
	coalesce(', most to ' || worst.far_end, '') AS place
FROM (SELECT coalesce(change('TcpExt.TCPLossUndo'), 0) + coalesce(change('TcpExt.TCPSpuriousRTOs'), 0) AS undone,
		change('TcpExt.TCPTimeouts') - coalesce(change('TcpExt.TCPSynRetrans'), 0) AS timeouts) total
	LEFT JOIN (SELECT * FROM socket_change WHERE retransmitted_change > 0
		ORDER BY retransmitted_change DESC LIMIT 1) worst
WHERE EXISTS (SELECT 1 WHERE coalesce(change('TcpExt.TCPLossUndo'), 0)
		+ coalesce(change('TcpExt.TCPSpuriousRTOs'), 0) >= :least)
	AND undone >= :least AND 2 * undone >= timeouts;

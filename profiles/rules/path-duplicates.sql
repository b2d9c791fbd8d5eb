-- severity: info
-- remedy: network
-- judges: change
-- subject: {subject}
-- needs: TcpExt.TCPDSACKRecv, TcpExt.TCPOrigDataSent
-- uses: socket_change, TcpExt.TCPDSACKOfoRecv, TcpExt.TCPDSACKIgnoredDubious, Tcp.RetransSegs,
--     TcpExt.TCPSynRetrans
-- threshold: least = 20 duplicates
-- threshold: share = 0.005 of the segments with data
-- says: Peers reported {duplicates} duplicates of {sent} segments, and only {retransmitted} were sent twice: something
--     on the way copies packets{place}.
-- advice: Look for a mirror port, a bridge loop, bonding or a tunnel that sends on two links. TCP
--     copes; it costs bandwidth. No sysctl is involved.
-- source: net/ipv4/tcp_input.c tcp_dsack_seen(), tcp_check_dsack()
WITH total AS (SELECT change('TcpExt.TCPDSACKRecv') + coalesce(change('TcpExt.TCPDSACKOfoRecv'), 0) AS duplicates,
		coalesce(change('TcpExt.TCPDSACKIgnoredDubious'), 0) AS dubious,
		change('TcpExt.TCPOrigDataSent') AS sent,
		coalesce(change('Tcp.RetransSegs') - coalesce(change('TcpExt.TCPSynRetrans'), 0), 0) AS retransmitted)
SELECT coalesce(worst.far_end, 'all connections') AS subject, duplicates, dubious, sent, total.retransmitted,
	worst.program, coalesce(', most to ' || worst.far_end, '') AS place
FROM total LEFT JOIN (SELECT * FROM socket_change WHERE dsacks_change > 0
		ORDER BY dsacks_change DESC LIMIT 1) worst
WHERE EXISTS (SELECT 1 WHERE change('TcpExt.TCPDSACKRecv')
		+ coalesce(change('TcpExt.TCPDSACKOfoRecv'), 0) - coalesce(change('Tcp.RetransSegs')
		- coalesce(change('TcpExt.TCPSynRetrans'), 0), 0) >= :least)
	AND duplicates - total.retransmitted >= :least AND duplicates - total.retransmitted >= :share * sent
	AND duplicates > 2 * total.retransmitted;

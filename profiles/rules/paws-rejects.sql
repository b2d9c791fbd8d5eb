-- severity: warning
-- remedy: network
-- judges: change
-- subject: TCP timestamps
-- needs: TcpExt.PAWSEstab, Tcp.InSegs
-- uses: TcpExt.TCPDSACKOldSent, TcpExt.TCPDSACKOfoSent, TcpExt.TCPACKSkippedPAWS
-- threshold: least = 20 segments beyond what reordering and duplicates explain
-- threshold: share = 0.001 of the segments that came
-- says: {rejected} segments came with a TCP timestamp older than what was seen before on the same
--     connection and were thrown away; {explained} of them were old data come late.
-- advice: Something on the way mixes the clocks of several hosts or changes timestamps: a load
--     balancer or proxy that takes over connections, a NAT, a broken middlebox. Repair it there. Switching
--     net.ipv4.tcp_timestamps off hides it, and takes round-trip samples and tcp_tw_reuse away.
-- source: net/ipv4/tcp_input.c tcp_validate_incoming(), RFC 7323 section 5
SELECT rejected, explained, rejected - explained AS unexplained, segments
FROM (SELECT change('TcpExt.PAWSEstab') AS rejected,
		min(change('TcpExt.PAWSEstab'), coalesce(change('TcpExt.TCPDSACKOldSent'), 0)
			+ coalesce(change('TcpExt.TCPDSACKOfoSent'), 0)) AS explained,
		change('Tcp.InSegs') AS segments)
WHERE change('TcpExt.PAWSEstab') >= :least
	AND rejected - explained >= :least AND rejected - explained >= :share * segments;

-- severity: warning
-- remedy: network
-- judges: change
-- subject: TCP sequence numbers
-- needs: TcpExt.BeyondWindow, TcpExt.TCPACKSkippedSeq
-- uses: TcpExt.TCPToZeroWindowAdv, TcpExt.TCPWantZeroWindowAdv, TcpExt.PruneCalled
-- threshold: least = 10 segments
-- says: {beyond} segments came with sequence numbers beyond the window that this host, the receiver,
--     had announced, and were thrown away ({skipped} answers to such were held back).
-- advice: Something on the way changes sequence numbers, or two connections are mixed up: a
--     firewall that randomizes them, a proxy or load balancer after a failover, a NAT that reuses a port
--     too early; or somebody injects packets. No sysctl helps; larger windows do not either.
-- source: net/ipv4/tcp_input.c tcp_sequence(), Linux 6.17
SELECT change('TcpExt.BeyondWindow') AS beyond, change('TcpExt.TCPACKSkippedSeq') AS skipped
WHERE change('TcpExt.BeyondWindow') >= :least
	-- a window that closes while data is under way leaves some of it outside
	AND (change('TcpExt.TCPACKSkippedSeq') > 0
		OR coalesce(change('TcpExt.TCPToZeroWindowAdv'), 0) + coalesce(change('TcpExt.TCPWantZeroWindowAdv'), 0)
			+ coalesce(change('TcpExt.PruneCalled'), 0) = 0);

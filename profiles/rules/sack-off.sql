-- severity: warning
-- remedy: sysctl
-- judges: change
-- subject: net.ipv4.tcp_sack
-- needs: TcpExt.TCPRenoRecovery, net.ipv4.tcp_sack
-- uses: socket_count_now, Tcp.RetransSegs, TcpExt.TCPTimeouts
-- set net.ipv4.tcp_sack: 1
-- says: net.ipv4.tcp_sack is 0, and {recoveries} times a connection had to repair losses without it: one
--     segment a round trip, or by timeout ({timeouts} timeouts, {retransmitted} retransmissions).
-- advice: Set net.ipv4.tcp_sack to 1, its default. Only connections that are made from then on have
--     it. The attacks of 2019 that made people switch it off were repaired in the kernel.
-- source: net/ipv4/tcp_input.c tcp_enter_recovery(); RFC 2018
SELECT change('TcpExt.TCPRenoRecovery') AS recoveries, coalesce(change('TcpExt.TCPTimeouts'), 0) AS timeouts,
	coalesce(change('Tcp.RetransSegs'), 0) AS retransmitted,
	(SELECT sockets FROM socket_count_now WHERE what = 'no-sack') AS without
WHERE sysctl('net.ipv4.tcp_sack') = 0 AND change('TcpExt.TCPRenoRecovery') > 0;

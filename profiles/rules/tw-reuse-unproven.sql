-- severity: info
-- remedy: sysctl
-- judges: now
-- subject: {source} -> {endpoint}
-- needs: port_use, net.ipv4.ip_local_port_range, net.ipv4.ip_local_reserved_ports,
--     net.ipv4.tcp_tw_reuse, net.ipv4.tcp_timestamps, TcpExt.TWRecycled
-- uses: net.ipv4.tcp_tw_reuse_delay, Tcp.ActiveOpens
-- because: ports-exhausted-time-wait on endpoint
-- threshold: full = 0.9 of the usable local ports
-- set net.ipv4.ip_local_port_range: <= 10240 >= 65535
-- says: {source} has {sockets} of {usable} local ports in TIME_WAIT or in use for {endpoint}. By
--     net.ipv4.tcp_tw_reuse={tw_reuse} {reusable} of them could be taken again, but since boot not
--     one ever was: whether {endpoint} uses timestamps, without which reuse does nothing, cannot be seen.
-- advice: If the program reports EADDRNOTAVAIL, its ports are exhausted in spite of tcp_tw_reuse: switch
--     net.ipv4.tcp_timestamps on at {endpoint}, keep connections alive, or widen
--     net.ipv4.ip_local_port_range. If it connects well, nothing is wrong.
-- source: net/ipv4/tcp_ipv4.c tcp_twsk_unique(), counted in TWRecycled
SELECT source, endpoint, sockets, usable, time_wait, reusable, established,
	sysctl('net.ipv4.tcp_tw_reuse') AS tw_reuse, counter('TcpExt.TWRecycled') AS reused
FROM port_use
WHERE counter('TcpExt.TWRecycled') = 0 AND reusable > 0 AND sockets >= :full * usable
	AND coalesce(share, 0) < :full
ORDER BY sockets DESC;

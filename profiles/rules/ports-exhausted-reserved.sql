-- severity: critical
-- remedy: sysctl
-- judges: now
-- subject: {source} -> {endpoint}
-- needs: port_use, net.ipv4.ip_local_port_range, net.ipv4.ip_local_reserved_ports,
--     net.ipv4.tcp_tw_reuse, net.ipv4.tcp_timestamps
-- uses: net.ipv4.tcp_tw_reuse_delay, TcpExt.TWRecycled, Tcp.ActiveOpens
-- threshold: full = 0.9 of the usable local ports
-- says: {source} has {occupied} of {usable} local ports in use for {endpoint}: new connections
--     there fail with EADDRNOTAVAIL. net.ipv4.ip_local_reserved_ports takes {reserved} ports
--     away from the range {range}.
-- advice: Shorten net.ipv4.ip_local_reserved_ports to the ports that services really listen on
--     ({reserved_list}). It acts at once. Widening the range helps only outside the reserved part.
-- source: net/ipv4/inet_hashtables.c __inet_hash_connect() (inet_is_local_reserved_port)
SELECT source, endpoint, occupied, usable, sockets, time_wait, established, reserved, share,
	sysctl('net.ipv4.ip_local_reserved_ports') AS reserved_list,
	sysctl('net.ipv4.ip_local_port_range', 1) || '-' ||
		sysctl('net.ipv4.ip_local_port_range', 2) AS range
FROM port_use
WHERE share >= :full AND reserved >= usable
ORDER BY share DESC;

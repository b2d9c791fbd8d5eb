-- severity: critical
-- remedy: sysctl
-- judges: now
-- subject: {source} -> {endpoint}
-- needs: port_use, net.ipv4.ip_local_port_range, net.ipv4.ip_local_reserved_ports,
--     net.ipv4.tcp_tw_reuse, net.ipv4.tcp_timestamps
-- uses: net.ipv4.tcp_tw_reuse_delay, TcpExt.TWRecycled, Tcp.ActiveOpens
-- threshold: full = 0.9 of the usable local ports
-- set net.ipv4.ip_local_port_range: <= 10240 >= 65535
-- set net.ipv4.tcp_timestamps: >= 1
-- set net.ipv4.tcp_tw_reuse: {iif(:is_loopback AND sysctl('net.ipv4.tcp_tw_reuse') <> 1, 2, 1)}
-- says: {source} has {occupied} of {usable} local ports in use for {endpoint}, {time_wait} of them
--     in TIME_WAIT: new connections there fail with EADDRNOTAVAIL (no kernel counter shows it).
-- advice: First keep connections to {endpoint} alive and reuse them (nginx: upstream keepalive,
--     HTTP/1.1, empty Connection header): this side closes them first, so it pays with a port
--     for 60 s. Then widen net.ipv4.ip_local_port_range, with the ports of listeners inside it
--     in ip_local_reserved_ports. Then net.ipv4.tcp_tw_reuse=1, which needs tcp_timestamps on
--     both sides and allows one new connection a port and second (2 acts on loopback only). All
--     of it acts at once. tcp_fin_timeout does not shorten TIME_WAIT, and tcp_max_tw_buckets
--     must not be lowered. If the program binds an address before it connects, it gets
--     EADDRINUSE, tcp_tw_reuse does nothing, and IP_BIND_ADDRESS_NO_PORT is the cure.
-- source: net/ipv4/inet_hashtables.c __inet_hash_connect(), net/ipv4/tcp_ipv4.c tcp_twsk_unique()
SELECT source, endpoint, occupied, usable, sockets, time_wait, established, reusable, reserved,
	is_loopback, share, sysctl('net.ipv4.tcp_tw_reuse') AS tw_reuse,
	sysctl('net.ipv4.tcp_timestamps') AS timestamps
FROM port_use
WHERE share >= :full AND reserved < usable
	AND 2 * (time_wait - reusable) >= occupied
ORDER BY share DESC;

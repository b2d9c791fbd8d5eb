-- severity: critical
-- remedy: sysctl
-- judges: now
-- subject: {source} -> {endpoint}
-- needs: port_use, net.ipv4.ip_local_port_range, net.ipv4.ip_local_reserved_ports,
--     net.ipv4.tcp_tw_reuse, net.ipv4.tcp_timestamps
-- uses: net.ipv4.tcp_tw_reuse_delay, TcpExt.TWRecycled, Tcp.ActiveOpens
-- threshold: full = 0.9 of the usable local ports
-- set net.ipv4.ip_local_port_range: <= 10240 >= 65535
-- says: {source} has {occupied} of {usable} local ports in use for {endpoint}, {established} of
--     them by established connections: new connections there fail with EADDRNOTAVAIL.
-- advice: Widen net.ipv4.ip_local_port_range (at once; reserve the ports of listeners inside it
--     in ip_local_reserved_ports), or give the connections more room: a pool with fewer of
--     them, more destination addresses or ports, more source addresses. tcp_tw_reuse and
--     tcp_fin_timeout do nothing for connections in use.
-- source: net/ipv4/inet_hashtables.c __inet_hash_connect()
SELECT source, endpoint, occupied, usable, sockets, time_wait, established, syn_sent, reserved,
	share
FROM port_use
WHERE share >= :full AND reserved < usable
	AND 2 * (time_wait - reusable) < occupied
ORDER BY share DESC;

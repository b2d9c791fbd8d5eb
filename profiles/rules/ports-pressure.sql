-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: {source} -> {endpoint}
-- needs: port_use, net.ipv4.ip_local_port_range, net.ipv4.ip_local_reserved_ports,
--     net.ipv4.tcp_tw_reuse, net.ipv4.tcp_timestamps
-- uses: net.ipv4.tcp_tw_reuse_delay, TcpExt.TWRecycled, Tcp.ActiveOpens
-- threshold: high = 0.7 of the usable local ports
-- threshold: full = 0.9 of the usable local ports, where another rule begins
-- set net.ipv4.ip_local_port_range: <= 10240 >= 65535
-- says: {source} has {occupied} of {usable} local ports ({share:percent}) in use for {endpoint}
--     ({established} established, {time_wait} in TIME_WAIT): connections there fail when they run out.
-- advice: Before they do: keep connections alive and reuse them, or widen
--     net.ipv4.ip_local_port_range (at once; reserve the ports of listeners inside it in
--     ip_local_reserved_ports). If TIME_WAIT holds most of them, net.ipv4.tcp_tw_reuse=1 with
--     tcp_timestamps=1 helps too; tcp_fin_timeout does not.
-- source: net/ipv4/inet_hashtables.c __inet_hash_connect()
SELECT source, endpoint, occupied, usable, sockets, time_wait, established, reusable, reserved,
	share
FROM port_use
WHERE share >= :high AND share < :full
ORDER BY share DESC;

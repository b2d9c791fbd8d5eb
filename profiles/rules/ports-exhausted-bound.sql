-- severity: critical
-- remedy: sysctl
-- judges: now
-- subject: {address}
-- needs: port_use, source_address_now, net.ipv4.ip_local_port_range,
--     net.ipv4.ip_local_reserved_ports, net.ipv4.tcp_tw_reuse, net.ipv4.tcp_timestamps
-- uses: net.ipv4.tcp_tw_reuse_delay, TcpExt.TWRecycled, Tcp.ActiveOpens
-- threshold: full = 0.9 of the usable local ports
-- set net.ipv4.ip_local_port_range: <= 10240 >= 65535
-- says: {address} has {ports} of {usable} local ports in use, each for one connection only,
--     although they go to {destinations} destinations: the program binds before it connects,
--     so a port is taken for every destination and the next bind() fails with EADDRINUSE.
-- advice: Let the program set IP_BIND_ADDRESS_NO_PORT before bind() (nginx and haproxy do, where
--     the system has it), or not bind at all. Until then a wider net.ipv4.ip_local_port_range
--     helps at once. tcp_tw_reuse does nothing for bound ports.
-- source: net/ipv4/inet_connection_sock.c inet_csk_get_port()
SELECT a.address, a.ports, a.sockets, ports_usable() AS usable,
	count(*) AS destinations, max(p.share) AS largest_share
FROM source_address_now a JOIN port_use p ON p.source = a.address AND p.family = a.family
WHERE a.ports = a.sockets AND a.ports >= :full * ports_usable()
GROUP BY a.family, a.address
	-- connect() prefers ports of one parity for every destination, so it would share them
HAVING count(*) > 1 AND max(p.share) < :full AND max(p.share) < 0.8 * a.ports / ports_usable();

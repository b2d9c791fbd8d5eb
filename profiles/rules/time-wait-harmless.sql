-- severity: info
-- remedy: none
-- judges: now
-- subject: TIME_WAIT
-- needs: tcp_state_now, port_use, net.ipv4.ip_local_port_range,
--     net.ipv4.ip_local_reserved_ports, net.ipv4.tcp_tw_reuse, net.ipv4.tcp_timestamps
-- uses: net.ipv4.tcp_tw_reuse_delay, TcpExt.TWRecycled, Tcp.ActiveOpens
-- threshold: many = 1000 sockets in TIME_WAIT that people begin to worry about
-- threshold: high = 0.7 of the usable local ports, where other rules begin
-- says: {time_wait} sockets are in TIME_WAIT, and that is fine: {inbound} belong to listening
--     ports and cost no ephemeral port, and no destination uses more than
--     {largest_share:percent} of the local ports.
-- advice: Leave it. It is 60 s by design and costs about 256 bytes a socket; do not lower
--     tcp_max_tw_buckets. tcp_fin_timeout does not shorten it.
-- source: net/ipv4/tcp_minisocks.c tcp_time_wait()
SELECT total AS time_wait, total - outgoing AS inbound, outgoing, largest_share
FROM (SELECT
	(SELECT sum(sockets) FROM tcp_state_now WHERE state = 'TIME_WAIT') AS total,
	(SELECT coalesce(sum(time_wait), 0) FROM destination_now) AS outgoing,
	(SELECT coalesce(max(share), 0) FROM port_use) AS largest_share)
WHERE EXISTS (SELECT 1 FROM (SELECT sum(sockets) AS n FROM tcp_state_now
		WHERE state = 'TIME_WAIT')
	WHERE n >= :many)
	AND total >= :many AND largest_share < :high;

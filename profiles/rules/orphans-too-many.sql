-- severity: critical
-- remedy: sysctl
-- judges: change
-- subject: net.ipv4.tcp_max_orphans
-- needs: TcpExt.TCPAbortOnMemory, sockstat.TCP.orphan
-- uses: net.ipv4.tcp_max_orphans, TcpExt.TCPMemoryPressures, protocols.TCP.pressure
-- threshold: least = 1 connections that were cut off
-- threshold: near = 0.2 of tcp_max_orphans; the kernel begins at a quarter of it
-- set net.ipv4.tcp_max_orphans: >= {4 * :most}
-- says: {aborted} closed connections were cut off with a reset before their data was
--     delivered, because there are too many of their kind: {orphans} on the whole machine;
--     net.ipv4.tcp_max_orphans is {most}, and the kernel begins at a quarter to a half of it.
-- advice: Raise net.ipv4.tcp_max_orphans on the host: it acts at once, for all namespaces, and an
--     orphan may hold its send buffer, so memory must be there. Then find out what leaves them:
--     peers that do not read or that vanished (tcp_orphan_retries). Lowering tcp_max_orphans,
--     as guides against attacks advise, is what cuts off good connections.
-- source: net/ipv4/tcp_timer.c tcp_out_of_resources(), net/ipv4/tcp.c tcp_check_oom()
SELECT change('TcpExt.TCPAbortOnMemory') AS aborted, counter('sockstat.TCP.orphan') AS orphans,
	sysctl('net.ipv4.tcp_max_orphans') AS most
WHERE change('TcpExt.TCPAbortOnMemory') >= :least
	-- where the limit cannot be seen: the other reason is memory, and that shows
	AND coalesce(counter('sockstat.TCP.orphan') >= :near * sysctl('net.ipv4.tcp_max_orphans'),
		coalesce(change('TcpExt.TCPMemoryPressures'), 0) = 0 AND
		coalesce(counter('protocols.TCP.pressure'), 0) = 0);

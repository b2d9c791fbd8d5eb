-- severity: warning
-- remedy: sysctl
-- judges: change
-- subject: net.ipv4.tcp_abort_on_overflow
-- needs: net.ipv4.tcp_abort_on_overflow, TcpExt.ListenOverflows, TcpExt.EmbryonicRsts, Tcp.OutRsts
-- threshold: least = 3 clients that were reset since boot
-- set net.ipv4.tcp_abort_on_overflow: 0
-- says: An accept queue overflowed {overflows} times, and net.ipv4.tcp_abort_on_overflow is 1, so
--     clients are reset as they connect: {resets} in that time, {total} since boot.
-- advice: Set net.ipv4.tcp_abort_on_overflow=0. It acts at once: such a client then waits a moment
--     and gets through when the queue has room. With 1 a short burst becomes errors, and most
--     overflows are not even shown by it: a SYN that meets a full queue is dropped either way.
--     The queue itself is another finding.
-- source: net/ipv4/tcp_minisocks.c tcp_check_req(); Documentation/networking/ip-sysctl.rst
SELECT change('TcpExt.EmbryonicRsts') AS resets, counter('TcpExt.EmbryonicRsts') AS total,
	change('TcpExt.ListenOverflows') AS overflows,
	change('Tcp.OutRsts') AS resets_sent
WHERE sysctl('net.ipv4.tcp_abort_on_overflow') = 1
	AND change('TcpExt.ListenOverflows') > 0
	-- it needs a SYN before and an ACK after the queue is full, which not every window shows; a
	-- reset that a client sent counts as embryonic, too
	AND counter('TcpExt.EmbryonicRsts') >= :least AND counter('Tcp.OutRsts') >= :least;

-- severity: warning
-- remedy: sysctl
-- judges: change
-- subject: net.ipv4.tcp_abort_on_overflow
-- needs: net.ipv4.tcp_abort_on_overflow, TcpExt.ListenOverflows, TcpExt.EmbryonicRsts, Tcp.OutRsts
-- threshold: least = 3 clients that were reset
-- set net.ipv4.tcp_abort_on_overflow: 0
-- says: {resets} clients were reset as they connected, because an accept queue was full and
--     net.ipv4.tcp_abort_on_overflow is 1.
-- advice: Set net.ipv4.tcp_abort_on_overflow=0. It acts at once: such a client then waits a moment
--     and gets through when the queue has room. With 1 a short burst becomes errors, and most
--     overflows are not even shown by it: a SYN that meets a full queue is dropped either way.
--     The queue itself is another finding.
-- source: net/ipv4/tcp_minisocks.c tcp_check_req(); Documentation/networking/ip-sysctl.rst
SELECT change('TcpExt.EmbryonicRsts') AS resets, change('TcpExt.ListenOverflows') AS overflows,
	change('Tcp.OutRsts') AS resets_sent
WHERE sysctl('net.ipv4.tcp_abort_on_overflow') = 1
	AND change('TcpExt.ListenOverflows') > 0
	AND change('TcpExt.EmbryonicRsts') >= :least
	-- a reset that a client sent counts as embryonic, too
	AND change('Tcp.OutRsts') >= :least;

-- severity: critical
-- remedy: sysctl
-- judges: change
-- subject: net.ipv4.tcp_mem
-- needs: sockstat.TCP.mem
-- uses: TcpExt.TCPMemoryPressures, net.ipv4.tcp_mem, protocols.TCP.pressure,
--     TcpExt.TCPMemoryPressuresChrono, TcpExt.TCPAbortOnMemory
-- set net.ipv4.tcp_mem: >= {2 * sysctl('net.ipv4.tcp_mem', 1)} >= {2 * sysctl('net.ipv4.tcp_mem', 2)} >= {2 * sysctl('net.ipv4.tcp_mem', 3)}
-- says: TCP {runs} short of buffer memory: {used} pages are in use, and pressure begins at {pressure} 
--     (net.ipv4.tcp_mem, in pages of {page} bytes, for the whole machine). It was entered {entered}
--     times. Under pressure buffers shrink and windows close.
-- advice: Look first for what fills the buffers (sockets with long send or receive queues: a
--     program that does not read, peers that do not) and for an old line that set tcp_mem too
--     low or in bytes: it counts pages. The kernel's default follows the memory of the
--     machine; raise net.ipv4.tcp_mem only if the memory is there. It acts at once, on all
--     namespaces.
-- source: net/ipv4/tcp.c tcp_enter_memory_pressure(), tcp_init_mem()
SELECT coalesce(change('TcpExt.TCPMemoryPressures'), 0) AS entered,
	iif(is_now, 'runs', 'ran') AS runs, is_now,
	counter('sockstat.TCP.mem') AS used, sysctl('net.ipv4.tcp_mem', 2) AS pressure,
	sysctl('net.ipv4.tcp_mem', 3) AS most, page_bytes() AS page,
	change('TcpExt.TCPMemoryPressuresChrono') AS pressure_ms,
	change('TcpExt.TCPAbortOnMemory') AS aborted
	-- the flag falls only when a socket asks for memory again: below the least it is an old one
FROM (SELECT coalesce(counter('protocols.TCP.pressure') = 1 AND coalesce(
		counter('sockstat.TCP.mem') > sysctl('net.ipv4.tcp_mem', 1), 1), 0) AS is_now)
WHERE is_now OR change('TcpExt.TCPMemoryPressures') > 0;

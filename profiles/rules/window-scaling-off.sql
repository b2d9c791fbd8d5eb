-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: net.ipv4.tcp_window_scaling
-- needs: socket_count_now, net.ipv4.tcp_window_scaling
-- set net.ipv4.tcp_window_scaling: 1
-- says: net.ipv4.tcp_window_scaling is 0, and {without} of {established} open connections have no window
--     scaling: none of them can have more than 64 KiB under way in either direction (5.2 Mbit/s
--     over 100 ms).
-- advice: Set net.ipv4.tcp_window_scaling to 1, its default. Only connections that are made from
--     then on have it. Larger buffers (tcp_rmem, tcp_wmem, rmem_max) do nothing without it.
-- source: net/ipv4/tcp_output.c tcp_syn_options(); RFC 7323
SELECT without, established
FROM (SELECT max(iif(what = 'no-window-scaling', sockets, 0)) AS without,
		max(iif(what = 'established', sockets, 0)) AS established
	FROM socket_count_now)
WHERE sysctl('net.ipv4.tcp_window_scaling') = 0 AND without > 0;

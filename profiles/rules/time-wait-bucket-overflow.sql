-- severity: warning
-- remedy: sysctl
-- judges: change
-- subject: net.ipv4.tcp_max_tw_buckets
-- needs: TcpExt.TCPTimeWaitOverflow, net.ipv4.tcp_max_tw_buckets
-- uses: sockstat.TCP.tw, Tcp.OutRsts
-- set net.ipv4.tcp_max_tw_buckets: >= {max(65536, 4 * :buckets)}
-- says: {lost} connections were closed without TIME_WAIT because net.ipv4.tcp_max_tw_buckets
--     ({buckets}) was reached: late packets of theirs are answered with a reset or may disturb
--     a new connection.
-- advice: Raise net.ipv4.tcp_max_tw_buckets; it acts at once, and a TIME_WAIT costs about 256
--     bytes. Never lower it to get rid of TIME_WAIT: that is what produces the resets.
-- source: net/ipv4/inet_timewait_sock.c inet_twsk_alloc()
SELECT change('TcpExt.TCPTimeWaitOverflow') AS lost,
	sysctl('net.ipv4.tcp_max_tw_buckets') AS buckets,
	counter('sockstat.TCP.tw') AS time_wait, change('Tcp.OutRsts') AS resets
WHERE change('TcpExt.TCPTimeWaitOverflow') > 0
	-- far below the limit it was lack of memory
	AND coalesce(counter('sockstat.TCP.tw') >= 0.8 * sysctl('net.ipv4.tcp_max_tw_buckets'), 1);

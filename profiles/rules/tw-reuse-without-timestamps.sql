-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: net.ipv4.tcp_tw_reuse
-- needs: net.ipv4.tcp_tw_reuse, net.ipv4.tcp_timestamps
-- set net.ipv4.tcp_timestamps: 1
-- says: net.ipv4.tcp_tw_reuse=1 does nothing here, because net.ipv4.tcp_timestamps=0: a port
--     in TIME_WAIT is reused only if the connection had timestamps.
-- advice: Set net.ipv4.tcp_timestamps=1 (new connections have them then). Timestamps also give
--     better RTT estimates and protection against old duplicates; the uptime that they were
--     said to leak is hidden by a random offset since Linux 4.10.
-- source: net/ipv4/tcp_ipv4.c tcp_twsk_unique(); tcp(7)
SELECT 1 AS tw_reuse, 0 AS timestamps
WHERE sysctl('net.ipv4.tcp_tw_reuse') = 1 AND sysctl('net.ipv4.tcp_timestamps') = 0;

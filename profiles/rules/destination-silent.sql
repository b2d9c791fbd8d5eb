-- severity: warning
-- remedy: network
-- judges: now
-- subject: {endpoint}
-- needs: destination
-- threshold: least = 5 connection attempts without an answer
-- says: {endpoint} does not answer: {retried} connection attempts are repeated ({waiting} wait
--     in SYN_SENT), and no connection to it exists.
-- advice: Check that the host is up and that a firewall on the way, or there, does not drop the
--     packets: a port where nothing listens would refuse at once. Check the address itself, too (an old
--     DNS entry, a service that has moved). Until then let the program connect with a timeout
--     of its own, or take this destination out of its list: net.ipv4.tcp_syn_retries only
--     changes how long it waits (about two minutes by default). Existing connections are not touched.
-- source: SYN_SENT and tcp_info of each socket (sock_diag); net/ipv4/tcp_timer.c
SELECT iif(family = 6, '[' || address || ']', address) || ':' || port AS endpoint, address, port,
	max(retried) AS retried, max(waiting) AS waiting, sources
	-- either sample will do: attempts end and begin again
FROM (SELECT d.sample, d.family, d.address, d.port, sum(d.syn_retried) AS retried,
		sum(d.syn_stuck) AS stuck, sum(d.syn_sent) AS waiting,
		sum(d.established) AS established, sum(d.time_wait) AS time_wait,
		group_concat(DISTINCT d.source) AS sources
	FROM window w JOIN destination d ON d.sample IN (w.before, w.now)
	WHERE d.address <> '*'
	GROUP BY d.sample, d.family, d.address, d.port)
GROUP BY family, address, port
HAVING max(retried) >= :least AND max(established) = 0 AND max(time_wait) = 0
	AND max(retried) >= max(stuck)
ORDER BY max(retried) DESC;

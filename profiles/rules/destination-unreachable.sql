-- severity: warning
-- remedy: network
-- judges: now
-- subject: {endpoint}
-- needs: destination
-- threshold: least = 5 connection attempts that never left this host
-- says: {endpoint} cannot be reached: {stuck} connection attempts wait in this host ({waiting} in
--     SYN_SENT), because nobody on the local network answers for the next hop (ARP or neighbour
--     discovery).
-- advice: Look at `ip route get {address}` and `ip neigh`: the host or the gateway that it names is down, has
--     another address or netmask, or is on another network or VLAN. Connections fail with
--     EHOSTUNREACH after about 3 s. Retries and timeouts of TCP do not matter: no SYN was ever sent.
-- source: tcp_info of each socket (sock_diag): a timer ran out, nothing was retransmitted
SELECT iif(family = 6, '[' || address || ']', address) || ':' || port AS endpoint, address, port,
	max(stuck) AS stuck, max(waiting) AS waiting, sources
	-- either sample will do: attempts end and begin again
FROM (SELECT d.sample, d.family, d.address, d.port, sum(d.syn_retried) AS retried,
		sum(d.syn_stuck) AS stuck, sum(d.syn_sent) AS waiting,
		sum(d.established) AS established, sum(d.time_wait) AS time_wait,
		group_concat(DISTINCT d.source) AS sources
	FROM window w JOIN destination d ON d.sample IN (w.before, w.now)
	WHERE d.address <> '*'
	GROUP BY d.sample, d.family, d.address, d.port)
GROUP BY family, address, port
HAVING max(stuck) >= :least AND max(established) = 0 AND max(retried) < max(stuck)
ORDER BY max(stuck) DESC;

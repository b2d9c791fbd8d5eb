-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: net.ipv4.tcp_orphan_retries
-- needs: closing_now, tcp_state_now, net.ipv4.tcp_orphan_retries
-- uses: sockstat.TCP.orphan, net.ipv4.tcp_max_orphans
-- threshold: many = 50 connections
-- threshold: share = 0.05 of the connections of this namespace; a few peers always vanish
-- set net.ipv4.tcp_orphan_retries: 3
-- says: {sockets} connections ({where}) are closed here and wait in vain for their peers to
--     acknowledge the end: the peers vanished, or the way to them is broken. Each is repeated
--     {retries} times with growing pauses, about {lasts:seconds}, before it is given up.
-- advice: Look first for why so many peers vanish at once (a firewall that forgets connections,
--     a link, a crashed load balancer). net.ipv4.tcp_orphan_retries=3 gives up after about 3 s
--     and acts at once, on these, too; the price is that a peer with an outage longer than that
--     loses the end of an answer. tcp_fin_timeout and tcp_retries2 do not act on them, and
--     lowering tcp_max_orphans only resets connections.
-- source: net/ipv4/tcp_timer.c tcp_orphan_retries(), tcp_model_timeout()
SELECT sum(backoff) AS sockets,
	group_concat(DISTINCT coalesce('port ' || nullif(port, 0), 'outgoing')) AS "where",
	coalesce(nullif(sysctl('net.ipv4.tcp_orphan_retries'), 0), 8) AS retries,
	0.2 * ((2 << min(coalesce(nullif(sysctl('net.ipv4.tcp_orphan_retries'), 0), 8), 9)) - 1)
		AS lasts,
	max(oldest_ms) / 1000.0 AS oldest,
	sysctl('net.ipv4.tcp_orphan_retries') AS orphan_retries,
	counter('sockstat.TCP.orphan') AS orphans_of_machine,
	sysctl('net.ipv4.tcp_max_orphans') AS most_orphans
FROM closing_now
WHERE NOT has_owner AND timer = 'retransmit' AND backoff > 0
	AND state IN ('FIN_WAIT1', 'LAST_ACK', 'CLOSING')
HAVING sum(backoff) >= :many
	AND sum(backoff) >= :share * (SELECT sum(t.sockets) FROM tcp_state_now t
		WHERE t.state NOT IN ('LISTEN', 'CLOSE'))
	AND coalesce(nullif(sysctl('net.ipv4.tcp_orphan_retries'), 0), 8) > 3;

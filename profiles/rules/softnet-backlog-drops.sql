-- severity: warning
-- remedy: sysctl
-- judges: change
-- subject: net.core.netdev_max_backlog
-- needs: softnet_change
-- uses: net.core.netdev_max_backlog
-- threshold: least = 50 packets
-- threshold: share = 0.001 of the packets that were processed
-- set net.core.netdev_max_backlog: >= {4 * coalesce(:backlog, 1000)}
-- says: {drops} packets were dropped on the way up because a CPU's backlog queue was full
--     ({share:percent} of {processed}; most on CPU {cpu}), counted for the whole machine.
--     net.core.netdev_max_backlog is {backlog}.
-- advice: Raise net.core.netdev_max_backlog on the host (at once, for all namespaces): it buys time for
--     bursts. If one CPU does all the work, spread it (RPS, more queues, IRQ affinity); if all are
--     busy, no queue is long enough. This queue is for loopback, veth, tunnels and RPS: a network
--     card that drops has a ring of its own (ethtool -G). TCP repeats what was lost; UDP does not.
-- source: net/core/dev.c enqueue_to_backlog(); /proc/net/softnet_stat, second column
SELECT sum(dropped_change) AS drops, sum(processed_change) AS processed,
	1.0 * sum(dropped_change) / max(sum(processed_change) + sum(dropped_change), 1) AS share,
	sysctl('net.core.netdev_max_backlog') AS backlog,
	(SELECT w.cpu FROM softnet_change w ORDER BY w.dropped_change DESC LIMIT 1) AS cpu,
	sum(time_squeeze_change) AS time_squeeze
FROM softnet_change
WHERE EXISTS (SELECT 1 FROM (SELECT sum(dropped) AS lost FROM softnet
		WHERE sample = (SELECT now FROM window))
	WHERE lost >= :least)
GROUP BY NULL
HAVING sum(dropped_change) >= :least
	AND sum(dropped_change) >= :share * (sum(processed_change) + sum(dropped_change));

-- severity: warning
-- remedy: program
-- judges: change
-- subject: {name}
-- needs: link_change
-- uses: offload_now
-- because: softnet-backlog-drops
-- threshold: least = 50 packets
-- threshold: share = 0.01 of the packets that it received
-- says: {name} lost {lost} packets that had arrived ({share:percent} of {packets}): {missed}
--     missed, {overrun} in its FIFO, {dropped} dropped.
-- advice: If they were missed or the FIFO ran over, the host was too slow for a burst: a longer ring (ethtool -g {name}
--     shows it, now {ring} of {ring_most}; ethtool -G {name} rx N, which may interrupt the link for a
--     moment), and interrupts on more CPUs. If they were dropped, ethtool -S {name} may tell why:
--     no buffers, or packets of a protocol or VLAN that nobody here uses, which is harmless. No
--     sysctl makes a ring longer; netdev_max_backlog is another queue.
-- source: rtnl_link_stats64 (rx_missed_errors, rx_fifo_errors, rx_dropped)
SELECT l.name AS name, lost, packets, missed, overrun, dropped,
	1.0 * lost / (packets + lost) AS share, o.rx_ring AS ring, o.rx_ring_max AS ring_most, kind
FROM (SELECT name, kind, number, coalesce(rx_missed_change, 0) AS missed,
		max(coalesce(rx_fifo_change, 0), coalesce(rx_over_change, 0)) AS overrun,
		coalesce(rx_dropped_change, 0) AS dropped, rx_packets_change AS packets,
		coalesce(rx_missed_change, 0) + coalesce(rx_dropped_change, 0) +
			max(coalesce(rx_fifo_change, 0), coalesce(rx_over_change, 0)) AS lost
	FROM link_change) l LEFT JOIN offload_now o ON o.number = l.number
WHERE EXISTS (SELECT 1 FROM link WHERE coalesce(rx_missed, 0) + coalesce(rx_dropped, 0) +
		max(coalesce(rx_fifo, 0), coalesce(rx_over, 0)) >= :least)
	AND lost >= :least AND lost >= :share * (packets + lost)
ORDER BY lost DESC;

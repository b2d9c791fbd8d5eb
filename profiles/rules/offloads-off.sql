-- severity: info
-- remedy: program
-- judges: now
-- subject: {name}
-- needs: offload_now, link_change
-- uses: net.ipv4.ip_forward
-- threshold: packets = 100 that it must have carried (in the window, if there is one)
-- says: {name} carries traffic with {what}.
-- advice: Unless somebody had a reason (a driver's defect, a virtual network that miscounts checksums), switch it
--     back: ethtool -K {name} {command}. It acts at once. Segmentation on the card or
--     as late as possible is what makes large transfers cheap; without it a CPU may be the
--     limit. LRO is the opposite: it must be off where packets are forwarded or bridged.
-- source: ethtool netlink (features); Documentation/networking/segmentation-offloads.rst
SELECT name, number, tso, gso, gro, lro, packets,
	rtrim(iif(tso_off, 'TSO off, ', '') || iif(gso_off, 'GSO off, ', '') ||
		iif(gro_off, 'GRO off, ', '') ||
		iif(lro_on, 'LRO on although this host forwards packets, ', ''), ', ') AS what,
	rtrim(iif(tso_off, 'tso on ', '') || iif(gso_off, 'gso on ', '') ||
		iif(gro_off, 'gro on ', '') || iif(lro_on, 'lro off ', '')) AS command
FROM (SELECT o.*, l.rx_packets_change + l.tx_packets_change AS packets,
		-- a TUN has TSO, and a veth GRO, off by itself
		o.tso = 0 AND o.tso_fixed = 0 AND l.kind IS NOT 'tun' AS tso_off, o.gso = 0 AND o.gso_fixed = 0 AS gso_off,
		o.gro = 0 AND o.gro_fixed = 0 AND l.kind IS NOT 'veth' AS gro_off,
		o.lro = 1 AND coalesce(sysctl('net.ipv4.ip_forward'), 0) = 1 AS lro_on
	FROM offload_now o JOIN link_change l ON l.number = o.number
	WHERE l.is_up)
WHERE EXISTS (SELECT 1 FROM link WHERE is_up AND rx_packets + tx_packets >= :packets)
	AND EXISTS (SELECT 1 FROM offload WHERE (tso = 0 AND tso_fixed = 0)
		OR (gso = 0 AND gso_fixed = 0) OR (gro = 0 AND gro_fixed = 0) OR lro = 1)
	AND packets >= :packets AND (tso_off OR gso_off OR gro_off OR lro_on)
ORDER BY packets DESC;

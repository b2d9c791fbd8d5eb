-- severity: critical
-- remedy: sysctl
-- judges: change
-- subject: {family}
-- needs: arp_cache.table_fulls, ndisc_cache.table_fulls
-- uses: arp_cache.entries, ndisc_cache.entries, net.ipv4.neigh.default.gc_thresh3,
--     net.ipv4.neigh.default.gc_thresh2, net.ipv6.neigh.default.gc_thresh3,
--     net.ipv6.neigh.default.gc_thresh2
-- threshold: least = 1 neighbours that found no room
-- set net.ipv4.neigh.default.gc_thresh3: >= {iif(:is_ipv4, 4 * sysctl('net.ipv4.neigh.default.gc_thresh3'), sysctl('net.ipv4.neigh.default.gc_thresh3'))}
-- set net.ipv4.neigh.default.gc_thresh2: >= {iif(:is_ipv4, 4 * sysctl('net.ipv4.neigh.default.gc_thresh2'), sysctl('net.ipv4.neigh.default.gc_thresh2'))}
-- set net.ipv6.neigh.default.gc_thresh3: >= {iif(:is_ipv4, sysctl('net.ipv6.neigh.default.gc_thresh3'), 4 * sysctl('net.ipv6.neigh.default.gc_thresh3'))}
-- set net.ipv6.neigh.default.gc_thresh2: >= {iif(:is_ipv4, sysctl('net.ipv6.neigh.default.gc_thresh2'), 4 * sysctl('net.ipv6.neigh.default.gc_thresh2'))}
-- says: The {family} neighbour table is full: {refused} neighbours found no room ({entries}
--     entries; gc_thresh3 is {most}). New hosts of the local networks cannot be reached, with
--     ENOBUFS or timeouts; the table is one for all namespaces.
-- advice: Raise gc_thresh3 above the number of hosts in all directly attached networks of all namespaces
--     together, and gc_thresh2 with it. It acts at once. Find out, too, why so many are needed: a
--     scan, a /16 on one interface, or a route without a gateway that makes every address a
--     neighbour. gc_thresh1 and shorter gc_interval only throw out good entries.
-- source: net/core/neighbour.c neigh_alloc(); /proc/net/stat/arp_cache and ndisc_cache
SELECT family, is_ipv4, refused, entries, most
FROM (SELECT 'IPv4 (ARP)' AS family, 1 AS is_ipv4, change('arp_cache.table_fulls') AS refused,
		counter('arp_cache.entries') AS entries,
		sysctl('net.ipv4.neigh.default.gc_thresh3') AS most
	UNION ALL SELECT 'IPv6', 0, change('ndisc_cache.table_fulls'),
		counter('ndisc_cache.entries'), sysctl('net.ipv6.neigh.default.gc_thresh3'))
WHERE refused >= :least;

-- severity: warning
-- remedy: sysctl
-- judges: change
-- subject: net.ipv4.conf.*.rp_filter
-- needs: TcpExt.IPReversePathFilter, net.ipv4.conf.*.rp_filter
-- uses: Ip.InReceives, net.ipv4.conf.all.rp_filter
-- threshold: least = 10 packets
-- threshold: share = 0.001 of the packets that came
-- set net.ipv4.conf.all.rp_filter: 2
-- says: {filtered} packets came in on an interface that answers would not leave by, and were thrown away: rp_filter
--     is strict (1) on {strict}.
-- advice: If the way in and the way out of this host differ on purpose (two uplinks, policy routing, a
--     VPN), make the check loose: net.ipv4.conf.all.rp_filter=2, which acts at once; of "all" and the
--     interface's own value the larger counts, so all=0 would change nothing. If they should not differ,
--     repair the routes: then these packets are strays or forged, and the filter does its work.
-- source: net/ipv4/fib_frontend.c fib_validate_source(); Documentation/networking/ip-sysctl.rst
SELECT change('TcpExt.IPReversePathFilter') AS filtered, change('Ip.InReceives') AS received,
	(SELECT group_concat(interface, ', ') FROM interface_sysctl
		WHERE pattern = 'net.ipv4.conf.*.rp_filter' AND interface <> 'default'
			AND iif(interface = 'all', cast(value AS INTEGER) = 1,
				max(cast(value AS INTEGER), sysctl('net.ipv4.conf.all.rp_filter')) = 1)) AS strict
WHERE change('TcpExt.IPReversePathFilter') >= :least
	AND coalesce(change('TcpExt.IPReversePathFilter') >= :share * change('Ip.InReceives'), 1)
	AND strict IS NOT NULL;

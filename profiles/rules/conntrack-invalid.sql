-- severity: info
-- remedy: network
-- judges: change
-- subject: connection tracking
-- needs: nf_conntrack.invalid, nf_conntrack.insert_failed
-- uses: nf_conntrack.drop, net.netfilter.nf_conntrack_tcp_be_liberal
-- because: conntrack-full
-- threshold: least = 20 packets
-- says: Connection tracking could not make sense of {invalid} packets, and {insert_failed} new
--     connections found no place of their own.
-- advice: Invalid packets belong to connections that are not known here (asymmetric routes, entries
--     that timed out, a rule that drops "ct state invalid") or to none at all; they matter only if
--     rules drop them. Failed inserts: two packets of one new flow at once (DNS over UDP does it), or a
--     NAT that has no port left for a destination.
-- source: net/netfilter/nf_conntrack_core.c; /proc/net/stat/nf_conntrack
SELECT change('nf_conntrack.invalid') AS invalid,
	change('nf_conntrack.insert_failed') AS insert_failed, change('nf_conntrack.drop') AS dropped,
	sysctl('net.netfilter.nf_conntrack_tcp_be_liberal') AS be_liberal
WHERE change('nf_conntrack.invalid') >= :least OR change('nf_conntrack.insert_failed') >= :least;

-- severity: critical
-- remedy: sysctl
-- judges: change
-- subject: net.netfilter.nf_conntrack_max
-- needs: nf_conntrack.drop, nf_conntrack.count, net.netfilter.nf_conntrack_max
-- uses: net.netfilter.nf_conntrack_buckets, nf_conntrack.early_drop
-- threshold: full = 0.95 of the limit
-- set net.netfilter.nf_conntrack_max: >= {2 * :most}
-- set net.netfilter.nf_conntrack_buckets: >= {:most}
-- says: {dropped} packets of new connections were dropped because the connection tracking table
--     is full ({entries} of {most}). TCP's own counters do not show it; clients see timeouts.
-- advice: Raise net.netfilter.nf_conntrack_max (at once, for all namespaces; about 320 bytes an
--     entry) and nf_conntrack_buckets with it. Better still, do not track what needs no
--     tracking (notrack rules), and check that timeouts are not holding dead entries. Load
--     nf_conntrack before sysctl settings are applied at boot, or they are lost.
-- source: net/netfilter/nf_conntrack_core.c; Documentation/networking/nf_conntrack-sysctl.rst
SELECT counter('nf_conntrack.count') AS entries,
	sysctl('net.netfilter.nf_conntrack_max') AS most,
	change('nf_conntrack.drop') AS dropped,
	change('nf_conntrack.early_drop') AS early_dropped,
	sysctl('net.netfilter.nf_conntrack_buckets') AS buckets
WHERE sysctl('net.netfilter.nf_conntrack_max') > 0
	AND change('nf_conntrack.drop') > 0
	AND counter('nf_conntrack.count') >= :full * sysctl('net.netfilter.nf_conntrack_max');

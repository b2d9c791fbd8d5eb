-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: net.netfilter.nf_conntrack_max
-- needs: nf_conntrack.count, net.netfilter.nf_conntrack_max
-- uses: net.netfilter.nf_conntrack_buckets
-- because: conntrack-full
-- threshold: high = 0.9 of the limit
-- set net.netfilter.nf_conntrack_max: >= {2 * :most}
-- set net.netfilter.nf_conntrack_buckets: >= {:most}
-- says: The connection tracking table holds {entries} of {most} entries ({share:percent}). When
--     it is full, packets of new connections are dropped.
-- advice: Raise net.netfilter.nf_conntrack_max (at once, for all namespaces) and
--     nf_conntrack_buckets with it, or do not track what needs no tracking. An entry of a closed
--     TCP connection stays nf_conntrack_tcp_timeout_time_wait seconds.
-- source: net/netfilter/nf_conntrack_core.c; Documentation/networking/nf_conntrack-sysctl.rst
SELECT counter('nf_conntrack.count') AS entries,
	sysctl('net.netfilter.nf_conntrack_max') AS most,
	1.0 * counter('nf_conntrack.count') / sysctl('net.netfilter.nf_conntrack_max') AS share,
	sysctl('net.netfilter.nf_conntrack_buckets') AS buckets
WHERE sysctl('net.netfilter.nf_conntrack_max') > 0
	AND counter('nf_conntrack.count') >= :high * sysctl('net.netfilter.nf_conntrack_max');

-- severity: warning
-- remedy: program
-- judges: change
-- subject: {subject}
-- needs: link_change
-- uses: TcpExt.TCPRetransFail
-- threshold: least = 20 packets
-- threshold: share = 0.01 of what the interface sent
-- says: Packets are lost inside this host, before they reach the wire: {place}.
-- advice: {what} The path beyond is not to blame, and no TCP sysctl helps; net.core.default_qdisc acts only
--     on interfaces that are made later.
-- source: tc -s qdisc (rtnetlink); net/ipv4/tcp_output.c __tcp_retransmit_skb()
SELECT subject, drops, share, qdisc, place, what
FROM (SELECT name AS subject, drops, 1.0 * drops / (drops + tx_packets_change) AS share, qdisc,
	'the queue of ' || name || ' (' || coalesce(qdisc, 'none') || ') dropped ' || drops || ' of '
		|| (drops + tx_packets_change) AS place,
	'Look at tc -s qdisc show dev ' || name || ': a rate limit that is too low or a queue too short for it; else send less, or shape with fq_codel.'
		AS what
FROM (SELECT *, max(coalesce(qdisc_drops_change, 0), coalesce(qdisc_child_drops_change, 0)) AS drops
	FROM link_change)
WHERE drops >= :least AND drops >= :share * (drops + tx_packets_change)
UNION ALL
SELECT 'retransmissions', change('TcpExt.TCPRetransFail'), NULL, NULL,
	change('TcpExt.TCPRetransFail') || ' retransmissions could not be sent at all',
	'Look for a firewall rule that drops what this host sends (nft list ruleset, iptables -L OUTPUT -v), or a queue that is full.'
WHERE change('TcpExt.TCPRetransFail') >= :least
	AND NOT EXISTS (SELECT 1 FROM link_change
		WHERE max(coalesce(qdisc_drops_change, 0), coalesce(qdisc_child_drops_change, 0)) >= :least))
WHERE EXISTS (SELECT 1 FROM link
		WHERE max(coalesce(qdisc_drops, 0), coalesce(qdisc_child_drops, 0)) >= :least
	UNION ALL SELECT 1 WHERE change('TcpExt.TCPRetransFail') >= :least)
ORDER BY drops DESC;

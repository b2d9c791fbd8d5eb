-- severity: warning
-- remedy: network
-- judges: change
-- subject: {subject}
-- needs: Tcp.RetransSegs, TcpExt.TCPFastRetrans, TcpExt.TCPOrigDataSent
-- uses: socket_change, socket_coverage, TcpExt.TCPSlowStartRetrans, TcpExt.TCPLossProbeRecovery,
--     TcpExt.TCPDSACKRecv, TcpExt.TCPDSACKOfoRecv, TcpExt.TCPDSACKIgnoredDubious,
--     TcpExt.TCPSackRecovery, TcpExt.TCPRenoRecovery, TcpExt.TCPTimeouts, TcpExt.TCPSynRetrans,
--     net.ipv4.tcp_congestion_control
-- threshold: least = 3 segments that were lost
-- threshold: share = 0.01 of the segments with data, for cubic and its like
-- threshold: share_bbr = 0.06 of them where bbr sends, which is not held back by less
-- threshold: heavy = 0.05 of them, which no queue that fills now and then explains
-- threshold: episodes = 3 times that a connection lost something; one may fill a queue once
-- says: This host sends, and {lost} of {sent} segments ({share:percent}) were lost on the way{place}.
--     Retransmitted {retransmitted}, needlessly {spurious}; congestion control {congestion}.{trip}{note}
-- advice: Find where it is lost, from near to far: this host's interface and cable (ethtool -S, ip
--     -s link), the switch, the provider (mtr in both directions), a policer that drops above a
--     rate (then shape to that rate here). No sysctl repairs a path, larger buffers least of all; another
--     congestion control may hide loss, or do worse: behind a policer bbr gets about half of the rate.
-- source: net/ipv4/tcp_input.c; lost = retransmissions that SACK or a probe proved, without those that DSACK took back
WITH total AS (SELECT change('TcpExt.TCPFastRetrans') + coalesce(change('TcpExt.TCPSlowStartRetrans'), 0)
			+ coalesce(change('TcpExt.TCPLossProbeRecovery'), 0) AS proven,
		max(0, coalesce(change('TcpExt.TCPDSACKRecv'), 0) + coalesce(change('TcpExt.TCPDSACKOfoRecv'), 0)
			- coalesce(change('TcpExt.TCPDSACKIgnoredDubious'), 0)) AS spurious,
		change('TcpExt.TCPOrigDataSent') AS sent,
		change('Tcp.RetransSegs') - coalesce(change('TcpExt.TCPSynRetrans'), 0) AS retransmitted,
		coalesce(change('TcpExt.TCPSackRecovery'), 0) + coalesce(change('TcpExt.TCPRenoRecovery'), 0)
			+ coalesce(change('TcpExt.TCPTimeouts'), 0)
			+ coalesce(change('TcpExt.TCPLossProbeRecovery'), 0) AS episodes),
	seen AS (SELECT sum(retransmitted_change) AS retransmitted,
			-- what fills a queue on the way until it overflows: how TCP finds the rate
			sum(iif(rtt_us >= 2 * min_rtt_us AND rtt_us - min_rtt_us >= 20000,
				retransmitted_change, 0)) AS by_queue,
			sum(iif(congestion = 'bbr', retransmitted_change, 0)) AS by_bbr
		FROM socket_change WHERE retransmitted_change > 0),
	worst AS (SELECT * FROM socket_change WHERE retransmitted_change > 0
		ORDER BY retransmitted_change DESC LIMIT 1)
SELECT coalesce(worst.far_end, 'all connections') AS subject, worst.program, worst.far_end,
	proven - spurious AS lost, sent, 1.0 * (proven - spurious) / sent AS share, total.retransmitted,
	spurious, episodes, seen.by_queue, seen.by_bbr,
	coalesce(worst.congestion, sysctl('net.ipv4.tcp_congestion_control')) AS congestion,
	worst.rtt_us / 1000 AS rtt_ms, worst.min_rtt_us / 1000 AS min_rtt_ms, worst.cwnd,
	coalesce(', most of ' || worst.program || ' to ' || worst.far_end, ', most to ' || worst.far_end, '')
		AS place, coalesce(' Round trip ' || (worst.rtt_us / 1000) || ' ms, at least '
		|| (worst.min_rtt_us / 1000) || ' ms.', '') AS trip, note
FROM total, socket_coverage LEFT JOIN seen LEFT JOIN worst
WHERE EXISTS (SELECT 1 WHERE change('TcpExt.TCPFastRetrans')
		+ coalesce(change('TcpExt.TCPSlowStartRetrans'), 0)
		+ coalesce(change('TcpExt.TCPLossProbeRecovery'), 0) >= :least)
	AND proven - spurious >= :least AND episodes >= :episodes
	AND proven - spurious >= sent * iif(coalesce(2 * seen.by_bbr > seen.retransmitted,
		sysctl('net.ipv4.tcp_congestion_control') = 'bbr'), :share_bbr, :share)
	AND (coalesce(2 * seen.by_queue <= seen.retransmitted, 1)
		-- more than cubic loses to find its rate, and a little at a time: a queue is not all there is
		OR (proven - spurious >= :heavy * sent AND proven - spurious <= 6 * episodes
			AND 2 * seen.by_bbr <= seen.retransmitted));

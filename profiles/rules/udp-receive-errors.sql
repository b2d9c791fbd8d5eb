-- severity: warning
-- remedy: program
-- judges: change
-- subject: {endpoint}
-- needs: udp_socket_change
-- uses: Udp.RcvbufErrors, snmp6.Udp6RcvbufErrors, Udp.InDatagrams, snmp6.Udp6InDatagrams,
--     net.core.rmem_max
-- threshold: least = 10 datagrams that were lost
-- threshold: share = 0.001 of the datagrams that came
-- says: {program} on UDP {endpoint} lost {drops} datagrams because its receive buffer ({receive_buffer:bytes}) was full
--     ({errors} on the whole host, {share:percent} of what came).
-- advice: Find out why the program does not keep up (one thread, one socket: SO_REUSEPORT; a
--     pause), then give it a larger buffer: its own setting, or SO_RCVBUF, up to net.core.rmem_max
--     ({rmem_max:bytes}), and a restart. Raising rmem_max alone changes nothing, and net.core.rmem_default acts on every
--     socket of the host that sets nothing.
-- source: net/ipv4/udp.c __udp_enqueue_schedule_skb(); the socket's own drop count (sock_diag)
WITH total AS (SELECT coalesce(change('Udp.RcvbufErrors'), 0)
			+ coalesce(change('snmp6.Udp6RcvbufErrors'), 0) AS errors,
		coalesce(change('Udp.InDatagrams'), 0)
 AS received)
SELECT coalesce(program, 'A program') AS program, pid, endpoint, port, drops_change AS drops, receive_buffer, queue, errors,
	1.0 * errors / (errors + received) AS share, sysctl('net.core.rmem_max') AS rmem_max
FROM udp_socket_change, total
-- a socket's own count holds bad checksums and filters, too
WHERE EXISTS (SELECT 1 FROM udp_socket WHERE drops >= :least)
	AND drops_change >= :least AND errors >= :least AND errors > :share * (errors + received)
ORDER BY drops_change DESC;

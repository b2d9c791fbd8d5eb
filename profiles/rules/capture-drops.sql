-- severity: warning
-- remedy: program
-- judges: change
-- subject: {program}
-- needs: capture_change
-- uses: net.core.rmem_max
-- threshold: least = 10 packets
-- says: {program} captures packets on {interface} and lost {drops} of them: its socket holds
--     {receive_buffer:bytes}, and it does not read fast enough.
-- advice: Let it see less (a filter, a shorter snapshot length), write to a fast disk, and not resolve
--     names (tcpdump -n -w FILE). Then give it a larger buffer: SO_RCVBUF in the program, which
--     net.core.rmem_max ({rmem_max} bytes) clamps; tcpdump: -B KIB. Traffic itself is not
--     affected: only the copies for the capture are lost.
-- source: net/packet/af_packet.c packet_rcv(); the socket's own drop count (packet_diag)
SELECT coalesce(program, 'A program') AS program, pid,
	iif(interface = '*', 'all interfaces', interface) AS interface, type,
	drops_change AS drops, receive_buffer, ring_bytes, sysctl('net.core.rmem_max') AS rmem_max,
	iif(ring_bytes IS NULL, NULL, coalesce(program, 'a program') ||
		coalesce(' (' || pid || ')', '') || ' captures on ' ||
		iif(interface = '*', 'all interfaces', interface) || ' into a ring of ' || ring_bytes ||
		' bytes, whose drops only the program itself can see: end it or send SIGUSR1 (tcpdump prints'
		|| ' its counts); if it drops, use -B for a larger ring, -n, -w FILE and a filter')
		AS cannot_tell
FROM capture_change
WHERE ring_bytes IS NOT NULL OR drops_change >= :least
ORDER BY drops_change DESC;

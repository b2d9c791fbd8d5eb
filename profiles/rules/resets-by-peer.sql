-- severity: info
-- remedy: network
-- judges: change
-- subject: this host
-- needs: Tcp.EstabResets, TcpExt.TCPAbortOnClose, TcpExt.TCPAbortOnData, TcpExt.TCPAbortOnTimeout,
--     Tcp.ActiveOpens, Tcp.PassiveOpens
-- threshold: least = 20 connections
-- threshold: share = 0.05 of the connections; browsers reset a few
-- says: Peers reset {by_peers} open connections ({opened} were opened in that time). This host
--     did not ask for it.
-- advice: Look at the peers: programs that end or abort, clients with short timeouts, a firewall or
--     load balancer on the way that sends resets in their name. tcpdump 'tcp[tcpflags] & tcp-rst != 0'
--     shows which. No counter of this host tells more.
-- source: Tcp.EstabResets without the aborts of this host; net/ipv4/tcp_input.c tcp_reset()
SELECT by_peers, resets, own, opened
FROM (SELECT change('Tcp.EstabResets') AS resets,
		change('TcpExt.TCPAbortOnClose') + change('TcpExt.TCPAbortOnData') +
			change('TcpExt.TCPAbortOnTimeout') AS own,
		change('Tcp.EstabResets') - change('TcpExt.TCPAbortOnClose') -
			change('TcpExt.TCPAbortOnData') - change('TcpExt.TCPAbortOnTimeout') AS by_peers,
		change('Tcp.ActiveOpens') + change('Tcp.PassiveOpens') AS opened)
WHERE change('Tcp.EstabResets') >= :least
	AND by_peers >= :least AND by_peers >= :share * opened;

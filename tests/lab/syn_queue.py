"""SYN queues under forged packets: undefended, too small, defended by cookies; and floods of ACKs."""
import time

import traffic
from bench import wait_until
from judge import Expected
from scenario import scenario

UNDEFENDED, SMALL = 'syn-flood-undefended', 'syn-backlog-small'
DEFENDED, FORCED, ACKS = 'syn-flood-defended', 'syn-cookies-forced', 'ack-flood'
COOKIES = 'net.ipv4.tcp_syncookies'


def flooded(lab, listen_on, target, backlog, per_second, half_open, sysctls):
    """A listener under forged SYNs, as soon as half_open of them are in its SYN queue."""
    server, client = lab.pair()
    for key, value in sysctls.items():
        server.sysctl(key, value)
    server.start(traffic.accept_promptly, *listen_on, backlog, name='tt-door')
    server.wait_listening(listen_on[1])
    client.start(traffic.flood, getattr(server, target), listen_on[1], traffic.SYN, per_second)
    wait_until(lambda: server.sockets('SYN_RECV') >= half_open, 10, '%d half-open connections' % half_open)
    return server, client


@scenario(UNDEFENDED, Expected(UNDEFENDED, r'\b80$', says='65 half-open', sets={COOKIES: '^1$'}, count=1))
def cookies_off(lab):
    """SYN cookies off, 300 forged SYNs a second to a queue of 64"""
    server, _ = flooded(lab, ('0.0.0.0', 80), 'address', 64, 300, 65, {COOKIES: 0})
    lab.audit(server, grows=['TcpExt.TCPReqQFullDrop', 'TcpExt.ListenDrops'], still=['TcpExt.ListenOverflows'])


@scenario(UNDEFENDED, Expected(UNDEFENDED, r'\b443$', sets={COOKIES: '^1$'}, count=1))
def cookies_off_on_ipv6_with_clients(lab):
    """SYN cookies off on IPv6, a slow flood to a queue of 16 that real clients need, too"""
    server, client = flooded(lab, ('::', 443), 'address6', 16, 60, 17, {COOKIES: 0})
    client.start(traffic.connect_in_bursts, (server.address6, 443), 5, 0.2)
    lab.audit(server, grows=['TcpExt.TCPReqQFullDrop', 'TcpExt.ListenDrops'], still=['TcpExt.ListenOverflows'],
              inside=True)


@scenario(SMALL, Expected(SMALL, r'^0\.0\.0\.0:80$', says=r'\(64\).*49 are',
                          sets={COOKIES: '^1$', 'net.ipv4.tcp_max_syn_backlog': '>= *1024'}, count=1))
def syn_backlog_64(lab):
    """SYN cookies off and tcp_max_syn_backlog=64: the listener's queue of 4096 has room, the key has not"""
    server, _ = flooded(lab, ('0.0.0.0', 80), 'address', 4096, 300, 48,
                        {COOKIES: 0, 'net.ipv4.tcp_max_syn_backlog': 64})
    lab.audit(server, grows=['TcpExt.ListenDrops'], still=['TcpExt.TCPReqQFullDrop', 'TcpExt.ListenOverflows'])


@scenario(SMALL, Expected(SMALL, r'^\[::\]:22$', says=r'\(256\)', count=1))
def syn_backlog_256_on_ipv6(lab):
    """The same on IPv6 with 256"""
    server, _ = flooded(lab, ('::', 22), 'address6', 1024, 300, 192,
                        {COOKIES: 0, 'net.ipv4.tcp_max_syn_backlog': 256})
    lab.audit(server, grows=['TcpExt.ListenDrops'], still=['TcpExt.TCPReqQFullDrop', 'TcpExt.ListenOverflows'])


@scenario(DEFENDED, Expected(DEFENDED, r'^0\.0\.0\.0:80$', count=1))
def cookies_on(lab):
    """A flood that SYN cookies answer"""
    server, _ = flooded(lab, ('0.0.0.0', 80), 'address', 128, 400, 129, {COOKIES: 1})
    lab.audit(server, grows=['TcpExt.TCPReqQFullDoCookies', 'TcpExt.SyncookiesSent'],
              still=['TcpExt.ListenOverflows'])


@scenario(DEFENDED, Expected(DEFENDED, r'^\[::\]:443$', count=1))
def cookies_on_ipv6_with_clients(lab):
    """A flood on IPv6 while real clients come in by cookie"""
    server, client = flooded(lab, ('::', 443), 'address6', 64, 500, 65, {COOKIES: 1})
    client.start(traffic.connect_in_bursts, (server.address6, 443), 5, 0.2)
    lab.audit(server, grows=['TcpExt.TCPReqQFullDoCookies', 'TcpExt.SyncookiesRecv'],
              still=['TcpExt.ListenOverflows'])


@scenario(FORCED, Expected(FORCED, 'tcp_syncookies', sets={COOKIES: '^1$'}, count=1))
def cookies_2_idle(lab):
    """tcp_syncookies=2 in a namespace where nothing happens"""
    host = lab.namespace()
    host.sysctl(COOKIES, 2)
    lab.audit(host)


@scenario(FORCED, Expected(FORCED, 'tcp_syncookies', sets={COOKIES: '^1$'}, count=1),
          never=[DEFENDED, UNDEFENDED, SMALL])
def cookies_2_busy(lab):
    """tcp_syncookies=2 under healthy load: cookies are sent, and there is no flood"""
    server, client = lab.pair()
    server.sysctl(COOKIES, 2)
    server.start(traffic.accept_promptly, '::', 8080, 4096)
    server.wait_listening(8080)
    client.start(traffic.connect_in_bursts, (server.address6, 8080), 50, 0.1)
    lab.audit(server, grows=['TcpExt.SyncookiesSent', 'TcpExt.SyncookiesRecv'], still=['TcpExt.ListenDrops'])


@scenario(ACKS, Expected(ACKS, '.', count=1))
def acks_after_a_syn_flood(lab):
    """500 forged ACKs a second, shortly after a SYN flood"""
    server, client = flooded(lab, ('0.0.0.0', 80), 'address', 16, 300, 17, {COOKIES: 1})
    client.start(traffic.flood, server.address, 80, traffic.ACK, 500)
    lab.audit(server, grows=['TcpExt.SyncookiesFailed', 'Tcp.OutRsts'])


@scenario(ACKS, Expected(ACKS, '.', count=1), Expected(FORCED, 'tcp_syncookies'))
def acks_on_ipv6_with_forced_cookies(lab):
    """100 forged ACKs a second on IPv6 where every connection is answered by a cookie"""
    server, client = lab.pair()
    server.sysctl(COOKIES, 2)
    server.start(traffic.accept_promptly, '::', 443, 1024)
    server.wait_listening(443)
    client.start(traffic.connect_in_bursts, (server.address6, 443), 3, 0.3)
    client.start(traffic.flood, server.address6, 443, traffic.ACK, 100)
    wait_until(lambda: server.counters()['TcpExt.SyncookiesFailed'] > 0, 5, 'failed cookies')
    lab.audit(server, grows=['TcpExt.SyncookiesFailed', 'Tcp.OutRsts'], inside=True)


# --- near misses

@scenario('healthy', never=[DEFENDED, ACKS])
def few_stray_packets(lab):
    """Ten forged SYNs and ACKs a second among real clients"""
    server, client = lab.pair()
    server.start(traffic.accept_promptly, '0.0.0.0', 80, 1024)
    server.wait_listening(80)
    for flags in (traffic.SYN, traffic.ACK):
        client.start(traffic.flood, server.address, 80, flags, 10)
    client.start(traffic.connect_in_bursts, (server.address, 80), 30, 0.1)
    lab.audit(server, grows=['Tcp.PassiveOpens', 'Tcp.OutRsts'], still=['TcpExt.ListenDrops'])


@scenario('healthy', never=[UNDEFENDED, SMALL])
def cookies_off_without_a_flood(lab):
    """SYN cookies off, and forty clients at a time that a SYN queue of 64 holds"""
    server, client = lab.pair()
    server.sysctl(COOKIES, 0)
    server.start(traffic.accept_promptly, '::', 80, 64)
    server.wait_listening(80)
    client.start(traffic.connect_in_bursts, (server.address6, 80), 40, 0.1)
    time.sleep(0.2)
    lab.audit(server, grows=['Tcp.PassiveOpens'], still=['TcpExt.ListenDrops'])

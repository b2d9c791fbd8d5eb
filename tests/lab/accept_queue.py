"""Accept queues that overflow: because of the program, of somaxconn, or because nobody accepts."""
import os
import signal
import time

import traffic
from judge import Expected
from scenario import scenario

PROGRAM, SOMAXCONN, STALLED = 'accept-queue-program', 'accept-queue-somaxconn', 'accept-queue-stalled'
# A full accept queue makes the kernel send cookies, too: no flood, all the same.
NO_FLOOD = ('syn-flood-defended', 'syn-flood-undefended', 'syn-backlog-small')
OVERFLOW = ('TcpExt.ListenOverflows', 'TcpExt.ListenDrops')


def overflow(lab, listen_on, target, backlog, nap, burst, pause, **audit):
    """A program with pauses meets bursts; the audit is of its namespace."""
    server, client = lab.pair()
    for key, value in audit.pop('sysctls', {}).items():
        server.sysctl(key, value)
    server.start(traffic.accept_in_naps, *listen_on, backlog, nap, name='tt-shop')
    server.wait_listening(listen_on[1])
    client.start(traffic.connect_in_bursts, (getattr(server, target), listen_on[1]), burst, pause)
    return server, lambda: lab.audit(server, **audit)


@scenario(PROGRAM, Expected(PROGRAM, r'^0\.0\.0\.0:8080$', says='tt-shop.*holds 8:', advice='backlog', count=1),
          never=NO_FLOOD)
def backlog_8(lab):
    """A program that asks listen() for 8 meets bursts of 100 clients"""
    _, audit = overflow(lab, ('0.0.0.0', 8080), 'address', 8, 0.2, 100, 0.1, grows=OVERFLOW)
    audit()


@scenario(PROGRAM, Expected(PROGRAM, r'^\[::\]:9090$', says='tt-shop.*holds 64:'), never=NO_FLOOD)
def backlog_64_ipv6(lab):
    """The same on IPv6 with a backlog of 64 and 300 clients at once; the audit starts inside"""
    _, audit = overflow(lab, ('::', 9090), 'address6', 64, 0.3, 300, 0.1, grows=OVERFLOW, inside=True)
    audit()


@scenario(PROGRAM, Expected(PROGRAM, r'^\[::\]:9091$'), never=NO_FLOOD)
def ipv4_clients_of_ipv6_listener(lab):
    """IPv4 clients overflow the queue of a listener on ::"""
    _, audit = overflow(lab, ('::', 9091), 'address', 16, 0.25, 80, 0.1, grows=OVERFLOW)
    audit()


@scenario(PROGRAM, Expected(PROGRAM, r'^0\.0\.0\.0:80$', says='nginx.*holds 8:', advice='nginx'), never=NO_FLOOD)
def nginx_backlog_8(lab):
    """nginx with listen ... backlog=8 and 300 clients that connect for each request"""
    server, client = lab.pair()
    traffic.start_nginx(lab, server, ['80'], backlog=8, keepalive=0)
    server.wait_listening(80)
    traffic.start_wrk(client, 'http://%s/' % server.address, 300, 20)
    time.sleep(0.5)
    lab.audit(server, grows=OVERFLOW)


@scenario(PROGRAM, Expected(PROGRAM, r'^127\.0\.0\.1:25$'), never=NO_FLOOD)
def backlog_1_on_loopback(lab):
    """A local service that asks listen() for 1 and six clients at a time"""
    host = lab.namespace()
    host.start(traffic.accept_in_naps, '127.0.0.1', 25, 1, 0.2)
    host.wait_listening(25)
    host.start(traffic.connect_in_bursts, ('127.0.0.1', 25), 6, 0.1)
    lab.audit(host, grows=OVERFLOW)


@scenario(PROGRAM, Expected(PROGRAM, r':8081$', says='holds 16:', advice='restart alone'), never=NO_FLOOD)
def somaxconn_raised_without_restart(lab):
    """somaxconn was 16 when the program called listen(); it has been raised since"""
    server, audit = overflow(lab, ('0.0.0.0', 8081), 'address', 4096, 0.2, 100, 0.1, grows=OVERFLOW,
                             sysctls={'net.core.somaxconn': 16})
    server.sysctl('net.core.somaxconn', 4096)
    audit()


@scenario(PROGRAM, Expected(PROGRAM, r':82$', count=1), never=NO_FLOOD)
def deferred_neighbour_is_not_blamed(lab):
    """One listener overflows; TCP_DEFER_ACCEPT makes the drop count of another grow as well"""
    server, client = lab.pair()
    server.start(traffic.accept_deferred, '0.0.0.0', 81, 1024, 5)
    server.start(traffic.accept_in_naps, '0.0.0.0', 82, 8, 0.3)
    server.wait_listening(81, 82)
    client.start(traffic.connect_in_bursts, (server.address, 81), 5, 0.2)
    client.start(traffic.connect_in_bursts, (server.address, 82), 100, 0.1)
    lab.audit(server, grows=OVERFLOW + ('TcpExt.TCPDeferAcceptDrop',))


@scenario(PROGRAM, Expected(PROGRAM, r':82$', count=1), never=NO_FLOOD)
def deferred_neighbour_drops_more(lab):
    """The same, but the deferred listener's harmless drops outnumber the overflow"""
    server, client = lab.pair()
    server.start(traffic.accept_deferred, '0.0.0.0', 81, 1024, 5)
    server.start(traffic.accept_in_naps, '0.0.0.0', 82, 8, 0.3)
    server.wait_listening(81, 82)
    client.start(traffic.connect_in_bursts, (server.address, 81), 200, 0.1)
    client.start(traffic.connect_in_bursts, (server.address, 82), 14, 0.2)
    lab.audit(server, grows=OVERFLOW + ('TcpExt.TCPDeferAcceptDrop',))


@scenario(SOMAXCONN, Expected(SOMAXCONN, r'^0\.0\.0\.0:8080$', says=r'holds 8\b', advice='restart',
                              sets={'net.core.somaxconn': r'>= *4096'}, count=1), never=NO_FLOOD)
def somaxconn_8(lab):
    """somaxconn=8 clamps a program that asks for 4096"""
    _, audit = overflow(lab, ('0.0.0.0', 8080), 'address', 4096, 0.2, 100, 0.1, grows=OVERFLOW,
                        sysctls={'net.core.somaxconn': 8})
    audit()


@scenario(SOMAXCONN, Expected(SOMAXCONN, r'^\[::\]:443$', says=r'nginx.*holds 32\b'), never=NO_FLOOD)
def nginx_on_ipv6(lab):
    """nginx asks for 511 on IPv6, somaxconn=32, 400 clients that connect for each request"""
    server, client = lab.pair()
    server.sysctl('net.core.somaxconn', 32)
    traffic.start_nginx(lab, server, ['[::]:443'], backlog=511, keepalive=0)
    server.wait_listening(443)
    traffic.start_wrk(client, 'http://[%s]:443/' % server.address6, 400, 20)
    time.sleep(0.5)
    lab.audit(server, grows=OVERFLOW, inside=True)


@scenario(SOMAXCONN, Expected(SOMAXCONN, r'^127\.0\.0\.1:5000$',
                              sets={'net.core.somaxconn': r'>= *4096'}), never=NO_FLOOD)
def somaxconn_128_on_loopback(lab):
    """The default of old kernels: somaxconn=128, and a local program with long pauses"""
    host = lab.namespace()
    host.sysctl('net.core.somaxconn', 128)
    host.start(traffic.accept_in_naps, '127.0.0.1', 5000, 1000, 0.5)
    host.wait_listening(5000)
    host.start(traffic.connect_in_bursts, ('127.0.0.1', 5000), 300, 0.1)
    lab.audit(host, grows=OVERFLOW)


@scenario(STALLED, Expected(STALLED, r'^0\.0\.0\.0:8080$', says='tt-hung', advice='larger queue', count=1),
          never=NO_FLOOD)
def never_accepts(lab):
    """A program that never accepts, its queue of 100 full, clients keep coming"""
    server, client = lab.pair()
    server.start(traffic.never_accept, '0.0.0.0', 8080, 100, name='tt-hung')
    server.wait_listening(8080)
    client.start(traffic.connect_in_bursts, (server.address, 8080), 60, 0.2)
    lab.audit(server, grows=OVERFLOW)


@scenario(STALLED, Expected(STALLED, r'^0\.0\.0\.0:80$', says='nginx.*10 wait', count=1))
def stopped_nginx_without_drops(lab):
    """nginx is stopped (SIGSTOP), ten clients wait, no connection was dropped yet"""
    server, client = lab.pair()
    nginx = traffic.start_nginx(lab, server, ['80'], backlog=511)
    server.wait_listening(80)
    for pid in traffic.children_of(nginx.pid) + [nginx.pid]:
        traffic.stop_process(pid)
    with client.entered():
        held, outcome = traffic.open_and_hold([(server.address, 80)], 10)
    lab.keep(held)
    lab.must(outcome['ok'] == 10 and server.waiting(80) == 10, 'ten connections wait')
    try:
        lab.audit(server, still=['TcpExt.ListenDrops'])
    finally:
        for pid in traffic.children_of(nginx.pid):
            os.kill(pid, signal.SIGCONT)


@scenario(STALLED, Expected(STALLED, r'^\[::1\]:3000$', says='tt-hung.*5 wait', count=1))
def five_wait_on_ipv6_loopback(lab):
    """A hung local program on ::1 with five clients and room for thousands"""
    host = lab.namespace()
    host.start(traffic.never_accept, '::1', 3000, 4096, name='tt-hung')
    host.wait_listening(3000)
    with host.entered():
        lab.keep(traffic.open_and_hold([('::1', 3000)], 5)[0])
    lab.must(host.waiting(3000) == 5, 'five connections wait')
    lab.audit(host, still=['TcpExt.ListenDrops'])


@scenario(STALLED, Expected(STALLED, r'^0\.0\.0\.0:8080$', says='tt-hung', advice='SO_REUSEPORT', count=1),
          never=NO_FLOOD)
def one_of_two_workers_hangs(lab):
    """Two SO_REUSEPORT workers, one hangs: half of the clients are lost"""
    server, client = lab.pair()
    server.start(traffic.never_accept, '0.0.0.0', 8080, 64, True, name='tt-hung')
    server.start(traffic.accept_promptly, '0.0.0.0', 8080, 64, True, name='tt-fine')
    time.sleep(0.2)
    server.wait_listening(8080)
    client.start(traffic.connect_in_bursts, (server.address, 8080), 50, 0.1)
    lab.audit(server, grows=OVERFLOW)


@scenario(STALLED, Expected(STALLED, r'^\[::\]:443$', says='tt-hung', count=1))
def one_of_four_workers_hangs_without_drops(lab):
    """Four SO_REUSEPORT workers on IPv6, one hangs, its queue is far from full"""
    server, client = lab.pair()
    server.start(traffic.never_accept, '::', 443, 4096, True, name='tt-hung')
    for _ in range(3):
        server.start(traffic.accept_promptly, '::', 443, 4096, True, name='tt-fine')
    time.sleep(0.2)
    server.wait_listening(443)
    with client.entered():
        lab.keep(traffic.open_and_hold([(server.address6, 443)], 80)[0])
    lab.must(server.waiting(443) >= 5, 'connections wait at the hung worker')
    client.start(traffic.connect_in_bursts, (server.address6, 443), 4, 0.2)
    lab.audit(server, still=['TcpExt.ListenDrops'], inside=True)


# --- near misses

@scenario('healthy')
def accept_queue_with_room(lab):
    """The load of backlog-8, with room for it"""
    _, audit = overflow(lab, ('0.0.0.0', 8080), 'address', 4096, 0.2, 100, 0.1, still=OVERFLOW,
                        grows=['Tcp.PassiveOpens'])
    audit()


@scenario('healthy')
def accept_queue_just_full(lab):
    """A queue of 8 is filled with the 9 connections it can hold, again and again, and never overflows"""
    server, client = lab.pair()
    server.start(traffic.accept_in_naps, '0.0.0.0', 8080, 8, 0.2)
    server.wait_listening(8080)
    client.start(traffic.connect_in_bursts, (server.address, 8080), 9, 0.5)
    seen = []
    lab.audit(server, still=OVERFLOW, grows=['Tcp.PassiveOpens'],
              meanwhile=lambda: seen.append(longest_queue(server, 8080, 1.5)))
    lab.must(seen == [9], 'the queue was full: %s' % seen)


def longest_queue(namespace, port, seconds):
    """The longest queue seen at a port meanwhile."""
    longest, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        longest = max(longest, namespace.waiting(port))
        time.sleep(0.01)
    return longest


@scenario('healthy')
def queue_limit_is_somaxconn(lab):
    """somaxconn clamps the queue to 128, and bursts of 60 are no trouble for it"""
    _, audit = overflow(lab, ('::', 8443), 'address6', 4096, 0.1, 60, 0.1, still=OVERFLOW,
                        grows=['Tcp.PassiveOpens'], sysctls={'net.core.somaxconn': 128})
    audit()


@scenario('healthy')
def slow_but_alive(lab):
    """A program that takes its connections once a second: they wait, but not for long"""
    server, client = lab.pair()
    server.start(traffic.accept_in_naps, '0.0.0.0', 8080, 1024, 1.0)
    server.wait_listening(8080)
    client.start(traffic.connect_in_bursts, (server.address, 8080), 20, 0.1)
    lab.audit(server, still=OVERFLOW, grows=['Tcp.PassiveOpens'])


@scenario('healthy')
def deferred_listener(lab):
    """A TCP_DEFER_ACCEPT listener drops the ACKs of clients that say nothing; its neighbour is busy"""
    server, client = lab.pair()
    server.start(traffic.accept_deferred, '0.0.0.0', 81, 1024, 5)
    server.start(traffic.accept_promptly, '0.0.0.0', 80, 1024)
    server.wait_listening(80, 81)
    client.start(traffic.connect_in_bursts, (server.address, 81), 20, 0.1)
    client.start(traffic.connect_in_bursts, (server.address, 80), 50, 0.1)
    lab.audit(server, still=OVERFLOW, grows=['TcpExt.TCPDeferAcceptDrop'])

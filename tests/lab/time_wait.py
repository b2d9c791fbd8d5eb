"""TIME_WAIT: too many for its limit, many and harmless, and reuse that cannot work."""
import time

import traffic
from bench import wait_until
from judge import Expected
from ports import RANGE, REUSE, TIME_WAIT, TIMESTAMPS, audit_exhausted, fill, remote
from scenario import scenario

OVERFLOW, HARMLESS = 'time-wait-bucket-overflow', 'time-wait-harmless'
WITHOUT, BUCKETS = 'tw-reuse-without-timestamps', 'net.ipv4.tcp_max_tw_buckets'


def in_time_wait(namespace, count):
    wait_until(lambda: namespace.sockets('TIME_WAIT') >= count, 10, '%d in TIME_WAIT' % count)


@scenario(OVERFLOW, Expected(OVERFLOW, 'tcp_max_tw_buckets', says=r'\(200\)', advice='Never lower',
                             sets={BUCKETS: '>= *65536'}, count=1))
def buckets_200(lab):
    """A client that closes first and may keep 200 TIME_WAIT"""
    server, client = remote(lab, 32768, 60999, ports=range(80, 88), tcp_max_tw_buckets=200)
    client.start(traffic.open_and_close_for_ever, [(server.address, port) for port in range(80, 88)], 0.02)
    in_time_wait(client, 195)
    lab.audit(client, grows=['TcpExt.TCPTimeWaitOverflow'])


@scenario(OVERFLOW, Expected(OVERFLOW, 'tcp_max_tw_buckets', says=r'\(100\)', count=1))
def buckets_100_of_a_server(lab):
    """nginx closes first, for many clients, and may keep 100 TIME_WAIT"""
    server, client = lab.pair()
    server.sysctl(BUCKETS, 100)
    traffic.start_nginx(lab, server, ['[::]:80'], backlog=4096, keepalive=0)
    server.wait_listening(80)
    traffic.start_wrk(client, 'http://[%s]/' % server.address6, 20, 20)
    in_time_wait(server, 95)
    lab.audit(server, grows=['TcpExt.TCPTimeWaitOverflow'], inside=True)


@scenario(OVERFLOW, Expected(OVERFLOW, 'tcp_max_tw_buckets', says=r'\(20\)', count=1))
def buckets_20_on_loopback(lab):
    """A slow local client over ::1 that may keep 20"""
    host = lab.namespace()
    host.sysctl(BUCKETS, 20)
    host.start(traffic.accept_promptly, '::1', 8080, 128)
    host.wait_listening(8080)
    host.start(traffic.open_and_close_for_ever, [('::1', 8080)], 0.3)
    in_time_wait(host, 20)
    lab.audit(host, grows=['TcpExt.TCPTimeWaitOverflow'])


@scenario(HARMLESS, Expected(HARMLESS, 'TIME_WAIT', says='4000 sockets', count=1))
def outgoing_4000(lab):
    """4,000 TIME_WAIT to eight destinations and 28,232 ports"""
    server, client = remote(lab, 32768, 60999, ports=range(80, 88), tcp_tw_reuse=0)
    fill(lab, client, [(server.address, port) for port in range(80, 88)], 4000)
    lab.audit(client)


@scenario(HARMLESS, Expected(HARMLESS, 'TIME_WAIT', says=r'1(4[5-9]|50)[0-9] belong to listening', count=1))
def inbound_1500_ipv6(lab):
    """1,500 TIME_WAIT of a listener that closes first, on IPv6, in a host with few ports of its own"""
    server, client = remote(lab, 32768, 60999, '::', serve=traffic.accept_and_close)
    server.sysctl(RANGE, '40000 40099')
    with client.entered():
        outcome = traffic.open_until_closed([(server.address6, 80)], 1500)
    lab.must(outcome['ok'] == 1500, '1500 connections')
    # beside other loads a reading of /proc/net/tcp6 was seen to lack a few of them
    wait_until(lambda: server.sockets('TIME_WAIT') >= 1450, 5, '1450 in TIME_WAIT')
    lab.audit(server, inside=True)


@scenario(WITHOUT, Expected(WITHOUT, 'tcp_tw_reuse', sets={TIMESTAMPS: '^1$'}, count=1))
def reuse_without_timestamps_idle(lab):
    """tcp_tw_reuse=1 and tcp_timestamps=0 in an idle namespace"""
    host = lab.namespace()
    host.sysctl(REUSE, 1)
    host.sysctl(TIMESTAMPS, 0)
    lab.audit(host)


@scenario(WITHOUT, Expected(WITHOUT, 'tcp_tw_reuse', sets={TIMESTAMPS: '^1$'}, count=1),
          Expected(TIME_WAIT, r'^fd77::1 -> \[fd77::2\]:80$', sets={TIMESTAMPS: '1', REUSE: '^1$'}, count=1))
def reuse_without_timestamps_exhausted(lab):
    """The same under load on IPv6: the ports run out although tcp_tw_reuse is 1"""
    server, client = remote(lab, 40000, 40299, '::', tcp_tw_reuse=1, tcp_timestamps=0)
    target = (server.address6, 80)
    fill(lab, client, [target], 400, 'EADDRNOTAVAIL')
    time.sleep(1.2)
    audit_exhausted(lab, client, target)


# --- near misses

@scenario('healthy', never=[HARMLESS, WITHOUT, OVERFLOW])
def few_time_wait(lab):
    """900 TIME_WAIT, of which nobody need speak; tcp_tw_reuse=2 and no timestamps"""
    server, client = remote(lab, 32768, 60999, tcp_tw_reuse=2, tcp_timestamps=0)
    fill(lab, client, [(server.address, 80)], 900)
    lab.audit(client)


@scenario('healthy')
def buckets_just_full(lab):
    """500 TIME_WAIT where 500 may be kept: none was lost"""
    server, client = remote(lab, 32768, 60999, tcp_max_tw_buckets=500)
    fill(lab, client, [(server.address, 80)], 500)
    lab.audit(client, still=['TcpExt.TCPTimeWaitOverflow'])

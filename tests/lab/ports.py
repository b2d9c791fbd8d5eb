"""Local ports for outgoing connections: exhausted, nearly so, or plenty. No kernel counter moves
when connect() fails for lack of a port, so each load proves itself by the errors it got."""
import time

import traffic
from bench import wait_until
from judge import AnyOf, Expected
from scenario import scenario

TIME_WAIT, ESTABLISHED = 'ports-exhausted-time-wait', 'ports-exhausted-established'
RESERVED, BOUND, PRESSURE = 'ports-exhausted-reserved', 'ports-exhausted-bound', 'ports-pressure'
RANGE, RESERVED_PORTS = 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_local_reserved_ports'
REUSE, TIMESTAMPS = 'net.ipv4.tcp_tw_reuse', 'net.ipv4.tcp_timestamps'
WIDER = {RANGE: r'10240\D+65535'}


def remote(lab, low, high, listen_on='0.0.0.0', ports=(80,), serve=traffic.accept_promptly, **sysctls):
    """A server's namespace with listeners, and a client's with few local ports."""
    server, client = lab.pair()
    for port in ports:
        server.start(serve, listen_on, port, 4096)
    server.wait_listening(*ports)
    client.sysctl(RANGE, '%d %d' % (low, high))
    for key, value in sysctls.items():
        client.sysctl('net.ipv4.' + key, value)
    return server, client


def local(lab, low, high, address, port, **sysctls):
    """A namespace that connects to itself."""
    host = lab.namespace()
    host.start(traffic.accept_promptly, address, port, 4096)
    host.wait_listening(port)
    host.sysctl(RANGE, '%d %d' % (low, high))
    for key, value in sysctls.items():
        host.sysctl('net.ipv4.' + key, value)
    return host


def fill(lab, namespace, targets, count, error=None, source=None):
    """count connections that this side closes first; with an error, the last ones must fail so."""
    with namespace.entered():
        outcome = traffic.open_and_close(targets, count, source)
    expected = outcome['ok'] + outcome[error] == count and outcome[error] > 0 if error else outcome['ok'] == count
    lab.must(expected, 'connections come to ok%s: %s' % (error and ' and ' + error or '', dict(outcome)))
    wait_until(lambda: namespace.sockets('TIME_WAIT') >= outcome['ok'], 5,
               lambda: '%d in TIME_WAIT, there are %d; %d FIN_WAIT2' % (outcome['ok'], namespace.sockets('TIME_WAIT'), namespace.sockets('FIN_WAIT2')))


def hold(lab, namespace, targets, count, error=None, source=None):
    """As fill(), with connections that stay open."""
    with namespace.entered():
        held, outcome = traffic.open_and_hold(targets, count, source)
    lab.keep(held)
    expected = outcome['ok'] + outcome[error] == count and outcome[error] > 0 if error else outcome['ok'] == count
    lab.must(expected, 'connections come to ok%s: %s' % (error and ' and ' + error or '', dict(outcome)))


def audit_exhausted(lab, namespace, target, error='EADDRNOTAVAIL', source=None, **audit):
    """An audit after which connect() or bind() still fails."""
    lab.audit(namespace, **audit)
    with namespace.entered():
        outcome = traffic.open_and_close([target], 5, source)
    lab.must(outcome == {error: 5}, 'connections still fail: %s' % dict(outcome))


# --- TIME_WAIT

@scenario(TIME_WAIT, Expected(TIME_WAIT, r'^10\.77\.0\.1 -> 10\.77\.0\.2:80$', says='500 of 500', advice='keepalive',
                              sets={**WIDER, REUSE: '^1$'}, count=1))
def time_wait_remote(lab):
    """500 ports to one remote service, tcp_tw_reuse=0, the client closes first"""
    server, client = remote(lab, 40000, 40499, tcp_tw_reuse=0)
    target = (server.address, 80)
    fill(lab, client, [target], 700, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target)


@scenario(TIME_WAIT, Expected(TIME_WAIT, r'^fd77::1 -> \[fd77::2\]:5432$', sets={**WIDER, REUSE: '^1$'}, count=1))
def time_wait_ipv6_default_reuse(lab):
    """300 ports to one IPv6 service; tcp_tw_reuse=2, the default, acts on loopback only"""
    server, client = remote(lab, 30000, 30299, '::', [5432])
    lab.must(client.sysctl(REUSE) == '2', 'tcp_tw_reuse is 2')
    target = (server.address6, 5432)
    fill(lab, client, [target], 400, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target, inside=True)


@scenario(TIME_WAIT, Expected(TIME_WAIT, r'^127\.0\.0\.1 -> 127\.0\.0\.1:9000$', sets={REUSE: '^2$'}, count=1))
def time_wait_loopback_without_reuse(lab):
    """A local proxy and tcp_tw_reuse=0"""
    host = local(lab, 40000, 40299, '127.0.0.1', 9000, tcp_tw_reuse=0)
    target = ('127.0.0.1', 9000)
    fill(lab, host, [target], 400, 'EADDRNOTAVAIL')
    audit_exhausted(lab, host, target)


@scenario(TIME_WAIT, Expected(TIME_WAIT, r'^10\.77\.0\.1 -> 10\.77\.0\.2:80$', count=1))
def time_wait_mapped(lab):
    """An IPv6 socket that connects to ::ffff:10.77.0.2 uses up the ports of IPv4"""
    server, client = remote(lab, 40000, 40199, tcp_tw_reuse=0)
    target = ('::ffff:' + server.address, 80)
    fill(lab, client, [target], 300, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target)


@scenario(TIME_WAIT, Expected(TIME_WAIT, r'10\.77\.0\.2:80$', says='200 of 200', count=1))
def time_wait_reuse_too_slow(lab):
    """tcp_tw_reuse=1, but far more connections than one a port every tcp_tw_reuse_delay"""
    server, client = remote(lab, 40000, 40199, tcp_tw_reuse=1, tcp_tw_reuse_delay=3500)
    worker = client.start(traffic.open_and_close_for_ever, [(server.address, 80)], 0, 5)
    wait_until(lambda: client.sockets('TIME_WAIT') == 200, 5, '200 in TIME_WAIT')
    lab.audit(client)
    outcome = worker.join()
    lab.must(outcome['EADDRNOTAVAIL'] > outcome['ok'] > 200, 'most fail, some reuse: %s' % dict(outcome))


@scenario(TIME_WAIT, Expected(TIME_WAIT, r':80$', count=1))
def time_wait_beside_established(lab):
    """170 of 500 ports are in use by open connections, the others in TIME_WAIT"""
    server, client = remote(lab, 40000, 40499, tcp_tw_reuse=0)
    target = (server.address, 80)
    hold(lab, client, [target], 170)
    fill(lab, client, [target], 400, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target)


@scenario(TIME_WAIT, Expected(TIME_WAIT, r':80$', count=1), never=[RESERVED])
def time_wait_few_reserved(lab):
    """100 of 500 ports are reserved: that is not what made them few"""
    server, client = remote(lab, 40000, 40499, tcp_tw_reuse=0, ip_local_reserved_ports='40000-40099')
    target = (server.address, 80)
    fill(lab, client, [target], 500, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target)


# --- ESTABLISHED

@scenario(ESTABLISHED, Expected(ESTABLISHED, r'^10\.77\.0\.1 -> 10\.77\.0\.2:80$', says='500 of 500', advice='pool',
                                sets=WIDER, count=1))
def established_remote(lab):
    """500 open connections hold all 500 ports to one service"""
    server, client = remote(lab, 40000, 40499)
    target = (server.address, 80)
    hold(lab, client, [target], 600, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target)


@scenario(ESTABLISHED, Expected(ESTABLISHED, r'^::1 -> \[::1\]:6379$', sets=WIDER, count=1))
def established_ipv6_loopback(lab):
    """A local pool over ::1 holds all 200 ports; tcp_tw_reuse=2 does not help"""
    host = local(lab, 20000, 20199, '::1', 6379)
    target = ('::1', 6379)
    hold(lab, host, [target], 250, 'EADDRNOTAVAIL')
    audit_exhausted(lab, host, target, inside=True)


@scenario(ESTABLISHED, Expected(ESTABLISHED, r':80$', count=1))
def established_beside_time_wait(lab):
    """300 of 500 ports are in use by open connections, the others in TIME_WAIT"""
    server, client = remote(lab, 40000, 40499, tcp_tw_reuse=0)
    target = (server.address, 80)
    hold(lab, client, [target], 300)
    fill(lab, client, [target], 300, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target)


# --- reserved

@scenario(RESERVED, Expected(RESERVED, r'^10\.77\.0\.1 -> 10\.77\.0\.2:80$', advice='32768-60799', count=1))
def reserved_nearly_all(lab):
    """ip_local_reserved_ports leaves 200 of 28,232 ports, and they are in TIME_WAIT"""
    server, client = remote(lab, 32768, 60999, tcp_tw_reuse=0, ip_local_reserved_ports='32768-60799')
    target = (server.address, 80)
    fill(lab, client, [target], 300, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target)


@scenario(RESERVED, Expected(RESERVED, r'^fd77::1 -> \[fd77::2\]:389$', says='800', count=1))
def reserved_two_blocks_ipv6(lab):
    """Two reserved blocks leave 200 of 1,000 ports, and open connections hold them"""
    server, client = remote(lab, 20000, 20999, '::', [389], ip_local_reserved_ports='20000-20399,20600-20999')
    target = (server.address6, 389)
    hold(lab, client, [target], 250, 'EADDRNOTAVAIL')
    audit_exhausted(lab, client, target)


# --- bind() before connect()

@scenario(BOUND, Expected(BOUND, r'^10\.77\.0\.1$', says='EADDRINUSE', advice='IP_BIND_ADDRESS_NO_PORT', sets=WIDER,
                          count=1))
def bound_eight_destinations(lab):
    """A program binds a source address first: 500 ports for eight destinations together"""
    server, client = remote(lab, 40000, 40499, ports=range(80, 88))
    targets = [(server.address, port) for port in range(80, 88)]
    fill(lab, client, targets, 700, 'EADDRINUSE', client.address)
    audit_exhausted(lab, client, targets[0], 'EADDRINUSE', client.address)


@scenario(BOUND, Expected(BOUND, r'^fd77::1$', advice='IP_BIND_ADDRESS_NO_PORT', count=1))
def bound_established_ipv6(lab):
    """The same on IPv6 with open connections to three destinations"""
    server, client = remote(lab, 40000, 40299, '::', [80, 81, 82])
    targets = [(server.address6, port) for port in (80, 81, 82)]
    hold(lab, client, targets, 400, 'EADDRINUSE', client.address6)
    audit_exhausted(lab, client, targets[0], 'EADDRINUSE', client.address6)


@scenario(BOUND, AnyOf(Expected(BOUND, r'^10\.77\.0\.1$', advice='IP_BIND_ADDRESS_NO_PORT'),
                       Expected(TIME_WAIT, r'10\.77\.0\.2:80$', advice='IP_BIND_ADDRESS_NO_PORT')))
def bound_one_destination(lab):
    """bind() and one destination: the sockets look as without bind(), so the advice must say it"""
    server, client = remote(lab, 40000, 40499)
    target = (server.address, 80)
    fill(lab, client, [target], 700, 'EADDRINUSE', client.address)
    audit_exhausted(lab, client, target, 'EADDRINUSE', client.address)


# --- pressure

@scenario(PRESSURE, Expected(PRESSURE, r'^10\.77\.0\.1 -> 10\.77\.0\.2:80$', says='400 of 500', sets=WIDER, count=1))
def pressure_established(lab):
    """Open connections hold 80 % of the ports"""
    server, client = remote(lab, 40000, 40499)
    hold(lab, client, [(server.address, 80)], 400)
    lab.audit(client)


@scenario(PRESSURE, Expected(PRESSURE, r'^fd77::1 -> \[fd77::2\]:8080$', sets=WIDER, count=1))
def pressure_time_wait_ipv6(lab):
    """75 % of the ports are in TIME_WAIT, on IPv6"""
    server, client = remote(lab, 30000, 30399, '::', [8080])
    fill(lab, client, [(server.address6, 8080)], 300)
    lab.audit(client, inside=True)


# --- near misses and controls

@scenario('healthy', never=['time-wait-harmless'])
def ports_65_percent(lab):
    """65 % of the ports to one destination are in use"""
    server, client = remote(lab, 40000, 40499, tcp_tw_reuse=0)
    hold(lab, client, [(server.address, 80)], 200)
    fill(lab, client, [(server.address, 80)], 125)
    lab.audit(client)


@scenario('healthy')
def ports_spread(lab):
    """1,500 connections from 500 ports to eight destinations: ports are shared between them"""
    server, client = remote(lab, 40000, 40499, ports=range(80, 88), tcp_tw_reuse=0)
    fill(lab, client, [(server.address, port) for port in range(80, 88)], 1500)
    wait_until(lambda: client.sockets('TIME_WAIT') >= 1450, 5, '1450 in TIME_WAIT')
    lab.audit(client)


@scenario('healthy')
def server_closes_first(lab):
    """1,500 connections that the server closes: TIME_WAIT lies there and costs no port on either side"""
    server, client = remote(lab, 40000, 40499, serve=traffic.accept_and_close, tcp_tw_reuse=0)
    with client.entered():
        outcome = traffic.open_until_closed([(server.address, 80)], 1500)
    lab.must(outcome['ok'] == 1500, 'connections come to ok: %s' % dict(outcome))
    # a client that takes the same port again ends the TIME_WAIT of the last time
    lab.must(server.sockets('TIME_WAIT') >= 200 and client.sockets('TIME_WAIT') == 0,
             'TIME_WAIT on the server only: %d' % server.sockets('TIME_WAIT'))
    lab.audit(client)
    lab.audit(server)


def reuse_works(lab, namespace, target, ports):
    """Every connect() succeeds while the whole range is in TIME_WAIT: silence is right."""
    wait_until(lambda: namespace.sockets('TIME_WAIT', remote_port=target[1]) == ports, 5, 'a full range')
    time.sleep(1.2)
    worker = namespace.start(traffic.open_and_close, [target], 250, None, 0.01)
    lab.audit(namespace, grows=['TcpExt.TWRecycled'])
    lab.must(worker.join() == {'ok': 250}, 'every connection succeeds: %s' % worker.result)
    wait_until(lambda: namespace.sockets('TIME_WAIT', remote_port=target[1]) == ports, 5,
               'the whole range in TIME_WAIT again')


@scenario('healthy')
def loopback_proxy(lab):
    """A local proxy with the default tcp_tw_reuse=2: its whole range is in TIME_WAIT, all is well"""
    host = local(lab, 40000, 40499, '127.0.0.1', 9000)
    fill(lab, host, [('127.0.0.1', 9000)], 500)
    reuse_works(lab, host, ('127.0.0.1', 9000), 500)


@scenario('healthy')
def loopback_proxy_ipv6(lab):
    """The same over ::1"""
    host = local(lab, 40000, 40499, '::1', 9000)
    fill(lab, host, [('::1', 9000)], 500)
    reuse_works(lab, host, ('::1', 9000), 500)


@scenario('healthy')
def remote_right_after_the_fix(lab):
    """The ports ran out, then tcp_tw_reuse was set to 1: they are in TIME_WAIT for a minute more"""
    server, client = remote(lab, 40000, 40499, tcp_tw_reuse=0)
    fill(lab, client, [(server.address, 80)], 600, 'EADDRNOTAVAIL')
    client.sysctl(REUSE, 1)
    reuse_works(lab, client, (server.address, 80), 500)


@scenario('healthy')
def wider_range_is_a_cure(lab):
    """The ports ran out, then the range was widened"""
    server, client = remote(lab, 40000, 40499, tcp_tw_reuse=0)
    fill(lab, client, [(server.address, 80)], 600, 'EADDRNOTAVAIL')
    client.sysctl(RANGE, '10240 65535')
    lab.audit(client)
    fill(lab, client, [(server.address, 80)], 100)

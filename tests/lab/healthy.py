"""Controls: nothing at warning or above may be said of a host that is well. The near misses of
each id stand beside its loads."""
import socket
import struct
import time

import traffic
from scenario import scenario

DROPS = ('TcpExt.ListenOverflows', 'TcpExt.ListenDrops')


@scenario('healthy', never=['time-wait-harmless', 'syn-cookies-forced'])
def idle(lab):
    """A namespace where nothing happens"""
    lab.audit(lab.namespace())


@scenario('healthy')
def idle_listener(lab):
    """A listener, three open connections, and silence"""
    server, client = lab.pair()
    server.start(traffic.accept_promptly, '::', 80, 128)
    server.wait_listening(80)
    with client.entered():
        lab.keep(traffic.open_and_hold([(server.address6, 80), (server.address, 80)], 3)[0])
    lab.audit(server, still=['Tcp.PassiveOpens'])


def nginx_under_wrk(lab, keepalive, address, grows):
    server, client = lab.pair()
    traffic.start_nginx(lab, server, ['80', '[::]:80'], backlog=4096, keepalive=keepalive)
    server.wait_listening(80)
    wrk = traffic.start_wrk(client, 'http://%s/' % (address % vars(server)), 64, 6)
    time.sleep(0.5)
    lab.audit(server, grows=grows, still=DROPS)
    lab.audit(client)
    out = wrk.communicate(timeout=10)[0]
    requests = int(out.split(' requests in')[0].split()[-1])
    lab.must(requests > 1000 and 'Socket errors' not in out, 'wrk is content: %s' % out)


@scenario('healthy')
def nginx_keepalive(lab):
    """nginx serves 64 clients that keep their connections, as fast as it can"""
    nginx_under_wrk(lab, 65, '%(address)s', ['Tcp.InSegs'])


@scenario('healthy')
def nginx_connection_close(lab):
    """nginx closes after each answer: thousands of connections and TIME_WAIT, on IPv6"""
    nginx_under_wrk(lab, 0, '[%(address6)s]', ['Tcp.PassiveOpens'])


def browse(target, seconds=20):
    """Clients as they are: most end well, some abort, a few knock at a closed port."""
    end = time.monotonic() + seconds
    kept = []
    index = 0
    while time.monotonic() < end:
        index += 1
        client = socket.create_connection(target)
        client.send(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        client.recv(1000)
        if index % 100 == 7:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        if index % 50 == 3:
            kept.append(client)
        else:
            client.close()
        if index % 200 == 11:
            traffic.connect_many((target[0], 443), 1, 0.1)
        time.sleep(0.002)
    return len(kept)


@scenario('healthy')
def browsers(lab):
    """Keep-alive, 1 % aborted loads, a few connections to a closed port"""
    server, client = lab.pair()
    traffic.start_nginx(lab, server, ['80'], backlog=511)
    server.wait_listening(80)
    client.start(browse, (server.address, 80))
    time.sleep(0.7)
    lab.audit(server, grows=['Tcp.EstabResets', 'Tcp.OutRsts', 'Tcp.PassiveOpens'], still=DROPS)

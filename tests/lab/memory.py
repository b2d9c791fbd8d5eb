"""TCP's memory runs short. tcp_mem is one for the whole machine: it is lowered for less than
three seconds, by a process of its own that puts it back whatever happens."""
import contextlib
import socket
import time

import traffic
from bench import LoadFailed, Worker, wait_until
from judge import Expected
from scenario import scenario

PRESSURE, KEY = 'tcp-memory-pressure', 'net.ipv4.tcp_mem'
COUNTER = 'TcpExt.TCPMemoryPressures'
# Pages: pressure begins at once, and the hard limit is far away for everybody else.
LOW, MOST_SECONDS = '16 32 400000', 2.8


def fill_buffers(target, connections, seconds=20):
    """Send to a server that does not read, as much as it takes, and go on with new connections."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        clients = []
        for _ in range(connections):
            client = socket.socket(traffic.family_of(target[0]))
            client.connect(target)
            client.setblocking(False)
            clients.append(client)
        for _ in range(20):
            for client in clients:
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    client.send(b'x' * 100000)
            time.sleep(0.005)
        for client in clients:
            client.close()


def hold_unread(address, port):
    """Take connections and read nothing; give up each after half a second."""
    server = traffic.listen(address, port, 1024)
    held = []
    server.settimeout(0.05)
    while True:
        with contextlib.suppress(TimeoutError):
            held.append((time.monotonic(), server.accept()[0]))
        while held and held[0][0] < time.monotonic() - 0.5:
            held.pop(0)[1].close()


def pressures():
    """TCPMemoryPressures of the namespace this process is in."""
    with open('/proc/thread-self/net/netstat') as file:
        lines = file.read().splitlines()
    return int(dict(zip(lines[0].split(), lines[1].split()))[COUNTER.split('.')[1]])


@scenario(PRESSURE, Expected(PRESSURE, 'tcp_mem', advice='pages', count=1), alone=True, unknown=[PRESSURE])
def peers_that_do_not_read(lab):
    """Send queues fill in a namespace, where tcp_mem itself cannot be seen; over when the audit ends"""
    peer, sender = lab.pair()
    peer.start(hold_unread, '0.0.0.0', 80)
    peer.wait_listening(80)
    sender.start(fill_buffers, (peer.address, 80), 30)

    def briefly():
        # the socket that enters pressure counts it, which may be one of the peer's
        before = sender.counters()[COUNTER]
        time.sleep(0.3)
        for _ in range(6):
            lowered = lab.set_global(KEY, LOW, 0.5)
            time.sleep(0.1)
            lowered.restore()
            if sender.counters()[COUNTER] > before:
                return
            time.sleep(0.1)

    lab.audit(sender, meanwhile=briefly, grows=[COUNTER])


@scenario(PRESSURE, Expected(PRESSURE, 'tcp_mem', says=r'begins at 32\b', count=1,
                             sets={KEY: r'>= *32\b.*>= *64\b.*>= *800000'}), alone=True, only_these=False)
def on_the_host_itself(lab):
    """The same on the loopback of the initial namespace, over IPv6, and still so when the audit ends"""
    worker = traffic_on_host(lab)
    before = pressures()
    lowered = []

    def late():
        time.sleep(0.7)
        lowered.append(lab.set_global(KEY, LOW, MOST_SECONDS))

    try:
        lab.audit(None, meanwhile=late)
    finally:
        for one in lowered:
            one.restore()
    if pressures() <= before:
        raise LoadFailed('memory pressure was not entered here')
    worker.kill()


def traffic_on_host(lab):
    """A server and a client on ::1 of the namespace this process is in."""
    probe = traffic.listen('::1', 0, 1)
    port = probe.getsockname()[1]
    probe.close()
    server = Worker(None, hold_unread, '::1', port)
    lab.workers.append(server)
    wait_until(lambda: connects(('::1', port)), 5, 'a listener on ::1')
    client = Worker(None, fill_buffers, ('::1', port), 30)
    lab.workers.append(client)
    return client


def connects(target):
    with contextlib.suppress(OSError):
        socket.create_connection(target).close()
        return True
    return False

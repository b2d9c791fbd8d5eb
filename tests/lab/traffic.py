"""Servers, clients and forged packets. Functions without a return value run until they are
killed; give them to Namespace.start()."""
import collections
import contextlib
import errno
import os
import random
import select
import signal
import socket
import struct
import time

from bench import family_of

FIN, SYN, RST, ACK = 1, 2, 4, 16
PROTOCOL_TCP = 6


def listen(address, port, backlog, reuseport=False):
    server = socket.socket(family_of(address))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuseport:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.bind((address, port))
    server.listen(backlog)
    return server


# --- servers

def accept_in_naps(address, port, backlog, nap, reuseport=False):
    """Sleeps, then takes all that wait and closes them: a program with pauses."""
    server = listen(address, port, backlog, reuseport)
    server.setblocking(False)
    while True:
        time.sleep(nap)
        with contextlib.suppress(BlockingIOError):
            while True:
                server.accept()[0].close()


def accept_promptly(address, port, backlog, reuseport=False):
    """Takes each connection, reads until the client closes, closes: the client goes first."""
    server = listen(address, port, backlog, reuseport)
    server.setblocking(False)
    poll = select.epoll()
    poll.register(server, select.EPOLLIN)
    connections = {}
    while True:
        for number, _ in poll.poll():
            if number == server.fileno():
                with contextlib.suppress(BlockingIOError):
                    while True:
                        connection = server.accept()[0]
                        connection.setblocking(False)
                        connections[connection.fileno()] = connection
                        poll.register(connection, select.EPOLLIN)
                continue
            try:
                data = connections[number].recv(65536)
            except BlockingIOError:
                continue
            except OSError:
                data = b''
            if not data:
                poll.unregister(number)
                connections.pop(number).close()


def accept_and_close(address, port, backlog):
    """Takes each connection and closes it at once: the server goes first."""
    server = listen(address, port, backlog)
    while True:
        server.accept()[0].close()


def never_accept(address, port, backlog, reuseport=False):
    server = listen(address, port, backlog, reuseport)
    while server:
        signal.pause()


def accept_deferred(address, port, backlog, seconds):
    """A TCP_DEFER_ACCEPT listener: connections without data are not yet connections."""
    server = listen(address, port, backlog)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, seconds)
    while True:
        connection = server.accept()[0]
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            connection.recv(100)
        connection.close()


# --- clients

def connect_many(target, count, patience):
    """Open count connections at once, wait at most patience seconds for them, close all. Returns
    how many came to what: 'ok', 'timeout' or the name of an error."""
    outcome = collections.Counter()
    poll, waiting = select.epoll(), {}
    for _ in range(count):
        client = socket.socket(family_of(target[0]))
        client.setblocking(False)
        code = client.connect_ex(target)
        if code == errno.EINPROGRESS:
            waiting[client.fileno()] = client
            poll.register(client, select.EPOLLOUT)
        else:
            outcome['ok' if code == 0 else errno.errorcode[code]] += 1
            client.close()
    end = time.monotonic() + patience
    while waiting and time.monotonic() < end:
        for number, _ in poll.poll(max(0, end - time.monotonic())):
            poll.unregister(number)
            client = waiting.pop(number)
            code = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            outcome['ok' if code == 0 else errno.errorcode[code]] += 1
            client.close()
    for client in waiting.values():
        outcome['timeout'] += 1
        client.close()
    return outcome


def connect_in_bursts(target, count, pause, patience=1.0, seconds=60):
    total = collections.Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        total += connect_many(target, count, patience)
        time.sleep(pause)
    return total


def _connect(target, source=None):
    """A connected socket, or the name of the error."""
    client = socket.socket(family_of(target[0]))
    try:
        if source:
            client.bind((source, 0))
        client.settimeout(5)
        client.connect(target)
    except OSError as error:
        client.close()
        return errno.errorcode.get(error.errno, 'timeout')
    return client


def open_and_close(targets, count, source=None, pause=0.0):
    """count connections, one after the other, over the targets in turn; this side closes first.
    source: bind() to it before connect(), as programs do that want a source address."""
    outcome = collections.Counter()
    for index in range(count):
        client = _connect(targets[index % len(targets)], source)
        if isinstance(client, str):
            outcome[client] += 1
        else:
            outcome['ok'] += 1
            client.close()
        if pause:
            time.sleep(pause)
    return outcome


def open_and_close_for_ever(targets, pause, seconds=60):
    total = collections.Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        total += open_and_close(targets, 20)
        time.sleep(pause)
    return total


def open_and_hold(targets, count, source=None):
    """As open_and_close(), but they stay open. Returns the sockets and the outcome."""
    held, outcome = [], collections.Counter()
    for index in range(count):
        client = _connect(targets[index % len(targets)], source)
        if isinstance(client, str):
            outcome[client] += 1
        else:
            outcome['ok'] += 1
            held.append(client)
    return held, outcome


def open_until_closed(targets, count):
    """Connections that the server closes first."""
    outcome = collections.Counter()
    for index in range(count):
        client = _connect(targets[index % len(targets)])
        if isinstance(client, str):
            outcome[client] += 1
            continue
        with contextlib.suppress(OSError):
            while client.recv(100):
                pass
        client.close()
        outcome['ok'] += 1
    return outcome


# --- forged packets

def _checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def forge(source, target, source_port, port, flags):
    """An IPv4 or IPv6 packet with a TCP header of random numbers."""
    family = family_of(target)
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, target)
    acknowledged = random.getrandbits(32) if flags & ACK else 0
    options = struct.pack('!BBH', 2, 4, 1460) if flags & SYN else b''
    header = struct.pack('!HHIIBBHHH', source_port, port, random.getrandbits(32), acknowledged,
                         (20 + len(options)) // 4 << 4, flags, 64240, 0, 0) + options
    pseudo = ends + struct.pack('!II' if family == socket.AF_INET6 else '!HH',
                                *((len(header), PROTOCOL_TCP) if family == socket.AF_INET6
                                  else (PROTOCOL_TCP, len(header))))
    header = header[:16] + struct.pack('!H', _checksum(pseudo + header)) + header[18:]
    if family == socket.AF_INET6:
        return struct.pack('!IHBB', 6 << 28, len(header), PROTOCOL_TCP, 64) + ends + header
    return struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(header), random.getrandbits(16), 0, 64,
                       PROTOCOL_TCP, 0) + ends + header


def flood(target, port, flags, per_second, seconds=60, most=float('inf')):
    """Packets from ever new addresses, which belong to nobody here; at most so many."""
    family = family_of(target)
    raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    begin, sent = time.monotonic(), 0
    while time.monotonic() - begin < seconds and sent < most:
        while sent < min(most, (time.monotonic() - begin) * per_second):
            number = random.getrandbits(16)
            source = ('2001:db8::%x:%x' % (number, sent & 0xffff) if family == socket.AF_INET6
                      else '198.%d.%d.%d' % (18 + (sent & 1), number >> 8, number & 255))
            raw.sendto(forge(source, target, random.randint(1024, 65535), port, flags), (target, 0))
            sent += 1
        time.sleep(0.01)
    return sent


# --- real programs

def start_nginx(bench, namespace, listens, backlog, keepalive=65, workers=1):
    """nginx that answers "ok"; listens: what stands behind `listen`, without the backlog."""
    folder = bench.folder('nginx-' + namespace.name)
    lines = ''.join('listen %s backlog=%d; ' % (one, backlog) for one in listens)
    temporary = ''.join('%s_temp_path %s/%s; ' % (name, folder, name)
                        for name in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    with open(folder + '/nginx.conf', 'w') as file:
        file.write('daemon off; worker_processes %d; error_log %s/error.log crit; pid %s/pid;\n'
                   'events { worker_connections 8192; }\n'
                   'http { access_log off; keepalive_timeout %d; keepalive_requests 1000000; %s\n'
                   'server { %s location / { return 200 "ok\\n"; } } }\n'
                   % (workers, folder, folder, keepalive, temporary, lines))
    process = namespace.popen(['nginx', '-p', folder, '-c', folder + '/nginx.conf', '-e', folder + '/error.log'])
    return process


def start_wrk(namespace, url, connections, seconds):
    return namespace.popen(['wrk', '-t1', '-c%d' % connections, '-d%ds' % seconds, '--timeout', '2s', url],
                           stdout=-1, stderr=-2, text=True)


def children_of(pid):
    with open('/proc/%d/task/%d/children' % (pid, pid)) as file:
        return [int(number) for number in file.read().split()]


def stop_process(pid):
    """SIGSTOP, and wait until it has stopped."""
    os.kill(pid, signal.SIGSTOP)
    for _ in range(100):
        with open('/proc/%d/stat' % pid) as file:
            if file.read().rsplit(')', 1)[1].split()[0] == 'T':
                return
        time.sleep(0.01)

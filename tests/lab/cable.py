"""Two namespaces with a cable of user space between them (wire.c): delay, rate, loss and worse;
and programs that send and read streams over it."""
import contextlib
import os
import select
import socket
import subprocess
import time

import traffic
from bench import LoadFailed, shell, wait_until
from scenario import binary

DEFAULT_CONGESTION = 'cubic'


class Cable:
    """server and client: the namespaces; a (the server's end) sends what is called "ab"."""

    def __init__(self, lab, **options):
        self.server, self.client = lab.namespace('s'), lab.namespace('c')
        words = [str(word) for pair in options.items() for word in pair]
        self.process = subprocess.Popen(
            [os.path.join(os.path.dirname(os.path.dirname(binary())), 'tests', 'wire'),
             self.server.name, self.client.name] + [word.replace('_', '-') for word in words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        lab.processes.append(self.process)
        if self.process.stdout.readline().strip() != 'ready':
            raise LoadFailed('the cable is not ready')
        for namespace, number in ((self.client, 1), (self.server, 2)):
            namespace.address, namespace.address6 = '10.77.0.%d' % number, 'fd77::%d' % number
            shell('ip -n {0} link set wire0 txqueuelen 20000 mtu 1500 up && '
                  'ip -n {0} addr add 10.77.0.{1}/24 dev wire0 && '
                  'ip -n {0} -6 addr add fd77::{1}/64 dev wire0 nodad'.format(namespace.name, number))
            for key, value in (('tcp_rmem', '4096 131072 16777216'), ('tcp_wmem', '4096 16384 16777216')):
                namespace.sysctl('net.ipv4.' + key, value)

    def set(self, **options):
        """Change options while packets are on their way."""
        for name, value in options.items():
            self.process.stdin.write('%s %s\n' % (name.replace('_', '-'), value))
        self.process.stdin.flush()
        time.sleep(0.02)


def read_streams(address, port, rcvbuf=0, pause=0.0, chunk=1 << 20, after=0.0):
    """Read what comes of every connection and throw it away.

    rcvbuf: SO_RCVBUF of the listener, 0 to leave it to the kernel
    pause:  between two reads of chunk bytes
    after:  seconds before the first read of a connection
    """
    listener = socket.socket(traffic.family_of(address))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if rcvbuf:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    listener.bind((address, port))
    listener.listen(128)
    begin = {}
    listener.setblocking(False)
    streams = [listener]
    while True:
        ready = select.select(streams, (), (), 1)[0]
        if listener in ready:
            stream = listener.accept()[0]
            stream.setblocking(False)
            streams.append(stream)
            begin[stream] = time.monotonic() + after
        for stream in ready:
            if stream is listener or time.monotonic() < begin[stream]:
                continue
            data = b'x'
            with contextlib.suppress(BlockingIOError, OSError):
                data = stream.recv(chunk)
            if not data:
                streams.remove(stream)
                stream.close()
        if pause or after:
            time.sleep(pause or 0.05)


def _open_stream(target, congestion, sndbuf):
    stream = socket.socket(traffic.family_of(target[0]))
    if congestion:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, congestion.encode())
    if sndbuf:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sndbuf)
    stream.settimeout(10)
    stream.connect(target)
    return stream


def send_stream(target, congestion=DEFAULT_CONGESTION, sndbuf=0, chunk=65536, pause=0.0, seconds=40):
    """Send as much as goes, or a chunk now and then."""
    stream = _open_stream(target, congestion, sndbuf)
    end = time.monotonic() + seconds
    data = b'x' * chunk
    while time.monotonic() < end:
        with contextlib.suppress(TimeoutError):
            stream.sendall(data)
        if pause:
            time.sleep(pause)


def send_tiny(target, seconds=40, each=6.0, congestion=DEFAULT_CONGESTION):
    """One byte a segment, over one connection after the other."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stream = _open_stream(target, congestion, 0)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.setblocking(False)
        over = time.monotonic() + each
        while time.monotonic() < over:
            with contextlib.suppress(BlockingIOError):
                for _ in range(20):
                    stream.send(b'z')
            time.sleep(0.005)
        stream.close()


def established(namespace, port):
    return namespace.sockets('ESTABLISHED', remote_port=port)


def transfer(lab, cable, reader=None, family=4, port=80, warm=1.5, streams=1, **options):
    """A stream from the client to the server, under way. reader: options of read_streams()."""
    address, target = ('::', cable.server.address6) if family == 6 else ('0.0.0.0', cable.server.address)
    cable.server.start(read_streams, address, port, *(reader or ()), name='tt-reader')
    cable.server.wait_listening(port)
    for _ in range(streams):
        cable.client.start(_send_with, (target, port), options, name='tt-sender')
    wait_until(lambda: established(cable.client, port) >= streams, 10, 'an open stream')
    time.sleep(warm)


def _send_with(target, options):
    send_stream(target, **options)

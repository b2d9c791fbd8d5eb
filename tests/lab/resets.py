"""Resets and connections given up: by whom, and whether it matters."""
import contextlib
import os
import signal
import socket
import struct
import time

import traffic
from bench import shell, wait_until
from closing import accept_and_hold, drop_everything, open_from
from judge import Expected
from scenario import scenario

CLOSED, UNREAD, LINGER = 'resets-closed-port', 'resets-unread-data', 'resets-linger'
LATE, BY_PEER, OVERFLOW = 'resets-late-data', 'resets-by-peer', 'resets-abort-on-overflow'
KEEPALIVE, VANISHED = 'aborts-keepalive', 'aborts-unreachable'
SILENT, UNREACHABLE = 'destination-silent', 'destination-unreachable'
RESETS = (CLOSED, UNREAD, LINGER, LATE, BY_PEER, OVERFLOW)
ABORTS = (KEEPALIVE, VANISHED)
NO_LINGER = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
LINGER2 = 8


# --- programs

def serve(address, port, rude, every=1):
    """Answers each client and closes; each so many-th time in a rude way: 'unread', 'linger', 'linger2'."""
    server = traffic.listen(address, port, 4096)
    count = 0
    while True:
        client = server.accept()[0]
        client.settimeout(1)
        count += 1
        is_rude = count % every == 0
        with contextlib.suppress(OSError):
            if is_rude and rude == 'unread':
                while not client.recv(1, socket.MSG_PEEK):
                    pass
            else:
                client.recv(1000)
            if is_rude and rude == 'linger':
                client.setsockopt(*NO_LINGER)
            if is_rude and rude == 'linger2':
                client.setsockopt(socket.IPPROTO_TCP, LINGER2, -1)
            if not is_rude:
                client.send(b'answer')
        client.close()


def ask(target, pause=0.002, late=False, rude_every=0, seconds=40):
    """Ask, read to the end, close. late: send once more after the answer has ended; rude_every: each
    so many-th time reset the connection instead."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        count += 1
        client = socket.socket(traffic.family_of(target[0]))
        client.settimeout(2)
        with contextlib.suppress(OSError):
            client.connect(target)
            client.send(b'question')
            if rude_every and count % rude_every == 0:
                time.sleep(0.002)
                client.setsockopt(*NO_LINGER)
            else:
                while client.recv(1000):
                    pass
                if late:
                    client.send(b'one more')
        client.close()
        time.sleep(pause)


def knock(target, pause, seconds=40):
    """Connect to a port where nobody listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        traffic.connect_many(target, 1, 1)
        time.sleep(pause)


def exchange(lab, listen_on, target, rude, every=1, **asking):
    """Clients and a server that is rude to them."""
    server, client = lab.pair()
    server.start(serve, listen_on, 80, rude, every)
    server.wait_listening(80)
    client.start(lambda: ask((getattr(server, target), 80), **asking), name='ask')
    time.sleep(0.3)
    return server, client


def hold_with_keepalive(address, port, count, idle=1, interval=1, probes=2):
    server, held = traffic.listen(address, port, 1024), []
    while len(held) < count:
        held.append(server.accept()[0])
        for level, option, value in ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                                     (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle),
                                     (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval),
                                     (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, probes)):
            held[-1].setsockopt(level, option, value)
    while held:
        signal.pause()


def send_on_signal(address, port, patience_ms, most):
    """Holds connections; at SIGUSR1 sends to at most so many of them, which must answer in time."""
    server, held, go = traffic.listen(address, port, 1024), [], []
    signal.signal(signal.SIGUSR1, lambda *_: go.append(1))
    server.settimeout(0.05)
    while not go:
        with contextlib.suppress(TimeoutError):
            held.append(server.accept()[0])
            if patience_ms:
                held[-1].setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience_ms)
    for one in held[:most]:
        one.send(b'x' * 1000)
    while held:
        signal.pause()


# --- resets

@scenario(CLOSED, Expected(CLOSED, 'this host', says='belong to no connection', advice='tcpdump', count=1))
def nobody_listens(lab):
    """Clients keep connecting to a port where nothing listens"""
    server, client = lab.pair()
    client.start(knock, (server.address, 8080), 0.01)
    lab.audit(server, grows=['Tcp.OutRsts'])


@scenario(CLOSED, Expected(CLOSED, 'this host', count=1))
def one_of_two_services_is_down_ipv6(lab):
    """A service on IPv6 that works, and one beside it that is down"""
    server, client = lab.pair()
    server.start(traffic.accept_and_close, '::', 80, 1024)
    server.wait_listening(80)
    client.start(knock, (server.address6, 8080), 0.01)
    client.start(traffic.connect_in_bursts, (server.address6, 80), 5, 0.1)
    lab.audit(server, grows=['Tcp.OutRsts', 'Tcp.PassiveOpens'], inside=True)


@scenario('healthy', never=RESETS)
def a_few_knock(lab):
    """2 % of the connections go to a closed port"""
    server, client = lab.pair()
    server.start(traffic.accept_promptly, '0.0.0.0', 80, 1024)
    server.wait_listening(80)
    client.start(traffic.connect_in_bursts, (server.address, 80), 50, 0.05)
    client.start(knock, (server.address, 8080), 0.1)
    lab.audit(server, grows=['Tcp.OutRsts'])


@scenario(UNREAD, Expected(UNREAD, 'this host', says='closed with unread data', advice='read', count=1),
          never=[CLOSED, LINGER, LATE, BY_PEER])
def server_does_not_read(lab):
    """A server closes without reading the question"""
    server, _ = exchange(lab, '0.0.0.0', 'address', 'unread')
    lab.audit(server, grows=['TcpExt.TCPAbortOnClose'])


@scenario(UNREAD, Expected(UNREAD, 'this host', count=1), never=[CLOSED, LINGER, LATE])
def every_fourth_question_is_not_read_ipv6(lab):
    """The same for every fourth client on IPv6"""
    server, client = exchange(lab, '::', 'address6', 'unread', 4)
    lab.audit(server, grows=['TcpExt.TCPAbortOnClose'])


@scenario('healthy', Expected(BY_PEER, 'this host', count=1), never=[CLOSED, UNREAD, LINGER, LATE])
def the_other_side_of_it(lab):
    """The client of a server that does not read: it is reset, and does nothing wrong"""
    _, client = exchange(lab, '0.0.0.0', 'address', 'unread')
    lab.audit(client, grows=['Tcp.EstabResets'])


@scenario('healthy', never=RESETS)
def one_in_fifty_is_not_read(lab):
    """One question in fifty is not read"""
    server, _ = exchange(lab, '0.0.0.0', 'address', 'unread', 50)
    lab.audit(server, grows=['Tcp.PassiveOpens'])


@scenario(LINGER, Expected(LINGER, 'this host', says='SO_LINGER', advice='SO_LINGER', count=1),
          never=[CLOSED, UNREAD, LATE, BY_PEER])
def server_aborts(lab):
    """A server closes with SO_LINGER 0"""
    server, _ = exchange(lab, '0.0.0.0', 'address', 'linger')
    lab.audit(server, grows=['TcpExt.TCPAbortOnData'])


@scenario(LINGER, Expected(LINGER, 'this host', count=1), never=[CLOSED, UNREAD, LATE])
def clients_abort_ipv6(lab):
    """Clients on IPv6 abort their connections; audited where they are"""
    server, client = lab.pair()
    server.start(accept_and_hold, '::', 80)
    server.wait_listening(80)
    client.start(lambda: ask((server.address6, 80), rude_every=1), name='ask')
    lab.audit(client, grows=['TcpExt.TCPAbortOnData'])


@scenario(BY_PEER, Expected(BY_PEER, 'this host', says='Peers reset', count=1), never=[CLOSED, UNREAD, LINGER, LATE])
def clients_abort(lab):
    """The server of clients that abort half of their connections"""
    server, client = lab.pair()
    server.start(accept_and_hold, '0.0.0.0', 80)
    server.wait_listening(80)
    client.start(lambda: ask((server.address, 80), rude_every=1), name='ask')
    lab.audit(server, grows=['Tcp.EstabResets'])


@scenario(LATE, Expected(LATE, 'this host', says='went on sending', advice='keep-alive', count=1),
          never=[CLOSED, UNREAD, LINGER, BY_PEER])
def clients_send_after_close(lab):
    """Clients send once more when the server has closed already"""
    server, _ = exchange(lab, '0.0.0.0', 'address', '', 1000000, late=True)
    lab.audit(server, grows=['Tcp.OutRsts'])


@scenario(LATE, Expected(LATE, 'this host', count=1), never=[CLOSED, UNREAD, LINGER])
def linger2_ipv6(lab):
    """A server on IPv6 that closes with TCP_LINGER2 below zero"""
    server, _ = exchange(lab, '::', 'address6', 'linger2')
    lab.audit(server, grows=['TcpExt.TCPAbortOnData'])


@scenario(OVERFLOW, Expected(OVERFLOW, 'tcp_abort_on_overflow', says='accept queue overflowed', sets={'net.ipv4.tcp_abort_on_overflow': '^0$'},
                             count=1), also=['accept-queue-program', 'accept-queue-stalled'], never=[CLOSED, BY_PEER])
def overflow_is_answered_with_resets(lab):
    """tcp_abort_on_overflow=1, and bursts of 60 come before the queue of 64 is served"""
    server, client = lab.pair()
    server.sysctl('net.ipv4.tcp_abort_on_overflow', 1)
    # the last ACKs of a burst queue up behind all of its SYNs
    shell('ip netns exec %s tc qdisc add dev veth0 root tbf rate 200kbit burst 1600 limit 100000' % client.name)
    server.start(traffic.accept_in_naps, '0.0.0.0', 80, 64, 1.5)
    server.wait_listening(80)
    client.start(traffic.connect_in_bursts, (server.address, 80), 60, 0.05, 0.5)
    wait_until(lambda: server.counters()['TcpExt.EmbryonicRsts'] > 3, 10, 'clients are reset')
    lab.audit(server, grows=['TcpExt.ListenOverflows'])


# --- given up

def dead_peers(lab, function, arguments, target, count):
    server, client = lab.pair()
    worker = server.start(function, *arguments)
    server.wait_listening(80)
    open_from(lab, client, (getattr(server, target), 80), count)
    wait_until(lambda: server.waiting(80) == 0, 5, 'all are accepted')
    return server, client, worker


@scenario(KEEPALIVE, Expected(KEEPALIVE, 'this host', says='60 peers dead', count=1), never=[VANISHED, CLOSED, BY_PEER])
def keepalive_finds_dead_peers(lab):
    """60 peers vanish, and keepalive (1 s, twice) notices"""
    server, client, _ = dead_peers(lab, hold_with_keepalive, ('0.0.0.0', 80, 60), 'address', 60)
    drop_everything(lab, client)
    time.sleep(0.8)
    lab.audit(server, grows=['TcpExt.TCPAbortOnTimeout'])


def sends_to_dead(lab, listen_on, target, count, patience_ms, most=10000, retries2=None):
    server, client, worker = dead_peers(lab, send_on_signal, (listen_on, 80, patience_ms, most), target, count)
    if retries2:
        server.sysctl('net.ipv4.tcp_retries2', retries2)
    drop_everything(lab, client)
    os.kill(worker.pid, signal.SIGUSR1)
    return server


@scenario(VANISHED, Expected(VANISHED, 'this host', says='60 connections', advice='tcp_retries2', count=1),
          never=[KEEPALIVE, BY_PEER])
def peers_vanish_with_data(lab):
    """60 peers vanish with data under way; TCP_USER_TIMEOUT is 1.2 s"""
    lab.audit(sends_to_dead(lab, '0.0.0.0', 'address', 60, 1200), grows=['TcpExt.TCPAbortOnTimeout'])


@scenario(VANISHED, Expected(VANISHED, 'this host', count=1), never=[KEEPALIVE, BY_PEER])
def peers_vanish_ipv6_retries2(lab):
    """40 peers on IPv6, given up by tcp_retries2=1"""
    lab.audit(sends_to_dead(lab, '::', 'address6', 40, 0, retries2=1), grows=['TcpExt.TCPAbortOnTimeout'])


@scenario('healthy', never=ABORTS)
def a_few_peers_vanish(lab):
    """Four of 100 peers vanish with data under way"""
    lab.audit(sends_to_dead(lab, '0.0.0.0', 'address', 100, 1200, most=4), grows=['TcpExt.TCPAbortOnTimeout'])


# --- destinations

def attempts(targets, count, seconds=40):
    """So many connection attempts at a time, each until the kernel gives up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for target in targets:
            traffic.connect_many(target, count, seconds)
        time.sleep(0.1)


@scenario(SILENT, Expected(SILENT, r'^10\.77\.0\.2:5432$', says='does not answer: 20', advice='firewall', count=1),
          never=[UNREACHABLE, VANISHED])
def firewall_drops(lab):
    """20 attempts to a port whose packets a firewall drops"""
    server, client = lab.pair()
    drop_everything(lab, server)
    client.start(attempts, [(server.address, 5432)], 20)
    time.sleep(1.3)
    lab.audit(client, grows=['TcpExt.TCPSynRetrans'])


@scenario(SILENT, Expected(SILENT, r'^\[fd77::2\]:443$', says='does not answer: 8', count=1), never=[UNREACHABLE])
def silent_beside_healthy_ipv6(lab):
    """Eight attempts to a silent port on IPv6 beside a service that answers"""
    server, client = lab.pair()
    server.start(traffic.accept_promptly, '::', 80, 1024)
    server.wait_listening(80)
    nft = server.popen(['nft', 'add table inet tt; add chain inet tt i { type filter hook input priority 0; }; '
                        'add rule inet tt i tcp dport 443 drop'])
    lab.must(nft.wait() == 0, 'nft takes the rule')
    client.start(attempts, [(server.address6, 443)], 8)
    client.start(traffic.connect_in_bursts, (server.address6, 80), 20, 0.1)
    time.sleep(1.3)
    lab.audit(client, grows=['TcpExt.TCPSynRetrans', 'Tcp.ActiveOpens'], inside=True)


@scenario('healthy', never=[SILENT, UNREACHABLE])
def three_attempts(lab):
    """Three attempts to a silent port"""
    server, client = lab.pair()
    drop_everything(lab, server)
    client.start(attempts, [(server.address, 5432)], 3)
    time.sleep(1.3)
    lab.audit(client, grows=['TcpExt.TCPSynRetrans'])


@scenario('healthy', never=[SILENT, UNREACHABLE], also=['syn-loss'])
def server_with_a_full_queue_answers(lab):
    """The clients of a server that does not keep up: it answers some of them"""
    server, client = lab.pair()
    server.start(traffic.accept_in_naps, '0.0.0.0', 80, 8, 0.3)
    server.wait_listening(80)
    client.start(traffic.connect_in_bursts, (server.address, 80), 60, 0.1, 3.0)
    time.sleep(1.3)
    lab.audit(client, grows=['TcpExt.TCPSynRetrans'])


@scenario(UNREACHABLE, Expected(UNREACHABLE, r'^10\.77\.0\.9[89]:3306$', says='nobody on the local network',
                                advice='ip neigh'), never=[SILENT])
def no_such_neighbour(lab):
    """A database on an address of the local network that nobody has"""
    _, client = lab.pair()
    client.start(attempts, [('10.77.0.98', 3306)], 10)
    time.sleep(1.2)
    client.start(attempts, [('10.77.0.99', 3306)], 20)
    lab.audit(client, grows=['TcpExt.TCPSpuriousRtxHostQueues'], still=['Tcp.RetransSegs'])


@scenario(UNREACHABLE, Expected(UNREACHABLE, r'^\[fd77::9[9a]\]:3306$'), never=[SILENT])
def no_such_neighbour_ipv6(lab):
    """The same on IPv6, audited inside"""
    _, client = lab.pair()
    # a moment in three, a new attempt has only begun
    client.start(attempts, [('fd77::99', 3306)], 30)
    time.sleep(1.2)
    client.start(attempts, [('fd77::9a', 3306)], 30)
    lab.audit(client, still=['Tcp.RetransSegs'], inside=True)

"""Connections that one side has closed and the other has not: who holds them, and what ends them."""
import contextlib
import os
import select
import signal
import socket
import time

import traffic
from bench import wait_until
from judge import Expected
from scenario import scenario

LEAK, ORPHANS2, HELD = 'close-wait-leak', 'fin-wait2-orphans', 'half-closed-held'
UNREAD, UNREACHABLE, TOO_MANY = 'orphans-unread', 'orphans-unreachable', 'orphans-too-many'
FIN_TIMEOUT, RETRIES = 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_orphan_retries'
ALL = (LEAK, ORPHANS2, HELD, UNREAD, UNREACHABLE, TOO_MANY)
DROP_ALL = b'table inet tt {\n chain input {\n type filter hook input priority 0;\n drop\n }\n}\n'


# --- programs

def accept_and_hold(address, port, shutdown=False):
    """Takes connections and never closes them; with shutdown its own direction at once."""
    server, held = traffic.listen(address, port, 4096), []
    while True:
        held.append(server.accept()[0])
        if shutdown:
            held[-1].shutdown(socket.SHUT_WR)


def accept_and_forget(address, port, least_age):
    """Takes connections and closes each when it is so old."""
    server, held = traffic.listen(address, port, 4096), []
    server.settimeout(0.01)
    while True:
        with contextlib.suppress(TimeoutError):
            held.append((time.monotonic(), server.accept()[0]))
        while held and held[0][0] < time.monotonic() - least_age:
            held.pop(0)[1].close()


def accept_and_stream(address, port):
    """Sends a little to all of its clients, for ever, also to those that have closed their side."""
    server, held = traffic.listen(address, port, 4096), []
    server.settimeout(0.1)
    while True:
        with contextlib.suppress(TimeoutError):
            while True:
                held.append(server.accept()[0])
        for one in held:
            with contextlib.suppress(OSError):
                one.send(b'tick')


def accept_send_close(address, port, bytes_to_send, wait=False):
    """Sends more than a client that does not read takes, and closes; wait: for its end first."""
    server = traffic.listen(address, port, 4096)
    while True:
        client = server.accept()[0]
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while bytes_to_send:
                client.send(b'x' * bytes_to_send)
        if wait:
            select.select([client], [], [], 2)
            with contextlib.suppress(OSError):
                client.recv(100)
        client.close()


def close_on_signal(address, port, wait_for_end=False):
    """Holds connections until SIGUSR1, then closes them all, those first that the client closed."""
    server, held, go = traffic.listen(address, port, 4096), [], []
    signal.signal(signal.SIGUSR1, lambda *_: go.append(1))
    server.settimeout(0.05)
    while not go:
        with contextlib.suppress(TimeoutError):
            held.append(server.accept()[0])
    for one in held:
        if wait_for_end:
            one.recv(1)
        one.close()
    while True:
        signal.pause()


def connect_and_forget(target, count):
    """A pool that never looks at its connections again."""
    held = traffic.open_and_hold([target], count)[0]
    while held:
        signal.pause()


def open_from(lab, client, target, count):
    """Connections out of the client's namespace that stay as they are."""
    with client.entered():
        held, outcome = traffic.open_and_hold([target], count)
    lab.must(outcome['ok'] == count, '%d connections: %s' % (count, outcome))
    return lab.keep(held)


def drop_everything(lab, namespace):
    """From now on nothing reaches this namespace."""
    nft = namespace.popen(['nft', '-f', '-'], stdin=-1, stderr=-1)
    complaint = nft.communicate(DROP_ALL)[1]
    lab.must(nft.returncode == 0, 'nft takes the rule: %s' % complaint)


# --- CLOSE_WAIT

def leak(lab, address, count, target):
    server, client = lab.pair()
    server.start(accept_and_hold, address, 8080, name='tt-leaky')
    server.wait_listening(8080)
    for one in open_from(lab, client, (getattr(server, target), 8080), count):
        one.close()
    wait_until(lambda: server.sockets('CLOSE_WAIT') == count, 5, '%d CLOSE_WAIT' % count)
    time.sleep(1.1)
    return server


@scenario(LEAK, Expected(LEAK, '^tt-leaky$', says='120 connections.*port 8080', advice='close', count=1))
def program_does_not_close(lab):
    """A server forgets 120 connections that its clients have closed"""
    lab.audit(leak(lab, '0.0.0.0', 120, 'address'), still=['TcpExt.TCPAbortOnClose'])


@scenario(LEAK, Expected(LEAK, '^tt-pool$', says='70 connections.*outgoing', count=1))
def pool_never_looks_ipv6(lab):
    """A client's pool of 70 connections that the server closed long ago, on IPv6, audited inside"""
    server, client = lab.pair()
    server.start(traffic.accept_and_close, '::', 5432, 1024)
    server.wait_listening(5432)
    client.start(connect_and_forget, (server.address6, 5432), 70, name='tt-pool')
    wait_until(lambda: client.sockets('CLOSE_WAIT') == 70, 5, '70 CLOSE_WAIT')
    time.sleep(1.1)
    lab.audit(client, inside=True)


@scenario('healthy', never=ALL)
def twenty_in_close_wait(lab):
    """20 connections in CLOSE_WAIT: a program may be slow"""
    lab.audit(leak(lab, '::', 20, 'address'))


@scenario('healthy', never=ALL)
def half_closed_clients_are_served(lab):
    """80 clients have closed their direction and are still being sent to"""
    server, client = lab.pair()
    server.start(accept_and_stream, '0.0.0.0', 8080)
    server.wait_listening(8080)
    for one in open_from(lab, client, (server.address, 8080), 80):
        one.shutdown(socket.SHUT_WR)
    wait_until(lambda: server.sockets('CLOSE_WAIT') == 80, 5, '80 CLOSE_WAIT')
    lab.audit(server, grows=['TcpExt.TCPOrigDataSent'])


@scenario('healthy', never=ALL)
def closes_half_a_second_later(lab):
    """A busy program that closes 0.5 s after its clients: always 100 in CLOSE_WAIT, ever other ones"""
    server, client = lab.pair()
    server.start(accept_and_forget, '0.0.0.0', 8080, 0.5)
    server.wait_listening(8080)
    client.start(traffic.connect_in_bursts, (server.address, 8080), 20, 0.1)
    wait_until(lambda: server.sockets('CLOSE_WAIT') > 50, 5, 'more than 50 CLOSE_WAIT')
    lab.audit(server, grows=['Tcp.PassiveOpens'])


# --- FIN_WAIT2

def left_in_fin_wait2(lab, listen_on, target, count, fin_timeout):
    """Clients that never close what the server has closed."""
    server, client = lab.pair()
    server.sysctl(FIN_TIMEOUT, fin_timeout)
    server.start(traffic.accept_and_close, listen_on, 80, 1024)
    server.wait_listening(80)
    open_from(lab, client, (getattr(server, target), 80), count)
    return server, client


@scenario(ORPHANS2, Expected(ORPHANS2, 'tcp_fin_timeout', says='300 connections.*60 s', advice='closed from then on',
                             sets={FIN_TIMEOUT: '<= *15'}, count=1), never=[HELD])
def clients_keep_their_end_open(lab):
    """300 clients do not close what the server has closed"""
    server, _ = left_in_fin_wait2(lab, '0.0.0.0', 'address', 300, 60)
    lab.audit(server)


@scenario(ORPHANS2, Expected(ORPHANS2, 'tcp_fin_timeout', says='90 s', count=1), never=[HELD])
def fin_timeout_90_ipv6(lab):
    """250 of them on IPv6 with tcp_fin_timeout=90: full sockets"""
    server, _ = left_in_fin_wait2(lab, '::', 'address6', 250, 90)
    lab.audit(server)


@scenario('healthy', never=ALL)
def fin_timeout_is_short(lab):
    """300 clients that leave their end open, where tcp_fin_timeout is 15 already"""
    server, _ = left_in_fin_wait2(lab, '0.0.0.0', 'address', 300, 15)
    lab.audit(server)


@scenario('healthy', never=ALL)
def a_tenth_in_fin_wait2(lab):
    """210 in FIN_WAIT2 beside 2000 in TIME_WAIT: some clients always vanish"""
    server, client = left_in_fin_wait2(lab, '::', 'address', 210, 60)
    with client.entered():
        outcome = traffic.open_until_closed([(server.address, 80)], 2000)
    lab.must(outcome['ok'] == 2000, '2000 connections')
    lab.audit(server)


@scenario(HELD, Expected(HELD, '^tt-waiting$', says='60 connections.*port 9000', advice='tcp_fin_timeout', count=1),
          never=[ORPHANS2])
def program_waits_after_shutdown(lab):
    """A program has shut down 60 connections and waits for their clients"""
    server, client = lab.pair()
    server.start(accept_and_hold, '0.0.0.0', 9000, True, name='tt-waiting')
    server.wait_listening(9000)
    open_from(lab, client, (server.address, 9000), 60)
    wait_until(lambda: server.sockets('FIN_WAIT2') == 60, 5, '60 FIN_WAIT2')
    time.sleep(1.1)
    lab.audit(server)


# --- orphans

def unread(lab, listen_on, target, count, wait):
    server, client = lab.pair()
    server.start(accept_send_close, listen_on, 80, 300000, wait)
    server.wait_listening(80)
    held = open_from(lab, client, (getattr(server, target), 80), count)
    for one in held if wait else ():
        one.shutdown(socket.SHUT_WR)
    state = 'LAST_ACK' if wait else 'FIN_WAIT1'
    wait_until(lambda: server.sockets(state) == count, 5, '%d %s' % (count, state))
    time.sleep(0.5)
    return server


@scenario(UNREAD, Expected(UNREAD, '^port 80$', says='40 connections', advice='tcp_orphan_retries', count=1),
          never=[UNREACHABLE])
def clients_do_not_read(lab):
    """40 clients do not read what the server sent before it closed"""
    lab.audit(unread(lab, '0.0.0.0', 'address', 40, False), grows=['TcpExt.TCPWinProbe'])


@scenario(UNREAD, Expected(UNREAD, '^port 80$', says='60 connections', count=1), never=[UNREACHABLE])
def clients_closed_first_and_do_not_read_ipv6(lab):
    """60 clients on IPv6 that have closed their direction before"""
    lab.audit(unread(lab, '::', 'address6', 60, True), grows=['TcpExt.TCPWinProbe'])


@scenario('healthy', never=ALL)
def a_few_do_not_read(lab):
    """Five clients that do not read"""
    lab.audit(unread(lab, '0.0.0.0', 'address', 5, False))


def vanished(lab, listen_on, target, count, closed_first):
    """Clients that are gone when the server closes."""
    server, client = lab.pair()
    worker = server.start(close_on_signal, listen_on, 80, closed_first)
    server.wait_listening(80)
    held = open_from(lab, client, (getattr(server, target), 80), count)
    wait_until(lambda: server.waiting(80) == 0, 5, 'all are accepted')
    for one in held if closed_first else ():
        one.shutdown(socket.SHUT_WR)
    time.sleep(0.1)
    drop_everything(lab, client)
    os.kill(worker.pid, signal.SIGUSR1)
    state = 'LAST_ACK' if closed_first else 'FIN_WAIT1'
    wait_until(lambda: server.sockets(state) == count, 5, '%d %s' % (count, state))
    time.sleep(0.5)
    return server


@scenario(UNREACHABLE, Expected(UNREACHABLE, 'tcp_orphan_retries', says='100 connections.*8 times', sets={RETRIES: '^3$'},
                                count=1), never=[UNREAD])
def clients_vanished(lab):
    """100 clients are gone when the server closes"""
    lab.audit(vanished(lab, '0.0.0.0', 'address', 100, False), grows=['Tcp.RetransSegs'])


@scenario(UNREACHABLE, Expected(UNREACHABLE, 'tcp_orphan_retries', says='80 connections', count=1), never=[UNREAD])
def clients_vanished_after_their_end_ipv6(lab):
    """80 clients on IPv6 closed, and vanished before the server did"""
    lab.audit(vanished(lab, '::', 'address6', 80, True), grows=['Tcp.RetransSegs'])


@scenario('healthy', never=ALL)
def a_few_vanished(lab):
    """20 clients are gone"""
    lab.audit(vanished(lab, '0.0.0.0', 'address', 20, False), grows=['Tcp.RetransSegs'])


@scenario(TOO_MANY, Expected(TOO_MANY, 'tcp_max_orphans', says='cut off', count=1), also=[UNREAD], alone=True,
          unknown=[TOO_MANY])
def more_orphans_than_allowed(lab):
    """Clients that do not read, and tcp_max_orphans is 64 (which this namespace cannot see)"""
    server, client = lab.pair()
    server.start(accept_send_close, '0.0.0.0', 80, 300000)
    server.wait_listening(80)

    def meanwhile():
        lowered = lab.set_global('net.ipv4.tcp_max_orphans', 64, 3)
        try:
            open_from(lab, client, (server.address, 80), 150)
            time.sleep(0.5)
        finally:
            lowered.restore()

    lab.audit(server, grows=['TcpExt.TCPAbortOnMemory'], meanwhile=meanwhile)

"""Windows and buffers: who is limited, and by what. In most loads the client sends to the server
over a cable with a delay; the audit is of the side that the id is about."""
import contextlib
import functools
import random
import socket
import time

import traffic
from bench import wait_until
from cable import Cable, established, read_streams, send_tiny, transfer
from judge import Expected
from scenario import scenario as register

# A cable costs more than half of a CPU.
scenario = functools.partial(register, weight=2)

TCP_RMEM, PROGRAM, RMEM_MAX = 'receive-window-tcp-rmem', 'receive-window-program', 'receive-window-rmem-max'
AUTOTUNING, SCALING, READER = 'receive-autotuning-off', 'window-scaling-off', 'slow-reader'
TCP_WMEM, SO_SNDBUF, PEER = 'send-buffer-tcp-wmem', 'send-buffer-program', 'peer-receive-window'
PRUNED, UDP, IDLE = 'receive-queue-pruned', 'udp-receive-errors', 'idle-without-keepalive'
OUT_OF_ORDER = 'out-of-order-pruned'
RECEIVE = (TCP_RMEM, PROGRAM, RMEM_MAX, AUTOTUNING)
SEND = (TCP_WMEM, SO_SNDBUF)


def but(ids, *these):
    return [one for one in ids if one not in these]


# --- the receiver

@scenario(TCP_RMEM, Expected(TCP_RMEM, r'^10\.77\.0\.2:80$', says='tt-reader.*64 KiB', advice='rmem_max does not',
                             sets={'net.ipv4.tcp_rmem': 'keep keep >= *6291456'}, count=1),
          never=but(RECEIVE + SEND, TCP_RMEM))
def tcp_rmem_64_kib(lab):
    """tcp_rmem ends at 64 KiB, a round trip of 100 ms, one stream by cubic"""
    cable = Cable(lab, delay=50, rate=20000, limit=500000)
    cable.server.sysctl('net.ipv4.tcp_rmem', '4096 65536 65536')
    transfer(lab, cable)
    lab.audit(cable.server)


@scenario(TCP_RMEM, Expected(TCP_RMEM, r'^\[fd77::2\]:443$', says='tt-reader.*2 connection'),
          never=but(RECEIVE + SEND, TCP_RMEM))
def tcp_rmem_of_two_streams(lab):
    """tcp_rmem grows from 32 KiB to 130 KB, two streams on IPv6 by bbr, 120 ms"""
    cable = Cable(lab, delay=60, rate=20000, limit=1000000)
    cable.server.sysctl('net.ipv4.tcp_rmem', '4096 32768 130000')
    transfer(lab, cable, family=6, port=443, streams=2, warm=3, congestion='bbr')
    lab.audit(cable.server)


@scenario('healthy', never=RECEIVE + SEND)
def tcp_rmem_reached_but_the_link_is_full(lab):
    """The buffer has grown as far as tcp_rmem allows, and a link of 4 Mbit/s is what limits"""
    cable = Cable(lab, delay=20, rate=4000, limit=400000)
    cable.server.sysctl('net.ipv4.tcp_rmem', '4096 131072 262144')
    transfer(lab, cable, warm=2.5)
    lab.audit(cable.server)


@scenario(PROGRAM, Expected(PROGRAM, r'^10\.77\.0\.2:80$', says='tt-reader.*SO_RCVBUF', advice='tcp_rmem has no effect', count=1),
          never=but(RECEIVE + SEND, PROGRAM))
def so_rcvbuf_32_kib(lab):
    """A program with SO_RCVBUF 32768"""
    cable = Cable(lab, delay=50, rate=20000, limit=500000)
    transfer(lab, cable, reader=(32768,))
    lab.audit(cable.server)


@scenario(PROGRAM, Expected(PROGRAM, r'^\[fd77::2\]:8080$', says='tt-reader'), never=but(RECEIVE + SEND, PROGRAM))
def so_rcvbuf_above_the_default(lab):
    """SO_RCVBUF 100000, above where autotuning begins, bbr, IPv6, 120 ms"""
    cable = Cable(lab, delay=60, rate=20000, limit=1000000)
    transfer(lab, cable, reader=(100000,), family=6, port=8080, warm=3, congestion='bbr')
    lab.audit(cable.server)


@scenario('healthy', never=RECEIVE + SEND)
def so_rcvbuf_that_suffices(lab):
    """SO_RCVBUF of 1 MB, a link of 4 Mbit/s"""
    cable = Cable(lab, delay=20, rate=4000, limit=100000)
    transfer(lab, cable, reader=(1000000,))
    lab.audit(cable.server)


@scenario(RMEM_MAX, Expected(RMEM_MAX, r':80$', says='tt-reader.*64 KiB', advice='not set SO_RCVBUF',
                             sets={'net.core.rmem_max': '>= *4194304'}, count=1),
          never=but(RECEIVE + SEND, RMEM_MAX), alone=True)
def so_rcvbuf_cut_to_64_kib(lab):
    """A program asks for 4 MiB, rmem_max is 65536"""
    ask_for_much(lab, 65536, Cable(lab, delay=50, rate=20000, limit=500000))


@scenario(RMEM_MAX, Expected(RMEM_MAX, r':80$', says='tt-reader'), never=but(RECEIVE + SEND, RMEM_MAX), alone=True)
def so_rcvbuf_cut_to_the_old_default(lab):
    """The same with rmem_max 212992, the default of older kernels, and 160 ms"""
    ask_for_much(lab, 212992, Cable(lab, delay=80, rate=30000, limit=1000000), warm=3, congestion='bbr')


def ask_for_much(lab, rmem_max, cable, **options):
    lowered = lab.set_global('net.core.rmem_max', rmem_max, 12)
    try:
        transfer(lab, cable, reader=(4 << 20,), **options)
        lab.audit(cable.server)
    finally:
        lowered.restore()


@scenario('healthy', never=RECEIVE + SEND, alone=True)
def rmem_max_is_small_and_nobody_asks(lab):
    """rmem_max 65536, and a program that leaves its buffer to the kernel"""
    cable = Cable(lab, delay=20, rate=6000, limit=100000)
    lowered = lab.set_global('net.core.rmem_max', 65536, 12)
    try:
        transfer(lab, cable)
        lab.audit(cable.server)
    finally:
        lowered.restore()


@scenario(AUTOTUNING, Expected(AUTOTUNING, r':80$', says='tcp_moderate_rcvbuf is 0', advice='default',
                               sets={'net.ipv4.tcp_moderate_rcvbuf': '^1$'}, count=1),
          never=but(RECEIVE + SEND, AUTOTUNING))
def autotuning_off(lab):
    """tcp_moderate_rcvbuf=0, 120 ms, cubic"""
    cable = Cable(lab, delay=60, rate=30000, limit=1000000)
    cable.server.sysctl('net.ipv4.tcp_moderate_rcvbuf', 0)
    transfer(lab, cable)
    lab.audit(cable.server)


@scenario(AUTOTUNING, Expected(AUTOTUNING, r':9000$'), never=but(RECEIVE + SEND, AUTOTUNING))
def autotuning_off_with_a_small_default(lab):
    """The same with a second value of 32 KiB, on IPv6, 60 ms, two streams by bbr"""
    cable = Cable(lab, delay=30, rate=20000, limit=500000)
    cable.server.sysctl('net.ipv4.tcp_moderate_rcvbuf', 0)
    cable.server.sysctl('net.ipv4.tcp_rmem', '4096 32768 16777216')
    transfer(lab, cable, family=6, port=9000, streams=2, congestion='bbr')
    lab.audit(cable.server)


@scenario('healthy', never=RECEIVE + SEND)
def autotuning_off_and_nothing_to_gain(lab):
    """tcp_moderate_rcvbuf=0, and a program that is sent 20 kB ten times a second"""
    cable = Cable(lab, delay=20, rate=50000, limit=500000)
    cable.server.sysctl('net.ipv4.tcp_moderate_rcvbuf', 0)
    transfer(lab, cable, chunk=20000, pause=0.1)
    lab.audit(cable.server)


@scenario(SCALING, Expected(SCALING, 'tcp_window_scaling', says='1 of 1', sets={'net.ipv4.tcp_window_scaling': '^1$'}, count=1),
          never=RECEIVE + SEND)
def window_scaling_off_at_the_receiver(lab):
    """tcp_window_scaling=0 where the data comes"""
    cable = Cable(lab, delay=50, rate=20000, limit=500000)
    cable.server.sysctl('net.ipv4.tcp_window_scaling', 0)
    transfer(lab, cable)
    lab.audit(cable.server)


@scenario(SCALING, Expected(SCALING, 'tcp_window_scaling', says='2 of 2'), never=RECEIVE + SEND)
def window_scaling_off_at_the_sender(lab):
    """tcp_window_scaling=0 where the data goes out, on IPv6"""
    cable = Cable(lab, delay=50, rate=20000, limit=500000)
    cable.client.sysctl('net.ipv4.tcp_window_scaling', 0)
    transfer(lab, cable, family=6, streams=2)
    lab.audit(cable.client)


@scenario(PEER, Expected(PEER, r'^10\.77\.0\.2:80$', says='no window scaling', count=1), never=(SCALING,) + RECEIVE + SEND)
def window_scaling_off_at_the_peer(lab):
    """The peer has tcp_window_scaling=0, not this host"""
    cable = Cable(lab, delay=50, rate=20000, limit=500000)
    cable.server.sysctl('net.ipv4.tcp_window_scaling', 0)
    transfer(lab, cable)
    lab.audit(cable.client)


@scenario(PEER, Expected(PEER, r'^\[fd77::2\]:80$', says='tt-sender', advice='receiver', count=1), never=RECEIVE + SEND)
def peer_with_a_small_window(lab):
    """The peer's tcp_rmem ends at 128 KiB, bbr, two streams on IPv6"""
    cable = Cable(lab, delay=60, rate=20000, limit=1000000)
    cable.server.sysctl('net.ipv4.tcp_rmem', '4096 65536 131072')
    transfer(lab, cable, family=6, streams=2, congestion='bbr')
    lab.audit(cable.client)


@scenario(READER, Expected(READER, r'^10\.77\.0\.2:80$', says='tt-reader', advice='larger buffer', count=1), never=RECEIVE)
def reads_200_kb_a_second(lab):
    """A program that reads 20 kB ten times a second"""
    cable = Cable(lab, delay=20, rate=50000, limit=500000)
    transfer(lab, cable, reader=(0, 0.1, 20000))
    lab.audit(cable.server)


@scenario(READER, Expected(READER, r'^\[fd77::2\]:25$', says='2 connection'), never=RECEIVE)
def does_not_read(lab):
    """A program that does not read what two peers send, IPv6"""
    cable = Cable(lab, delay=20, rate=50000, limit=500000)
    transfer(lab, cable, reader=(0, 0.0, 1, 60.0), family=6, port=25, streams=2)
    lab.audit(cable.server)


@scenario('healthy', never=RECEIVE + SEND + (READER, PRUNED))
def a_transfer_in_good_order(lab):
    """One stream fills a link of 6 Mbit/s; the receiver"""
    cable = Cable(lab, delay=20, rate=6000, limit=100000)
    transfer(lab, cable)
    lab.audit(cable.server)


@scenario(PRUNED, Expected(PRUNED, '', says='tiny', count=1), also=[OUT_OF_ORDER])
def tiny_segments_fill_so_rcvbuf(lab):
    """Tiny segments, some of them lost, to a program with SO_RCVBUF 2048"""
    tiny(lab, '0.0.0.0', 'address', 2048, '4096 131072 6291456')


@scenario(PRUNED, Expected(PRUNED, '', count=1), also=[OUT_OF_ORDER])
def tiny_segments_fill_tcp_rmem(lab):
    """The same on IPv6 with tcp_rmem that ends at 8 KiB"""
    tiny(lab, '::', 'address6', 0, '4096 8192 8192')


def tiny(lab, address, target, rcvbuf, tcp_rmem):
    cable = Cable(lab, delay=20, ba_loss=15)
    cable.server.sysctl('net.ipv4.tcp_rmem', tcp_rmem)
    cable.server.start(read_streams, address, 80, rcvbuf, name='tt-reader')
    cable.server.wait_listening(80)
    for _ in range(4):
        cable.client.start(send_tiny, (getattr(cable.server, target), 80), 40, 20.0, 'bbr')
    wait_until(lambda: cable.server.counters()['TcpExt.PruneCalled'] > 5, 15, 'the kernel prunes')
    lab.audit(cable.server, grows=['TcpExt.PruneCalled'])


# --- the sender

@scenario(TCP_WMEM, Expected(TCP_WMEM, r'^10\.77\.0\.2:80$', says='tt-sender.*64 KiB', advice='at once',
                             sets={'net.ipv4.tcp_wmem': 'keep keep >= *4194304'}, count=1),
          never=but(RECEIVE + SEND, TCP_WMEM))
def tcp_wmem_64_kib(lab):
    """tcp_wmem ends at 64 KiB, 100 ms, cubic"""
    cable = Cable(lab, delay=50, rate=20000, limit=500000)
    cable.client.sysctl('net.ipv4.tcp_wmem', '4096 16384 65536')
    transfer(lab, cable)
    lab.audit(cable.client)


@scenario(TCP_WMEM, Expected(TCP_WMEM, r'^\[fd77::2\]:443$', says='tt-sender'), never=but(RECEIVE + SEND, TCP_WMEM))
def tcp_wmem_of_two_streams(lab):
    """tcp_wmem ends at 130 KB, two streams on IPv6 by bbr, 120 ms"""
    cable = Cable(lab, delay=60, rate=30000, limit=1000000)
    cable.client.sysctl('net.ipv4.tcp_wmem', '4096 16384 130000')
    transfer(lab, cable, family=6, port=443, streams=2, warm=2.5, congestion='bbr')
    lab.audit(cable.client)


@scenario(SO_SNDBUF, Expected(SO_SNDBUF, r'^10\.77\.0\.2:80$', says='tt-sender.*32 KiB', advice='tcp_wmem has no', count=1),
          never=but(RECEIVE + SEND, SO_SNDBUF))
def so_sndbuf_32_kib(lab):
    """A program with SO_SNDBUF 32768, 100 ms"""
    cable = Cable(lab, delay=50, rate=20000, limit=500000)
    transfer(lab, cable, sndbuf=32768)
    lab.audit(cable.client)


@scenario(SO_SNDBUF, Expected(SO_SNDBUF, r'^\[fd77::2\]:8080$'), never=but(RECEIVE + SEND, SO_SNDBUF))
def so_sndbuf_50_kb(lab):
    """A program with SO_SNDBUF 50000, 100 ms, IPv6"""
    cable = Cable(lab, delay=50, rate=20000, limit=1000000)
    transfer(lab, cable, family=6, port=8080, sndbuf=50000, warm=2.5)
    lab.audit(cable.client)


@scenario('healthy', never=SEND + RECEIVE + (PEER,))
def the_program_sends_little(lab):
    """50 kB ten times a second, with a send buffer that suffices: the program is what limits"""
    cable = Cable(lab, delay=25, rate=20000, limit=1000000)
    transfer(lab, cable, chunk=50000, pause=0.1)
    lab.audit(cable.client)


@scenario('healthy', never=SEND + RECEIVE + (PEER,))
def the_link_limits_the_sender(lab):
    """One stream fills a link of 6 Mbit/s; the sender, with SO_SNDBUF of 1 MB"""
    cable = Cable(lab, delay=20, rate=6000, limit=100000)
    transfer(lab, cable, sndbuf=1000000)
    lab.audit(cable.client)


# --- UDP

def receive_datagrams(address, port, rcvbuf, pause):
    server = socket.socket(traffic.family_of(address), socket.SOCK_DGRAM)
    if rcvbuf:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    server.bind((address, port))
    while True:
        server.recv(2000)
        if pause:
            time.sleep(pause)


def send_datagrams(target, pause, seconds=40):
    client = socket.socket(traffic.family_of(target[0]), socket.SOCK_DGRAM)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            client.sendto(random.randbytes(1000), target)
        time.sleep(pause)


def datagrams(lab, address, target, port, rcvbuf, read_pause, send_pause, **audit):
    server, client = lab.pair()
    server.start(receive_datagrams, address, port, rcvbuf, read_pause, name='tt-resolver')
    time.sleep(0.3)
    client.start(send_datagrams, (getattr(server, target), port), send_pause)
    time.sleep(1)
    lab.audit(server, **audit)


@scenario(UDP, Expected(UDP, r'^0\.0\.0\.0:53$', says='tt-resolver', advice='rmem_max alone changes nothing', count=1))
def udp_program_too_slow(lab):
    """A program takes 50 datagrams a second of 500"""
    datagrams(lab, '0.0.0.0', 'address', 53, 20000, 0.02, 0.002, grows=['Udp.RcvbufErrors'])


@scenario(UDP, Expected(UDP, r'^\[::\]:443$', says='tt-resolver', count=1))
def udp_program_too_slow_ipv6(lab):
    """The same on IPv6 with the default buffer"""
    datagrams(lab, '::', 'address6', 443, 4096, 0.05, 0.001)


@scenario('healthy', never=[UDP])
def udp_program_keeps_up(lab):
    """500 datagrams a second, all taken"""
    datagrams(lab, '0.0.0.0', 'address', 53, 0, 0, 0.002, still=['Udp.RcvbufErrors'])


# --- silence

def hold_open(lab, keepalive):
    server, client = lab.pair()
    server.start(traffic.accept_promptly, '0.0.0.0', 5432, 128, name='tt-base')
    server.wait_listening(5432)
    with client.entered():
        held = lab.keep(traffic.open_and_hold([(server.address, 5432)], 5)[0])
    for one in held:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, keepalive)
    lab.must(established(client, 5432) == 5, 'five connections')
    return server, client


@scenario('healthy', never=[IDLE])
def silent_for_a_moment(lab):
    """Five connections without keep-alive that are silent for two seconds only"""
    server, _ = hold_open(lab, 0)
    lab.audit(server)

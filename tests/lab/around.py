"""What is around TCP: captures, descriptors, backlogs, neighbours, interfaces."""
import contextlib
import resource
import signal
import socket
import time

import traffic
from bench import shell, wait_until
from closing import open_from
from judge import Expected
from scenario import scenario

CAPTURE, FILES, STALLED = 'capture-drops', 'files-exhausted', 'accept-queue-stalled'
SOFTNET, NEIGHBOUR, INTERFACE = 'softnet-backlog-drops', 'neighbour-table-full', 'interface-receive-drops'
INVALID, OFFLOADS = 'conntrack-invalid', 'offloads-off'
ALL_PROTOCOLS = 3


def blast(target, size, per_second, seconds=40):
    """UDP packets to a port where nobody listens, or somebody."""
    client = socket.socket(traffic.family_of(target[0]), socket.SOCK_DGRAM)
    begin, sent = time.monotonic(), 0
    while time.monotonic() - begin < seconds:
        while sent < (time.monotonic() - begin) * per_second:
            with contextlib.suppress(OSError):
                client.sendto(b'x' * size, target)
            sent += 1
        time.sleep(0.002)


def capture(interface, buffer, pause=None, kind=socket.SOCK_RAW):
    """A packet socket; pause: seconds before each read, None: never reads."""
    packets = socket.socket(socket.AF_PACKET, kind, socket.htons(ALL_PROTOCOLS))
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    if interface:
        packets.bind((interface, ALL_PROTOCOLS))
    while pause is None:
        signal.pause()
    while True:
        time.sleep(pause)
        packets.recv(65536)


# --- captures

@scenario(CAPTURE, Expected(CAPTURE, '^tt-capture$', says='on lo and lost', advice='SO_RCVBUF', count=1))
def capture_that_does_not_read(lab):
    """A packet socket with a small buffer that nobody reads"""
    host = lab.namespace()
    host.start(capture, 'lo', 4096, name='tt-capture')
    host.start(blast, ('127.0.0.1', 9), 1000, 500)
    wait_until(lambda: host.read('packet').count('\n') > 1, 5, 'a packet socket')
    lab.audit(host)


@scenario(CAPTURE, Expected(CAPTURE, '^tt-slow$', says='all interfaces', count=1))
def capture_that_reads_slowly(lab):
    """A packet socket of all interfaces reads 50 packets a second of 1,000; audited inside"""
    server, client = lab.pair()
    server.start(capture, None, 20000, 0.02, socket.SOCK_DGRAM, name='tt-slow')
    client.start(blast, (server.address6, 9), 500, 1000)
    wait_until(lambda: server.read('packet').count('\n') > 1, 5, 'a packet socket')
    time.sleep(0.3)
    lab.audit(server, inside=True)


@scenario('healthy', tells={CAPTURE: r'tcpdump.* on lo into a ring of \d+'})
def tcpdump_with_a_ring(lab):
    """tcpdump, whose drops only tcpdump can see"""
    host = lab.namespace()
    null = open('/dev/null', 'w')
    host.popen(['tcpdump', '-i', 'lo', '-n', '-B', '16', '-w', '/dev/null'], stdout=null, stderr=null)
    host.start(blast, ('127.0.0.1', 9), 1000, 500)
    wait_until(lambda: host.read('packet').count('\n') > 1, 5, 'a packet socket')
    lab.audit(host)


@scenario('healthy', never=[CAPTURE])
def capture_that_keeps_up(lab):
    """A packet socket that reads all that comes"""
    host = lab.namespace()
    host.start(capture, 'lo', 2000000, 0.0)
    host.start(blast, ('127.0.0.1', 9), 1000, 300)
    wait_until(lambda: host.read('packet').count('\n') > 1, 5, 'a packet socket')
    lab.audit(host)


# --- descriptors

def accept_with_few_files(address, port, limit):
    """Takes connections and keeps them, until it may open no more files."""
    server, held = traffic.listen(address, port, 1024), []
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    while True:
        try:
            held.append(server.accept()[0])
        except OSError:
            time.sleep(0.05)


def run_out_of_files(lab, listen_on, target, limit, clients):
    server, client = lab.pair()
    server.start(accept_with_few_files, listen_on, 8080, limit, name='tt-poor')
    server.wait_listening(8080)
    open_from(lab, client, (getattr(server, target), 8080), clients)
    wait_until(lambda: server.sockets('ESTABLISHED') == clients, 5, '%d connections' % clients)
    return server


@scenario(FILES, Expected(FILES, r'^0\.0\.0\.0:8080$', says='tt-poor.*6\d of 64', advice='LimitNOFILE', count=1),
          Expected(STALLED, r'^0\.0\.0\.0:8080$', because=FILES, count=1))
def no_more_descriptors(lab):
    """A program may open 64 files, and 100 clients come"""
    server = run_out_of_files(lab, '0.0.0.0', 'address', 64, 100)
    wait_until(lambda: server.waiting(8080) > 20, 5, 'connections wait')
    lab.audit(server, still=['TcpExt.ListenOverflows'])


@scenario(FILES, Expected(FILES, r'^\[::\]:8080$', says='tt-poor.*20\d of 200', count=1),
          Expected(STALLED, r'^\[::\]:8080$', because=FILES, count=1))
def no_more_descriptors_ipv6(lab):
    """A program may open 200 files, and 220 clients come on IPv6; audited inside"""
    server = run_out_of_files(lab, '::', 'address6', 200, 220)
    lab.audit(server, inside=True)


@scenario('healthy', never=[FILES, STALLED])
def descriptors_left(lab):
    """A program may open 128 files and has 100 clients"""
    lab.audit(run_out_of_files(lab, '0.0.0.0', 'address', 128, 100))


@scenario(STALLED, Expected(STALLED, r'^0\.0\.0\.0:8080$', says='tt-hung', count=1), never=[FILES])
def stalled_with_descriptors_left(lab):
    """A program that hangs and has descriptors enough: another cause"""
    server, client = lab.pair()
    server.start(traffic.never_accept, '0.0.0.0', 8080, 1024, name='tt-hung')
    server.wait_listening(8080)
    open_from(lab, client, (server.address, 8080), 20)
    lab.audit(server)


# --- the way up

@scenario(SOFTNET, Expected(SOFTNET, 'netdev_max_backlog', says='backlog queue was full', advice='CPU',
                            sets={'net.core.netdev_max_backlog': '>= *4'}, count=1),
          Expected(INTERFACE, '^(lo|veth0)$', because=SOFTNET), alone=True)
def backlog_of_one(lab):
    """netdev_max_backlog=1 and bursts over a veth; the machine counts, whoever looks"""
    server, client = lab.pair()
    # packets of a flow go to a CPU of their own, which the sender does not wait for
    shell('ip netns exec %s sh -c "echo 3 > /sys/class/net/veth0/queues/rx-0/rps_cpus"' % server.name)
    for _ in range(3):
        client.start(blast, (server.address, 9), 100, 20000)
    time.sleep(0.3)

    def meanwhile():
        lowered = lab.set_global('net.core.netdev_max_backlog', 1, 2.5)
        time.sleep(1.3)
        lowered.restore()

    lab.audit(server, meanwhile=meanwhile)


@scenario(INTERFACE, Expected(INTERFACE, '^veth0$', says='dropped', advice='ethtool', count=1), never=[SOFTNET])
def packets_too_long(lab):
    """A cable whose ends disagree about the MTU: what is longer than this end's is dropped"""
    server, client = lab.pair()
    shell('ip -n %s link set veth0 mtu 9000' % client.name)
    client.start(blast, (server.address, 9), 3000, 500)
    time.sleep(0.2)
    lab.audit(server)


@scenario('healthy', never=[INTERFACE])
def few_packets_too_long(lab):
    """The same for one packet in 200"""
    server, client = lab.pair()
    shell('ip -n %s link set veth0 mtu 9000' % client.name)
    client.start(blast, (server.address, 9), 3000, 10)
    client.start(blast, (server.address, 9), 100, 2500)
    time.sleep(0.2)
    lab.audit(server)


@scenario(OFFLOADS, Expected(OFFLOADS, '^veth0$', says='TSO off, GSO off', advice='ethtool -K veth0 tso on gso on', count=1))
def segmentation_off(lab):
    """An interface without TSO and GSO that carries traffic"""
    server, client = lab.pair()
    shell('ip netns exec %s ethtool -K veth0 tso off gso off' % server.name)
    client.start(blast, (server.address, 9), 100, 300)
    lab.audit(server)


@scenario('healthy', never=[OFFLOADS])
def segmentation_off_without_traffic(lab):
    """The same on an interface that is not used"""
    server, _ = lab.pair()
    shell('ip netns exec %s ethtool -K veth0 tso off' % server.name)
    lab.audit(server)


@scenario(INVALID, Expected(INVALID, 'connection tracking', says='make sense of', count=1))
def packets_of_no_connection(lab):
    """Resets of connections that were never there reach a host that tracks connections"""
    server, client = lab.pair()
    nft = server.popen(['nft', 'add table inet tt; add chain inet tt i { type filter hook input priority 0; }; '
                        'add rule inet tt i ct state established accept'])
    lab.must(nft.wait() == 0, 'nft takes the rule')
    client.start(traffic.flood, server.address, 80, traffic.RST, 100)
    time.sleep(0.2)
    lab.audit(server, grows=['nf_conntrack.invalid'])


# --- neighbours

def fill_neighbours(addresses, seconds=20):
    end = time.monotonic() + seconds
    client = socket.socket(traffic.family_of(addresses[0]), socket.SOCK_DGRAM)
    while time.monotonic() < end:
        for address in addresses:
            with contextlib.suppress(OSError):
                client.sendto(b'x', (address, 9))
        time.sleep(0.2)


def neighbours(table):
    with open('/proc/net/stat/' + table) as file:
        return int(file.read().splitlines()[1].split()[0], 16)


def fill_table(lab, family, table, addresses):
    """The table is one for all namespaces, and the initial one tells of it."""
    _, client = lab.pair()
    key = 'net.%s.neigh.default.gc_thresh3' % family

    def meanwhile():
        lowered = lab.set_global(key, neighbours(table) + 5, 3)
        client.start(fill_neighbours, addresses)
        time.sleep(1)
        lowered.restore()

    lab.audit(None, meanwhile=meanwhile)


@scenario(NEIGHBOUR, Expected(NEIGHBOUR, 'IPv4', says='neighbour table is full', advice='gc_thresh3',
                              sets={'net.ipv4.neigh.default.gc_thresh3': '>= *4'}, count=1), alone=True, only_these=False)
def arp_table_full(lab):
    """More IPv4 neighbours than gc_thresh3 allows, made in a namespace, audited on the host"""
    fill_table(lab, 'ipv4', 'arp_cache', ['10.77.0.%d' % number for number in range(20, 250)])


@scenario(NEIGHBOUR, Expected(NEIGHBOUR, 'IPv6', says='neighbour table is full', count=1), alone=True, only_these=False)
def neighbour_table_full_ipv6(lab):
    """The same on IPv6"""
    fill_table(lab, 'ipv6', 'ndisc_cache', ['fd77::%x' % number for number in range(0x20, 0xf0)])

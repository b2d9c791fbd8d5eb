"""What packets meet on their way: loss, queues, reordering, duplicates, and what this host itself
does to them. The client sends to the server; the audit is of the side that can tell."""
import contextlib
import functools
import socket
import time

import traffic
from bench import shell, wait_until
from cable import Cable, established, read_streams, send_stream, send_tiny, transfer
from judge import Expected
from scenario import scenario as register

# A cable costs more than half of a CPU.
scenario = functools.partial(register, weight=2)

LOSS, SYN, BLOAT, REORDER, COPIES = 'path-loss', 'syn-loss', 'path-bufferbloat', 'path-reordering', 'path-duplicates'
SPURIOUS, PAWS, BEYOND, OFO = 'spurious-timeouts', 'paws-rejects', 'out-of-window', 'out-of-order-pruned'
HOLE, IDLE, SACK, LOCAL = 'mtu-black-hole', 'slow-start-after-idle', 'sack-off', 'local-queue-drops'
CORRUPT, RP_FILTER, NO_ROUTE = 'corrupted-segments', 'reverse-path-filter', 'no-route'
OFO_COUNTERS = ('TcpExt.OfoPruned', 'TcpExt.TCPOFODrop')
ALL = (LOSS, SYN, BLOAT, REORDER, COPIES, SPURIOUS, PAWS, BEYOND, OFO, HOLE, IDLE, SACK, LOCAL, CORRUPT, RP_FILTER,
       NO_ROUTE)


def but(*these):
    return [one for one in ALL if one not in these]


def nft(namespace, rules):
    process = namespace.popen(['nft', '-f', '-'], stdin=-1, stderr=-1)
    complaint = process.communicate(rules.replace(' }', '\n}').replace('{ ', '{\n').encode())[1]
    namespace.bench.must(process.returncode == 0, 'nft takes the rules: %s' % complaint)


# --- loss

@scenario(LOSS, Expected(LOSS, r'^10\.77\.0\.2:80$', says='tt-sender.*cubic', advice='No sysctl', count=1), never=but(LOSS, BLOAT))
def three_percent_lost(lab):
    """3 % of the packets are lost at random, 120 ms, four streams by cubic"""
    cable = Cable(lab, delay=60, rate=20000, limit=500000, ba_loss=3)
    transfer(lab, cable, streams=4, warm=2)
    lab.audit(cable.client, grows=['Tcp.RetransSegs'])


@scenario(LOSS, Expected(LOSS, r'^\[fd77::2\]:443$', says='tt-sender'), never=but(LOSS, BLOAT))
def five_streams_over_a_lossy_link(lab):
    """4 % lost, five streams on IPv6, 60 ms"""
    cable = Cable(lab, delay=30, rate=20000, limit=500000, ba_loss=4)
    transfer(lab, cable, family=6, port=443, streams=5)
    lab.audit(cable.client, grows=['Tcp.RetransSegs'])


@scenario(LOSS, Expected(LOSS, r'^10\.77\.0\.2:80$', says='tt-sender'), never=but(LOSS, LOCAL))
def behind_a_policer(lab):
    """A firewall of the receiver drops what is above 200 kB/s; two streams, 60 ms"""
    cable = Cable(lab, delay=30, rate=8000, limit=2000000)
    nft(cable.server, 'table inet tt { chain in { type filter hook input priority 0; tcp dport 80 '
                      'limit rate over 200 kbytes/second burst 20 kbytes drop; } }')
    transfer(lab, cable, streams=2, warm=2)
    lab.audit(cable.client, grows=['Tcp.RetransSegs'])


@scenario('healthy', never=but(BLOAT))
def a_little_loss(lab):
    """0.1 % lost, as on the internet, 40 ms"""
    cable = Cable(lab, delay=20, rate=6000, limit=100000, ba_loss=0.1)
    transfer(lab, cable)
    lab.audit(cable.client)


@scenario('healthy', never=but(BLOAT))
def a_queue_that_overflows_now_and_then(lab):
    """Three streams by cubic find the rate of a link of 6 Mbit/s the way TCP does"""
    cable = Cable(lab, delay=20, rate=6000, limit=100000)
    transfer(lab, cable, streams=3, warm=2)
    lab.audit(cable.client, grows=['Tcp.RetransSegs'])


@scenario('healthy', never=[LOSS])
def bbr_with_two_percent(lab):
    """2 % lost, which does not hold bbr back, 40 ms"""
    cable = Cable(lab, delay=20, rate=6000, limit=100000, ba_loss=2)
    transfer(lab, cable, congestion='bbr', warm=2)
    lab.audit(cable.client, grows=['Tcp.RetransSegs'])


@scenario('healthy', never=ALL, only_these=False)
def peers_that_are_gone(lab):
    """Ten connections with data under way, and the cable is cut: no loss on a path, but no path"""
    cable = Cable(lab, delay=5)
    cable.server.start(read_streams, '0.0.0.0', 80)
    cable.server.wait_listening(80)
    for _ in range(10):
        cable.client.start(send_stream, (cable.server.address, 80), 'cubic', 0, 5000, 0.05)
    wait_until(lambda: established(cable.client, 80) == 10, 10, 'ten connections')
    time.sleep(0.5)
    cable.set(loss=100)
    time.sleep(0.5)
    lab.audit(cable.client, grows=['Tcp.RetransSegs'])


# --- handshakes

def lose_syns(lab, percent, address, target, side, audited):
    """Connections one after the other while one in so many of the handshake's packets is lost."""
    server, client = lab.pair()
    server.start(traffic.accept_and_close if audited == 'server' else traffic.accept_promptly, address, 80, 4096)
    server.wait_listening(80)
    packets = 'tcp flags & (syn|ack) == ' + ('syn' if side == 'server' else '(syn|ack)')
    nft(server if side == 'server' else client,
        'table inet tt { chain in { type filter hook input priority 0; %s numgen random mod 100 < %d drop; } }'
        % (packets, percent))
    for _ in range(4):
        client.start(traffic.connect_in_bursts, (getattr(server, target), 80), 20, 0.02, 3.0)
    time.sleep(1.5)
    lab.audit(client if audited == 'client' else server, grows=['TcpExt.TCPSynRetrans'])


@scenario(SYN, Expected(SYN, '10.77.0.2:80|new connections', says='1, 3 or 7 s', count=1), never=but(SYN))
def syns_lost_seen_by_the_client(lab):
    """One SYN in ten does not arrive; the side that connects"""
    lose_syns(lab, 10, '0.0.0.0', 'address', 'server', 'client')


@scenario(SYN, Expected(SYN, 'new connections', count=1), never=but(SYN))
def syn_acks_lost_seen_by_the_server(lab):
    """One SYN-ACK in seven does not arrive, IPv6; the side that accepts"""
    lose_syns(lab, 15, '::', 'address6', 'client', 'server')


@scenario('healthy', never=[SYN, LOSS], only_these=False)
def a_destination_that_never_answers(lab):
    """Ten connects at a time to an address whose packets vanish, and healthy ones beside them"""
    server, client = lab.pair()
    server.start(traffic.accept_promptly, '0.0.0.0', 80, 4096)
    server.wait_listening(80)
    nft(server, 'table inet tt { chain in { type filter hook input priority 0; tcp dport 81 drop; } }')
    client.start(traffic.connect_in_bursts, (server.address, 81), 10, 0.1, 30.0)
    client.start(traffic.connect_in_bursts, (server.address, 80), 10, 0.1)
    time.sleep(1.5)
    lab.audit(client, grows=['TcpExt.TCPSynRetrans'])


# --- queues, order, copies

@scenario(BLOAT, Expected(BLOAT, r'^10\.77\.0\.2:80$', says='tt-sender.*cubic', advice='larger buffers', count=1),
          never=but(BLOAT))
def a_long_queue(lab):
    """A link of 5 Mbit/s with a long queue, 40 ms"""
    cable = Cable(lab, delay=20, rate=5000, limit=3000000)
    transfer(lab, cable, warm=2)
    lab.audit(cable.client, still=['Tcp.RetransSegs'])


@scenario(BLOAT, Expected(BLOAT, r'^\[fd77::2\]:80$'), never=but(BLOAT))
def two_streams_in_a_long_queue(lab):
    """Two streams on IPv6, 4 Mbit/s, 60 ms"""
    cable = Cable(lab, delay=30, rate=4000, limit=3000000)
    transfer(lab, cable, family=6, streams=2, warm=2.5)
    lab.audit(cable.client, still=['Tcp.RetransSegs'])


@scenario('healthy', never=ALL)
def a_long_way_is_no_queue(lab):
    """200 ms of round trip, and a link that is not full"""
    cable = Cable(lab, delay=100, rate=50000, limit=3000000)
    transfer(lab, cable, chunk=2000, pause=0.02)
    lab.audit(cable.client)


@scenario(REORDER, Expected(REORDER, r'^10\.77\.0\.2:80$', says='needless', count=1), never=but(REORDER, SPURIOUS, BLOAT))
def one_in_twelve_comes_late(lab):
    """8 % of the packets come 15 ms late, 20 ms"""
    cable = Cable(lab, delay=10, rate=6000, limit=200000, ba_reorder=8, late=15)
    transfer(lab, cable)
    lab.audit(cable.client, grows=['TcpExt.TCPSACKReorder'])


@scenario(REORDER, Expected(REORDER, r'^\[fd77::2\]:80$'), never=but(REORDER, SPURIOUS, BLOAT))
def many_come_late_ipv6(lab):
    """20 % come 8 ms late, IPv6, bbr"""
    cable = Cable(lab, delay=15, rate=6000, limit=200000, ba_reorder=20, late=8)
    transfer(lab, cable, family=6, congestion='bbr')
    lab.audit(cable.client, grows=['TcpExt.TCPSACKReorder'])


@scenario(COPIES, Expected(COPIES, r'^10\.77\.0\.2:80$', says='duplicates', count=1), never=but(COPIES, BLOAT))
def one_in_twelve_comes_twice(lab):
    """8 % of the packets come twice, 20 ms"""
    cable = Cable(lab, delay=10, rate=6000, limit=200000, ba_dup=8)
    transfer(lab, cable)
    lab.audit(cable.client, grows=['TcpExt.TCPDSACKRecv'])


@scenario(COPIES, Expected(COPIES, r'^\[fd77::2\]:80$'), never=but(COPIES, BLOAT))
def all_come_twice(lab):
    """All packets come twice, IPv6, bbr"""
    cable = Cable(lab, delay=20, rate=3000, limit=3000000, ba_dup=100)
    transfer(lab, cable, family=6, congestion='bbr')
    lab.audit(cable.client, grows=['TcpExt.TCPDSACKRecv'])


def stall_now_and_then(cable, seconds, delay, more):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        cable.set(ba_delay=delay + more)
        time.sleep(0.05)
        cable.set(ba_delay=delay)
        time.sleep(0.45)


@scenario(SPURIOUS, Expected(SPURIOUS, '', says='needless', count=1), never=but(SPURIOUS, REORDER, BLOAT))
def the_way_stalls(lab):
    """Twice a second the way takes 600 ms longer for a moment, eight streams"""
    stalls(lab, 4, 'address', 600, 10)


@scenario(SPURIOUS, Expected(SPURIOUS, ''), never=but(SPURIOUS, REORDER, BLOAT))
def the_way_stalls_ipv6(lab):
    """The same on IPv6 with 1 s"""
    stalls(lab, 6, 'address6', 1000, 25)


def stalls(lab, family, target, more, delay):
    cable = Cable(lab, delay=delay)
    transfer(lab, cable, family=family, streams=8, chunk=4000, pause=0.05)
    lab.audit(cable.client, meanwhile=lambda: stall_now_and_then(cable, 1.6, delay, more), grows=['TcpExt.TCPTimeouts'])


# --- what the receiver throws away

@scenario(PAWS, Expected(PAWS, 'timestamps', advice='clocks', count=1), never=but(PAWS, LOSS, OFO))
def timestamps_of_another_clock(lab):
    """6 % of the segments have a timestamp of long ago"""
    cable = Cable(lab, delay=15, rate=10000, limit=400000, ba_stale=6)
    transfer(lab, cable, streams=4)
    lab.audit(cable.server, grows=['TcpExt.PAWSEstab'])


@scenario(PAWS, Expected(PAWS, 'timestamps'), never=but(PAWS, LOSS, OFO))
def many_old_timestamps_ipv6(lab):
    """12 %, IPv6, six streams"""
    cable = Cable(lab, delay=15, rate=10000, limit=400000, ba_stale=12)
    transfer(lab, cable, family=6, streams=6)
    lab.audit(cable.server, grows=['TcpExt.PAWSEstab'])


@scenario('healthy', never=[PAWS, BEYOND, OFO])
def copies_that_come_late(lab):
    """5 % of the packets come a second time, 50 ms later: old timestamps, and an explanation"""
    cable = Cable(lab, delay=10, rate=6000, limit=200000, ba_dup=5, late=50)
    transfer(lab, cable)
    lab.audit(cable.server, grows=['TcpExt.PAWSEstab'])


@scenario(BEYOND, Expected(BEYOND, 'sequence', advice='window', count=1), never=but(BEYOND, LOSS))
def sequence_numbers_jump(lab):
    """5 % of the segments have a sequence number far ahead"""
    cable = Cable(lab, delay=15, rate=10000, limit=400000, ba_shift=5)
    transfer(lab, cable, streams=4)
    lab.audit(cable.server, grows=['TcpExt.BeyondWindow'])


@scenario(BEYOND, Expected(BEYOND, 'sequence'), never=but(BEYOND, LOSS))
def sequence_numbers_jump_ipv6(lab):
    """12 %, IPv6, six streams"""
    cable = Cable(lab, delay=15, rate=10000, limit=400000, ba_shift=12)
    transfer(lab, cable, family=6, streams=6)
    lab.audit(cable.server, grows=['TcpExt.BeyondWindow'])


@scenario(OFO, Expected(OFO, '', says='out of order', count=1), never=but(OFO))
def no_room_for_what_is_out_of_order(lab):
    """A third of tiny segments is lost, and the receiver has SO_RCVBUF 2048"""
    no_room(lab, 4, '0.0.0.0', 2048, '4096 131072 6291456')


@scenario(OFO, Expected(OFO, ''), never=but(OFO))
def no_room_in_tcp_rmem(lab):
    """The same on IPv6 with tcp_rmem that ends at 8 KiB"""
    no_room(lab, 6, '::', 0, '4096 8192 8192')


def no_room(lab, family, address, rcvbuf, tcp_rmem):
    cable = Cable(lab, delay=20, ba_loss=35)
    cable.server.sysctl('net.ipv4.tcp_rmem', tcp_rmem)
    cable.server.start(read_streams, address, 80, rcvbuf)
    cable.server.wait_listening(80)
    target = cable.server.address6 if family == 6 else cable.server.address
    for _ in range(6):
        cable.client.start(send_tiny, (target, 80), 40, 20.0, 'bbr')
    wait_until(lambda: sum(cable.server.counters()[name] for name in OFO_COUNTERS) > 10, 15, 'data is thrown away')
    lab.audit(cable.server)


@scenario(CORRUPT, Expected(CORRUPT, 'checksums', says='wrong checksum', count=1), never=but(CORRUPT))
def two_percent_corrupted(lab):
    """2 % of the segments are changed on the way; the receiver"""
    cable = Cable(lab, delay=15, rate=10000, limit=400000, ba_corrupt=2)
    transfer(lab, cable, streams=2)
    lab.audit(cable.server, grows=['Tcp.InCsumErrors'])


@scenario(CORRUPT, Expected(CORRUPT, 'checksums'), never=but(CORRUPT))
def ten_percent_corrupted_ipv6(lab):
    """10 %, IPv6, four streams"""
    cable = Cable(lab, delay=15, rate=10000, limit=400000, ba_corrupt=10)
    transfer(lab, cable, family=6, streams=4)
    lab.audit(cable.server, grows=['Tcp.InCsumErrors'])


# --- sizes and pauses

@scenario(HOLE, Expected(HOLE, r'^10\.77\.0\.2:80$', says='tt-sender', advice='ICMP', sets={'net.ipv4.tcp_mtu_probing': '1'}, count=1),
          never=but(HOLE, BLOAT))
def full_packets_vanish(lab):
    """Packets above 1400 bytes vanish without a word"""
    hole(lab, Cable(lab, delay=5, mtu=1400), 4)


@scenario(HOLE, Expected(HOLE, r'^\[fd77::2\]:80$'), never=but(HOLE, BLOAT))
def full_packets_vanish_ipv6(lab):
    """The same above 1300 bytes, IPv6, and three connections"""
    hole(lab, Cable(lab, delay=15, mtu=1300), 6, 3)


def hole(lab, cable, family, streams=1, **audit):
    transfer(lab, cable, family=family, streams=streams, warm=2.5)
    lab.audit(cable.client, **audit)


@scenario('healthy', never=[HOLE])
def mtu_probing_is_on(lab):
    """The same hole, and tcp_mtu_probing=1 finds the way"""
    cable = Cable(lab, delay=5, mtu=1400)
    cable.client.sysctl('net.ipv4.tcp_mtu_probing', 1)
    transfer(lab, cable, warm=5)
    lab.audit(cable.client)


@scenario(IDLE, Expected(IDLE, r'^10\.77\.0\.2:80$', says='cubic', sets={'net.ipv4.tcp_slow_start_after_idle': '0'}, count=1),
          never=but(IDLE))
def bursts_over_a_long_way(lab):
    """200 kB now and then over 60 ms, cubic"""
    # of two samples 2 s apart one falls into a pause: they are half a period apart
    cable = Cable(lab, delay=30, rate=50000, limit=2000000)
    transfer(lab, cable, chunk=200000, pause=1.05, warm=3)
    lab.audit(cable.client)


@scenario(IDLE, Expected(IDLE, r'^\[fd77::2\]:443$'), never=but(IDLE))
def bursts_by_reno_ipv6(lab):
    """120 kB over 60 ms, reno, IPv6"""
    cable = Cable(lab, delay=30, rate=50000, limit=2000000)
    transfer(lab, cable, family=6, port=443, chunk=120000, pause=1.1, warm=3, congestion='reno')
    lab.audit(cable.client)


@scenario('healthy', never=[IDLE])
def bursts_by_bbr(lab):
    """The same by bbr, which does not begin again"""
    cable = Cable(lab, delay=40, rate=50000, limit=2000000)
    transfer(lab, cable, chunk=200000, pause=1.05, warm=3, congestion='bbr')
    lab.audit(cable.client)


@scenario('healthy', never=[IDLE])
def bursts_without_slow_start(lab):
    """The same by cubic with tcp_slow_start_after_idle=0"""
    cable = Cable(lab, delay=40, rate=50000, limit=2000000)
    cable.client.sysctl('net.ipv4.tcp_slow_start_after_idle', 0)
    transfer(lab, cable, chunk=200000, pause=1.05, warm=3)
    lab.audit(cable.client)


@scenario(SACK, Expected(SACK, 'tcp_sack', advice='default', sets={'net.ipv4.tcp_sack': '^1$'}, count=1), also=[LOSS], never=but(SACK, LOSS, BLOAT))
def sack_off_and_loss(lab):
    """tcp_sack=0 at the sender, 4 % lost, three streams"""
    cable = Cable(lab, delay=15, rate=10000, limit=400000, ba_loss=4)
    cable.client.sysctl('net.ipv4.tcp_sack', 0)
    transfer(lab, cable, streams=3)
    lab.audit(cable.client, grows=['TcpExt.TCPRenoRecovery'])


@scenario(SACK, Expected(SACK, 'tcp_sack'), also=[LOSS], never=but(SACK, LOSS, BLOAT))
def sack_off_and_a_full_queue_ipv6(lab):
    """tcp_sack=0, three streams in a short queue, IPv6"""
    cable = Cable(lab, delay=10, rate=5000, limit=40000)
    cable.client.sysctl('net.ipv4.tcp_sack', 0)
    transfer(lab, cable, family=6, streams=3)
    lab.audit(cable.client, grows=['TcpExt.TCPRenoRecovery'])


@scenario('healthy', never=[SACK], also=[LOSS])
def the_peer_has_sack_off(lab):
    """tcp_sack=0 at the peer"""
    cable = Cable(lab, delay=15, rate=10000, limit=400000, ba_loss=3)
    cable.server.sysctl('net.ipv4.tcp_sack', 0)
    transfer(lab, cable, streams=3)
    lab.audit(cable.client, grows=['TcpExt.TCPRenoRecovery'])


# --- this host

@scenario(LOCAL, Expected(LOCAL, r'^veth0$', says='tbf', count=1), also=[LOSS], never=but(LOCAL, LOSS, BLOAT))
def a_rate_limit_with_a_short_queue(lab):
    """tbf at 8 Mbit/s with room for 20 kB, six streams by bbr"""
    server, client = lab.pair()
    shell('ip netns exec %s tc qdisc add dev veth0 root tbf rate 8mbit burst 8kb limit 20kb' % client.name)
    server.start(read_streams, '0.0.0.0', 80)
    server.wait_listening(80)
    for _ in range(6):
        client.start(send_stream, (server.address, 80), 'bbr')
    wait_until(lambda: established(client, 80) == 6, 10, 'six streams')
    time.sleep(1)
    lab.audit(client)


@scenario(LOCAL, Expected(LOCAL, 'retransmissions', says='could not be sent', advice='firewall', count=1), also=[LOSS],
          never=but(LOCAL, LOSS))
def a_firewall_drops_what_goes_out(lab):
    """What is lost is sent again, and a rule on the way out drops half of that; IPv6"""
    server, client = lab.pair()
    server.start(read_streams, '::', 80)
    server.wait_listening(80)
    nft(server, 'table inet tt { chain in { type filter hook input priority 0; tcp dport 80 meta length > 200 '
                'numgen random mod 100 < 10 drop; } }')
    nft(client, 'table inet tt { chain out { type filter hook output priority 0; tcp dport 80 meta length > 200 '
                'numgen random mod 100 < 50 drop; } }')
    for _ in range(6):
        client.start(send_stream, (server.address6, 80), 'cubic', 0, 3000, 0.01)
    wait_until(lambda: established(client, 80) == 6, 10, 'six streams')
    time.sleep(1)
    lab.audit(client, grows=['TcpExt.TCPRetransFail'])


def send_from(namespace, source, target, count, pause):
    """Datagrams with a source address that is not this host's."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for _ in range(count):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            client.setsockopt(socket.SOL_IP, 15, 1)  # IP_FREEBIND
            client.bind((source, 0))
            with contextlib.suppress(OSError):
                client.sendto(b'x', (target, 9))
            client.close()
        time.sleep(pause)


def asymmetric(lab, key):
    server, client = lab.pair()
    server.sysctl('net.ipv4.conf.%s.rp_filter' % key, 1)
    # else the server refuses even the question for its hardware address
    client.sysctl('net.ipv4.conf.all.arp_announce', 2)
    # answers to these would leave by another interface
    shell('ip -n {0} link add tt0 type veth peer name tt1 && ip -n {0} link set tt1 up && ip -n {0} addr add 10.88.0.2/24 dev tt0 && ip -n {0} link set tt0 up'
          .format(server.name))
    shell('ip -n {0} addr add 10.88.0.9/32 dev lo'.format(client.name))
    client.start(send_from, None, '10.88.0.9', server.address, 20, 0.1)
    time.sleep(0.5)
    return server


@scenario(RP_FILTER, Expected(RP_FILTER, 'rp_filter', says='strict.*all', advice='larger counts',
                              sets={'net.ipv4.conf.all.rp_filter': '2'}, count=1), never=but(RP_FILTER, NO_ROUTE))
def strict_on_all(lab):
    """conf.all.rp_filter=1, and packets come in where answers do not go out"""
    lab.audit(asymmetric(lab, 'all'), grows=['TcpExt.IPReversePathFilter'])


@scenario(RP_FILTER, Expected(RP_FILTER, 'rp_filter', says='veth0'), never=but(RP_FILTER, NO_ROUTE))
def strict_on_one_interface(lab):
    """conf.veth0.rp_filter=1"""
    lab.audit(asymmetric(lab, 'veth0'), grows=['TcpExt.IPReversePathFilter'])


@scenario('healthy', never=[RP_FILTER])
def loose_is_enough(lab):
    """The same packets, and rp_filter is 2"""
    server = asymmetric(lab, 'all')
    server.sysctl('net.ipv4.conf.all.rp_filter', 2)
    time.sleep(0.2)
    lab.audit(server, still=['TcpExt.IPReversePathFilter'])


@scenario(NO_ROUTE, Expected(NO_ROUTE, 'routes', advice='ip route', count=1), never=but(NO_ROUTE))
def no_default_route(lab):
    """A program connects to addresses beyond, and there is no default route"""
    host = lab.namespace()
    host.start(traffic.connect_in_bursts, ('198.51.100.7', 443), 10, 0.1)
    lab.audit(host, grows=['Ip.OutNoRoutes'])


@scenario(NO_ROUTE, Expected(NO_ROUTE, 'routes'), never=but(NO_ROUTE))
def datagrams_without_a_route(lab):
    """Datagrams to another network from a host with one interface"""
    _, client = lab.pair()
    client.start(send_from, None, client.address, '203.0.113.5', 5, 0.1)
    lab.audit(client, grows=['Ip.OutNoRoutes'])

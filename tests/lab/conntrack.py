"""The connection tracking table: full, nearly full, or not. nf_conntrack_max is one for the whole
machine: it is lowered for the time of one audit, and only namespaces with rules that ask for
tracking have a table at all."""
import traffic
from bench import wait_until
from judge import Expected
from scenario import scenario

FULL, NEAR, KEY = 'conntrack-full', 'conntrack-near-full', 'net.netfilter.nf_conntrack_max'
RULES = b'table inet tt {\n chain input {\n type filter hook input priority 0;\n ct state invalid drop\n }\n}\n'
MOST_SECONDS = 6


def tracked(lab, listen_on):
    """A server whose firewall tracks connections."""
    server, client = lab.pair()
    nft = server.popen(['nft', '-f', '-'], stdin=-1, stderr=-1)
    complaint = nft.communicate(RULES)[1]
    lab.must(nft.returncode == 0, 'nft takes the rules: %s' % complaint)
    server.start(traffic.accept_promptly, listen_on, 80, 4096)
    server.wait_listening(80)
    lab.must(entries(server) == 0, 'the table is empty')
    return server, client


def entries(namespace):
    return int(namespace.sysctl('net.netfilter.nf_conntrack_count'))


def audit_with_room_for(lab, server, most, **audit):
    lowered = lab.set_global(KEY, most, MOST_SECONDS)
    try:
        lab.audit(server, **audit)
    finally:
        lowered.restore()


@scenario(FULL, Expected(FULL, 'nf_conntrack_max', says='300 of 300', count=1,
                         sets={KEY: '>= *600', 'net.netfilter.nf_conntrack_buckets': '.'}),
          Expected(NEAR, 'nf_conntrack_max', because=FULL), alone=True)
def established_fill_it(lab):
    """300 open connections fill a table of 300, and clients keep coming"""
    server, client = tracked(lab, '0.0.0.0')
    with client.entered():
        lab.keep(traffic.open_and_hold([(server.address, 80)], 300)[0])
    wait_until(lambda: entries(server) == 300, 5, '300 entries')
    lowered = lab.set_global(KEY, 300, MOST_SECONDS)
    try:
        client.start(traffic.connect_in_bursts, (server.address, 80), 10, 0.2)
        wait_until(lambda: server.counters()['nf_conntrack.drop'] > 0, 3, 'packets are dropped')
        lab.audit(server, grows=['nf_conntrack.drop'], still=['TcpExt.ListenDrops'])
    finally:
        lowered.restore()


@scenario(FULL, Expected(FULL, 'nf_conntrack_max', count=1),
          Expected(NEAR, 'nf_conntrack_max', because=FULL), alone=True)
def closed_fill_it_ipv6(lab):
    """400 connections on IPv6 that are long closed fill a table of 400"""
    server, client = tracked(lab, '::')
    with client.entered():
        outcome = traffic.open_and_close([(server.address6, 80)], 400)
    lab.must(outcome['ok'] == 400, '400 connections')
    wait_until(lambda: server.sockets('ESTABLISHED') == 0, 5, 'all are closed')
    most = entries(server)
    lab.must(most >= 400, '400 entries')
    lowered = lab.set_global(KEY, most, MOST_SECONDS)
    try:
        client.start(traffic.connect_in_bursts, (server.address6, 80), 20, 0.2)
        lab.audit(server, grows=['nf_conntrack.drop'], still=['TcpExt.ListenDrops'], inside=True)
    finally:
        lowered.restore()


@scenario(NEAR, Expected(NEAR, 'nf_conntrack_max', says='190 of 200', sets={KEY: '>= *400'}, count=1), never=[FULL],
          alone=True)
def established_95_percent(lab):
    """190 open connections in a table of 200"""
    server, client = tracked(lab, '0.0.0.0')
    with client.entered():
        lab.keep(traffic.open_and_hold([(server.address, 80)], 190)[0])
    wait_until(lambda: entries(server) == 190, 5, '190 entries')
    audit_with_room_for(lab, server, 200, still=['nf_conntrack.drop'])


@scenario(NEAR, Expected(NEAR, 'nf_conntrack_max', count=1), never=[FULL], alone=True)
def closed_92_percent_ipv6(lab):
    """Closed connections on IPv6 hold 92 % of the table"""
    server, client = tracked(lab, '::')
    with client.entered():
        outcome = traffic.open_and_close([(server.address6, 80)], 460)
    lab.must(outcome['ok'] == 460 and 460 <= entries(server) <= 470, '460 entries: %d' % entries(server))
    audit_with_room_for(lab, server, 500, still=['nf_conntrack.drop'])


@scenario('healthy', never=[FULL, NEAR], alone=True)
def conntrack_85_percent(lab):
    """170 entries in a table of 200"""
    server, client = tracked(lab, '0.0.0.0')
    with client.entered():
        lab.keep(traffic.open_and_hold([(server.address, 80)], 170)[0])
    wait_until(lambda: entries(server) == 170, 5, '170 entries')
    audit_with_room_for(lab, server, 200)

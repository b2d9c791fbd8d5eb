"""A namespace with 10,000 sockets of all kinds, as tcptune and as ss see it."""
import collections
import re
import socket
import time

from probe import differences, evidence, run, tap
from situations import SS_STATES
import traffic
from bench import LoadFailed, shell, wait_until


def pairs(server, target, count):
    """count connections to a listener of this process: (client's end, server's end)."""
    made = []
    for _ in range(count):
        client = socket.socket(traffic.family_of(target[0]))
        client.connect(target)
        made.append((client, server.accept()[0]))
    return made


def fill_with_sockets(bench, crowd, other):
    """Sockets in every state that lasts, both families, IPv4 in IPv6 form, and shared ports."""
    keep = []
    crowd.sysctl('net.ipv4.ip_local_port_range', '20000 60999')
    crowd.sysctl('net.ipv4.tcp_tw_reuse', 0)
    with crowd.entered():
        v4 = [traffic.listen('127.0.0.1', 7000 + index, 4096) for index in range(10)]
        v6 = [traffic.listen('::1', 7100 + index, 512) for index in range(10)]
        dual, any4 = traffic.listen('::', 7200, 128), traffic.listen('0.0.0.0', 7300, 64)
        keep += [traffic.listen('0.0.0.0', 7400, 32, True) for _ in range(3)]
        # more than half full, the kernel would give up half-open connections early
        keep += [traffic.listen('0.0.0.0', 7600, 1024), traffic.listen('::', 7601, 1024)]
        keep += [traffic.listen('::1', 7700, 99)] + v4 + v6 + [dual, any4]
        for index in range(5):
            keep += pairs(v4[index], ('127.0.0.1', 7000 + index), 300)
            keep += pairs(v6[index], ('::1', 7100 + index), 200)
        keep += pairs(any4, ('::ffff:127.0.0.1', 7300), 500)
        keep += pairs(dual, ('127.0.0.1', 7200), 300)
        for index in range(5, 10):
            for client, server in pairs(v4[index], ('127.0.0.1', 7000 + index), 400) + \
                    pairs(v6[index], ('::1', 7100 + index), 40):
                client.close()
                server.close()
        for client, server in pairs(v4[0], ('127.0.0.1', 7000), 500):
            server.close()
            client.close()
        for client, server in pairs(v4[1], ('127.0.0.1', 7001), 300):
            client.shutdown(socket.SHUT_WR)
            keep += [client, server]
        for client, server in pairs(v6[1], ('::1', 7101), 200):
            client.close()
            keep.append(server)
        for index in range(20):
            client = socket.socket(socket.AF_INET6)
            client.connect(('::1', 7700))
            keep.append(client)
        for index in range(50):
            client = socket.socket()
            client.bind(('127.0.0.1', 10000 + index))
            client.connect(('127.0.0.1', 7002))
            keep += [client, v4[2].accept()[0]]
        for index in range(200):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(('198.18.0.%d' % (1 + index % 4), 9))
            keep.append(client)
    with other.entered():
        far = traffic.listen(other.address, 9000, 128)
    with crowd.entered():
        near = []
        for _ in range(50):
            client = socket.socket()
            client.connect((other.address, 9000))
            near.append((client, far.accept()[0]))
    for _, peer in near[25:]:
        peer.close()
    wait_until(lambda: crowd.sockets('CLOSE_WAIT') == 525, 5, '525 in CLOSE_WAIT')
    for address, port, count in ((crowd.address, 7600, 200), (crowd.address6, 7601, 100)):
        other.start(traffic.flood, address, port, traffic.SYN, 1000, 20, count)
        wait_until(lambda: crowd.sockets('SYN_RECV', local_port=port) >= 0.9 * count, 5, 'half-open connections')
    time.sleep(0.2)
    # the other end goes deaf, but not to ARP: what is closed now waits for answers
    shell("ip netns exec %s nft 'add table inet tt; "
          "add chain inet tt input { type filter hook input priority 0; policy drop; }'" % other.name)
    for client, _ in near:
        client.close()
    keep += [far] + [peer for _, peer in near]
    bench.keep([one for entry in keep for one in (entry if isinstance(entry, tuple) else (entry,))])


def as_ss_sees(namespace):
    """(family, state, local, local port, remote, remote port, queue, limit, is_timewait)"""
    status, out, complaints = run(['ss', '-Htano'], namespace)
    if status:
        raise LoadFailed('ss: %s' % complaints)
    rows = []
    for line in out.splitlines():
        state, receive, send, local, remote = line.split()[:5]
        ends = []
        for end in (local, remote):
            address, port = end.rsplit(':', 1)
            address = re.sub(r'%\w+', '', address.strip('[]'))
            if address.startswith('::ffff:'):
                address = address[7:]
            ends += ['::' if address == '*' else address, 0 if port == '*' else int(port)]
        rows.append(('6' if ':' in ends[0] else '4', SS_STATES[state], *ends, int(receive), int(send),
                     'timer:(timewait' in line))
    return sorted(rows)


def test_crowd(bench):
    crowd, other = bench.pair()
    fill_with_sockets(bench, crowd, other)
    for _ in range(5):
        before = as_ss_sees(crowd)
        states = evidence('SELECT family, state, sockets, timewait FROM tcp_state', crowd)
        destinations = evidence('SELECT family, source, address, port, sockets, established, time_wait, syn_sent, '
                                'outside, missed FROM destination', crowd)
        listeners = evidence('SELECT family, address, port, queue, queue_limit, waiting, syn_received, established, '
                             'time_wait FROM listener', crowd)
        closing = evidence('SELECT state, sum(sockets) FROM closing GROUP BY state', crowd)
        sources = evidence('SELECT family, address, sockets, ports FROM source_address', crowd)
        quick = quick_look(crowd)
        if before == as_ss_sees(crowd):
            break
    else:
        raise LoadFailed('the crowd does not keep still')
    tap.line('the crowd has 10,000 sockets in all lasting states', crowd_problems(before))
    compare_states(before, states, closing)
    inbound = {row[3] for row in before if row[1] == 'LISTEN'}
    compare_destinations([row for row in before if row[3] not in inbound and row[1] != 'CLOSE'], destinations, sources)
    compare_listeners(before, listeners)
    compare_quick(before, listeners, quick)


def quick_look(crowd):
    return (evidence("SELECT coalesce(family, 'both'), state, sockets, timewait FROM tcp_state", crowd, quick=True),
            evidence('SELECT family, address, port, queue, queue_limit, waiting, syn_received, established, time_wait '
                     'FROM listener', crowd, quick=True),
            evidence('SELECT count(*) FROM destination', crowd, quick=True))


def compare_quick(rows, whole, quick):
    """What waits is known by a filter in the kernel, the many by gauges, destinations not at all."""
    states, listeners, destinations = quick
    many = ('ESTABLISHED', 'TIME_WAIT')
    theirs = collections.Counter(('both' if row[1] in many else row[0], row[1]) for row in rows)
    tap.line('a quick look counts by state as ss does',
             differences('state', {(row[0], row[1]): int(row[2]) for row in states}, dict(theirs)))
    tap.line('a quick look sees the listeners and what waits in them, and no more',
             differences('listener', collections.Counter(tuple(row[:7]) for row in listeners),
                         collections.Counter(tuple(row[:7]) for row in whole))
             + (['connections are counted'] if any(row[7:] != ['NULL', 'NULL'] for row in listeners) else [])
             + (['nothing waits'] if all(row[5] == '0' for row in listeners) else [])
             + (['destinations are there'] if destinations != [['0']] else []))


def crowd_problems(rows):
    counts = collections.Counter((row[0], row[1]) for row in rows)
    least = {('4', 'ESTABLISHED'): 4500, ('6', 'ESTABLISHED'): 2000, ('4', 'TIME_WAIT'): 2400, ('6', 'TIME_WAIT'): 200,
             ('4', 'FIN_WAIT2'): 300, ('6', 'FIN_WAIT2'): 200, ('4', 'CLOSE_WAIT'): 300, ('4', 'SYN_SENT'): 200,
             ('4', 'SYN_RECV'): 180, ('6', 'SYN_RECV'): 90, ('4', 'LISTEN'): 14, ('6', 'LISTEN'): 13,
             ('4', 'FIN_WAIT1'): 20, ('4', 'LAST_ACK'): 20}
    return ['%s: %d' % (key, counts[key]) for key in least if counts[key] < least[key]] + \
        (['only %d sockets' % len(rows)] if len(rows) < 10000 else [])


def compare_states(rows, states, closing):
    theirs = {key: str(count) for key, count in collections.Counter(row[:2] for row in rows).items()}
    tap.line('counts by family and state are those of ss',
             differences('state', {(row[0], row[1]): row[2] for row in states}, theirs))
    mini = collections.Counter(row[:2] for row in rows if row[8])
    tap.line('sockets that only the kernel holds are those of ss with a timewait timer',
             differences('timewait', {(row[0], row[1]): row[3] for row in states if row[3] != '0'},
                         {key: str(count) for key, count in mini.items()})
             + (['no FIN_WAIT2 among them'] if not mini['6', 'FIN_WAIT2'] else []))
    theirs = collections.Counter(row[1] for row in rows if row[1] in
                                 ('CLOSE_WAIT', 'FIN_WAIT1', 'FIN_WAIT2', 'LAST_ACK', 'CLOSING'))
    tap.line('closing sockets are those of ss',
             differences('closing', {row[0]: int(row[1]) for row in closing}, dict(theirs)))


def compare_destinations(rows, destinations, sources):
    theirs, ports, totals = {}, {}, collections.Counter()
    for family, state, source, local_port, address, port, *_ in rows:
        counts = theirs.setdefault((family, source, address, str(port)), collections.Counter())
        if not 20000 <= local_port <= 60999:
            counts['outside'] += 1
            continue
        counts['sockets'] += 1
        counts[state] += 1
        totals[family, source] += 1
        ports.setdefault((family, source), set()).add(local_port)
    columns = ('sockets', 'ESTABLISHED', 'TIME_WAIT', 'SYN_SENT', 'outside', 'missed')
    tap.line('every destination has the sockets that ss shows (%d destinations)' % len(theirs),
             differences('destination', {tuple(row[:4]): tuple(map(int, row[4:])) for row in destinations},
                         {key: tuple(counts[column] for column in columns) for key, counts in theirs.items()})
             + (['too few'] if len(theirs) < 25 else []))
    tap.line('sockets and ports of every source address are those of ss',
             differences('source', {tuple(row[:2]): tuple(map(int, row[2:])) for row in sources},
                         {key: (totals[key], len(ports[key])) for key in totals}))


def compare_listeners(rows, listeners):
    """Every port here has listeners of one address only: rows of a port share its counts."""
    inbound = {port: collections.Counter() for port in {row[3] for row in rows if row[1] == 'LISTEN'}}
    for row in rows:
        if row[3] in inbound:
            inbound[row[3]][row[1]] += 1
    theirs = collections.Counter((row[0], row[2], row[3], row[6], row[7], inbound[row[3]]['SYN_RECV'],
                                  inbound[row[3]]['ESTABLISHED'], inbound[row[3]]['TIME_WAIT'])
                                 for row in rows if row[1] == 'LISTEN')
    ours = collections.Counter((row[0], row[1], *map(int, row[2:5] + row[6:])) for row in listeners)
    tap.line('listeners, their queues and connections are those of ss', differences('listener', ours, theirs))
    waiting = {row[2]: row[5] for row in listeners if row[5] != '0'}
    tap.line('20 connections wait, at the listener that does not accept', differences('port', waiting, {'7700': '20'}))

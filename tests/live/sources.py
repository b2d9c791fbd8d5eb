#!/usr/bin/env python3
"""Sources against oracles: what evidence_query sees in a namespace of our own, against what ss,
ip, tc, ethtool, dmesg and /proc say of the same. Each test compares counts that are not zero.

TCPTUNE_BUILD names the build folder; TAP comes out.
"""
import ctypes
import collections
import json
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('TCPTUNE_BUILD', os.path.join(ROOT, 'build', 'gcc'))
NEAR, FAR = 'ts%dx' % os.getpid(), 'ts%dy' % os.getpid()
TESTS = []
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
SOL_PACKET, PACKET_RX_RING = 263, 5
ETH_P_ALL = 3


class Skip(Exception):
    """Not here; the reason begins with 'kernel:' where the kernel lacks something."""


def test(function):
    TESTS.append(function)
    return function


def run(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            check=False, **options)
    if result.returncode:
        raise RuntimeError('%s: %s' % (' '.join(command), result.stderr.strip()))
    return result.stdout


def run_in(namespace, *command):
    return run('ip', 'netns', 'exec', namespace, *command)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


COMPARED = collections.Counter()  # values, by the test that compares them


def values(data):
    """How many numbers and texts there are in it."""
    if isinstance(data, dict):
        return sum(map(values, data.values()))
    if isinstance(data, (list, tuple, set)):
        return sum(map(values, data))
    return 1


def same(ours, theirs, what):
    COMPARED[COMPARED.test] += values(ours)
    if ours != theirs:
        raise AssertionError('%s: we say %r, the oracle %r' % (what, ours, theirs))


def positive(number, what):
    if not number or number <= 0:
        raise AssertionError('%s is %r: nothing was compared' % (what, number))
    return number


def unchanging(oracle, ours):
    """What we say and what the oracle says, while the oracle says the same before and after."""
    for _ in range(20):
        before = oracle()
        said = ours()
        if oracle() == before:
            return said, before
    raise AssertionError('the oracle does not stay the same')


# --- the program under test -----------------------------------------------------------------

class Query:
    """evidence_query, as the build made it or compiled here."""

    def __init__(self, folder):
        built = os.path.join(BUILD, 'tests', 'evidence_query')
        self.program = os.path.join(folder, 'evidence_query')
        if os.path.exists(built):
            shutil.copy(built, self.program)
            return
        run('cc', '-std=gnu17', '-D_GNU_SOURCE', '-I' + os.path.join(ROOT, 'src'), '-o', self.program,
            os.path.join(ROOT, 'tests', 'live', 'evidence_query.c'),
            os.path.join(BUILD, 'src', 'libtcptune.a'), '-lmnl', '-lsqlite3', '-liniparser', '-lm')

    def command(self, needs, statements, namespace):
        words = [self.program]
        for need in needs:
            words += ['-s', need]
        if namespace:
            words += ['-n', namespace]
        return words + list(statements)

    def __call__(self, needs, *statements, namespace=NEAR, prefix=()):
        """The rows of each statement, a dict a row."""
        out = run(*prefix, *self.command(needs, statements, namespace))
        answers = [json.loads(line) for line in out.splitlines()]
        return answers if len(statements) > 1 else answers[0]

    def source(self, need, name, **options):
        rows = self([need], "SELECT state, reason FROM source WHERE name = '%s'" % name, **options)
        return (rows[0]['state'], rows[0]['reason']) if rows else None


# --- programs under load, children in a namespace -------------------------------------------

class Child:
    """A function that runs in a child process in a namespace until it is stopped."""

    def __init__(self, function, namespace=NEAR, before=None):
        ready, done = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                if before:
                    before()
                enter(namespace)
                kept = function()
                os.write(done, b'1')
                while True:
                    signal.pause()
                    del kept
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(done)
        is_ready = os.read(ready, 1)
        os.close(ready)
        if not is_ready:
            raise RuntimeError('a program of the test did not start')

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def enter(namespace):
    with open('/run/netns/' + namespace, encoding='utf-8') as file:
        if LIBC.setns(file.fileno(), CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), 'setns')


def add_interface():
    """An interface with a dot in its name, of whatever kind this kernel has; the kind."""
    for kind in ('dummy', 'ifb', 'bridge'):
        try:
            run_in(NEAR, 'ip', 'link', 'add', 'td.5', 'type', kind)
            return kind
        except RuntimeError:
            continue
    raise RuntimeError('no kind of interface can be made')


def make_namespaces():
    """Two that are connected; the kind of the interface that leads nowhere."""
    for name in (NEAR, FAR):
        run('ip', 'netns', 'add', name)
        run_in(name, 'ip', 'link', 'set', 'lo', 'up')
    run_in(NEAR, 'ip', 'link', 'add', 'tv0', 'type', 'veth', 'peer', 'name', 'tv1', 'netns', FAR)
    kind = add_interface()
    for name, link, address in ((NEAR, 'tv0', '10.9.0.1/24'), (FAR, 'tv1', '10.9.0.2/24'),
                                (NEAR, 'td.5', '10.9.5.1/24')):
        run_in(name, 'ip', 'address', 'add', address, 'dev', link)
        run_in(name, 'ip', 'link', 'set', link, 'up')
    return kind


def remove_namespaces():
    for name in (NEAR, FAR):
        subprocess.run(['ip', 'netns', 'del', name], check=False, stderr=subprocess.DEVNULL)


# --- softnet, neighbours, files -------------------------------------------------------------

def softnet_sum(column):
    return sum(int(line.split()[column], 16) for line in read('/proc/net/softnet_stat').splitlines())


@test
def softnet_is_the_sum_of_the_file(query):
    before = softnet_sum(0)
    counters, rows = query(['softnet'], "SELECT sum(processed) AS n FROM softnet",
                           "SELECT count(*) AS n FROM softnet")
    after = softnet_sum(0)
    positive(before, 'packets processed')
    if not before <= counters[0]['n'] <= after:
        raise AssertionError('%d is not between %d and %d' % (counters[0]['n'], before, after))
    same(rows[0]['n'], len(read('/proc/net/softnet_stat').splitlines()), 'CPUs')


@test
def neighbours_are_those_of_the_file(query):
    for table in ('arp_cache', 'ndisc_cache'):
        rows, text = unchanging(lambda: read('/proc/net/stat/' + table),
                                lambda: query([], "SELECT name, value FROM counter", namespace=None))
        heading, *lines = (line.split() for line in text.splitlines())
        ours = {row['name']: row['value'] for row in rows}
        for column, name in enumerate(heading):
            numbers = [int(line[column], 16) for line in lines]
            same(ours['%s.%s' % (table, name)], numbers[0] if name == 'entries' else sum(numbers), name)
        positive(ours[table + '.allocs'], table + '.allocs')


@test
def a_namespace_has_no_neighbour_statistics(query):
    same(query.source('arp_cache.entries', 'arp_cache'),
         ('absent', "only the initial network namespace has 'stat/arp_cache'"), 'arp_cache')


@test
def open_files_are_those_of_the_file(query):
    rows = query(['file.used', 'file.max'], "SELECT name, value FROM counter ORDER BY name")
    used, _, most = (int(word) for word in read('/proc/sys/fs/file-nr').split())
    same(rows[0]['value'], most, 'file.max')
    if abs(positive(rows[1]['value'], 'file.used') - used) > max(200, used // 2):
        raise AssertionError('file.used: we say %d, the file %d' % (rows[1]['value'], used))


# --- UDP ------------------------------------------------------------------------------------

def udp_programs():
    """One that drops, one that is more than half full, both of IPv6 and IPv4; and idle ones."""
    kept = []
    for family, address in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
        for port, datagrams in ((5001, 400), (5002, 3), (5003, 0), (5004, 0)):
            receiver = socket.socket(family, socket.SOCK_DGRAM)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            receiver.bind((address, port))
            kept.append(receiver)
            sender = socket.socket(family, socket.SOCK_DGRAM)
            for _ in range(datagrams):
                sender.sendto(b'x' * 1000, (address, port))
            sender.close()
    return kept


def ss_sockets(*options):
    """Of each line of ss: local address and port, Recv-Q, skmem numbers, the rest."""
    found = []
    for line in run_in(NEAR, 'ss', '-H', '-n', '-a', '-m', '-p', '-e', '-O', *options).splitlines():
        words = line.split()
        memory = dict(re.findall(r'([a-z]+)(\d+)', re.search(r'skmem:\(([^)]*)\)', line)[1]))
        inode = re.search(r'ino:(\d+)', line)
        pid = re.search(r'pid=(\d+)', line)
        found.append({'words': words, 'memory': {name: int(n) for name, n in memory.items()},
                      'inode': int(inode[1]) if inode else 0, 'pid': int(pid[1]) if pid else None})
    return found


@test
def udp_sockets_are_those_of_ss(query):
    with Child(udp_programs) as child:
        rows = query(['udp_socket'], "SELECT * FROM udp_socket")
        theirs = ss_sockets('-u')
        same(sum(row['sockets'] for row in rows), positive(len(theirs), 'sockets'), 'UDP sockets')
        same(sum(row['drops'] for row in rows),
             positive(sum(s['memory']['d'] for s in theirs), 'drops'), 'drops')
        same(sum(row['queue'] for row in rows), sum(s['memory']['r'] for s in theirs), 'queues')
        trouble = [s for s in theirs
                   if s['memory']['d'] or 2 * s['memory']['r'] > s['memory']['rb']]
        ours = {(row['inode'], row['drops'], row['queue'], row['receive_buffer'], row['pid'], row['program'])
                for row in rows if row['address'] != '*'}
        same(ours, {(s['inode'], s['memory']['d'], s['memory']['r'], s['memory']['rb'], child.pid, 'python3')
                    for s in trouble}, 'sockets in trouble')
        same({(row['family'], row['port']) for row in rows if row['address'] != '*'},
             {(4, 5001), (4, 5002), (6, 5001), (6, 5002)}, 'families and ports')
        positive(len(ours), 'sockets in trouble')


# --- packet sockets -------------------------------------------------------------------------

RING_BLOCK, RING_BLOCKS = 65536, 4


def packet_programs():
    """One without a ring that drops, one bound to an interface, one with a ring."""
    enter_socket = lambda protocol: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, protocol)
    dropping = enter_socket(socket.htons(ETH_P_ALL))
    dropping.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    bound = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    bound.bind(('tv0', 0x88b5))
    ring = enter_socket(socket.htons(ETH_P_ALL))
    ring.setsockopt(SOL_PACKET, PACKET_RX_RING,
                    struct.pack('IIII', RING_BLOCK, RING_BLOCKS, 2048, RING_BLOCK // 2048 * RING_BLOCKS))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(300):
        sender.sendto(b'x' * 500, ('127.0.0.1', 9))
    return [dropping, bound, ring]


@test
def packet_sockets_are_those_of_ss(query):
    with Child(packet_programs) as child:
        rows, theirs = unchanging(lambda: ss_sockets('-0'),
                                  lambda: query(['capture'], "SELECT * FROM capture"))
        theirs = {s['inode']: s for s in theirs}
        same({row['inode'] for row in rows}, set(theirs), 'packet sockets')
        same(len(rows), 3, 'packet sockets')
        same({row['pid'] for row in rows}, {child.pid}, 'owner')
        for row in rows:
            memory = theirs[row['inode']]['memory']
            same((row['queue'], row['receive_buffer']), (memory['r'], memory['rb']), 'memory')
            if row['ring_bytes'] is None:
                same(row['drops'], memory['d'], 'drops')
        positive(max(row['drops'] or 0 for row in rows), 'drops')
        same([(row['ring_bytes'], row['ring_blocks'], row['drops']) for row in rows if row['ring_bytes']],
             [(RING_BLOCK * RING_BLOCKS, RING_BLOCKS, None)], 'the ring')
        same(sorted((row['type'], row['protocol'], row['interface']) for row in rows),
             [('dgram', 0x88b5, 'tv0'), ('raw', 3, '*'), ('raw', 3, '*')], 'what they take')


# --- interfaces -----------------------------------------------------------------------------

def unknown_frames():
    """Frames of a protocol that nobody takes: the other end counts them as dropped."""
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind(('tv1', 0))
    for _ in range(50):
        sender.send(b'\xff' * 6 + b'\x02\0\0\0\0\1' + b'\x88\xb6' + b'x' * 100)
    return sender


COLUMNS = (('rx', 'packets', 'rx_packets'), ('tx', 'packets', 'tx_packets'), ('rx', 'bytes', 'rx_bytes'),
           ('tx', 'bytes', 'tx_bytes'), ('rx', 'errors', 'rx_errors'), ('tx', 'errors', 'tx_errors'),
           ('rx', 'dropped', 'rx_dropped'), ('tx', 'dropped', 'tx_dropped'),
           ('rx', 'missed_errors', 'rx_missed'), ('rx', 'fifo_errors', 'rx_fifo'),
           ('rx', 'over_errors', 'rx_over'))


@test
def links_are_those_of_ip(query):
    with Child(unknown_frames, FAR):
        pass
    rows, theirs = unchanging(lambda: json.loads(run_in(NEAR, 'ip', '-j', '-d', '-s', '-s', 'link')),
                              lambda: query(['link'], "SELECT * FROM link"))
    theirs = {link['ifname']: link for link in theirs}
    same({row['name'] for row in rows}, set(theirs), 'interfaces')
    same(len(rows), 3, 'interfaces')
    for row in rows:
        link = theirs[row['name']]
        for direction, theirs_name, ours_name in COLUMNS:
            same(row[ours_name], link['stats64'][direction][theirs_name], row['name'] + ' ' + ours_name)
        same((row['number'], row['mtu'], row['qdisc']), (link['ifindex'], link['mtu'], link['qdisc']), row['name'])
        same(row['is_up'], 'UP' in link['flags'], row['name'])
        for size in ('gso_max_size', 'gso_max_segs', 'gro_max_size', 'tso_max_size'):
            if size in link:
                same(row[size], link[size], row['name'] + ' ' + size)
    kinds = {row['name']: row['kind'] for row in rows}
    same(kinds, {'lo': 'loopback', 'tv0': 'veth', 'td.5': query.other_kind}, 'kinds')
    positive({row['name']: row for row in rows}['tv0']['rx_dropped'], 'rx_dropped')


def flood():
    """More than the queue of the interface takes."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for port in (9, 10):
        for _ in range(200):
            try:
                sender.sendto(b'x' * 1000, ('10.9.0.2', port))
            except OSError:
                pass
    return sender


def tc_qdiscs():
    return json.loads(run_in(NEAR, 'tc', '-j', '-s', 'qdisc', 'show', 'dev', 'tv0'))


def compare_qdiscs(query):
    rows, theirs = unchanging(tc_qdiscs, lambda: query(['link'], "SELECT * FROM link WHERE name = 'tv0'"))
    row = rows[0]
    theirs = [q for q in theirs if q.get('kind') not in ('ingress', 'clsact')]
    root = [q for q in theirs if q.get('root')]
    below = [q for q in theirs if not q.get('root')]
    same(row['qdisc'], root[0]['kind'], 'kind')
    for name in ('drops', 'overlimits', 'backlog'):
        same(row['qdisc_' + name], root[0][name], 'qdisc_' + name)
        same(row['qdisc_child_' + name], sum(q[name] for q in below) if below else None,
             'qdisc_child_' + name)
    return row


@test
def a_queueing_discipline_is_that_of_tc(query):
    try:
        run_in(NEAR, 'tc', 'qdisc', 'add', 'dev', 'tv0', 'root', 'tbf', 'rate', '8kbit', 'burst', '1600',
               'limit', '5000')
    except RuntimeError as error:
        raise Skip('kernel: no tbf: %s' % error) from error
    try:
        with Child(flood):
            pass
        row = compare_qdiscs(query)
        positive(row['qdisc_drops'], 'drops')
        positive(row['qdisc_overlimits'], 'overlimits')
        positive(row['qdisc_backlog'], 'backlog')
    finally:
        run_in(NEAR, 'tc', 'qdisc', 'del', 'dev', 'tv0', 'root')


@test
def queueing_disciplines_below_the_root_are_summed(query):
    try:
        run_in(NEAR, 'tc', 'qdisc', 'add', 'dev', 'tv0', 'root', 'handle', '1:', 'tbf', 'rate', '8kbit', 'burst',
               '1600', 'limit', '5000')
        run_in(NEAR, 'tc', 'qdisc', 'add', 'dev', 'tv0', 'parent', '1:1', 'handle', '10:', 'pfifo', 'limit', '3')
    except RuntimeError as error:
        raise Skip('kernel: no tbf or pfifo: %s' % error) from error
    try:
        with Child(flood):
            pass
        row = compare_qdiscs(query)
        positive(row['qdisc_child_drops'], 'drops below the root')
        positive(row['qdisc_child_backlog'], 'backlog below the root')
    finally:
        run_in(NEAR, 'tc', 'qdisc', 'del', 'dev', 'tv0', 'root')


# --- offloads -------------------------------------------------------------------------------

FEATURES = (('tx-tcp-segmentation', 'tso'), ('generic-segmentation-offload', 'gso'),
            ('generic-receive-offload', 'gro'), ('large-receive-offload', 'lro'))


def compare_offloads(rows, ethtool):
    """ethtool: what to put in front of its options. How many features were compared."""
    count = 0
    for row in rows:
        said = dict(re.findall(r'^\s*([a-z0-9-]+): (.*)$', run(*ethtool, '-k', row['name']), re.M))
        for theirs, ours in FEATURES:
            state, _, fixed = said[theirs].partition(' ')
            same((row[ours], row[ours + '_fixed']), (int(state == 'on'), int('fixed' in fixed)),
                 '%s %s' % (row['name'], theirs))
            count += 1
    return count


@test
def offloads_are_those_of_ethtool(query):
    if not shutil.which('ethtool'):
        raise Skip('ethtool is not installed')
    run_in(NEAR, 'ethtool', '-K', 'tv0', 'tso', 'off', 'gro', 'on')
    rows = query(['offload'], "SELECT * FROM offload")
    same(len(rows), 3, 'interfaces')
    same(compare_offloads(rows, ('ip', 'netns', 'exec', NEAR, 'ethtool')), 12, 'features')
    mine = {row['name']: row for row in rows}['tv0']
    same((mine['tso'], mine['gro']), (0, 1), 'what was set')


@test
def rings_are_those_of_ethtool(query):
    if not shutil.which('ethtool'):
        raise Skip('ethtool is not installed')
    rows = query(['offload'], "SELECT * FROM offload", namespace=None)
    positive(compare_offloads(rows, ('ethtool',)), 'features')
    count = 0
    for row in rows:
        result = subprocess.run(['ethtool', '-g', row['name']], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, check=False)
        numbers = re.findall(r'^(RX|TX):\s+(\d+)$', result.stdout, re.M)
        if result.returncode or len(numbers) != 4:
            same((row['rx_ring'], row['rx_ring_max']), (None, None), row['name'])
            continue
        same([row['rx_ring_max'], row['tx_ring_max'], row['rx_ring'], row['tx_ring']],
             [int(number) for _, number in numbers], row['name'])
        count += 1
    if not count:
        raise Skip('kernel: no interface with rings')


# --- processes, control groups --------------------------------------------------------------

DESCRIPTORS, LIMIT = 60, 100


def stalled_program():
    """A listener that does not accept, with a connection that waits; 60 descriptors of 100."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    listener = socket.socket()
    listener.bind(('127.0.0.1', 8080))
    listener.listen(1)
    client = socket.socket()
    client.connect(('127.0.0.1', 8080))
    half = socket.create_connection(('127.0.0.1', 8080))
    files = [open('/dev/null', 'rb') for _ in range(DESCRIPTORS)]
    return [listener, client, half] + files


@test
def processes_are_those_of_proc(query):
    with Child(stalled_program) as child:
        rows = query(['process'], "SELECT * FROM process")
        same([(row['pid'], row['program'], row['descriptors'], row['descriptors_limit']) for row in rows],
             [(child.pid, 'python3', len(os.listdir('/proc/%d/fd' % child.pid)), LIMIT)], 'processes')
        positive(rows[0]['descriptors'] - DESCRIPTORS, 'descriptors')


@test
def without_a_listener_in_trouble_there_are_no_processes(query):
    same(query(['process'], "SELECT * FROM process"), [], 'processes')


def unified_root():
    for path in ('/sys/fs/cgroup', '/sys/fs/cgroup/unified'):
        if os.path.exists(path + '/cgroup.controllers') or os.path.exists(path + '/cgroup.procs') and \
                ' %s cgroup2 ' % path in read('/proc/mounts'):
            return path
    raise Skip('kernel: no unified control groups')


class Service:
    """A control group with the name of a service."""

    def __init__(self):
        self.name = NEAR + '.service'
        self.slice = os.path.join(unified_root(), NEAR + '.slice')
        self.path = os.path.join(self.slice, self.name)
        try:
            os.makedirs(self.path)
        except OSError as error:
            raise Skip('kernel: control groups cannot be made: %s' % error) from error

    def join(self):
        with open(self.path + '/cgroup.procs', 'w', encoding='utf-8') as file:
            file.write(str(os.getpid()))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for _ in range(50):
            try:
                os.rmdir(self.path)
                break
            except OSError:
                time.sleep(0.05)
        os.rmdir(self.slice)


def compare_service(rows, service):
    same([(row['service'], row['cgroup']) for row in rows],
         [(service.name, '/%s.slice/%s' % (NEAR, service.name))], 'control group')


def unprivileged():
    return ('nsenter', '--net=/run/netns/' + NEAR, 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups')


@test
def listeners_have_their_service(query):
    with Service() as service, Child(stalled_program, before=service.join):
        sql = "SELECT service, cgroup FROM listener WHERE queue > 0"
        compare_service(query(['listener'], sql), service)
        # who may not open a group by its number searches for it
        compare_service(query(['listener'], sql, namespace=None, prefix=unprivileged()), service)


def leaking_program():
    """Three connections that the other side has closed and this one keeps."""
    listener = socket.socket()
    listener.bind(('127.0.0.1', 8081))
    listener.listen(8)
    kept = [listener]
    for _ in range(3):
        client = socket.create_connection(('127.0.0.1', 8081))
        kept.append(listener.accept()[0])
        client.close()
    return kept


@test
def closing_sockets_have_their_service(query):
    with Service() as service, Child(leaking_program, before=service.join) as child:
        rows = query(['closing'], "SELECT * FROM closing WHERE state = 'CLOSE_WAIT'")
        compare_service(rows, service)
        same((rows[0]['sockets'], rows[0]['pid']), (3, child.pid), 'sockets and owner')


@test
def udp_sockets_have_their_service(query):
    with Service() as service, Child(udp_programs, before=service.join):
        rows = query(['udp_socket'], "SELECT DISTINCT service, cgroup FROM udp_socket WHERE address <> '*'")
        compare_service(rows, service)


@test
def who_may_not_look_is_told_so(query):
    with Child(stalled_program):
        sources = query(['process', 'udp_socket', 'capture', 'link', 'offload', 'softnet'],
                        "SELECT name, state, reason FROM source", namespace=None, prefix=unprivileged())
        states = {row['name']: (row['state'], row['reason']) for row in sources}
        same(states['process'], ('partial', 'the processes of 1 listeners are not known'), 'process')
        for name in ('tcp', 'udp', 'packet', 'link', 'ethtool', 'softnet_stat'):
            same(states[name], ('ok', None), name)


# --- the kernel's log -----------------------------------------------------------------------

def checksum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(source, port):
    """A SYN to 10.9.0.1, with its IP header."""
    addresses = socket.inet_aton(source) + socket.inet_aton('10.9.0.1')
    tcp = struct.pack('!HHIIBBHHH', 1024 + port % 1000, port, 1, 0, 5 << 4, 2, 65535, 0, 0)
    whole = checksum(addresses + struct.pack('!BBH', 0, socket.IPPROTO_TCP, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack('!H', whole) + tcp[18:]
    return struct.pack('!BBHHHBBH', 0x45, 0, 40, 0, 0, 64, socket.IPPROTO_TCP, 0) + addresses + tcp


def listening():
    listener = socket.socket()
    listener.bind(('10.9.0.1', 8082))
    listener.listen(1)
    return listener


def syn_flood():
    """From addresses that do not answer, to a listener with a small backlog."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for last in range(100, 200):
        sender.sendto(syn('10.9.0.%d' % last, 8082), ('10.9.0.1', 0))
    return sender


PATTERNS = {
    'syn-flood-cookies': r'possible SYN flooding on port .*Sending cookies',
    'syn-flood-drops': r'possible SYN flooding on port .*Dropping request',
    'orphans-too-many': r'too many (of )?orphaned sockets',
    'conntrack-full': r'table full(, dropping| in netns)',
    'neighbour-full': r'neighbou?r table overflow',
    'time-wait-overflow': r'time wait bucket table overflow',
    'tcp-out-of-memory': r'consider tuning tcp_mem|out of socket memory',
}


@test
def the_log_is_that_of_dmesg(query):
    if not os.access('/dev/kmsg', os.R_OK):
        raise Skip('kernel: no /dev/kmsg')
    with open('/dev/kmsg', 'w', encoding='utf-8') as log:
        log.write('TCP: too many orphaned sockets: said by a program, not by the kernel')
    for _ in range(8):
        with Child(listening), Child(syn_flood, FAR):
            pass
        if re.search(r'SYN flooding on port \S*8082', run('dmesg', '--kernel')):
            break
        time.sleep(1)  # the kernel says such things 10 times in 5 s
    else:
        raise Skip('kernel: it did not speak of the flood')
    rows, said = unchanging(lambda: run('dmesg', '--kernel'),
                            lambda: query(['log_line'], "SELECT * FROM log_line"))
    total = 0
    for what, pattern in PATTERNS.items():
        ours = sum(row['count'] for row in rows if row['what'] == what)
        same(ours, len(re.findall(pattern, said, re.I)), what)
        total += ours
    positive(total, 'lines')
    mine = [row for row in rows if str(row['subject']).endswith('8082')]
    positive(len(mine), 'lines on our port')
    times = re.findall(r'\[\s*([0-9.]+)\].*SYN flooding on port \S*8082', said)
    same(['%.6f' % mine[0]['first_seen'], '%.6f' % mine[0]['last_seen']], [times[0], times[-1]], 'times')


# --- sysctls of interfaces ------------------------------------------------------------------

def patterns_of(query, folder, family):
    """Keys of a folder of /proc/sys/net that evidence_query takes as patterns."""
    found = []
    for key in sorted(os.listdir(folder + '/default')):
        pattern = 'net.%s.*.%s' % (family, key)
        command = query.command([pattern], ['SELECT 1'], NEAR)
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0:
            found.append(pattern)
    return found


def values_of(pattern):
    """The values in the namespace, by the names of interfaces."""
    head, tail = pattern.split('.*.')
    script = 'cd /proc/sys/%s && grep -s . */%s' % (head.replace('.', '/'), tail)
    lines = subprocess.run(['ip', 'netns', 'exec', NEAR, 'sh', '-c', script], stdout=subprocess.PIPE,
                           text=True, check=False).stdout.splitlines()
    return {line.split('/', 1)[0]: line.split(':', 1)[1] for line in lines}


def compare_patterns(query, family):
    patterns = [p for p in patterns_of(query, '/proc/sys/net/' + family.replace('.', '/'), family)
                if not p.endswith('stable_secret')]
    rows = query(patterns, "SELECT * FROM interface_sysctl")
    count = 0
    for pattern in patterns:
        ours = {row['interface']: row['value'] for row in rows if row['pattern'] == pattern}
        theirs = values_of(pattern)
        same(ours, theirs, pattern)
        count += len(theirs)
    return len(patterns), count


@test
def interface_sysctls_are_those_of_proc(query):
    for line in ('ipv4.conf.tv0.rp_filter=2', 'ipv4.conf.all.arp_announce=2', 'ipv4.conf.tv0.forwarding=1',
                 'ipv4.conf.td/5.accept_local=1', 'ipv6.conf.tv0.accept_ra=2', 'ipv6.conf.td/5.hop_limit=33',
                 'ipv6.conf.tv0.router_solicitations=7', 'ipv4.conf.tv0.tag=-5'):
        run_in(NEAR, 'sysctl', '-q', '-w', 'net.' + line)
    sizes = {}
    for family in ('ipv4.conf', 'ipv6.conf', 'ipv4.neigh', 'ipv6.neigh'):
        sizes[family] = compare_patterns(query, family)
        positive(sizes[family][1] - 20, family)
    print('# keys and values compared: %s' % sizes)


# --- what nobody needs ----------------------------------------------------------------------

@test
def sources_that_nobody_needs_are_not_opened(query):
    if not shutil.which('strace'):
        raise Skip('strace is not installed')
    trace = subprocess.run(['strace', '-f', '-e', 'trace=open,openat,openat2,socket', query.program, '-s',
                            'Tcp.ActiveOpens', 'SELECT 1'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           text=True, check=False).stderr
    if 'snmp' not in trace:
        raise Skip('strace does not work here')
    for word in ('softnet', 'kmsg', 'cgroup', 'arp_cache', 'file-nr', 'AF_NETLINK'):
        if re.search(r'(open|socket).*' + word, trace):
            raise AssertionError('opens %s' % word)


def main():
    failures = 0
    print('1..%d' % len(TESTS), flush=True)
    if os.geteuid() != 0:
        for number, function in enumerate(TESTS, 1):
            print('ok %d - %s # SKIP needs root' % (number, function.__name__))
        return 0
    folder = tempfile.mkdtemp(prefix='tcptune-sources-')
    os.chmod(folder, 0o755)
    try:
        query = Query(folder)
        query.other_kind = make_namespaces()
        for number, function in enumerate(TESTS, 1):
            sentence = function.__name__.replace('_', ' ')
            COMPARED.test = sentence
            try:
                function(query)
                print('ok %d - %s' % (number, sentence), flush=True)
            except Skip as reason:
                print('ok %d - %s # SKIP %s' % (number, sentence, reason), flush=True)
            except Exception:
                failures += 1
                print('not ok %d - %s' % (number, sentence))
                print('# ' + traceback.format_exc().rstrip().replace('\n', '\n# '), flush=True)
    finally:
        remove_namespaces()
        shutil.rmtree(folder)
    print('# source and oracle: values compared')
    for sentence, count in COMPARED.items():
        print('# %-50s %5d' % (sentence, count))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())

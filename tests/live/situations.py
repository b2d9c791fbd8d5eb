#!/usr/bin/python3
"""46 recorded situations, audited from their files by `tcptune audit --root FIRST --root SECOND`.

Each folder of tests/fixtures/situations.tar.xz holds what a kernel (Linux 6.18) showed of one
network namespace at two moments, 2 s apart: 0/ and 1/ with proc/net, proc/sys, proc/uptime, the
answers of inet_diag in netlink/, and the first columns of what ss said at about that time in
ss.txt (its last line is "cut" where it is not complete). Needs no privilege and no network.

The program is the environment variable TCPTUNE, else build/src/tcptune; the unpacked folders
TCPTUNE_SITUATIONS, else they are unpacked; evidence_dump is where the program's build has it."""
import collections
import concurrent.futures
import contextlib
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + '/tests/lab')
from judge import CONTRACT  # noqa: E402

TCPTUNE = os.path.abspath(os.environ.get('TCPTUNE', ROOT + '/build/src/tcptune'))
EVIDENCE_DUMP = os.environ.get('EVIDENCE_DUMP', os.path.dirname(os.path.dirname(TCPTUNE)) + '/tests/evidence_dump')
ARCHIVE = ROOT + '/tests/fixtures/situations.tar.xz'

SHOP, CLIENT = '0.0.0.0:8080', '10.77.0.1 -> 10.77.0.2:80'
HOST = 'this host'
HARMLESS = ('time-wait-harmless', 'TIME_WAIT')
PEER, QUEUE = ('peer-receive-window', '10.77.0.2:80'), ('path-bufferbloat', '10.77.0.2:80')
# What must be found: ids of the contract and their subjects, nothing else of the contract.
SITUATIONS = {
    's01_accept_queue.app': [('accept-queue-program', SHOP)],
    's01_accept_queue.healthy': [],
    's01_accept_queue.nginx': [('accept-queue-program', SHOP), HARMLESS],
    's01_accept_queue.reuseport': [('accept-queue-stalled', SHOP)],
    's01_accept_queue.stalled': [('accept-queue-stalled', SHOP)],
    's01_accept_queue.sysctl': [('accept-queue-somaxconn', SHOP)],
    # one destination: nothing in a dump tells bind() before connect() from connect() alone
    's03_ephemeral.bind': [('ports-exhausted-time-wait', CLIENT)],
    's03_ephemeral.estab': [('ports-exhausted-established', CLIENT)],
    's03_ephemeral.loopback': [('ports-exhausted-time-wait', '127.0.0.1 -> 127.0.0.1:80')],
    's03_ephemeral.remote': [('ports-exhausted-time-wait', CLIENT)],
    's03_ephemeral.reserved': [('ports-exhausted-reserved', CLIENT)],
    's03_ephemeral.spread': [HARMLESS],
    's03_ephemeral.srvclose': [],
    's04_tw_buckets.many': [HARMLESS],
    's04_tw_buckets.overflow': [('time-wait-bucket-overflow', 'net.ipv4.tcp_max_tw_buckets')],
    's06_rst.clientrst': [('resets-by-peer', HOST)],
    's06_rst.closedport': [('resets-closed-port', HOST)],
    's06_rst.dataafterclose': [('resets-late-data', HOST)],
    's06_rst.few': [HARMLESS],
    's06_rst.keepalive': [],
    's06_rst.linger0': [('resets-linger', HOST)],
    's06_rst.linger2': [('resets-late-data', HOST)],
    's06_rst.overflow': [('accept-queue-program', '0.0.0.0:80'),
                         ('resets-abort-on-overflow', 'net.ipv4.tcp_abort_on_overflow')],
    's06_rst.reject': [],
    's06_rst.unread': [('resets-unread-data', HOST)],
    's06_rst.usertimeout': [],
    # recorded at the sender, which cannot tell why the receiver's window is small
    's08_window.applimited': [],
    's08_window.apprcv': [PEER],
    's08_window.appsnd': [('send-buffer-program', '10.77.0.2:80')],
    's08_window.clean': [QUEUE],
    's08_window.moderate': [PEER],
    's08_window.prune': [PEER],
    's08_window.rmem': [PEER],
    's08_window.rmemcwnd': [PEER],
    's08_window.rmemmax': [QUEUE],
    's08_window.rmemmaxapp': [PEER],
    's08_window.slowreader': [PEER],
    's08_window.wmem': [('send-buffer-tcp-wmem', '10.77.0.2:80')],
    's08_window.wscale': [PEER],
    's12_capture.ok': [],
    's12_capture.tiny': [],
    's30_controls.idle': [],
    's30_controls.nginx': [],
    's30_controls.nginxclose': [HARMLESS],
    's30_controls.wan': [],
    's30_controls.web': [],
}

# What was not recorded, and the rules that cannot tell without it.
NOT_RECORDED = ('arp_cache', 'ndisc_cache', 'file-nr', 'process', 'packet', 'link', 'ethtool', 'udp')
CANNOT_TELL = ('capture-drops', 'files-exhausted', 'neighbour-table-full', 'offloads-off', 'udp-receive-errors')

STATES = [None, 'ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT',
          'LAST_ACK', 'LISTEN', 'CLOSING']
SS_STATES = {'ESTAB': 'ESTABLISHED', 'SYN-SENT': 'SYN_SENT', 'SYN-RECV': 'SYN_RECV', 'FIN-WAIT-1': 'FIN_WAIT1',
             'FIN-WAIT-2': 'FIN_WAIT2', 'TIME-WAIT': 'TIME_WAIT', 'UNCONN': 'CLOSE', 'CLOSE-WAIT': 'CLOSE_WAIT',
             'LAST-ACK': 'LAST_ACK', 'LISTEN': 'LISTEN', 'CLOSING': 'CLOSING'}
SOCK_DIAG_BY_FAMILY = 20


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr.strip()


def audit_problems(folder, expected):
    status, out, complaints = run([TCPTUNE, 'audit', '--root', folder + '/0', '--root', folder + '/1',
                                   '--format', 'json'])
    if status not in (0, 1) or complaints:
        return ['exit status %d: %s' % (status, complaints)]
    report = json.loads(out)
    findings = [one for one in report['findings'] if one['id'] in CONTRACT]
    found = sorted((one['id'], one['subject']) for one in findings)
    problems = []
    if found != sorted(expected):
        problems.append('found %s' % found)
    problems += ['%s says %s' % (one['id'], one['says']) for one in findings if problems]
    for one in findings:
        if (one['severity'], one['remedy']) != CONTRACT[one['id']][:2] or one['is_history']:
            problems.append('%s is %s, %s, history: %s' % (one['id'], one['severity'], one['remedy'],
                                                          one['is_history']))
    if report['window']['kind'] != 'interval' or not 1.9 < report['window']['seconds'] < 2.5:
        problems.append('window is %s' % report['window'])
    problems += ['source %s is %s: %s' % (one['name'], one['state'], one['reason'])
                 for one in report['sources'] if one['state'] != 'ok' and one['name'] not in NOT_RECORDED]
    problems += ['%s cannot tell: %s' % (one['id'], one['reason'])
                 for one in report['cannot_tell'] if one['id'] in CONTRACT and one['id'] not in CANNOT_TELL]
    loud = any(one['severity'] != 'info' for one in report['findings'])
    if status != int(loud):
        problems.append('exit status %d' % status)
    return problems


def recorded_sockets(folder):
    """What inet_diag answered: (family, state, local, local port, remote, remote port)."""
    for name in ('tcp4.nl', 'tcp6.nl'):
        with open('%s/netlink/%s' % (folder, name), 'rb') as file:
            data = file.read()
        while len(data) >= 16:
            length, kind = struct.unpack_from('=IH', data)
            if kind == SOCK_DIAG_BY_FAMILY:
                family, state = struct.unpack_from('=BB', data, 16)
                local_port, remote_port = struct.unpack_from('!HH', data, 20)
                ends = []
                for at in (24, 40):
                    raw = data[at:at + 16]
                    if family == socket.AF_INET6 and raw[:12] != bytes(10) + b'\xff\xff':
                        ends.append((6, socket.inet_ntop(socket.AF_INET6, raw)))
                    else:
                        raw = raw[12:] if family == socket.AF_INET6 else raw[:4]
                        ends.append((4, socket.inet_ntop(socket.AF_INET, raw)))
                yield ends[0][0], STATES[state], ends[0][1], local_port, ends[1][1], remote_port
            data = data[(length + 3) & ~3:]


def evidence(folder, sql):
    status, out, complaints = run([EVIDENCE_DUMP, '--root', folder, sql])
    if status or complaints:
        raise RuntimeError('evidence_dump: exit status %d: %s' % (status, complaints))
    return [tuple(line.split('\t')) for line in out.splitlines()]


def count_problems(folder):
    """Compare states and destinations with the recorded answers, and states with ss."""
    sockets = list(recorded_sockets(folder))
    problems = []
    states = collections.Counter((str(one[0]), one[1]) for one in sockets)
    rows = evidence(folder, "SELECT 'state', family, state, sockets, NULL FROM tcp_state UNION ALL "
                            'SELECT family, source, address, port, sockets FROM destination WHERE sockets > 0')
    counted = {(row[1], row[2]): int(row[3]) for row in rows if row[0] == 'state'}
    if counted != dict(states):
        problems.append('states: %s, recorded are %s' % (counted, dict(states)))
    with open(folder + '/proc/sys/net/ipv4/ip_local_port_range') as file:
        low, high = map(int, file.read().split())
    inbound = {one[3] for one in sockets if one[1] == 'LISTEN'}
    destinations = collections.Counter((str(one[0]), one[2], one[4], str(one[5])) for one in sockets
                                       if one[3] not in inbound and low <= one[3] <= high and one[1] != 'CLOSE')
    counted = {row[:4]: int(row[4]) for row in rows if row[0] != 'state'}
    if counted != dict(destinations):
        problems.append('destinations: %s, recorded are %s' % (counted, dict(destinations)))
    return problems + ss_problems(folder, states)


def ss_problems(folder, states):
    """ss ran a moment before or after: where sockets come and go, it saw a few more or less."""
    with open(folder + '/ss.txt') as file:
        lines = file.read().splitlines()
    if lines[-1:] == ['cut']:
        return []
    seen = collections.Counter(SS_STATES[line.split()[0]] for line in lines if line)
    by_state = collections.Counter()
    for (_, state), count in states.items():
        by_state[state] += count
    return ['%s: %d, ss saw %d' % (state, by_state[state], seen[state]) for state in set(seen) | set(by_state)
            if abs(by_state[state] - seen[state]) > max(15, 0.04 * seen[state])]


@contextlib.contextmanager
def unpacked():
    if 'TCPTUNE_SITUATIONS' in os.environ:
        yield os.environ['TCPTUNE_SITUATIONS']
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['tar', '-xJf', ARCHIVE, '-C', folder], check=True)
        yield folder


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def line(self, sentence, problems):
        self.count += 1
        self.failed += bool(problems)
        print('%sok %d - %s' % ('not ' if problems else '', self.count, sentence))
        for problem in problems:
            print('# ' + re.sub(r'\s+', ' ', problem))


def lacks_programs():
    """Say so and be true when the programs under test are not built."""
    missing = [path for path in (TCPTUNE, EVIDENCE_DUMP) if not os.access(path, os.X_OK)]
    if missing:
        print('Bail out! no program at %s' % ', '.join(missing))
    return bool(missing)


def main():
    if lacks_programs():
        return 1
    tap = Tap()
    with unpacked() as folder:
        names = sorted(name for name in os.listdir(folder) if os.path.isdir(folder + '/' + name))
        tap.line('the archive holds the situations of the table',
                 ['only in one: %s' % name for name in sorted(set(names) ^ set(SITUATIONS))])
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            audits = pool.map(lambda name: audit_problems(folder + '/' + name, SITUATIONS.get(name, [])), names)
            counts = pool.map(lambda name: count_problems('%s/%s/0' % (folder, name))
                              + count_problems('%s/%s/1' % (folder, name)), names)
            for name, problems in zip(names, audits):
                tap.line('%s: %s' % (name, ', '.join(id for id, _ in SITUATIONS.get(name, [])) or 'silence'), problems)
            for name, problems in zip(names, counts):
                tap.line('%s: counts are those of inet_diag and ss' % name, problems)
    print('1..%d' % tap.count)
    return int(tap.failed > 0)


if __name__ == '__main__':
    sys.exit(main())

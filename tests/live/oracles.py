#!/usr/bin/python3
"""tcptune against other programs' view of the same kernel: ss, nstat, sysctl; and against users
and files that are not as one would wish.

Root only: everything happens in network namespaces of its own. The program is the environment
variable TCPTUNE, else build/src/tcptune; evidence_dump is where the program's build has it."""
import collections
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [ROOT + '/tests/lab', ROOT + '/tests/live']
import traffic  # noqa: E402
from bench import Bench, LoadFailed, shell, wait_until  # noqa: E402
from situations import EVIDENCE_DUMP, SS_STATES, TCPTUNE, Tap, unpacked  # noqa: E402

AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
SO_NETNS_COOKIE = 71
MOST_SECONDS = 10
tap = Tap()


def run(command, namespace=None, seconds=MOST_SECONDS):
    """Exit status, stdout and stderr; in a namespace if one is given. A status of words: it hung."""
    popen = namespace.popen if namespace else subprocess.Popen
    process = popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        out, complaints = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return 'no end after %g s' % seconds, '', ''
    return process.returncode, out.decode(errors='replace'), complaints.decode(errors='replace').strip()


def evidence(sql, namespace=None, keys=(), root=None):
    command = [EVIDENCE_DUMP] + (['--root', root] if root else [])
    for key in keys:
        command += ['--key', key]
    status, out, complaints = run(command + [sql], namespace)
    if status or complaints:
        raise RuntimeError('evidence_dump: %s: %s' % (status, complaints))
    return [line.split('\t') for line in out.splitlines()]


def audit(arguments, namespace=None, user=(), **options):
    return run([*user, TCPTUNE, 'audit', '--format', 'json', *arguments], namespace, **options)


def differences(name, ours, theirs):
    """Problems of two mappings that should be equal."""
    return ['%s %s: %s, should be %s' % (name, key, ours.get(key), theirs.get(key))
            for key in sorted(set(ours) | set(theirs), key=str) if ours.get(key) != theirs.get(key)][:20]


# --- a: ten thousand sockets

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
        keep += [traffic.listen('0.0.0.0', 7600, 256), traffic.listen('::', 7601, 256), traffic.listen('::1', 7700, 99)]
        keep += v4 + v6 + [dual, any4]
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
        other.start(traffic.flood, address, port, traffic.SYN, 1000, count / 1000)
        wait_until(lambda: crowd.sockets('SYN_RECV', local_port=port) >= 0.9 * count, 5, 'half-open connections')
    time.sleep(0.2)
    # the cable is cut: what is closed now waits for answers
    shell('ip -n %s link set veth0 down' % other.name)
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
        if before == as_ss_sees(crowd):
            break
    else:
        raise LoadFailed('the crowd does not keep still')
    tap.line('the crowd has 10,000 sockets in all lasting states', crowd_problems(before))
    compare_states(before, states, closing)
    inbound = {row[3] for row in before if row[1] == 'LISTEN'}
    compare_destinations([row for row in before if row[3] not in inbound and row[1] != 'CLOSE'], destinations, sources)
    compare_listeners(before, listeners)


def crowd_problems(rows):
    counts = collections.Counter((row[0], row[1]) for row in rows)
    least = {('4', 'ESTABLISHED'): 4500, ('6', 'ESTABLISHED'): 2000, ('4', 'TIME_WAIT'): 2400, ('6', 'TIME_WAIT'): 200,
             ('4', 'FIN_WAIT2'): 300, ('6', 'FIN_WAIT2'): 200, ('4', 'CLOSE_WAIT'): 300, ('4', 'SYN_SENT'): 50,
             ('4', 'SYN_RECV'): 50, ('6', 'SYN_RECV'): 30, ('4', 'LISTEN'): 14, ('6', 'LISTEN'): 13,
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


# --- b: counters

def test_counters(bench):
    quiet, other = bench.pair()
    quiet.start(traffic.accept_promptly, '::', 80, 128)
    quiet.wait_listening(80)
    with other.entered():
        traffic.open_and_close([(quiet.address, 80), (quiet.address6, 80), (quiet.address, 81)], 90)
    for _ in range(8):
        time.sleep(0.5)
        before, files = nstat(quiet), (quiet.counters(), quiet.read('sockstat'), quiet.read('sockstat6'))
        ours = {row[0]: int(row[1]) for row in evidence('SELECT name, value FROM counter', quiet)}
        if before == nstat(quiet):
            break
    else:
        raise LoadFailed('the counters do not keep still')
    # nstat leaves out what is no counter: that is compared with the files themselves
    settings = {name: value for name, value in ours.items() if name in files[0] and nstat_name(name) not in before
                and nstat_name(name)}
    tap.line('gauges and settings in snmp are read right (%s)' % ', '.join(sorted(settings)),
             differences('value', settings, {name: files[0][name] for name in settings})
             + ([] if set(settings) <= SETTINGS and settings else ['others than %s' % sorted(SETTINGS)]))
    names = {name: nstat_name(name) for name in ours if nstat_name(name) and name not in settings}
    tap.line('counters are those of nstat (%d of them)' % len(names),
             differences('counter', {names[name]: ours[name] for name in names},
                         {name: before.get(name) for name in names.values()})
             + (['too few'] if len(names) < 350 else [])
             + (['nothing happened'] if ours['Tcp.PassiveOpens'] < 60 else []))
    missing = sorted(set(before) - set(names.values()))
    tap.line('no counter of nstat is missing', ['%s is not known' % name for name in missing])
    theirs = sockstat(files[1], 'sockstat') | sockstat(files[2], 'sockstat6')
    machine_wide = ('sockstat.TCP.mem', 'sockstat.TCP.alloc', 'sockstat.TCP.orphan', 'sockstat.sockets.used')
    tap.line('sockstat is read right (%d values)' % len(theirs),
             differences('value', {name: ours[name] for name in ours if name.startswith('sockstat')
                                   and name not in machine_wide},
                         {name: value for name, value in theirs.items() if name not in machine_wide})
             + (['too few'] if len(theirs) < 15 else []))
    theirs = {name: value for name, value in files[0].items() if name.startswith('nf_conntrack.')}
    tap.line('statistics of conntrack are read right',
             differences('value', {name: ours.get(name) for name in theirs if name in ours},
                         {name: value for name, value in theirs.items() if name in ours})
             + (['too few'] if len([name for name in theirs if name in ours]) < 5 else []))


SETTINGS = {'Ip.DefaultTTL', 'Ip.Forwarding', 'Tcp.CurrEstab', 'Tcp.MaxConn', 'Tcp.RtoAlgorithm', 'Tcp.RtoMax',
            'Tcp.RtoMin'}


def nstat(namespace):
    status, out, complaints = run(['nstat', '-asz'], namespace)
    if status:
        raise LoadFailed('nstat: %s' % complaints)
    return {line.split()[0]: int(line.split()[1]) for line in out.splitlines() if not line.startswith('#')}


def nstat_name(name):
    """"TcpExt.ListenDrops" is TcpExtListenDrops there; None: nstat does not read that file."""
    prefix, rest = name.split('.', 1)
    if prefix == 'snmp6':
        return rest
    known = ('Ip', 'Icmp', 'IcmpMsg', 'Tcp', 'Udp', 'UdpLite', 'TcpExt', 'IpExt', 'MPTcpExt')
    return prefix + rest if prefix in known else None


def sockstat(text, prefix):
    found = {}
    for line in text.splitlines():
        protocol, words = line.split(':')[0], line.split()[1:]
        for key, value in zip(words[::2], words[1::2]):
            found['%s.%s.%s' % (prefix, protocol, key)] = int(value)
    return found


# --- c: sysctls

def existing_keys():
    """Keys of the catalog that exist in this namespace, families with all their members: key -> is hidden."""
    found = {}
    for line in run([EVIDENCE_DUMP, '--keys'])[1].splitlines():
        name, is_secret, is_write_only = line.split('\t')
        for path in glob.glob('/proc/sys/' + name.replace('.', '/')):
            if os.path.isfile(path):
                found[path[len('/proc/sys/'):].replace('/', '.')] = is_secret == '1' or is_write_only == '1'
    return found


def sysctl_values(keys, namespace):
    """As sysctl(8) prints them; values of several lines come as several lines of one key."""
    found = collections.defaultdict(list)
    for line in run(['sysctl', '--', *keys], namespace)[1].splitlines():
        key, _, value = line.partition(' =')
        found[key].append(value.strip())
    return {key: ' '.join(' '.join(lines).split()) for key, lines in found.items()}


def test_sysctls(bench):
    child = bench.namespace()
    for name, namespace, least in (('the initial namespace', None, 300), ('a namespace of its own', child, 150)):
        if namespace:
            with namespace.entered():
                keys = existing_keys()
        else:
            keys = existing_keys()
        shown = [key for key in keys if not keys[key]]
        before = sysctl_values(shown, namespace)
        rows = evidence('SELECT key, value, reason FROM sysctl', namespace, keys)
        after = sysctl_values(shown, namespace)
        ours = {key: ' '.join(value.split()) for key, value, reason in rows if reason == 'NULL'}
        # some tell of the moment: those that moved may have either value
        moved = {key for key in shown if before.get(key) != after.get(key)}
        tap.line('sysctls of %s are those of sysctl(8) (%d keys, %d moved)' % (name, len(shown), len(moved)),
                 differences('key', {key: ours.get(key) for key in shown if key not in moved},
                             {key: before.get(key) for key in shown if key not in moved})
                 + ['%s has no value' % key for key in moved if key not in ours]
                 + (['too few'] if len(shown) < least or len(moved) > 10 else []))
        hidden = [key for key in keys if keys[key]]
        told = {key: (value, reason) for key, value, reason in rows}
        tap.line('secrets of %s stay secret (%d keys)' % (name, len(hidden)),
                 ['%s: %s' % (key, told.get(key)) for key in hidden
                  if told.get(key) not in (('NULL', 'secret'), ('NULL', 'write-only'))]
                 + (['there are none'] if not hidden else []))


# --- d: users, namespaces, exit status

def schema_problems(out):
    """Against docs/audit.schema.json; a missing validator is a failure."""
    try:
        import jsonschema
    except ImportError:
        return ['python3-jsonschema is missing']
    with open(ROOT + '/docs/audit.schema.json') as file:
        schema = json.load(file)
    try:
        report = json.loads(out)
    except ValueError as error:
        return ['no JSON: %s: %r' % (error, out[:200])]
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return ['%s: %s' % ('/'.join(map(str, error.absolute_path)), error.message[:200])
            for error in validator.iter_errors(report)][:5]


def check_audit(sentence, arguments, namespace=None, user=(), status=None, more=lambda report: ()):
    """One audit whose JSON must be valid. status: which exit status, None for what its findings call for."""
    got, out, complaints = audit(arguments, namespace, user)
    problems = schema_problems(out)
    if complaints:
        problems.append('complains: ' + complaints)
    report = {} if problems else json.loads(out)
    if report:
        loud = any(one['severity'] != 'info' and not one['waived'] for one in report['findings'])
        differs = any(one['verdict'] == 'differs' for one in report['profile'])
        if got != (int(loud or differs) if status is None else status):
            problems.append('exit status %s' % got)
        problems += more(report)
    tap.line(sentence, problems)
    return report


def test_users(bench):
    empty = bench.namespace('e')
    with empty.entered(), socket.socket() as one:
        cookie = str(int.from_bytes(one.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8), sys.byteorder))

    def is_empty(report):
        if report['kernel']['netns_cookie'] != cookie or report['kernel']['is_init_netns']:
            yield 'looked at %s, not at %s' % (report['kernel'], cookie)
        if report['findings'] or any(one['state'] != 'ok' for one in report['sources']):
            yield 'found %s, %s' % (report['findings'], report['sources'])

    def is_initial(report):
        if not report['kernel']['is_init_netns'] or report['kernel']['netns_cookie'] == cookie:
            yield 'looked at %s' % report['kernel']

    for user, name in (((), 'root'), (AS_NOBODY, 'nobody')):
        check_audit('%s in the initial namespace: valid JSON' % name, [], None, user, more=is_initial)
        check_audit('%s in the initial namespace with --interval and --profile' % name,
                    ['--interval', '150ms', '--profile', 'server'], None, user,
                    more=lambda report: list(is_initial(report)) + ([] if report['profile'] else ['no profile']))
        check_audit('%s inside an empty namespace: nothing to say' % name, [], empty, user, more=is_empty)
    for spec in (empty.name, 'pid:%d' % empty.anchor.pid, empty.path):
        check_audit('root, --netns as %s' % re.sub(r'\d+', 'N', spec), ['--netns', spec], more=is_empty)
    status, out, complaints = audit(['--netns', empty.name], None, AS_NOBODY)
    tap.line('nobody may not enter a namespace by name: exit status 3, and it says why',
             [] if status == 3 and not out and empty.name in complaints else ['%s %r' % (status, complaints)])
    test_what_nobody_cannot_read(bench)
    test_exit_status(bench, empty)


def test_what_nobody_cannot_read(bench):
    folder = bench.folder('profile')
    os.chmod(folder, 0o755)
    key = 'net.core.bpf_jit_harden'
    with open(folder + '/secret.ini', 'w') as file:
        file.write('[profile]\nsummary = a key that only root may read\n[sysctl]\n%s = 1\n[reason]\n%s = a test\n'
                   % (key, key))

    def names_the_key(report):
        verdict = {one['key']: one['verdict'] for one in report['profile']}
        if verdict != {key: 'unreadable'}:
            yield 'profile: %s' % verdict
        reasons = [one for one in report['sources'] if one['name'] == 'sysctl']
        if [one['state'] for one in reasons] != ['partial'] or key not in (reasons[0]['reason'] or ''):
            yield 'source: %s' % reasons

    check_audit('nobody: a key that may not be read is named', ['--profile', folder + '/secret.ini'], None, AS_NOBODY,
                more=names_the_key)
    hung = bench.namespace('h')
    hung.start(traffic.never_accept, '127.0.0.1', 8080, 2, name='tt-hung')
    hung.wait_listening(8080)
    with hung.entered():
        bench.keep(traffic.open_and_hold([('127.0.0.1', 8080)], 3)[0])
    time.sleep(1.8)

    def names(known):
        def check(report):
            found = {one['id']: one for one in report['findings']}
            if 'accept-queue-stalled' not in found:
                yield 'found %s' % list(found)
                return
            one = found['accept-queue-stalled']
            if ('tt-hung' in one['says']) != known or (one['evidence']['pid'] is not None) != known:
                yield 'says %s, pid %s' % (one['says'], one['evidence']['pid'])
            told = [row for row in report['sources'] if row['state'] == 'partial'
                    and re.search('program|process', row['reason'] or '')]
            if bool(told) == known:
                yield 'sources: %s' % report['sources']
        return check

    check_audit('root: the program behind a full queue is named', [], hung, (), 1, more=names(True))
    check_audit("nobody: the finding is there, its program is unknown, and a source says so", [], hung, AS_NOBODY, 1,
                more=names(False))
    for level, status in (('critical', 0), ('warning', 1), ('info', 1), ('never', 0)):
        check_audit('a warning and --fail-on %s: exit status %d' % (level, status), ['--fail-on', level], hung, (),
                    status)


def test_exit_status(bench, empty):
    forced = bench.namespace('f')
    forced.sysctl('net.ipv4.tcp_syncookies', 2)
    for level, status in (('warning', 0), ('info', 1)):
        check_audit('an info and --fail-on %s: exit status %d' % (level, status), ['--fail-on', level], forced, (),
                    status, lambda report: [] if report['findings'] else ['no finding'])
    wrong = [(['--bogus'], 'bogus'), (['--interval', 'soon'], 'soon'), (['--interval', '1ms'], '1ms'),
             (['--format', 'xml'], 'xml'), (['--fail-on', 'red'], 'red'), (['--profile', 'no-such'], 'no-such'),
             (['stray'], 'stray'), (['--interval', '1s', '--root', '/proc'], 'root'),
             (['--root', '/nonexistent'], '/nonexistent')]
    for arguments, word in wrong:
        status, out, complaints = audit(arguments)
        tap.line('audit %s: exit status 2, one line about it' % ' '.join(arguments),
                 [] if status == 2 and not out and word in complaints and '\n' not in complaints
                 else ['%s %r' % (status, complaints)])


# --- e: namespaces that are none

def test_bad_namespaces(bench):
    for spec in ('tt-nope', '/nonexistent/net', 'pid:99999999', 'pid:abc', 'pid:', 'pid:-1', 'pid:0', '', '../net',
                 '/etc/passwd', '/dev/null', '/', 'x' * 5000, 'a\nb', 'pid:99999999999999999999'):
        begin = time.monotonic()
        status, out, complaints = audit(['--netns', spec])
        shown = spec if len(spec) < 40 else spec[:10] + '...'
        tap.line('--netns %r: exit status 2 or 3 and a clear message' % shown,
                 [] if status in (2, 3) and not out and complaints.startswith('tcptune: ') and 'namespace' in complaints
                 and '\n' not in complaints and len(complaints) < 6000 and time.monotonic() - begin < 5
                 else ['%s %r' % (status, complaints[:300])])


# --- f: torn files

FILES = {'snmp': 'snmp', 'netstat': 'netstat', 'sockstat': 'sockstat', 'protocols': 'protocols',
         'stat/nf_conntrack': 'nf_conntrack'}
NETLINK = ('tcp4.nl', 'tcp6.nl')


def without_values(text):
    """Lines of numbers have lost all but their first two words."""
    return b'\n'.join(line if index == 0 else b' '.join(line.split()[:2])
                      for index, line in enumerate(text.split(b'\n')))


def huge_number(text):
    """A number of every line but the first does not fit into 64 bits: behind "inuse" in sockstat,
    in the fourth column elsewhere."""
    pattern = rb'^(\w+: inuse )\d+' if b'inuse' in text else rb'^(\s*(?:\S+\s+){3})\S+'
    return b'\n'.join(re.sub(pattern, rb'\g<1>99999999999999999999999999', line) if index else line
                      for index, line in enumerate(text.split(b'\n')))


# name: what it does to the bytes of a file, and the state that the source must have
DAMAGES = {
    'empty': (lambda text: b'', 'partial unreadable'),
    'cut in the middle of a line': (lambda text: text[:len(text) // 3], 'partial unreadable'),
    'one byte': (lambda text: text[:1], 'partial unreadable'),
    'NUL bytes in the middle': (lambda text: text[:40] + bytes(64) + text[40:], 'partial unreadable'),
    'NUL bytes only': (lambda text: bytes(4096), 'partial unreadable'),
    'a number too large': (huge_number, 'partial unreadable'),
    'values missing': (without_values, 'partial unreadable'),
    'a line of 10 MB': (lambda text: text[:60] + b'7' * 10000000 + text[60:], 'partial unreadable'),
    'a million short lines': (lambda text: text + b'x\n' * 1000000, 'ok partial unreadable'),
    'noise': (lambda text: bytes((index * 197 + 13) & 255 for index in range(5000)), 'partial unreadable'),
}


def replay(folder, sentence, source=None, states=''):
    """An audit of a folder, and what it must say of a source."""
    status, out, complaints = audit(['--root', folder], seconds=4)
    problems = []
    if status not in (0, 1):
        problems.append('exit status %s: %s' % (status, complaints[:300]))
    elif complaints:
        problems.append('complains: ' + complaints[:300])
    if not problems:
        problems = schema_problems(out)
    if not problems and source:
        rows = [one for one in json.loads(out)['sources'] if one['name'] == source]
        if len(rows) != 1 or rows[0]['state'] not in states.split():
            problems.append('source: %s' % rows)
        elif rows[0]['state'] != 'ok' and not rows[0]['reason']:
            problems.append('no reason: %s' % rows)
    tap.line(sentence, problems)


def test_torn_files(bench):
    with unpacked() as situations:
        folder = bench.folder('torn')
        shutil.copytree(situations + '/s30_controls.web/0', folder + '/root')
        root = folder + '/root'
        replay(root, 'the folder is fine before it is damaged', 'netstat', 'ok')
        for name, source in FILES.items():
            path = '%s/proc/net/%s' % (root, name)
            damage_one(root, path, name, source, DAMAGES)
        for name in NETLINK:
            path = '%s/netlink/%s' % (root, name)
            damage_netlink(root, path, name, situations)
        for key in ('net.ipv4.ip_local_port_range', 'net.core.somaxconn', 'net.ipv4.ip_local_reserved_ports',
                    'net.ipv4.tcp_tw_reuse', 'net.netfilter.nf_conntrack_max'):
            path = '%s/proc/sys/%s' % (root, key.replace('.', '/'))
            damage_one(root, path, key, 'sysctl',
                       {name: (damage, 'ok partial unreadable') for name, (damage, _) in DAMAGES.items()
                        if 'lines' not in name and 'missing' not in name and 'large' not in name}
                       | {'huge numbers': (lambda text: b'9' * 30 + b'\n', 'ok partial unreadable'),
                          'negative': (lambda text: b'-1 -5\n', 'ok partial unreadable')})
        shutil.rmtree(root + '/netlink')
        replay(root, 'no netlink folder: the source tcp is absent', 'tcp', 'absent unreadable')
        shutil.rmtree(root + '/proc/sys')
        replay(root, 'no proc/sys: its source is absent', 'sysctl', 'absent')
        shutil.rmtree(root + '/proc/net')
        status, out, complaints = audit(['--root', root])
        tap.line('no proc/net: this is no folder of dumps, exit status 2',
                 [] if status == 2 and not out and root in complaints else ['%s %r' % (status, complaints)])


def damage_one(root, path, name, source, damages):
    with open(path, 'rb') as file:
        text = file.read()
    for what, (damage, states) in damages.items():
        os.unlink(path)
        with open(path, 'wb') as file:
            file.write(damage(text))
        replay(root, '%s: %s' % (name, what), source, states)
    os.unlink(path)
    # how many entries conntrack has stands elsewhere, so that the source is there in part
    missing = {'sysctl': 'ok', 'nf_conntrack': 'partial'}
    replay(root, '%s: missing' % name, source, missing.get(source, 'absent'))
    os.mkdir(path)
    replay(root, '%s: a folder' % name, source, 'unreadable partial' if source != 'sysctl' else 'ok partial unreadable')
    os.rmdir(path)
    os.symlink('/etc/shadow', path)
    replay(root, '%s: a link to another file' % name, source,
           'unreadable absent partial' if source != 'sysctl' else 'ok partial unreadable')
    os.unlink(path)
    os.mkfifo(path)
    replay(root, '%s: a pipe that nobody writes to' % name, source,
           'unreadable absent partial' if source != 'sysctl' else 'ok partial unreadable')
    os.unlink(path)
    with open(path, 'wb') as file:
        file.write(text)


def damage_netlink(root, path, name, situations):
    with open('%s/s03_ephemeral.estab/0/netlink/tcp4.nl' % situations, 'rb') as file:
        text = file.read()
    damages = {
        'cut in a message': (lambda data: data[:len(data) // 2 + 7], 'partial unreadable'),
        'cut in the first header': (lambda data: data[:9], 'partial unreadable'),
        'noise': (lambda data: bytes((index * 197 + 13) & 255 for index in range(5000)), 'partial unreadable'),
        'lengths of zero': (lambda data: bytes(4096), 'partial unreadable'),
        'a length of 4 GB': (lambda data: b'\xff\xff\xff\xff' + data[4:], 'partial unreadable'),
        'attributes torn': (lambda data: data[:16 + 72] + b'\xff\xff\xff\xff' + data[16 + 76:], 'ok partial unreadable'),
        'a family that does not exist': (lambda data: data[:16] + b'\xee' + data[17:], 'ok partial unreadable'),
        'a state that does not exist': (lambda data: data[:17] + b'\xee' + data[18:], 'ok partial unreadable'),
    }
    with open(path, 'rb') as file:
        original = file.read()
    for what, (damage, states) in damages.items():
        os.unlink(path)
        with open(path, 'wb') as file:
            file.write(damage(text))
        replay(root, '%s: %s' % (name, what), 'tcp', states)
    with open(path, 'wb') as file:
        file.write(original)


TESTS = (test_crowd, test_counters, test_sysctls, test_users, test_bad_namespaces, test_torn_files)


def main(names):
    if os.geteuid() != 0:
        print('Bail out! root is needed')
        return 1
    for test in TESTS:
        if names and not any(name in test.__name__ for name in names):
            continue
        with Bench() as bench:
            try:
                test(bench)
            except LoadFailed as failure:
                tap.line('%s: the situation came about' % test.__name__, [str(failure)])
            except Exception:
                tap.line('%s ran to its end' % test.__name__, traceback.format_exc().splitlines()[-6:])
        sys.stdout.flush()
    print('1..%d' % tap.count)
    return int(tap.failed > 0 or tap.count == 0)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))

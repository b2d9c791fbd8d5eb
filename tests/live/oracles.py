#!/usr/bin/python3
"""tcptune against other programs' view of the same kernel: ss, nstat, sysctl; and against users
and files that are not as one would wish.

    oracles.py [WORD...]    all tests, or those with such a word in their names

Root only: everything happens in network namespaces of its own. The program is the environment
variable TCPTUNE, else build/src/tcptune; evidence_dump is where the program's build has it."""
import collections
import glob
import json
import os
import re
import socket
import sys
import time
import traceback

sys.dont_write_bytecode = True
from probe import audit, differences, evidence, run, schema_problems, tap  # noqa: E402
from situations import EVIDENCE_DUMP, lacks_programs  # noqa: E402
import traffic  # noqa: E402
from bench import Bench, LoadFailed, lock_machine  # noqa: E402
from crowd import test_crowd  # noqa: E402
from torn_files import test_torn_files  # noqa: E402

AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
SO_NETNS_COOKIE = 71


# --- counters

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


# --- sysctls

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


# --- users, namespaces, exit status

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
        # counters of the whole machine may tell of earlier times
        found = [one for one in report['findings'] if not one['is_history']]
        lacking = [one for one in report['sources'] if one['state'] != 'ok' and
                   one['name'] not in ('arp_cache', 'ndisc_cache')]
        if found or lacking:
            yield 'found %s, %s' % (found, lacking)

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


# --- namespaces that are none

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


TESTS = (test_crowd, test_counters, test_sysctls, test_users, test_bad_namespaces, test_torn_files)


def main(names):
    if os.geteuid() != 0:
        print('Bail out! root is needed')
        return 1
    if lacks_programs():
        return 1
    lock = lock_machine()
    if not lock:
        print('Bail out! a laboratory is at work')
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

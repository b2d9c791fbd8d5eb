#!/usr/bin/python3
"""Audits of many places: every network namespace once, by a name, a process or both; and several
evidence files in one report. Needs root, ip and unshare. TCPTUNE is as of situations.py."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from situations import ROOT, TCPTUNE, Tap, run, unpacked  # noqa: E402

NAMED = ['tm%da' % os.getpid(), 'tm%db' % os.getpid()]
SECOND_NAME = 'tm%dc' % os.getpid()


def expect(condition, text):
    return [] if condition else [str(text)[:2000]]


def schema_problems(document):
    try:
        import jsonschema
    except ImportError:
        return ['python3-jsonschema is missing']
    with open(ROOT + '/docs/audit.schema.json', encoding='utf-8') as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    return [one.message[:500] for one in validator.iter_errors(document)][:3]


def check_json(tap, process):
    """Other namespaces may come and go meanwhile: ours are looked for."""
    status, out, complaints = run([TCPTUNE, 'audit', '--all-netns', '--format', 'json', '--interval', '200ms'])
    document = json.loads(out) if status in (0, 1, 3) else {'audits': [], 'failed': complaints}
    tap.line('the document is as its schema says', schema_problems(document))
    cookies = [one['kernel']['netns_cookie'] for one in document['audits']]
    tap.line('every namespace is there once', expect(len(cookies) == len(set(cookies)) > 3, cookies))
    names = [one['kernel']['netns'] for one in document['audits']]
    ours = [name for name in names if name in NAMED + [SECOND_NAME]]
    tap.line('one with two names has one of them', expect(
        len(ours) == 2 and NAMED[1] in ours and (NAMED[0] in ours) != (SECOND_NAME in ours), names))
    tap.line('one of a process has its number', expect('pid:%d' % process.pid in names, names))
    tap.line('this one comes first', expect(names and names[0] is None, names))
    windows = [one['window']['seconds'] for one in document['audits']]
    tap.line('all have a window', expect(windows and all(one and one >= 0.2 for one in windows), windows))
    keys = {one['kernel']['netns']: one['profile'] for one in document['audits']}
    tap.line('without a profile nothing is compared', expect(not any(keys.values()), keys))


def check_text(tap, process):
    status, out, complaints = run([TCPTUNE, 'audit', '--all-netns', '--profile', 'server'])
    lines = out.splitlines()
    wanted = ['this one', NAMED[1], 'pid:%d (sleep)' % process.pid]
    tap.line('a line for each stands at the top', expect(
        status in (0, 1, 3) and all(any(line.startswith(name) for line in lines) for name in wanted), out + complaints))
    tap.line('then comes what each is about', expect('--- ' + NAMED[1] in lines, out))


def check_profile(tap):
    """The comparison of each place is its own: one has another value."""
    subprocess.run(['ip', 'netns', 'exec', NAMED[1], 'sysctl', '-qw', 'net.ipv4.tcp_mtu_probing=1'], check=True)
    _, out, _ = run([TCPTUNE, 'audit', '--all-netns', '--profile', 'server', '--format', 'json'])
    values = {}
    for one in json.loads(out)['audits']:
        for row in one['profile']:
            if row['key'] == 'net.ipv4.tcp_mtu_probing':
                values[one['kernel']['netns']] = row['live'], row['verdict']
    other = values.get(NAMED[0]) or values.get(SECOND_NAME)
    tap.line('each is compared with its own values',
             expect(values.get(NAMED[1]) == ('1', 'ok') and other == ('0', 'differs'), values))


def check_namespaces(tap):
    process = None
    try:
        for name in NAMED:
            subprocess.run(['ip', 'netns', 'add', name], check=True)
        open('/run/netns/' + SECOND_NAME, 'w').close()
        subprocess.run(['mount', '--bind', '/run/netns/' + NAMED[0], '/run/netns/' + SECOND_NAME], check=True)
        process = subprocess.Popen(['unshare', '--net', 'sleep', '300'])
        while os.readlink('/proc/%d/ns/net' % process.pid) == os.readlink('/proc/self/ns/net') or \
                open('/proc/%d/comm' % process.pid).read().strip() != 'sleep':
            time.sleep(0.02)
        check_json(tap, process)
        check_text(tap, process)
        check_profile(tap)
    finally:
        if process:
            process.kill()
            process.wait()
        for name in NAMED + [SECOND_NAME]:
            subprocess.run(['ip', 'netns', 'del', name], stderr=subprocess.DEVNULL, check=False)


def check_files(tap):
    with tempfile.TemporaryDirectory() as folder, unpacked() as situations:
        files = []
        for name in ('s01_accept_queue.app', 's01_accept_queue.nginx', 's30_controls.idle'):
            root = '%s/%s/' % (situations, name)
            files.append('%s/%s' % (folder, name))
            status, _, complaints = run([TCPTUNE, 'collect', '-o', files[-1], '--root', root + '0', '--root', root + '1'])
            if status:
                tap.line('collect', [complaints])
        options = sum((['--evidence', one] for one in files), [])
        status, out, complaints = run([TCPTUNE, 'audit'] + options)
        shared = re.sub(r'\s+', ' ', out)
        tap.line('several files have a line each', expect(
            status == 1 and not complaints and out.index(files[0]) < out.index(files[1])
            < out.index(files[2]) < out.index('---'), out))
        tap.line('a finding that several have is told with their names', expect(
            'WARNING accept-queue-program: %s, %s' % (files[0], files[1]) in shared, out))
        status, out, _ = run([TCPTUNE, 'audit', '--format', 'json'] + options)
        document = json.loads(out)
        tap.line('and an audit each', schema_problems(document) + expect(
            [len([one for one in audit['findings'] if one['id'] == 'accept-queue-program'])
             for audit in document['audits']] == [1, 1, 0], document))
        with open(folder + '/letter', 'w', encoding='ascii') as file:
            file.write('dear all')
        status, out, complaints = run([TCPTUNE, 'audit', '--format', 'json', '--evidence', folder + '/letter'] + options)
        document = json.loads(out)
        tap.line('one bad file costs itself, and the exit status tells', expect(
            status == 2 and len(document['audits']) == 3 and document['failed'][0]['name'] == folder + '/letter'
            and 'no evidence file' in complaints, out + complaints))


def main():
    if not os.access(TCPTUNE, os.X_OK) or os.geteuid() != 0:
        print('Bail out! no program at %s, or not root' % TCPTUNE)
        return 1
    tap = Tap()
    check_files(tap)
    check_namespaces(tap)
    print('1..%d' % tap.count)
    return int(tap.failed > 0)


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/python3
"""Evidence files: the 46 recorded situations, judged from their folders, from the file that
`tcptune collect` made of them, and from that file in another folder; files that collect leaves
alone; files of an older and of a newer version. Needs no network; TCPTUNE and TCPTUNE_SITUATIONS
are as of situations.py."""
import concurrent.futures
import json
import os
import shutil
import sqlite3
import stat
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from situations import ROOT, SITUATIONS, TCPTUNE, Tap, run, unpacked  # noqa: E402

OLD = ROOT + '/tests/fixtures/evidence/version-1.evidence'
VERSION = 2
# what must be the same; sources may be more, since collect reads all of them
SAME = ('findings', 'profile', 'cannot_tell', 'broken_rules', 'window', 'kernel')


def audit(*options):
    status, out, complaints = run([TCPTUNE, 'audit', '--format', 'json'] + list(options))
    if status not in (0, 1) or complaints:
        raise RuntimeError('exit status %d: %s' % (status, complaints))
    return status, json.loads(out)


def collect(*options):
    status, _, complaints = run([TCPTUNE, 'collect'] + list(options))
    return status, complaints


def differences(live, saved, where):
    return ['%s: %s is %s, live it is %s' % (where, member, saved[1][member], live[1][member])
            for member in SAME if saved[1][member] != live[1][member]] + \
        (['%s: exit status %d, live %d' % (where, saved[0], live[0])] if saved[0] != live[0] else [])


def situation_problems(folder, name, scratch):
    """Live, saved and moved; with a profile, too."""
    roots = ['--root', '%s/%s/0' % (folder, name), '--root', '%s/%s/1' % (folder, name)]
    path = '%s/%s.evidence' % (scratch, name)
    moved = '%s/moved/%s' % (scratch, name)
    status, complaints = collect('--output', path, *roots)
    if status or complaints:
        return ['collect: exit status %d: %s' % (status, complaints)]
    problems = []
    live = audit(*roots)
    problems += differences(live, audit('--evidence', path), 'saved')
    with_profile = audit('--profile', 'server', *roots)
    if not with_profile[1]['profile']:
        problems.append('the profile compares nothing')
    os.rename(path, moved)
    problems += differences(live, audit('--evidence', moved), 'moved')
    problems += differences(with_profile, audit('--evidence', moved, '--profile', 'server'), 'with a profile')
    if SITUATIONS.get(name) and not live[1]['findings']:
        problems.append('there is no finding')
    return problems


def check_situations(tap, scratch):
    os.mkdir(scratch + '/moved')
    with unpacked() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        names = sorted(SITUATIONS)
        results = pool.map(lambda name: situation_problems(folder, name, scratch), names)
        for name, problems in zip(names, results):
            tap.line('%s: live, saved and moved say the same' % name, problems)
        return folder


def expect(condition, text):
    return [] if condition else [text]


def check_writing(tap, scratch):
    """What collect overwrites, and what it leaves as it is."""
    with unpacked() as folder:
        root = ['--root', folder + '/s30_controls.idle/0']
        path = scratch + '/new.evidence'
        status, complaints = collect('-o', path, *root)
        mode = stat.S_IMODE(os.stat(path).st_mode)
        tap.line('a file is readable by its owner only, and nothing else is left',
                 expect(status == 0 and mode == 0o600, 'status %d, mode %o, %s' % (status, mode, complaints)) +
                 expect(not [one for one in os.listdir(scratch) if one.endswith('.new')], 'a temporary file is left'))
        before = os.stat(path).st_ino
        status, complaints = collect('-o', path, *root)
        tap.line('an evidence file is replaced by another',
                 expect(status == 0 and os.stat(path).st_ino != before, '%d: %s' % (status, complaints)))
        letter = scratch + '/letter'
        for content in (b'dear all', b'', b'SQLite format 3\0' + bytes(200)):
            with open(letter, 'wb') as file:
                file.write(content)
            status, complaints = collect('-o', letter, *root)
            with open(letter, 'rb') as file:
                kept = file.read() == content
            tap.line('%d bytes that are no evidence file are left as they are' % len(content),
                     expect(status == 2 and kept and 'no evidence file' in complaints, '%d: %s' % (status, complaints)))
        status, complaints = collect('-o', letter, '--force', *root)
        tap.line('with --force it is replaced', expect(status == 0 and audit('--evidence', letter), complaints))
        os.symlink('/dev/null', scratch + '/link')
        for target, wanted in ((scratch, 2), (scratch + '/link', 2), (scratch + '/none/x', 2), ('', 2)):
            status, complaints = collect('-o', target, '--force', *root)
            tap.line("nothing is written to '%s'" % target.replace(scratch, '.'),
                     expect(status == wanted and complaints, '%d: %s' % (status, complaints)))


def check_versions(tap, scratch):
    status, report = audit('--evidence', OLD)
    tap.line('a file of version 1 is read', expect(
        status == 1 and [one['id'] for one in report['findings']] == ['accept-queue-program']
        and report['kernel']['host'] is None, 'status %d, %s' % (status, report)))
    for version, words in ((VERSION + 1, 'newer tcptune'), (0, 'no evidence'), (-1, 'no evidence')):
        path = scratch + '/versioned'
        shutil.copy(scratch + '/new.evidence', path)
        with sqlite3.connect(path) as database:
            database.execute('PRAGMA user_version = %d' % version)
        database.close()
        status, _, complaints = run([TCPTUNE, 'audit', '--evidence', path])
        tap.line('version %d is refused' % version,
                 expect(status == 2 and words in complaints, '%d: %s' % (status, complaints)))
    with sqlite3.connect(OLD) as database:
        found = database.execute('PRAGMA user_version').fetchone()[0]
    tap.line('the old file is old', expect(found == 1, 'it is of version %d' % found))


def check_header(tap, scratch):
    """The report says whose evidence it is, when it was taken, and that it is from a file."""
    status, out, complaints = run([TCPTUNE, 'audit', '--evidence', scratch + '/live.evidence'])
    with sqlite3.connect(scratch + '/live.evidence') as database:
        host = database.execute('SELECT host FROM sample').fetchone()[0]
    wanted = [host, 'evidence file', 'live.evidence', 'taken 20', 'changes over']
    tap.line('the report of a file says host, file, time and window',
             expect(status in (0, 1) and host, complaints) + ['no %r in: %s' % (one, out) for one in wanted
                                                              if one not in ' '.join(out.split())])


def check_live(tap, scratch):
    """This kernel itself: what the audit said that saved the file, and no secret in it."""
    path = scratch + '/live.evidence'
    live = audit('--interval', '300ms', '--save', path)
    tap.line('this host: live and saved say the same', differences(live, audit('--evidence', path), 'saved'))
    with sqlite3.connect(path) as database:
        secrets = database.execute("SELECT key, value FROM sysctl WHERE reason = 'secret'").fetchall()
        known = database.execute('SELECT count(*) FROM sysctl WHERE value IS NOT NULL').fetchone()[0]
    tap.line('secret keys are named and have no value',
             expect(secrets and all(value is None for _, value in secrets), str(secrets)) +
             expect(known > 300, 'only %d sysctls have a value' % known))
    check_header(tap, scratch)


def main():
    if not os.access(TCPTUNE, os.X_OK):
        print('Bail out! no program at %s' % TCPTUNE)
        return 1
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        check_situations(tap, scratch)
        check_writing(tap, scratch)
        check_versions(tap, scratch)
        check_live(tap, scratch)
    print('1..%d' % tap.count)
    return int(tap.failed > 0)


if __name__ == '__main__':
    sys.exit(main())

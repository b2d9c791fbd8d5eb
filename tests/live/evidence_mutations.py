#!/usr/bin/python3
"""A thousand evidence files that someone has been at: bits, bytes, pages and lengths at random,
and edits that are good SQL. Each is refused with exit status 2 and a reason, or read; never a
crash, a hang, or a report that a program cannot parse. The seed is fixed: MUTATION_SEED overrides.

TCPTUNE is the program, built with sanitizers; TCPTUNE_SITUATIONS as of situations.py."""
import collections
import concurrent.futures
import json
import os
import random
import re
import sqlite3
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from situations import ROOT, TCPTUNE, Tap, run, unpacked  # noqa: E402

SEED = int(os.environ.get('MUTATION_SEED', '20251125'))
FILES = int(os.environ.get("MUTATIONS", "1000"))
PAGE = 1024
OLD = ROOT + '/tests/fixtures/evidence/version-1.evidence'
CRASH = re.compile(r'AddressSanitizer|runtime error|LeakSanitizer|SEGV|Assertion')

# --- bytes ----------------------------------------------------------------------------------------


def flip_bits(data, dice):
    for _ in range(dice.choice((1, 1, 2, 8, 64))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return data


def flip_header(data, dice):
    data[dice.randrange(100)] = dice.randrange(256)
    return data


def flip_schema(data, dice):
    """Within the first page, where the schema begins."""
    data[dice.randrange(100, PAGE)] = dice.choice((0, 1, 0x7f, 0x80, 0xff, dice.randrange(256)))
    return data


def cut(data, dice):
    return data[:dice.randrange(len(data))]


def grow(data, dice):
    return data + dice.randbytes(dice.choice((1, PAGE, 10 * PAGE)))


def swap_pages(data, dice):
    a, b = (dice.randrange(len(data) // PAGE) * PAGE for _ in range(2))
    data[a:a + PAGE], data[b:b + PAGE] = data[b:b + PAGE], data[a:a + PAGE]
    return data


def copy_page(data, dice):
    a, b = (dice.randrange(len(data) // PAGE) * PAGE for _ in range(2))
    data[a:a + PAGE] = data[b:b + PAGE]
    return data


def fill_page(data, dice):
    at = dice.randrange(len(data) // PAGE) * PAGE
    data[at:at + PAGE] = dice.choice((bytes(PAGE), b'\xff' * PAGE, dice.randbytes(PAGE)))
    return data


def break_cells(data, dice):
    """The heads of b-tree pages: types, counts, offsets."""
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(1, len(data) // PAGE) * PAGE + dice.randrange(0, 40)
        data[at] = dice.choice((0, 1, 2, 5, 10, 13, 0x7f, 0xff))
    return data


BYTE_EDITS = (flip_bits, flip_header, flip_schema, cut, grow, swap_pages, copy_page, fill_page, break_cells)

# --- SQL: what is asked, and whether it must be refused ---------------------------------------------

TABLES = ('sample', 'source', 'sysctl', 'counter', 'tcp_state', 'listener', 'destination', 'closing', 'softnet', 'link')
REFUSED = (
    'CREATE TABLE more (a)',
    'CREATE TABLE "a; DROP TABLE sample" (a)',
    'CREATE INDEX extra ON counter (value)',
    "CREATE VIEW extra AS SELECT * FROM counter",
    'CREATE TRIGGER extra AFTER INSERT ON counter BEGIN DELETE FROM sample; END',
    "CREATE TRIGGER extra INSTEAD OF INSERT ON port_use BEGIN SELECT load_extension('/tmp/x'); END",
    'CREATE VIRTUAL TABLE extra USING fts5 (a)',
    'DROP VIEW port_use',
    'DROP TABLE window',
    'DROP TABLE listener',
    'DROP VIEW port_use; CREATE VIEW port_use AS SELECT 1 AS occupied',
    'DROP VIEW port_use; CREATE TABLE port_use (a)',
    'DROP TABLE counter; CREATE VIEW counter AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) '
    "SELECT n AS sample, 'TcpExt.ListenDrops' AS name, n AS value FROM c",
    'ALTER TABLE listener ADD COLUMN more',
    'ALTER TABLE listener RENAME COLUMN queue TO queues',
    'DROP TABLE process; CREATE TABLE process (sample INTEGER NOT NULL, pid INTEGER NOT NULL, program TEXT, '
    'descriptors INTEGER, descriptors_limit INTEGER AS (pid * 2))',
    'DROP TABLE process; CREATE TABLE process (sample INTEGER NOT NULL, pid INTEGER NOT NULL CHECK (pid > 0), '
    'program TEXT, descriptors INTEGER, descriptors_limit INTEGER)',
    'ANALYZE',
    'PRAGMA user_version = 99',
    'PRAGMA user_version = 0',
    'PRAGMA application_id = 7',
    'PRAGMA journal_mode = WAL',
    'DELETE FROM sample',
    "UPDATE source SET state = 'fine'",
    'UPDATE sample SET page_bytes = 0',
    'UPDATE sample SET uptime = 9e999',
    'UPDATE sample SET taken = -1',
    "UPDATE sample SET release = CAST(x'3600312e32' AS TEXT)",
    "INSERT INTO sysctl VALUES (1, 'net.core.somaxconn ', replace(hex(zeroblob(200000)), '0', 'x'), NULL)",
    "INSERT INTO listener SELECT sample, cookie, family, address, 'a port', queue, queue_limit, drops, waiting, "
    'oldest_waiting_ms, syn_received, established, time_wait, uid, inode, pid, program, cgroup, service, '
    'endpoint FROM listener LIMIT 1',
)
WRONG = {'INTEGER': ("'a text'", "x'00ff'", '1.5', '-1', '9e999'),
         'REAL': ("'a text'", "x'00'", '-1.0', '9e999', '-9e999'),
         'TEXT': ('1', '1.5', "x'414243'", "CAST(x'410042' AS TEXT)")}
READ = (
    'UPDATE counter SET value = 9223372036854775807',
    'UPDATE counter SET value = -9223372036854775807 - 1',
    'UPDATE listener SET drops = 9223372036854775807, queue = 9223372036854775807, queue_limit = 0',
    'UPDATE listener SET sample = sample + 7',
    'UPDATE sample SET uptime = 0',
    'UPDATE sample SET uptime = 1e300, taken = 1e300',
    'UPDATE sample SET boot_id = NULL, release = NULL, host = NULL',
    "UPDATE sample SET host = char(27) || '[2J' || char(7), release = char(27) || ']0;x' || char(7)",
    "UPDATE sample SET netns = replace(hex(zeroblob(5000)), '0', 'n')",
    "UPDATE sysctl SET value = 'much'",
    "UPDATE sysctl SET value = ''",
    "UPDATE sysctl SET value = NULL, reason = replace(hex(zeroblob(2000)), '0', '%s%n')",
    "UPDATE sysctl SET value = '-1' WHERE key GLOB 'net.ipv4.*'",
    "UPDATE sysctl SET value = replace(hex(zeroblob(10000)), '00', '1-65535,') WHERE key GLOB '*reserved_ports'",
    "UPDATE listener SET address = char(27) || '[31m', program = '{says}', service = CAST(x'ff80fe' AS TEXT)",
    'UPDATE window SET before = 99, now = -5',
    'DELETE FROM window',
    'INSERT INTO window SELECT * FROM window',
    'DELETE FROM source',
    'DELETE FROM sysctl',
    'DELETE FROM counter',
    'DELETE FROM sample WHERE id = 2',
    'INSERT INTO sample SELECT id + 9223372036854775800, taken, uptime, boot_id, release, netns, netns_cookie, '
    'is_init_netns, page_bytes, host, tcptune FROM sample LIMIT 1',
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 20000) INSERT INTO listener SELECT 2, n, 4, '
    "'10.0.0.1', n % 65536, 9, 8, n, 9, 9, 0, 0, 0, 0, n, n, 'p' || n, NULL, NULL, NULL FROM c",
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 20000) INSERT INTO destination SELECT 2, 4, '
    "'10.0.0.1', '10.0.0.' || n, 80, 0, 28000, 0, 0, 28000, 0, 0, 0, 0, 0, NULL FROM c",
    'VACUUM',
    'PRAGMA auto_vacuum = FULL; VACUUM',
    'PRAGMA page_size = 65536; VACUUM',
    "PRAGMA encoding = 'UTF-16'",
)


def edit(path, script):
    with sqlite3.connect(path, isolation_level=None) as database:
        database.executescript(script)
    database.close()


def wrong_value(path, dice):
    """One value of a wrong type in one row of one table; None when SQLite itself puts it right."""
    with sqlite3.connect(path, isolation_level=None) as database:
        table = dice.choice(TABLES)
        columns = [(row[1], row[2]) for row in database.execute('PRAGMA table_info(%s)' % table)
                   if (table, row[1]) != ('sample', 'id') and 'cookie' not in row[1]]
        name, kind = dice.choice(columns)
        value = dice.choice(WRONG[kind])
        if (table, name, value) == ('counter', 'value', '-1'):
            value = "'x'"
        script = 'UPDATE %s SET %s = %s WHERE rowid = (SELECT min(rowid) FROM %s)' % (table, name, value, table)
        if table in ('sysctl', 'counter'):
            script = 'UPDATE %s SET %s = %s WHERE sample = 2 AND %s = (SELECT min(%s) FROM %s)' % (
                table, name, value, *(['key' if table == 'sysctl' else 'name'] * 2), table)
        changed = database.execute(script).rowcount
        type_now = database.execute('SELECT count(*) FROM %s WHERE typeof(%s) = %r' % (
            table, name, kind.lower())).fetchone()[0]
        total = database.execute('SELECT count(%s) FROM %s' % (name, table)).fetchone()[0]
    database.close()
    is_wrong = changed and (type_now < total or value.startswith(('-', '9e', 'CAST')))
    return 'SQL: ' + script, is_wrong and not (kind == 'REAL' and value == "x''")


# --- one file ---------------------------------------------------------------------------------------


def make(number, bases, folder):
    """Returns the path, what was done, and whether it must be refused (None: either)."""
    dice = random.Random(SEED + number)
    path = '%s/%d.evidence' % (folder, number)
    base = bases[dice.randrange(len(bases))] if number % 4 == 0 else bases[0]
    with open(base, 'rb') as file:
        data = bytearray(file.read())
    scripts = [(script, True) for script in REFUSED] + [(script, False) for script in READ]
    if number < len(scripts):
        with open(path, 'wb') as file, open(bases[0], 'rb') as source:
            file.write(source.read())
        try:
            edit(path, scripts[number][0])
        except sqlite3.Error as error:
            raise RuntimeError('%s: %s' % (scripts[number][0], error)) from error
        return (path, 'SQL: ' + scripts[number][0]) + scripts[number][1:]
    if number % 5 == 0:
        with open(path, 'wb') as file, open(bases[0], 'rb') as source:
            file.write(source.read())
        what, is_wrong = wrong_value(path, dice)
        return path, what, True if is_wrong else None
    names = []
    for _ in range(dice.choice((1, 1, 2, 3))):
        one = dice.choice(BYTE_EDITS)
        if len(data) > 2 * PAGE:
            data = one(data, dice)
        names.append(one.__name__)
    with open(path, 'wb') as file:
        file.write(data)
    return path, ', '.join(names), None


def judge(number, bases, folder):
    """Returns 'refused' or 'read', and what is wrong."""
    path, what, must_refuse = make(number, bases, folder)
    as_json = number % 2 == 0
    words = ['audit', '--evidence', path, '--all'] + (['--format', 'json'] if as_json else [])
    try:
        status, out, complaints = run([TCPTUNE] + words)
    except Exception as error:  # no end, or an output that is no UTF-8
        return 'failed', ['%d (%s): %s' % (number, what, error)]
    finally:
        os.unlink(path)
    problems = []
    if CRASH.search(complaints) or status not in (0, 1, 2):
        problems.append('exit status %d: %s' % (status, complaints[-3000:]))
    if status == 2 and (out or 'evidence file' not in complaints or len(complaints) > 1000):
        problems.append('refused with: %s %s' % (complaints, out))
    if status in (0, 1):
        if as_json:
            json.loads(out)
        if re.search('[\x00-\x08\x0b-\x1f\x7f]', out):
            problems.append('control characters are in the report')
    if must_refuse and status != 2 or must_refuse is False and status not in (0, 1):
        problems.append('exit status %d: %s' % (status, complaints))
    return 'refused' if status == 2 else 'read', ['%d (%s): %s' % (number, what[:200], one) for one in problems]


def main():
    if not os.access(TCPTUNE, os.X_OK):
        print('Bail out! no program at %s' % TCPTUNE)
        return 1
    tap = Tap()
    tallies = collections.Counter()
    problems = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, unpacked() as situations:
        bases = [folder + '/base', OLD]
        root = situations + '/s01_accept_queue.app'
        status, _, complaints = run([TCPTUNE, 'collect', '--root', root + '/0', '--root', root + '/1', '-o', bases[0]])
        tap.line('a file to begin with', [complaints] if status else [])
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for number, (state, wrong) in enumerate(pool.map(lambda n: judge(n, bases, folder), range(FILES))):
                tallies[state] += 1
                problems[number // 100] += wrong
    for hundred in range(FILES // 100):
        tap.line('files %d to %d are refused with a reason, or read' % (hundred * 100, hundred * 100 + 99),
                 problems[hundred])
    tap.line('of %d files some are read and some are refused' % FILES,
             [] if tallies['read'] > 50 and tallies['refused'] > 200 else [str(tallies)])
    print('# %s, seed %d' % (dict(tallies), SEED))
    print('1..%d' % tap.count)
    return int(tap.failed > 0)


if __name__ == '__main__':
    sys.exit(main())

"""Folders of dumps whose files are torn, full of noise, or no files at all."""
import json
import os
import re
import shutil

from probe import audit, schema_problems, tap
from situations import unpacked

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
        'attributes torn': (lambda data: data[:88] + b'\xff\xff\xff\xff' + data[92:], 'ok partial unreadable'),
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

#!/usr/bin/python3
"""Situations of the laboratory, each audited while it lasts, from the evidence that this audit
saved, and from that file in another folder: the same findings. Needs what tests/lab/run needs."""
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + '/tests/lab')
import judge  # noqa: E402
import scenario  # noqa: E402

# At least one of each family; a name is as of `tests/lab/run --list`.
SCENARIOS = (
    'accept-queue-program/backlog-8', 'accept-queue-program/backlog-64-ipv6', 'accept-queue-program/nginx-backlog-8',
    'accept-queue-somaxconn/', 'accept-queue-stalled/', 'syn-flood-undefended/', 'ports-exhausted-time-wait/',
    'ports-pressure/', 'time-wait-bucket-overflow/', 'time-wait-harmless/', 'conntrack-full/', 'healthy/')
LEAST = 10
SAME = ('findings', 'cannot_tell', 'profile', 'window', 'taken', 'kernel', 'sources')


class SavingLaboratory(scenario.Laboratory):
    """Has each audit save what it judged, and judges that again."""

    def __init__(self):
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.saved = self.scratch.name + '/saved.evidence'

    def __exit__(self, *what):
        self.scratch.cleanup()
        return super().__exit__(*what)

    def more_options(self):
        return ['--save', self.saved]

    def inspect(self, report):
        if report is None:
            return ''
        moved = self.scratch.name + '/elsewhere/of another name'
        os.makedirs(os.path.dirname(moved), exist_ok=True)
        problems = self.compare(report, self.saved)
        os.rename(self.saved, moved)
        problems += self.compare(report, moved)
        # with all sources read, some are named that no namespace but the initial one has
        report['sources'] = [one for one in report['sources']
                             if one['name'] not in ('arp_cache', 'ndisc_cache') or one['state'] != 'absent']
        return problems

    @staticmethod
    def compare(report, path):
        done = subprocess.run([scenario.binary(), 'audit', '--evidence', path, '--format', 'json'],
                              capture_output=True, text=True, timeout=60)
        if done.returncode not in (0, 1):
            return '%s: exit status %d: %s ' % (path, done.returncode, done.stderr)
        again = json.loads(done.stdout)
        return ''.join('%s from %s: %s, live: %s ' % (member, path, again[member], report[member])
                       for member in SAME if again[member] != report[member])


def load_runner():
    loader = importlib.machinery.SourceFileLoader('lab_run', ROOT + '/tests/lab/run')
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('lab_run', loader))
    sys.modules['lab_run'] = module  # where its outcomes are pickled
    loader.exec_module(module)
    return module


def choose():
    """The first scenario of each name above."""
    chosen = []
    for name in SCENARIOS:
        chosen += [one.name for one in scenario.ALL if one.name.startswith(name)][:1]
    return chosen


def main():
    runner = load_runner()
    chosen = choose()
    if len(chosen) < LEAST:
        print('Bail out! only %d scenarios of the names are there' % len(chosen))
        return 1
    scenario.Laboratory = SavingLaboratory
    judge.MOST_WINDOW = 20  # looking at everything takes its time on a machine at work
    return runner.main(chosen)


if __name__ == '__main__':
    sys.exit(main())

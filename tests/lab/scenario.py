"""What a scenario is: a function that makes a situation and has it audited, and what must be
found in it. Functions register themselves; run has the list."""
import json
import os
import subprocess

from bench import Bench, LoadFailed

ALL = []
AUDIT_MOST_SECONDS = 20


class Scenario:
    """expectations: judge.Expected; none for a control. rules: the ids that it is about, which
    gives it its name. alone: it changes a sysctl of the whole machine. weight: how many others it
    keeps busy."""

    def __init__(self, function, family, expectations, alone, weight, **judging):
        self.function, self.expectations, self.alone, self.judging = function, expectations, alone, judging
        self.weight = weight
        self.name = '%s/%s' % (family, function.__name__.replace('_', '-'))
        self.sentence = ' '.join(function.__doc__.split()).rstrip('.')


def scenario(family, *expectations, alone=False, weight=1, **judging):
    """Decorator. family: the id that it is about, or 'healthy'. judging: as of judge.judge()."""
    def register(function):
        ALL.append(Scenario(function, family, expectations, alone, weight, **judging))
        return function
    return register


def binary():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return os.path.abspath(os.environ.get('TCPTUNE', root + '/build/src/tcptune'))


class Laboratory(Bench):
    """A bench with the program under test."""

    def __init__(self):
        super().__init__()
        self.audits = []

    def audit(self, namespace=None, grows=(), still=(), inside=False, meanwhile=None):
        """Two samples, 2 s apart.

        namespace: None is the one this process is in
        grows:     counters that must have grown meanwhile, or the load is not what it should be
        still:     counters that must not
        inside:    start the program in the namespace instead of naming it
        meanwhile: called between the two samples
        """
        command = [binary(), 'audit', '--interval', '2s', '--format', 'json'] + self.more_options()
        before = namespace.counters() if namespace else {}
        if namespace and not inside:
            command += ['--netns', namespace.name]
        options = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process = (namespace.popen if inside else subprocess.Popen)(command, **options)
        if not inside:
            self.processes.append(process)
        if meanwhile:
            meanwhile()
        out, complaints = process.communicate(timeout=AUDIT_MOST_SECONDS)
        after = namespace.counters() if namespace else {}
        for name in grows:
            self.must(after[name] > before[name], '%s grows' % name)
        for name in still:
            self.must(after[name] == before[name], '%s stays (%d)' % (name, after[name] - before[name]))
        report = json.loads(out) if process.returncode in (0, 1) else None
        self.audits.append((report, process.returncode, complaints + self.inspect(report)))
        return report

    def more_options(self):
        """Of the audit, for a laboratory that wants more of it."""
        return []

    def inspect(self, report):
        """What is wrong with a report besides its findings; '' is nothing."""
        return ''

    @staticmethod
    def must(condition, what):
        """A fact of the load: without it the audit proves nothing."""
        if not condition:
            raise LoadFailed('not so: ' + what)

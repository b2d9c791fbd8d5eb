"""What an audit must say of a situation, and whether it did."""
import os
import re

# Of every id: severity, remedy, and whether it judges what changed or how things are now. A
# contract with users: ids are never reused.
CONTRACT = {
    'accept-queue-program': ('warning', 'program', 'change'),
    'accept-queue-somaxconn': ('warning', 'sysctl', 'change'),
    'accept-queue-stalled': ('warning', 'program', 'now'),
    'syn-flood-undefended': ('critical', 'sysctl', 'change'),
    'syn-backlog-small': ('warning', 'sysctl', 'change'),
    'syn-flood-defended': ('info', 'none', 'change'),
    'syn-cookies-forced': ('info', 'sysctl', 'now'),
    'ack-flood': ('warning', 'network', 'change'),
    'ports-exhausted-time-wait': ('critical', 'sysctl', 'now'),
    'ports-exhausted-established': ('critical', 'sysctl', 'now'),
    'ports-exhausted-reserved': ('critical', 'sysctl', 'now'),
    'ports-exhausted-bound': ('critical', 'sysctl', 'now'),
    'ports-pressure': ('warning', 'sysctl', 'now'),
    'time-wait-bucket-overflow': ('warning', 'sysctl', 'change'),
    'time-wait-harmless': ('info', 'none', 'now'),
    'tw-reuse-without-timestamps': ('warning', 'sysctl', 'now'),
    'tcp-memory-pressure': ('critical', 'sysctl', 'change'),
    'conntrack-full': ('critical', 'sysctl', 'change'),
    'conntrack-near-full': ('warning', 'sysctl', 'now'),
    'corrupted-segments': ('warning', 'network', 'change'),
    'idle-without-keepalive': ('info', 'program', 'now'),
    'local-queue-drops': ('warning', 'program', 'change'),
    'mtu-black-hole': ('warning', 'sysctl', 'now'),
    'no-route': ('warning', 'network', 'change'),
    'out-of-order-pruned': ('warning', 'network', 'change'),
    'out-of-window': ('warning', 'network', 'change'),
    'path-bufferbloat': ('info', 'network', 'now'),
    'path-duplicates': ('info', 'network', 'change'),
    'path-loss': ('warning', 'network', 'change'),
    'path-reordering': ('info', 'none', 'change'),
    'paws-rejects': ('warning', 'network', 'change'),
    'peer-receive-window': ('info', 'network', 'now'),
    'receive-autotuning-off': ('warning', 'sysctl', 'now'),
    'receive-queue-pruned': ('info', 'program', 'change'),
    'receive-window-program': ('warning', 'program', 'now'),
    'receive-window-rmem-max': ('warning', 'sysctl', 'now'),
    'receive-window-tcp-rmem': ('warning', 'sysctl', 'now'),
    'reverse-path-filter': ('warning', 'sysctl', 'change'),
    'sack-off': ('warning', 'sysctl', 'change'),
    'send-buffer-program': ('warning', 'program', 'now'),
    'send-buffer-tcp-wmem': ('warning', 'sysctl', 'now'),
    'slow-reader': ('info', 'program', 'now'),
    'slow-start-after-idle': ('info', 'sysctl', 'change'),
    'spurious-timeouts': ('info', 'network', 'change'),
    'syn-loss': ('warning', 'network', 'change'),
    'udp-receive-errors': ('warning', 'program', 'change'),
    'window-scaling-off': ('warning', 'sysctl', 'now'),
    'close-wait-leak': ('warning', 'program', 'now'),
    'fin-wait2-orphans': ('warning', 'sysctl', 'now'),
    'half-closed-held': ('info', 'program', 'now'),
    'orphans-unread': ('warning', 'program', 'now'),
    'orphans-unreachable': ('warning', 'sysctl', 'now'),
    'orphans-too-many': ('critical', 'sysctl', 'change'),
    'resets-closed-port': ('warning', 'network', 'change'),
    'resets-unread-data': ('warning', 'program', 'change'),
    'resets-linger': ('warning', 'program', 'change'),
    'resets-late-data': ('warning', 'program', 'change'),
    'resets-by-peer': ('info', 'network', 'change'),
    'resets-abort-on-overflow': ('warning', 'sysctl', 'change'),
    'aborts-keepalive': ('info', 'none', 'change'),
    'aborts-unreachable': ('warning', 'network', 'change'),
    'destination-silent': ('warning', 'network', 'now'),
    'destination-unreachable': ('warning', 'network', 'now'),
    'capture-drops': ('warning', 'program', 'change'),
    'softnet-backlog-drops': ('warning', 'sysctl', 'change'),
    'neighbour-table-full': ('critical', 'sysctl', 'change'),
    'files-exhausted': ('critical', 'program', 'now'),
    'interface-receive-drops': ('warning', 'program', 'change'),
    'conntrack-invalid': ('info', 'network', 'change'),
    'offloads-off': ('info', 'program', 'now'),
    'tw-reuse-unproven': ('info', 'sysctl', 'now'),
}
# What only the initial namespace of a machine shows: rules, and sources.
HOST_RULES, HOST_SOURCES = ('neighbour-table-full',), ('arp_cache', 'ndisc_cache')
SEVERITIES = ('info', 'warning', 'critical')
# two seconds, and what a busy machine takes for the rest
LEAST_WINDOW, MOST_WINDOW = 1.9, 15.0


class Expected:
    """One finding that must be there. on: of the subject, also of every other finding of this id;
    says, advice: of those texts; sets: of the values that the remedy gives to keys; all are
    regular expressions that must match. count: how many findings of this id, None for any. because:
    the id of the finding that must explain it, and so makes it info; None: nothing explains it."""

    def __init__(self, id, on, says='', advice='', sets=None, count=None, because=None):
        self.id, self.on, self.says, self.advice, self.sets = id, on, says, advice, sets or {}
        self.count, self.because = count, because

    def __str__(self):
        return self.id

    def problems(self, findings):
        """Of the findings: none when one of them is as expected."""
        of_id = [one for one in findings if one['id'] == self.id]
        if not of_id:
            return ['%s was not found' % self.id]
        if self.count is not None and len(of_id) != self.count:
            return ['%s was found %d times, not %d' % (self.id, len(of_id), self.count)]
        blamed = [one['subject'] for one in of_id if not re.search(self.on, one['subject'] or '')]
        if blamed and len(blamed) < len(of_id):
            return ['%s blames %s, too' % (self.id, ', '.join(blamed))]
        trouble = [self._faults(one) for one in of_id]
        return [] if [] in trouble else ['%s: %s' % (self.id, fault) for fault in min(trouble, key=len)]

    def _faults(self, finding):
        faults = []
        severity, remedy, judges = CONTRACT[self.id]
        cause = (finding['consequence_of'] or {}).get('id')
        if cause != self.because:
            faults.append('is a consequence of %s, not of %s' % (cause, self.because))
        if self.because:
            severity = 'info'
        if finding['severity'] != severity or finding['remedy'] != remedy:
            faults.append('is %s/%s, not %s/%s' % (finding['severity'], finding['remedy'], severity, remedy))
        for member, pattern in (('subject', self.on), ('says', self.says), ('advice', self.advice)):
            if pattern and not re.search(pattern, finding[member] or ''):
                faults.append('%s %r does not match %r' % (member, finding[member], pattern))
        if finding['window']['kind'] != ('interval' if judges == 'change' else 'now'):
            faults.append('judges %s, but its window is %s' % (judges, finding['window']))
        values = {one['key']: str(one['value']) for one in finding['set']}
        for key, pattern in self.sets.items():
            if not re.search(pattern, values.get(key, '')):
                faults.append('sets %s to %r, which does not match %r' % (key, values.get(key), pattern))
        return faults


class AnyOf:
    """Several answers are right."""

    def __init__(self, *expected):
        self.expected = expected

    def __str__(self):
        return ' | '.join(map(str, self.expected))

    def problems(self, findings):
        trouble = [one.problems(findings) for one in self.expected]
        return [] if [] in trouble else sum(trouble, [])


def ids_of(expectation):
    return [one.id for one in getattr(expectation, 'expected', [expectation])]


def _is_loud(finding):
    return SEVERITIES.index(finding['severity']) >= SEVERITIES.index('warning') and not finding['waived']


def _sane_finding(finding, window):
    """What holds for every finding of two samples that are 2 s apart."""
    if finding['window'] not in (window, {'kind': 'now', 'seconds': None}):
        yield 'window is %s' % finding['window']
    if finding['is_history']:
        yield 'is history although there is a window'
    for member in ('subject', 'says', 'advice'):
        if member == 'advice' and finding['remedy'] == 'none':
            continue
        if not (finding[member] or '').strip() or re.search(r'[{}]|\bNULL\b|\bnan\b', finding[member]):
            yield '%s is %r' % (member, finding[member])
    if finding['confidence'] not in ('low', 'medium', 'high'):
        yield 'confidence is %r' % finding['confidence']
    if not finding['evidence']:
        yield 'gives no evidence'


def judge(report, status, expectations, also=(), never=(), unknown=(), only_these=True, tells=None):
    """Problems of an audit, in words; none when it is right.

    report, status: its JSON and exit status
    expectations:   Expected or AnyOf; without any, nothing at warning or above may be there
    also:           ids that may be there, too
    never:          ids that must not be there, whatever their severity
    unknown:        rules that may answer "cannot tell"
    only_these:     nothing else may be there at warning or above
    tells:          rules that must answer "cannot tell", each with what its reason must match
    """
    findings = report['findings']
    window = report['window']
    problems = []
    if window['kind'] != 'interval' or not LEAST_WINDOW <= (window['seconds'] or 0) <= MOST_WINDOW:
        problems.append('the window of the audit is %s' % window)
    for expectation in expectations:
        problems += expectation.problems(findings)
    allowed = set(also).union(*map(ids_of, expectations))
    for finding in findings:
        problems += ['%s %s' % (finding['id'], fault) for fault in _sane_finding(finding, window)]
        if only_these and _is_loud(finding) and finding['id'] not in allowed:
            problems.append('%s (%s) should not be there: %s'
                            % (finding['id'], finding['subject'], finding['says']))
        if finding['id'] in never:
            problems.append('%s must not be there: %s' % (finding['id'], finding['says']))
    loud = any(map(_is_loud, findings))
    if status != int(loud):
        problems.append('exit status %d with %s finding at warning or above' % (status, 'a' if loud else 'no'))
    if report['broken_rules']:
        problems.append('broken rules: %s' % report['broken_rules'])
    for source in report['sources']:
        if source['state'] != 'ok' and not (source['state'] == 'absent' and source['name'] in HOST_SOURCES):
            problems.append('source %s is %s: %s' % (source['name'], source['state'], source['reason']))
    # an older kernel has less to tell by
    for one in report['cannot_tell'] if 'TCPTUNE_LAB_ANY_KERNEL' not in os.environ else ():
        if one['id'] not in unknown and one['id'] not in HOST_RULES and one['id'] not in (tells or {}):
            problems.append('%s cannot tell: %s' % (one['id'], one['reason']))
    for id, pattern in (tells or {}).items():
        if not any(one['id'] == id and re.search(pattern, one['reason']) for one in report['cannot_tell']):
            problems.append('%s does not say that it cannot tell: %s' % (id, pattern))
    return problems

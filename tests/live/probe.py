"""What the live tests ask programs with: the one under test, and others."""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [ROOT + '/tests/lab']
from situations import EVIDENCE_DUMP, TCPTUNE, Tap  # noqa: E402

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


def evidence(sql, namespace=None, keys=(), root=None, quick=False):
    command = [EVIDENCE_DUMP] + (['--quick', 'yes'] if quick else []) + (['--root', root] if root else [])
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

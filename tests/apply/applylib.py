"""What the suites of tests/apply share: namespaces, trees of /proc/sys/net, running tcptune."""
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

TCPTUNE = os.environ.get("TCPTUNE", "build/src/tcptune")
# the helpers are built beside the tests
TOOLS = os.environ.get("APPLY_TOOLS", os.path.join(os.path.dirname(TCPTUNE), "..", "tests", "apply"))
ROOT = "/proc/sys/"
CLONE_NEWNET = 0x40000000


class Tap:
    """Test Anything Protocol; a failure ends the one test, not the suite."""

    def __init__(self):
        self.number = self.failures = 0

    def ok(self, condition, name, *notes):
        self.number += 1
        self.failures += not condition
        print("%sok %d - %s" % ("" if condition else "not ", self.number, name))
        for note in notes if not condition else ():
            for line in str(note).splitlines() or [""]:
                print("# " + line)
        sys.stdout.flush()
        return condition

    def note(self, text):
        print("# " + text)
        sys.stdout.flush()

    def skip(self, name, reason):
        self.number += 1
        print("ok %d - %s # SKIP %s" % (self.number, name, reason))

    def end(self):
        print("1..%d" % self.number)
        sys.exit(1 if self.failures else 0)


def command(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def enter_fresh_namespace():
    """This process moves into a new namespace with lo and a pair v0, v1, all up."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    command("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    for name in ("lo", "v0", "v1"):
        command("ip", "link", "set", name, "up")


def read(path):
    """The value with its newline, in one read; "<errno>" when it cannot be read."""
    size = 1 << 14
    try:
        while True:
            fd = os.open(path, os.O_RDONLY)
            try:
                data = os.read(fd, size)
            finally:
                os.close(fd)
            if len(data) < size:
                return data.decode("ascii", "replace")
            size *= 16
    except OSError as error:
        return "<%d>" % error.errno


def write(key, value):
    with open(ROOT + key.replace(".", "/") if "/" not in key else ROOT + key, "w", encoding="ascii") as file:
        file.write(value + "\n")


def tree():
    """
    Every value below /proc/sys/net that this namespace can set. Files without a write bit show
    what the initial namespace has, which others may change at any time.
    """
    values = {}
    for base, _, names in os.walk(ROOT + "net"):
        for name in names:
            path = os.path.join(base, name)
            try:
                mode = os.stat(path).st_mode
            except OSError:
                continue
            if mode & 0o222 and mode & 0o444:
                values[path[len(ROOT):]] = read(path)
    return values


def differences(before, after):
    """Text of what differs; empty when the trees are byte-identical."""
    lines = []
    for key in sorted(set(before) | set(after)):
        if before.get(key) != after.get(key):
            lines.append("%s: %r -> %r" % (key, before.get(key), after.get(key)))
    return "\n".join(lines)


class State:
    """A state folder of its own."""

    def __init__(self, parent=None):
        self.parent = tempfile.mkdtemp(prefix="tp%d-" % os.getpid(), dir=parent)
        self.path = os.path.join(self.parent, "state")

    def run(self, *words, **options):
        options.setdefault("timeout", 60)
        return subprocess.run([TCPTUNE, words[0], "--state", self.path, *words[1:]],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL, check=False, **options)

    def json(self, *words):
        """The document and the exit status."""
        done = self.run(*words, "--format", "json")
        return json.loads(done.stdout), done.returncode

    def remove(self):
        shutil.rmtree(self.parent, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def sets(pairs):
    return [word for key, value in pairs for word in ("--set", "%s=%s" % (key, value))]


def said(done):
    return "exit %d\n%s%s" % (done.returncode, done.stdout[-1500:], done.stderr[-1500:])

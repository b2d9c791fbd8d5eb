"""A host made of files whose clock the test turns, and what reports say of it."""
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TCPTUNE = os.path.abspath(os.environ.get("TCPTUNE", ROOT + "/build/gcc/src/tcptune"))
BUILD = os.path.abspath(os.environ.get("TCPTUNE_BUILD", os.path.dirname(os.path.dirname(TCPTUNE))))
ARCHIVE = ROOT + "/tests/fixtures/situations.tar.xz"
DAY, HOUR, MINUTE = 86400, 3600, 60
BEGIN = 1735689600  # 2025-01-01 00:00 UTC


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def line(self, sentence, problem=None):
        self.count += 1
        self.failed += bool(problem)
        print("%sok %d - %s" % ("not " if problem else "", self.count, sentence), flush=True)
        for text in str(problem).splitlines() if problem else ():
            print("# " + text)

    def equal(self, sentence, got, wanted):
        self.line(sentence, None if got == wanted else "got    %r\nwanted %r" % (got, wanted))

    def skip(self, sentence, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, sentence, reason))

    def end(self):
        print("1..%d" % self.count)
        return int(self.failed > 0)


def workplace():
    """A folder in memory: simulated days must not wait for a disk."""
    return tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def unpack(name, folder):
    """One recorded situation, its later moment."""
    known = os.environ.get("TCPTUNE_SITUATIONS")
    if known:
        shutil.copytree("%s/%s/1" % (known, name), folder)
        return
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["tar", "-xJf", ARCHIVE, "-C", place, name], check=True)
        shutil.copytree("%s/%s/1" % (place, name), folder)


class Host:
    """Files of a kernel. time: seconds since 1970; boots: how often it was started."""

    def __init__(self, folder, situation="s30_controls.idle"):
        self.folder = folder
        unpack(situation, folder)
        self.time, self.booted, self.boots = BEGIN, BEGIN - DAY, 0
        self.reboot(BEGIN - DAY)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def set_time(self, seconds):
        self.time = seconds
        self.write("taken", "%d\n" % seconds)
        self.write("proc/uptime", "%d.00 0.00\n" % (seconds - self.booted))

    def reboot(self, seconds):
        self.boots += 1
        self.booted = seconds
        self.write("proc/sys/kernel/random/boot_id", "%08x-0000-4000-8000-000000000000\n" % self.boots)
        self.set_time(max(seconds, self.time))

    def sysctl(self, key, value):
        self.write("proc/sys/" + key.replace(".", "/"), "%s\n" % value)

    def sockets_of(self, situation):
        """Take over the sockets, and the sysctls that go with them."""
        with tempfile.TemporaryDirectory() as place:
            unpack(situation, place + "/other")
            for name in ("netlink", "proc/sys/net"):
                shutil.rmtree(self.path(name))
                shutil.copytree("%s/other/%s" % (place, name), self.path(name))

    def counter(self, name, more=None, value=None):
        """Let "TcpExt.X" grow, or set it."""
        group, field = name.split(".")
        path = "proc/net/" + ("netstat" if group in ("TcpExt", "IpExt") else "snmp")
        lines = self.read(path).splitlines()
        for number, line in enumerate(lines):
            if line.startswith(group + ":"):
                at = line.split().index(field)
                words = lines[number + 1].split()
                words[at] = str(value if value is not None else int(words[at]) + more)
                lines[number + 1] = " ".join(words)
                break
        self.write(path, "\n".join(lines) + "\n")


class Runner:
    """Many runs of one process."""

    def __init__(self, state):
        self.state = state
        self.complaints = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([BUILD + "/tests/report/report_many"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.complaints, text=True, encoding="utf-8",
                                        env=dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def run(self, *words):
        """Returns (exit status, output)."""
        self.process.stdin.write("\t".join(words) + "\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith("\001"):
                return int(line[1:]), "".join(lines)[:-1]
            lines.append(line)
        raise RuntimeError("it ended: " + self.said())

    def report(self, host, *words):
        return self.run("report", "--root", host.folder, "--state", self.state, *words)

    def events(self, host):
        """What a report as JSON tells: [(what, id, subject)]; None when it is silent."""
        status, out = self.report(host, "--format", "json")
        if status != 0:
            raise RuntimeError("exit status %d: %s %s" % (status, out, self.said()))
        if not out:
            return None
        return [(one["what"], one["id"], one["subject"]) for one in json.loads(out)["events"]]

    def said(self):
        self.complaints.seek(0)
        return self.complaints.read()


def tcptune(*words, **options):
    return subprocess.run([TCPTUNE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=120,
                          **{"stdin": subprocess.DEVNULL, **options})


def day_text(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%d %H:%M")

#!/usr/bin/python3
"""A history that is killed, damaged, full, newer, busy or not to be had: no report is lost over it,
and no history over a report."""
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys

from reportlib import BUILD, MINUTE, Host, Tap, tcptune, workplace

CALLS = BUILD + "/tests/apply/apply_calls"
KILLED, UNREACHED = 137, 126


class Scene:
    def __init__(self, place):
        self.place, self.state = place, place + "/state"
        self.file = self.state + "/history.sqlite"
        self.host = Host(place + "/host")
        os.mkdir(self.state, 0o700)

    def report(self, *words, **options):
        return tcptune("report", "--root", self.host.folder, "--state", self.state, *words, **options)

    def later(self, minutes=5):
        self.host.set_time(self.host.time + minutes * MINUTE)

    def rows(self, sql):
        with contextlib.closing(sqlite3.connect(self.file)) as db:
            return db.execute(sql).fetchall()

    def deafen(self):
        self.host.sysctl("net.ipv4.tcp_tw_reuse", 1)
        self.host.sysctl("net.ipv4.tcp_timestamps", 0)

    def heal(self):
        self.host.sysctl("net.ipv4.tcp_timestamps", 1)


def outcome(done):
    return done.returncode, bool(done.stdout), bool(done.stderr)


def kills(tap, place):
    """At each system call with a lasting effect, before and after it."""
    scene = Scene(place)
    for _ in range(3):
        scene.report()
        scene.later()
    scene.deafen()
    keep = place + "/kept"
    shutil.copytree(scene.state, keep)
    wrong, number, count = [], 0, 0
    reached = True
    while reached:
        number += 1
        for moment in ("before", "after"):
            shutil.rmtree(scene.state)
            shutil.copytree(keep, scene.state)
            done = subprocess.run([CALLS, "--at", str(number), "--kill", moment, "--",
                                   os.environ["TCPTUNE"], "report", "--root", scene.host.folder, "--state", scene.state],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            reached = done.returncode == KILLED
            if done.returncode == UNREACHED:
                break
            count += 1
            told = "tw-reuse-without-timestamps" in done.stdout
            again = scene.report()
            told_again = "tw-reuse-without-timestamps" in again.stdout
            runs = scene.rows("SELECT count(*) FROM run")[0][0]
            check = scene.rows("PRAGMA integrity_check")[0][0]
            if not (told or told_again):
                wrong.append("%d %s: the finding is never told" % (number, moment))
            if again.returncode or again.stderr or runs not in (4, 5) or check != "ok":
                wrong.append("%d %s: %s, %d runs, %s" % (number, moment, again, runs, check))
    tap.line("%d kills lose one sample at most, and no message" % count,
             "\n".join(wrong) or (count < 10 and "too few to be true"))


def damage(tap, place):
    scene = Scene(place)
    scene.report()
    scene.later()
    with open(scene.file, "r+b") as file:
        file.write(b"this is no database at all")
    done = scene.report("--always")
    tap.equal("a damaged history does not stop the report", outcome(done), (0, True, True))
    tap.line("which says so, in the mail and beside it",
             None if "moved aside to 'history.sqlite.bad-1'" in done.stderr and "bad-1" in done.stdout else done)
    tap.equal("the file is moved, not lost", sorted(os.listdir(scene.state)), ["history.sqlite.bad-1"])
    scene.later()
    tap.equal("the next report begins a new one", outcome(scene.report()), (0, False, False))
    # in the middle: the first pages are right
    for number in range(2, 7):
        size = os.path.getsize(scene.file)
        with open(scene.file, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        done = scene.report()
        if number <= 4:
            tap.equal("damage behind the head is noticed (%d)" % number,
                      (done.returncode, "bad-%d" % number in done.stderr), (0, True))
            scene.later()
            scene.report()
    tap.line("the fifth stays where it is, and is complained of",
             None if done.returncode == 0 and "damaged ones beside it already" in done.stderr
             and len(os.listdir(scene.state)) == 5 else "%s %s" % (done, os.listdir(scene.state)))


def newer(tap, place):
    scene = Scene(place)
    scene.report()
    with contextlib.closing(sqlite3.connect(scene.file)) as db:
        db.execute("PRAGMA user_version = 99")
    before = open(scene.file, "rb").read()
    scene.later()
    scene.deafen()
    done = scene.report()
    tap.line("a history of a newer version is refused, and the report still speaks",
             None if done.returncode == 0 and "newer tcptune (version 99" in done.stderr
             and "tw-reuse-without-timestamps" in done.stdout else done)
    tap.equal("it is left as it is", open(scene.file, "rb").read(), before)


def full(tap, place):
    mount = place + "/small"
    os.mkdir(mount)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "none", mount], check=False,
                          stderr=subprocess.PIPE)
    if done.returncode:
        tap.skip("a full disk", "kernel: no mount here")
        return
    try:
        os.mkdir(place + "/a")
        scene = Scene(place + "/a")
        scene.state, scene.file = mount, mount + "/history.sqlite"
        first = scene.report()
        with open(mount + "/ballast", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        scene.later()
        scene.deafen()
        done = scene.report()
        tap.line("a full disk: the finding is told, and that nothing is kept",
                 None if done.returncode == 0 and "tw-reuse-without-timestamps" in done.stdout
                 and done.stderr and first.returncode == 0 and not first.stderr else "%s\n%s" % (first, done))
        os.unlink(mount + "/ballast")
        tap.equal("what was there is sound", scene.rows("PRAGMA integrity_check")[0][0], "ok")
        again = scene.report()
        tap.line("with room again all is as ever", None if not again.stderr and again.stdout else again)
    finally:
        subprocess.run(["umount", mount], check=True)


def busy(tap, place):
    scene = Scene(place)
    scene.report()
    lock = sqlite3.connect(scene.file, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    done = scene.report()
    tap.line("while another report is at work, the second gives up after a while",
             None if done.returncode == 3 and "another report is at work" in done.stderr and not done.stdout else done)
    lock.execute("ROLLBACK")
    writers = [subprocess.Popen([os.environ["TCPTUNE"], "report", "--state", scene.state, "--root", scene.host.folder],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(6)]
    said = [(one.communicate(timeout=120), one.returncode) for one in writers]
    tap.equal("six at once wait for each other", said, [((b"", b""), 0)] * 6)
    tap.equal("and all are kept", scene.rows("SELECT count(*) FROM run"), [(7,)])


def odd(tap, place):
    scene = Scene(place)
    os.chmod(scene.state, 0o755)
    done = scene.report()
    tap.line("a folder that others may read is not used",
             None if done.returncode == 0 and "chmod 700" in done.stderr and not os.listdir(scene.state) else done)
    os.chmod(scene.state, 0o700)
    os.symlink("/dev/shm/nowhere-at-all", scene.file)
    done = scene.report()
    tap.line("nor is a symbolic link followed",
             None if done.returncode == 0 and done.stderr and not os.path.exists("/dev/shm/nowhere-at-all") else done)
    os.unlink(scene.file)
    scene.later()
    scene.deafen()
    quiet = scene.report(stdin=subprocess.DEVNULL)
    scene.later()
    tap.line("news once, then silence", None if quiet.stdout and outcome(scene.report()) == (0, False, False) else quiet)
    tap.equal("--fail-on counts what is open", scene.report("--fail-on", "warning").returncode, 1)
    tap.equal("and only from its level on", scene.report("--fail-on", "critical").returncode, 0)
    full_pipe = tcptune("report", "--always", "--root", scene.host.folder, "--state", scene.state, preexec_fn=close_stdout)
    tap.line("what cannot be printed is not taken for told", None if full_pipe.returncode == 3 else full_pipe)


def close_stdout():
    null = os.open("/dev/full", os.O_WRONLY)
    os.dup2(null, 1)


def main():
    tap = Tap()
    for scene in (kills, damage, newer, full, busy, odd):
        with workplace() as place:
            scene(tap, place)
    return tap.end()


if __name__ == "__main__":
    os.environ.setdefault("TCPTUNE", BUILD + "/src/tcptune")
    sys.exit(main())

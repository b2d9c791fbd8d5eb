#!/usr/bin/python3
"""
What goes wrong while applying and undoing: full and read-only disks, an ailing disk, a second
instance, writes that the kernel refuses, no privileges. Each with its exit status and its end state.
"""
import ctypes
import errno
import fcntl
import os
import pty
import subprocess
import sys
import time

from applylib import (TCPTUNE, TOOLS, State, Tap, command, differences,
                      enter_fresh_namespace, said, sets, tree, wait_for)

CLONE_NEWNS = 0x20000
PLAN = (("net.core.somaxconn", "1234"), ("net.ipv4.ip_forward", "1"),
        ("net.ipv4.tcp_rmem", "8192 65536 8388608"), ("net.ipv4.tcp_fin_timeout", "30"),
        ("net.ipv4.neigh.v0.unres_qlen", "50"))
APPLY = ("apply", *sets(PLAN), "--yes")
UNREACHED = 126
EVERY_CALL = "--every-call" in sys.argv


def calls(state, options, words):
    return subprocess.run([os.path.join(TOOLS, "apply_calls"), *options, "--", TCPTUNE, words[0],
                           "--state", state.path, *words[1:]], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, check=False, timeout=60)


def fresh_mounts():
    """Mounts made from here on are ours alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    command("mount", "--make-rprivate", "/")


class SmallDisk:
    """A state folder on a disk of so many bytes."""

    def __init__(self, size):
        self.state = State()
        command("mount", "-t", "tmpfs", "-o", "size=%d,mode=700" % size, "tmpfs", self.state.parent)

    def fill(self):
        with open(os.path.join(self.state.parent, "ballast"), "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096) == 4096:
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        command("umount", self.state.parent)
        self.state.remove()


def agrees(before, done, undone_exactly):
    """Exit 3: nothing changed. Exit 0: all of it is."""
    changed = differences(before, tree())
    if done.returncode == 3:
        return not changed
    return done.returncode == 0 and bool(changed) == undone_exactly


def check_full_disk(tap):
    before, statuses, wrongs = tree(), [], []
    for pages in range(1, 20):
        with SmallDisk(pages * 4096) as disk:
            done = disk.state.run(*APPLY)
            statuses.append(done.returncode)
            if not agrees(before, done, True):
                wrongs.append("%d pages: %s\n%s" % (pages, said(done), differences(before, tree())))
            if done.returncode == 0:
                disk.state.run("undo", "--all")
                if differences(before, tree()):  # no room for the undo's own journal: make some
                    wrongs.append("%d pages: undo: %s" % (pages, differences(before, tree())))
    tap.ok(not wrongs and 3 in statuses and 0 in statuses,
           "on disks of %d sizes apply either exits with 3 and changes nothing, or works" % len(statuses),
           statuses, *wrongs)


def check_disk_full_at_undo(tap):
    before = tree()
    with SmallDisk(256 * 1024) as disk:
        applied = disk.state.run(*APPLY)
        now = tree()
        disk.fill()
        undone = disk.state.run("undo")
        tap.ok(applied.returncode == 0 and undone.returncode == 3 and not differences(now, tree()),
               "undo on a full disk exits with 3 and changes nothing", said(applied), said(undone))
        os.unlink(os.path.join(disk.state.parent, "ballast"))
        undone = disk.state.run("undo")
        tap.ok(undone.returncode == 0 and not differences(before, tree()),
               "with room again it brings the old tree back", said(undone), differences(before, tree()))


def check_overdue(tap):
    """Not confirmed in time, on a disk that takes nothing: the values come back even so."""
    def remount(disk, how):
        command("mount", "-o", "remount," + how, disk.state.parent)

    for name, spoil, mend in (
            ("full", SmallDisk.fill, lambda disk: os.unlink(os.path.join(disk.state.parent, "ballast"))),
            ("read-only", lambda disk: remount(disk, "ro"), lambda disk: remount(disk, "rw"))):
        before = tree()
        with SmallDisk(256 * 1024) as disk:
            applied = disk.state.run(*APPLY, "--confirm-within", "2s")
            spoil(disk)
            changed = bool(differences(before, tree()))
            restored = wait_for(lambda: not differences(before, tree()), 8)
            status, again = disk.state.run("status"), disk.state.run(*APPLY)
            tap.ok(applied.returncode == 0 and changed and restored,
                   "what is not confirmed in time is put back, though the disk is " + name,
                   said(applied), differences(before, tree()))
            tap.ok(status.returncode == 1 and "everything is put back" in status.stderr and again.returncode == 3 and
                   not differences(before, tree()), "status says so, and nothing is applied", said(status), said(again))
            mend(disk)
            tap.ok(wait_for(lambda: disk.state.json("history")[0]["changes"][0]["state"] == "undone", 5),
                   "when the disk takes it, the journal says so, too")


def check_read_only(tap):
    before = tree()
    with SmallDisk(256 * 1024) as disk:
        disk.state.run(*APPLY)
        now = tree()
        command("mount", "-o", "remount,ro", disk.state.parent)
        again = disk.state.run("apply", "--set", "net.core.somaxconn=77", "--yes")
        undone, status = disk.state.run("undo"), disk.state.run("status")
        tap.ok(again.returncode == 3 and undone.returncode == 3 and not differences(now, tree()),
               "with a read-only state folder apply and undo exit with 3 and change nothing",
               said(again), said(undone))
        tap.ok(status.returncode == 0 and "1234" in status.stdout, "status still tells", said(status))
        command("mount", "-o", "remount,rw", disk.state.parent)
        undone = disk.state.run("undo")
        tap.ok(undone.returncode == 0 and not differences(before, tree()), "undo works again", said(undone))


def check_ailing_disk(tap, name, setup, victim, allowed):
    """EIO at each call on the journal, from there on and only once."""
    before, count, wrongs, statuses = tree(), 0, [], {}
    for more, step in (("", 1), ("+", 1 if EVERY_CALL else 4)):
        number = 1 - step
        while True:
            number += step
            with State() as state:
                for words in setup:
                    state.run(*words)
                done = calls(state, ["--match", "/journal.sqlite", "--at", "%d%s" % (number, more),
                                     "--error", str(errno.EIO)], victim)
                if done.returncode == UNREACHED:
                    state.run("undo", "--all")
                    break
                count += 1
                statuses[done.returncode] = statuses.get(done.returncode, 0) + 1
                changed = differences(before, tree())
                wrong = done.returncode not in allowed or (
                    name == "apply" and done.returncode != 0 and changed)
                undone = state.run("undo", "--all")
                rest = differences(before, tree())
                if wrong or undone.returncode != 0 or rest:
                    wrongs.append("%d%s: %s\n%s\n%s\n%s" % (number, more, said(done), changed, said(undone), rest))
    tap.ok(count > 20 and not wrongs, "EIO at each of %d calls on the journal of %s" % (count, name),
           *wrongs[:3])
    tap.note("exit statuses: %s" % statuses)


def check_refused_writes(tap):
    """The k-th write to the kernel fails; then also every one after it."""
    before, wrongs, total = tree(), [], 0
    for code in (errno.EINVAL, errno.EPERM, errno.ENOENT):
        for number in range(1, len(PLAN) + 1):
            with State() as state:
                done = calls(state, ["--match", "write /proc/sys", "--at", str(number),
                                     "--error", str(code)], APPLY)
                rest = differences(before, tree())
                shown = state.json("history")[0]["changes"]
                total += 1
                if done.returncode != 3 or rest or shown[0]["state"] != "undone":
                    wrongs.append("%s at %d: %s\n%s" % (errno.errorcode[code], number, said(done), rest))
    tap.ok(not wrongs, "a write that the kernel refuses undoes those before it, exit 3 (%d cases)" % total,
           *wrongs[:3])
    wrongs = []
    for number in range(2, len(PLAN) + 1):
        with State() as state:
            done = calls(state, ["--match", "write /proc/sys", "--at", "%d+" % number,
                                 "--error", str(errno.EPERM)], APPLY)
            status = state.run("status")
            undone = state.run("undo")
            rest = differences(before, tree())
            if (done.returncode, status.returncode, undone.returncode) != (4, 1, 0) or rest:
                wrongs.append("%d+: %s\n%s\n%s" % (number, said(done), said(undone), rest))
    tap.ok(not wrongs, "when putting back fails too it is exit 4, and the next undo completes it", *wrongs[:3])


def check_second_instance(tap):
    before = tree()
    with State() as state:
        state.run(*APPLY)
        state.run("undo")
        # one that waits for an answer holds the lock
        leader, follower = pty.openpty()
        with subprocess.Popen([TCPTUNE, "apply", "--state", state.path, "--set", "net.core.somaxconn=99"],
                              stdin=follower, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True) as first:
            first.stderr.read(1)  # the question
            second = state.run(*APPLY)
            tap.ok(second.returncode == 3 and "process %d (apply)" % first.pid in second.stderr,
                   "a second instance exits with 3 and is told who holds the lock", said(second))
            os.write(leader, b"n\n")
            first.communicate(timeout=20)
        tap.ok(first.returncode == 3 and not differences(before, tree()), "an answer of no changes nothing")
        with open(os.path.join(state.path, "lock"), "w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            undone = state.run("undo")
            tap.ok(undone.returncode == 3, "undo waits for nobody", said(undone))


def check_unprivileged(tap):
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    def run(*words):
        return subprocess.run([*nobody, TCPTUNE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, stdin=subprocess.DEVNULL, check=False, timeout=20)

    dry = run("apply", "--profile", "nginx-proxy", "--dry-run")
    real = run("apply", "--profile", "nginx-proxy")
    tap.ok(dry.returncode == 1 and "net.core.somaxconn" in dry.stdout, "anyone may see the plan", said(dry))
    tap.ok(real.returncode == 3 and "net.core.somaxconn" in real.stdout,
           "without privileges apply shows the plan and exits with 3", said(real))
    with State() as state:
        os.mkdir(state.path, 0o755)
        done = state.run(*APPLY)
        tap.ok(done.returncode == 3 and "open to others" in done.stderr,
               "a state folder that others may read is refused", said(done))


def check_usage(tap):
    cases = (
        (("apply",), 2, "nothing to apply"),
        (("apply", "--set", "net.core.somaxcon=1"), 2, "did you mean"),
        (("apply", "--set", "net.core.somaxconn=77"), 2, "--yes"),
        (("apply", "--set", "net.ipv4.tcp_fin_timeout=-5", "--yes"), 3, "is refused"),
        (("apply", "--set", "net.ipv6.conf.v0.disable_ipv6=1", "--yes"), 3, "is refused"),
        (("apply", "--set", "net.core.somaxconn=77", "--confirm-within", "10ms"), 2, "not within"),
        (("apply", "--set", "net.core.somaxconn=77", "--only", "net.ipv4.*", "--yes"), 2, "none of the 1"),
        (("apply", "--profile", "nosuch"), 2, "nosuch"),
        (("apply", "--fix", "nosuch"), 2, "nosuch"),
        (("undo", "7"), 2, "no change 7"),
        (("undo", "x"), 2, "no number"),
        (("confirm",), 3, "no change waits"),
        (("extend", "1"), 2, "a time"),
    )
    before, wrongs = tree(), []
    with State() as state:
        for words, status, text in cases:
            done = state.run(*words)
            if done.returncode != status or text not in done.stderr:
                wrongs.append("%s: %s" % (" ".join(words), said(done)))
    tap.ok(not wrongs and not differences(before, tree()), "wrong use has its exit status and its reason (%d)" %
           len(cases), *wrongs)


def main():
    tap = Tap()
    start = time.time()
    fresh_mounts()
    enter_fresh_namespace()
    check_usage(tap)
    check_full_disk(tap)
    check_disk_full_at_undo(tap)
    check_overdue(tap)
    check_read_only(tap)
    check_ailing_disk(tap, "apply", (), APPLY, (0, 3))
    check_ailing_disk(tap, "undo", (APPLY,), ("undo",), (0, 3, 4))
    check_refused_writes(tap)
    check_second_instance(tap)
    check_unprivileged(tap)
    tap.note("%.0f s" % (time.time() - start))
    tap.end()


main()

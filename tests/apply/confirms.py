#!/usr/bin/python3
"""
`apply --confirm-within`: put back in time whatever is killed, kept when confirmed, and who wins when
both come at once. confirms.py [RACES]
"""
import ctypes
import os
import pty
import random
import signal
import subprocess
import sys
import time

from applylib import (TCPTUNE, TOOLS, State, Tap, command, differences, enter_fresh_namespace, said, sets,
                      tree, wait_for)

RACES = int(sys.argv[1]) if len(sys.argv) > 1 else 6
PLAN = (("net.core.somaxconn", "1234"), ("net.ipv4.ip_forward", "1"))
APPLY = ("apply", *sets(PLAN), "--yes")
SLACK = 3.0  # seconds that a busy machine may be late
CLONE_NEWNS = 0x20000


def state_of(state, number=1):
    for change in state.json("history")[0]["changes"]:
        if change["id"] == number:
            return change["state"]
    return None


def watchers(state):
    """Processes of tcptune that know this state folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                if state.path.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found


class Group:
    """A control group of version 2, where there is one."""

    def __init__(self):
        self.path = None
        for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
            if os.path.exists(root + "/cgroup.procs") and os.path.exists(root + "/cgroup.controllers"):
                self.path = "%s/tp%d" % (root, os.getpid())
                os.makedirs(self.path, exist_ok=True)
                break

    def enter(self):
        if self.path:
            with open(self.path + "/cgroup.procs", "w", encoding="ascii") as file:
                file.write("0")

    def kill(self):
        if self.path:
            with open(self.path + "/cgroup.kill", "w", encoding="ascii") as file:
                file.write("1")

    def remove(self):
        if self.path:
            wait_for(lambda: "populated 0" in open(self.path + "/cgroup.events", encoding="ascii").read(), 5)
            os.rmdir(self.path)


def check_everything_killed(tap):
    """Terminal, session and control group of the apply go; the values come back."""
    before, group = tree(), Group()
    with State() as state:
        leader, follower = pty.openpty()

        def in_session():
            os.setsid()
            group.enter()

        # a shell that stays, as the one of an administrator does
        shell = subprocess.Popen(["sh", "-c", '"$@"; exec sleep 60', "sh", TCPTUNE, "apply", "--state", state.path,
                                  *sets(PLAN), "--yes", "--confirm-within", "3s"], stdin=follower,
                                 stdout=follower, stderr=follower, preexec_fn=in_session)
        os.close(follower)
        applied = wait_for(lambda: state_of_quietly(state) == "waiting", 10)
        start = time.monotonic()
        changed = bool(differences(before, tree()))
        group.kill()
        os.killpg(shell.pid, signal.SIGKILL)
        os.close(leader)
        shell.wait()
        time.sleep(1.5)
        early = bool(differences(before, tree()))
        restored = wait_for(lambda: not differences(before, tree()), 2 + SLACK)
        late = time.monotonic() - start
        tap.ok(applied and changed and early and restored,
               "with terminal, session and control group killed everything is put back after 3 s",
               applied, changed, early, restored, differences(before, tree()))
        tap.note("control group: %s; put back %.1f s after the kill" % (group.path, late))
        tap.ok(wait_for(lambda: state_of(state) == "undone", 2) and
               "not confirmed in time" in state.run("history").stdout, "the history says why")
    group.remove()


def state_of_quietly(state):
    try:
        return state_of(state)
    except ValueError:
        return None


def check_confirmed(tap):
    before = tree()
    with State() as state:
        state.run(*APPLY, "--confirm-within", "2s")
        other = state.run("apply", "--set", "net.ipv4.tcp_fin_timeout=33", "--yes")
        confirmed = state.run("confirm")
        time.sleep(2.5)
        changed = bool(differences(before, tree()))
        tap.ok(other.returncode == 3 and "waits for its confirmation" in other.stderr,
               "nothing else is applied while a change waits", said(other))
        tap.ok(confirmed.returncode == 0 and changed and state_of(state) == "kept",
               "what is confirmed is kept", said(confirmed))
        tap.ok(state.run("confirm", "1").returncode == 0, "confirming twice is no failure")
        tap.ok(wait_for(lambda: not watchers(state), 5), "the watcher is gone", watchers(state))
        undone = state.run("undo")
        tap.ok(undone.returncode == 0 and not differences(before, tree()), "and can be undone", said(undone))


def check_watcher_killed(tap):
    before = tree()
    for words in (("status",), ("history",), ("confirm",), ("undo",),
                  ("apply", "--set", "net.ipv4.tcp_fin_timeout=33", "--dry-run")):
        with State() as state:
            state.run(*APPLY, "--confirm-within", "1s")
            for pid in watchers(state):
                os.kill(pid, signal.SIGKILL)
            time.sleep(1.2)
            overdue = bool(differences(before, tree()))
            done = state.run(*words)
            tap.ok(overdue and not differences(before, tree()) and "not confirmed in time" in done.stderr,
                   "with the watcher killed %s puts everything back first" % words[0], said(done),
                   differences(before, tree()))
            if words[0] == "confirm":
                tap.ok(done.returncode == 3, "and confirm says that it is too late", said(done))


def check_extend(tap):
    before = tree()
    with State() as state:
        state.run(*APPLY, "--confirm-within", "2s")
        extended = state.run("extend", "1", "5s")
        time.sleep(3)
        tap.ok(extended.returncode == 0 and differences(before, tree()), "extend gives more time", said(extended))
        tap.ok(wait_for(lambda: not differences(before, tree()), 2 + SLACK), "and then it is put back",
               differences(before, tree()))
        tap.ok(wait_for(lambda: state.run("extend", "1", "5s").returncode == 3, 2), "too late is exit 3")


def check_cut_off(tap):
    """The apply itself is killed between two writes, with nobody to type anything."""
    before = tree()
    with State() as state:
        subprocess.run([os.path.join(TOOLS, "apply_calls"), "--match", "write /proc/sys", "--at", "1", "--kill",
                        "after", "--", TCPTUNE, *APPLY, "--state", state.path, "--confirm-within", "2s"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        cut = bool(differences(before, tree()))
        tap.ok(cut and wait_for(lambda: not differences(before, tree()), 2 + SLACK),
               "an apply that was killed half way is put back by its watcher", differences(before, tree()))


def check_races(tap):
    """confirm and extend around the deadline: it is kept or put back, never half of it."""
    before, wins, wrongs, chance = tree(), {"kept": 0, "undone": 0}, [], random.Random(1)
    for _ in range(RACES):
        with State() as state:
            state.run(*APPLY, "--confirm-within", "1s")
            left = state.json("status")[0]["changes"][0]["confirm_within_ms"] / 1000
            time.sleep(max(0, left + chance.uniform(-0.15, 0.03)))
            done = state.run("confirm")
            while done.returncode == 3 and "in use" in done.stderr:
                done = state.run("confirm")
            end = state_of(state)
            changed = bool(differences(before, tree()))
            wins[end] = wins.get(end, 0) + 1
            if (end, changed, done.returncode) not in (("kept", True, 0), ("undone", False, 3)):
                wrongs.append("%s, changed: %s, %s" % (end, changed, said(done)))
            state.run("undo", "--all")
            if differences(before, tree()):
                wrongs.append(differences(before, tree()))
    tap.ok(not wrongs, "confirm and the deadline at once: one wins (%d times)" % RACES, *wrongs)
    tap.note("kept %d times, put back %d times" % (wins["kept"], wins["undone"]))


FAKE_SYSTEMD_RUN = """#!/bin/sh
# --on-active=Nms ... PROGRAM ARGUMENTS: what a timer of systemd would run
for word in "$@"; do
	case "$word" in
	--on-active=*) wait=${word#--on-active=}; wait=${wait%ms}; shift ;;
	--*) shift ;;
	*) break ;;
	esac
done
echo "$@" >"$(dirname "$0")/asked"
setsid sh -c 'sleep "$1"; shift; exec "$@"' sh "$(echo "$wait" | sed 's/...$/.&/')" "$@" >/dev/null 2>&1 &
"""


def overlay_on(folder, scratch):
    """What is written to a folder from here on goes elsewhere, and only we see it."""
    os.makedirs(scratch)
    command("mount", "-t", "tmpfs", "tmpfs", scratch)
    os.makedirs(scratch + "/upper")
    os.makedirs(scratch + "/work")
    command("mount", "-t", "overlay", "overlay", "-o",
            "lowerdir=%s,upperdir=%s/upper,workdir=%s/work" % (folder, scratch, scratch), folder)


def check_systemd(tap):
    """Where systemd is PID 1, its timer is asked; here a script plays it, in mounts of our own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    command("mount", "--make-rprivate", "/")
    before = tree()
    with State() as state:
        script = os.path.join(state.parent, "systemd-run")
        with open(script, "w", encoding="ascii") as file:
            file.write(FAKE_SYSTEMD_RUN)
        os.chmod(script, 0o755)
        overlay_on("/usr/bin", state.parent + "/bin")
        os.path.exists("/usr/bin/systemd-run") and os.unlink("/usr/bin/systemd-run")
        os.symlink(script, "/usr/bin/systemd-run")
        overlay_on("/run", state.parent + "/run")
        os.makedirs("/run/systemd/system", exist_ok=True)
        done = state.run(*APPLY, "--confirm-within", "2s")
        tap.ok(done.returncode == 0 and "timer of systemd" in " ".join(done.stdout.split()),
               "the timer is asked for", said(done))
        tap.ok(differences(before, tree()) and wait_for(lambda: not differences(before, tree()), 3 + SLACK),
               "and what it runs puts everything back", differences(before, tree()))
        for mount in ("/usr/bin", "/run", state.parent + "/bin", state.parent + "/run"):
            command("/bin/umount", "-l", mount)


def main():
    tap = Tap()
    enter_fresh_namespace()
    check_everything_killed(tap)
    check_confirmed(tap)
    check_watcher_killed(tap)
    check_extend(tap)
    check_cut_off(tap)
    check_races(tap)
    check_systemd(tap)
    tap.end()


main()

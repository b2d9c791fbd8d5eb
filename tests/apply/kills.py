#!/usr/bin/python3
"""
SIGKILL before and after every system call with a lasting effect of apply, undo and confirm; after
each, status tells the truth and `undo --all` brings the old tree back. kills.py [--every-call]
kills at every system call there is.
"""
import json
import multiprocessing
import os
import subprocess
import sys
import time

from applylib import TCPTUNE, TOOLS, State, Tap, differences, enter_fresh_namespace, said, sets, tree

EVERY_CALL = "--every-call" in sys.argv
WORKERS = max(2, os.cpu_count() or 1)
KILLED, UNREACHED = 137, 126
# a kill takes nothing from a disk, so that the journal may be in memory; kill_at() alone
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
KILLS_PER_NAMESPACE = 40

# Spreads, reaches followers, has an order, an exact alias and an empty list.
PLAN = (
    ("net.core.somaxconn", "1234"),
    ("net.ipv4.ip_forward", "1"),
    ("net.ipv4.conf.default.rp_filter", "2"),
    ("net.ipv4.ip_unprivileged_port_start", "2000"),
    ("net.ipv4.ip_local_port_range", "40000 50001"),
    ("net.ipv4.neigh.v0.unres_qlen", "50"),
    ("net.ipv4.ip_local_reserved_ports", "8080"),
)
APPLY = ("apply", *sets(PLAN), "--yes")
WAIT = (*APPLY, "--confirm-within", "30s")

# What is killed, and what comes before it.
SCENES = {
    "apply": ((), APPLY),
    "apply --confirm-within": ((), WAIT),
    "undo": ((APPLY,), ("undo",)),
    "confirm": ((WAIT,), ("confirm",)),
}


def calls(state, options, words):
    """Run tcptune under apply_calls."""
    return subprocess.run([os.path.join(TOOLS, "apply_calls"), *options, "--", TCPTUNE, words[0],
                           "--state", state.path, *words[1:]], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, check=False, timeout=120)


def judge(state, before):
    """What is wrong after a kill; None when nothing is."""
    now = tree()
    changed = differences(before, now)
    shown = state.run("status", "--format", "json")
    if shown.returncode not in (0, 1):
        return "status: " + said(shown)
    changes = json.loads(shown.stdout)["changes"]
    if changed and not changes:
        return "values differ, and status knows of no change:\n" + changed
    for change in changes:
        for key in change["keys"] if not change["is_cut_off"] else ():
            live = now.get(key["key"].replace(".", "/"), "").strip()
            if key["covered_by"] is None and live != key["set_to"]:
                return "status says %s, and it is %s" % (key, live)
    undone = state.run("undo", "--all")
    rest = differences(before, tree())
    if undone.returncode != 0 or rest:
        return said(undone) + "\n" + rest
    after = state.run("status", "--format", "json")
    if after.returncode != 0 or json.loads(after.stdout)["changes"]:
        return "after undo --all: " + said(after)
    return None


def kill_at(name, number, moment):
    """Returns (was it killed, what is wrong)."""
    setup, victim = SCENES[name]
    with State(MEMORY) as state:
        before = tree()
        for words in setup:
            done = state.run(*words)
            if done.returncode != 0:
                return True, "setting up: " + said(done)
        options = ["--at", str(number), "--kill", moment] + (["--all"] if EVERY_CALL else [])
        done = calls(state, options, victim)
        if done.returncode not in (KILLED, UNREACHED):
            return True, said(done)
        wrong = judge(state, before)
        return done.returncode == KILLED, wrong and "%s\n%s" % (done.stderr.strip(), wrong)


def work(name, first, results):
    """Every WORKERS-th call from `first` on, until the program ends before it."""
    kills, wrongs, number = 0, [], first
    while True:
        if (number - first) // WORKERS % KILLS_PER_NAMESPACE == 0:
            enter_fresh_namespace()
        outcomes = [kill_at(name, number, moment) for moment in ("before", "after")]
        kills += sum(killed for killed, _ in outcomes)
        wrongs += [wrong for _, wrong in outcomes if wrong]
        if not any(killed for killed, _ in outcomes):
            break
        number += WORKERS
    results.put((kills, wrongs))


def check_scene(tap, name):
    results, start = multiprocessing.Queue(), time.time()
    workers = [multiprocessing.Process(target=work, args=(name, first, results))
               for first in range(1, WORKERS + 1)]
    for worker in workers:
        worker.start()
    answers = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    kills, wrongs = sum(count for count, _ in answers), sum((list_ for _, list_ in answers), [])
    tap.ok(kills > 20 and not wrongs, "%s: after each of %d kills status is right and undo is exact" %
           (name, kills), *wrongs[:3])
    tap.note("%s: %d kill points in %.0f s, %d went wrong" % (name, kills, time.time() - start, len(wrongs)))
    return kills


def check_trace(tap):
    """The journal and its folder are synced before the first write to the kernel."""
    enter_fresh_namespace()
    with State() as state:
        listing = os.path.join(state.parent, "calls")
        done = calls(state, ["--list", listing], APPLY)
        with open(listing, encoding="ascii") as file:
            lines = file.read().replace(state.path, "STATE").replace(state.parent, "PARENT").splitlines()
        first = next(i for i, line in enumerate(lines) if line.startswith("write /proc/sys/"))
        before = lines[:first]

        def last(call):
            return max((i for i, line in enumerate(before) if line == call), default=-1)

        tap.ok(done.returncode == 0, "a traced apply works", said(done))
        tap.ok(0 <= last("mkdir STATE") < last("fsync PARENT"),
               "a new folder is synced into the one above before the first write", *before)
        tap.ok(last("pwrite64 STATE/journal.sqlite") < last("fdatasync STATE/journal.sqlite") <
               last("unlink STATE/journal.sqlite-journal") < last("fdatasync STATE"),
               "the journal, its end and its folder are synced before the first write", *before)
        tap.note("%d calls with a lasting effect before the first write to the kernel, %d in all" %
                 (first, len(lines)))
        state.run("undo")


def main():
    tap = Tap()
    check_trace(tap)
    total = sum([check_scene(tap, name) for name in SCENES])
    tap.note("%d kill points in all" % total)
    tap.end()


main()

#!/usr/bin/python3
"""
A long path that is half empty, because a buffer is too small: the profile high-bdp-wan, given the numbers
of the path, fills it; so does `apply --fix` where audit finds the buffer. Prints what was measured.
"""
import json
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

import cable  # noqa: E402
import scenario  # noqa: E402
from applylib import State, Tap, differences, said, tree  # noqa: E402
from bench import lock_machine  # noqa: E402

KBIT, ONE_WAY_MS = 40000, 50
PATH = ("--set", "mbit=%d" % (KBIT // 1000), "--set", "rtt_ms=%d" % (2 * ONE_WAY_MS))
ENOUGH = 0.8  # of the link
SECONDS = 4


def tree_of(namespace):
    with namespace.entered():
        return tree()


def received(namespace):
    shown = subprocess.run(["ip", "-n", namespace.name, "-s", "-j", "link", "show", "wire0"], check=True,
                           stdout=subprocess.PIPE)
    return json.loads(shown.stdout)[0]["stats64"]["rx"]["bytes"]


def share_of_link(namespace):
    """How much of the link a stream to the namespace uses, over some seconds."""
    begin, before = time.monotonic(), received(namespace)
    time.sleep(SECONDS)
    return (received(namespace) - before) * 8 / (time.monotonic() - begin) / (KBIT * 1000)


def stream(lab, wire, port):
    """The share that a new connection gets once it has grown, and its two programs."""
    others = len(lab.workers)
    cable.transfer(lab, wire, port=port, warm=4)
    return share_of_link(wire.server), lab.workers[others:]


def check_profile(tap):
    with scenario.Laboratory() as lab, State() as state:
        wire = cable.Cable(lab, delay=ONE_WAY_MS, rate=KBIT, limit=500000)
        for host in (wire.client, wire.server):
            host.sysctl("net.ipv4.tcp_rmem", "4096 131072 262144")
            host.sysctl("net.ipv4.tcp_wmem", "4096 16384 262144")
        trees = [tree_of(host) for host in (wire.client, wire.server)]
        before, programs = stream(lab, wire, 80)
        plan = state.run("apply", "--netns", wire.server.name, "--profile", "high-bdp-wan", *PATH, "--dry-run",
                         "--format", "json")
        wanted = {key["key"]: key for key in json.loads(plan.stdout)["changes"]}
        rmem = wanted["net.ipv4.tcp_rmem"]
        bytes_needed = 5 * (KBIT // 1000) * 125 * 2 * ONE_WAY_MS // 2
        tap.ok(rmem["will_be"].split() == ["4096", "131072", str(bytes_needed)] and "2.5 times" in rmem["reason"],
               "--dry-run shows the computed number and says where it comes from", rmem)
        applied = [state.run("apply", "--netns", host.name, "--profile", "high-bdp-wan", *PATH, "--yes")
                   for host in (wire.client, wire.server)]
        tap.ok(all(one.returncode == 0 for one in applied), "both ends get the profile", *map(said, applied))
        for program in programs:
            program.kill()
        after, _ = stream(lab, wire, 81)
        tap.note("share of a link of %d Mbit/s and %d ms: before %.0f %%, after %.0f %%" %
                 (KBIT // 1000, 2 * ONE_WAY_MS, 100 * before, 100 * after))
        tap.ok(before < 0.65, "before, the window is the limit (%.0f %%)" % (100 * before))
        tap.ok(after >= ENOUGH, "after it, a new connection uses at least 80 %% of the link (%.0f %%)" % (100 * after))
        undone = state.run("undo", "--all")
        tap.ok(undone.returncode == 0 and trees == [tree_of(host) for host in (wire.client, wire.server)],
               "the trees are the old ones", said(undone))


def check_fix(tap):
    """A send buffer acts on connections that are open."""
    finding = "send-buffer-tcp-wmem"
    with scenario.Laboratory() as lab, State() as state:
        wire = cable.Cable(lab, delay=ONE_WAY_MS, rate=KBIT, limit=500000)
        wire.client.sysctl("net.ipv4.tcp_wmem", "4096 16384 131072")
        old = tree_of(wire.client)
        before, _ = stream(lab, wire, 80)
        found = [one["id"] for one in lab.audit(wire.client)["findings"]]
        done = state.run("apply", "--netns", wire.client.name, "--fix", finding, "--interval", "2s", "--yes")
        time.sleep(4)
        after = share_of_link(wire.server)
        left = [one["id"] for one in lab.audit(wire.client)["findings"] if one["severity"] != "info"]
        undone = state.run("undo", "1")
        tap.note("share of the link: before %.0f %%, after %.0f %%" % (100 * before, 100 * after))
        tap.ok(finding in found, "audit finds the send buffer", found)
        tap.ok(done.returncode == 0, "apply --fix raises it", said(done))
        tap.ok(after > 1.5 * before, "the same connection is faster at once (%.0f %%)" % (100 * after))
        tap.ok(finding not in left, "audit does not find it any more", left)
        now = tree_of(wire.client)
        tap.ok(undone.returncode == 0 and not differences(old, now), "the tree is the old one", said(undone),
               differences(old, now))


def main():
    tap = Tap()
    lock = lock_machine()
    if not lock:
        tap.ok(False, "another laboratory keeps the machine")
    check_profile(tap)
    check_fix(tap)
    tap.end()


main()

#!/usr/bin/python3
"""
Several changes over one another, values that someone else changes, interfaces and namespaces that go,
records of another boot.
"""
import os
import shutil
import sqlite3
import subprocess
import time

from applylib import (ROOT, TCPTUNE, State, Tap, command, differences, enter_fresh_namespace, read, said,
                      sets, tree, write)

KEYS = ("net.core.somaxconn", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_retries2")


def live(key):
    return read(ROOT + key.replace(".", "/")).strip()


def apply(state, *pairs):
    done = state.run("apply", *sets(pairs), "--yes")
    assert done.returncode == 0, said(done)


def check_layers(tap):
    before = tree()
    a, b, c = (dict(zip(KEYS, values)) for values in (("1001", "31", "7"), ("1002", "32", "7"),
                                                      ("1003", "33", "9")))
    with State() as state:
        apply(state, (KEYS[0], a[KEYS[0]]), (KEYS[1], a[KEYS[1]]))
        only_a = tree()
        apply(state, (KEYS[0], b[KEYS[0]]), (KEYS[2], b[KEYS[2]]))
        undone = state.run("undo", "1")
        tap.ok(undone.returncode == 0 and live(KEYS[0]) == "1002" and live(KEYS[1]) == "60" and
               live(KEYS[2]) == "7", "undoing A leaves B's values and takes back what A alone held", said(undone))
        undone = state.run("undo", "2")
        tap.ok(undone.returncode == 0 and not differences(before, tree()),
               "undoing B then restores what was before A", said(undone), differences(before, tree()))
    with State() as state:
        apply(state, (KEYS[0], a[KEYS[0]]), (KEYS[1], a[KEYS[1]]))
        apply(state, (KEYS[0], b[KEYS[0]]), (KEYS[2], b[KEYS[2]]))
        state.run("undo")
        tap.ok(not differences(only_a, tree()), "undoing B first leads back to A", differences(only_a, tree()))
        state.run("undo")
        tap.ok(not differences(before, tree()), "and then to what was before", differences(before, tree()))
    with State() as state:
        for layer in (a, b, c):
            apply(state, *layer.items())
        state.run("undo", "2")
        tap.ok(live(KEYS[0]) == "1003", "a layer in the middle goes without a trace")
        state.run("undo", "3")
        tap.ok([live(key) for key in KEYS] == list(a.values()), "what was above it leads to what was below")
        state.run("undo", "--all")
        tap.ok(not differences(before, tree()), "undo --all takes back the rest", differences(before, tree()))
    with State() as state:
        apply(state, (KEYS[0], "1001"), (KEYS[1], "31"))
        apply(state, (KEYS[0], "1001"), (KEYS[2], "7"))
        state.run("undo", "1")
        tap.ok(live(KEYS[0]) == "1001" and live(KEYS[1]) == "60",
               "what B wanted and found done by A stays when A goes")
        state.run("undo", "2")
        tap.ok(not differences(before, tree()), "and goes with B", differences(before, tree()))


def check_spreading_layers(tap):
    before = tree()
    with State() as state:
        apply(state, ("net.ipv4.ip_forward", "1"))
        apply(state, ("net.ipv4.conf.v0.forwarding", "0"), ("net.ipv4.conf.all.accept_redirects", "1"))
        undone = state.run("undo", "1")
        tap.ok(undone.returncode == 0 and live("net.ipv4.ip_forward") == "0" and
               live("net.ipv4.conf.v0.forwarding") == "0" and live("net.ipv4.conf.v1.forwarding") == "0",
               "a change that spreads is undone below one that holds some of what it reached", said(undone))
        state.run("undo")
        tap.ok(not differences(before, tree()), "the tree is the old one", differences(before, tree()))
    with State() as state:
        apply(state, ("net.ipv6.conf.all.addr_gen_mode", "1"))
        apply(state, ("net.ipv6.conf.v0.addr_gen_mode", "0"))
        state.run("undo", "1")
        tap.ok(live("net.ipv6.conf.v0.addr_gen_mode") == "0" and live("net.ipv6.conf.v1.addr_gen_mode") == "0",
               "what a layer above holds survives the spreading of an undo")
        state.run("undo")
        tap.ok(not differences(before, tree()), "and the tree is the old one", differences(before, tree()))


def check_foreign(tap):
    before = tree()
    with State() as state:
        apply(state, (KEYS[0], "1001"), (KEYS[1], "31"))
        state.run("status")
        write(KEYS[0], "5555")
        status, code = state.json("status")
        drift = status["drift"]
        tap.ok(code == 1 and len(drift) == 1 and drift[0]["key"] == KEYS[0] and drift[0]["live"] == "5555" and
               drift[0]["last_right"] and drift[0]["since"], "status says what drifted and since when", status)
        since = drift[0]["since"]
        time.sleep(1.1)
        tap.ok(state.json("status")[0]["drift"][0]["since"] == since, "and remembers it")
        undone, code = state.json("undo")
        fates = {key["key"]: key["fate"] for key in undone["undone"][0]["keys"]}
        tap.ok(code == 4 and fates == {KEYS[0]: "left", KEYS[1]: "restored"} and live(KEYS[0]) == "5555" and
               live(KEYS[1]) == "60", "what someone else changed is left and named, exit 4", undone)
        tap.ok(state.run("status").returncode == 1, "status goes on telling")
        forced = state.run("undo", "1", "--force")
        tap.ok(forced.returncode == 0 and not differences(before, tree()), "--force takes it back, too",
               said(forced), differences(before, tree()))
    with State() as state:
        apply(state, (KEYS[0], "1001"))
        write(KEYS[0], before[KEYS[0].replace(".", "/")].strip())
        undone = state.run("undo")
        tap.ok(undone.returncode == 0, "who has put it back already leaves nothing to do", said(undone))


def check_interfaces(tap):
    command("ip", "link", "add", "t0", "type", "veth", "peer", "name", "t1.5")
    before = tree()
    with State() as state:
        apply(state, ("net.ipv4.conf.t0.rp_filter", "2"), ("net.ipv4.conf.t1.5.rp_filter", "2"),
              ("net.ipv4.ip_forward", "1"))
        command("ip", "link", "del", "t0")
        without = {key: value for key, value in before.items() if "/t0/" not in key and "/t1.5/" not in key}
        undone = state.run("undo")
        tap.ok(undone.returncode == 0 and not differences(without, tree()),
               "an interface that is gone took its values along", said(undone), differences(without, tree()))


def check_namespaces(tap):
    name = "tp%dx" % os.getpid()
    command("ip", "netns", "add", name)
    try:
        with State() as state:
            done = state.run("apply", "--netns", name, *sets([(KEYS[0], "1001")]), "--yes")
            inside = subprocess.run(["ip", "netns", "exec", name, "cat", "/proc/sys/net/core/somaxconn"],
                                    stdout=subprocess.PIPE, check=True).stdout
            tap.ok(done.returncode == 0 and inside == b"1001\n" and live(KEYS[0]) != "1001",
                   "--netns applies there and not here", said(done))
            tap.ok("1 change in force in other" in state.run("status").stdout, "status counts it")
            undone = state.run("undo", "1")
            inside = subprocess.run(["ip", "netns", "exec", name, "cat", "/proc/sys/net/core/somaxconn"],
                                    stdout=subprocess.PIPE, check=True).stdout
            tap.ok(undone.returncode == 0 and inside != b"1001\n", "undo finds it from elsewhere", said(undone))
            state.run("apply", "--netns", name, *sets([(KEYS[0], "1001")]), "--yes")
            command("ip", "netns", "del", name)
            command("ip", "netns", "add", name)  # the name, and soon the inode, are used again
            undone = state.run("undo", "2")
            tap.ok(undone.returncode == 0 and "gone" in undone.stdout,
                   "a namespace that is gone is said to be gone, though its name is in use", said(undone))
    finally:
        command("ip", "netns", "del", name)


def check_old_kernel(tap):
    """As before Linux 5.6: no openat2(), no close_range(), no cookies of namespaces; strace plays it."""
    name, before = "tp%do" % os.getpid(), tree()
    lacks = ["strace", "-f", "-o", "/dev/null", "-e", "inject=openat2:error=ENOSYS", "-e",
             "inject=close_range:error=ENOSYS", "-e", "inject=getsockopt:error=ENOPROTOOPT"]

    def old(state, *words):
        return subprocess.run([*lacks, TCPTUNE, words[0], "--state", state.path, *words[1:]], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=120)

    with State() as state:
        one = ("apply", *sets([(KEYS[0], "1001"), ("net.ipv4.ip_forward", "1")]), "--yes")
        waiting = old(state, *one, "--confirm-within", "2s")
        tap.ok(waiting.returncode == 3 and "5.14" in waiting.stderr and not differences(before, tree()),
               "without cookies nothing waits in a namespace that nobody finds again", said(waiting))
        applied, guess = old(state, *one), old(state, "undo", "1")
        changed = differences(before, tree())
        forced = old(state, "undo", "1", "--force")
        tap.ok(applied.returncode == 0 and changed and guess.returncode == 3 and "--force" in guess.stderr and
               forced.returncode == 0 and not differences(before, tree()),
               "without cookies undo in a namespace without a name needs --force", said(applied), said(guess),
               said(forced), differences(before, tree()))
    command("ip", "netns", "add", name)
    try:
        with State() as state:
            def inside():
                return subprocess.run(["ip", "netns", "exec", name, "cat", "/proc/sys/net/core/somaxconn"],
                                      stdout=subprocess.PIPE, check=True).stdout.strip()

            old_value = inside()
            applied = old(state, "apply", "--netns", name, *sets([(KEYS[0], "1001")]), "--yes", "--confirm-within",
                          "2s")  # strace ends with the watcher
            shown = state.json("history")[0]["changes"][0]
            tap.ok(applied.returncode == 0 and shown["state"] == "undone" and
                   shown["note"] == "not confirmed in time" and inside() == old_value,
                   "one with a name is found by it, and what is not confirmed there comes back", said(applied), shown)
    finally:
        command("ip", "netns", "del", name)


def check_other_boot(tap):
    before = tree()
    with State() as state:
        apply(state, (KEYS[0], "1001"))
        copy = os.path.join(state.parent, "copy")
        shutil.copytree(state.path, copy)
        with sqlite3.connect(os.path.join(copy, "journal.sqlite")) as journal:
            journal.execute("UPDATE change SET boot_id = 'another'")
        journal.close()

        def run(*words):
            return subprocess.run([TCPTUNE, *words, "--state", copy], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, check=False)

        status, undone, history = run("status"), run("undo", "1"), run("history")
        tap.ok(status.returncode == 0 and "nothing of tcptune" in status.stdout and undone.returncode == 0 and
               live(KEYS[0]) == "1001" and "earlier boot" in history.stdout,
               "a record of another boot is history", said(status), said(undone), said(history))
        state.run("undo")
        tap.ok(not differences(before, tree()), "the tree is the old one", differences(before, tree()))


def check_profile_changed(tap):
    with State() as state:
        profile = os.path.join(state.parent, "mine.ini")

        def write_profile(value):
            with open(profile, "w", encoding="ascii") as file:
                file.write("[profile]\nsummary = s\n[sysctl]\n%s = exactly %s\n[reason]\n%s = because\n" %
                           (KEYS[0], value, KEYS[0]))

        write_profile(1001)
        done = state.run("apply", "--profile", profile, "--yes")
        same = state.json("status")[0]["changes"][0]["profile"]
        write_profile(1002)
        changed = state.json("status")[0]["changes"][0]["profile"]
        os.unlink(profile)
        lost = state.json("status")[0]["changes"][0]["profile"]
        tap.ok((same, changed, lost) == ("same", "changed", "lost"),
               "status tells whether the profile is still what was applied", (same, changed, lost), said(done))
        state.run("undo")


def main():
    tap = Tap()
    enter_fresh_namespace()
    check_layers(tap)
    check_spreading_layers(tap)
    check_foreign(tap)
    check_interfaces(tap)
    check_namespaces(tap)
    check_old_kernel(tap)
    check_other_boot(tap)
    check_profile_changed(tap)
    tap.end()


main()

#!/usr/bin/python3
"""
What is applied and undone leaves no trace: the tree of /proc/sys/net is byte-identical, for a real
profile, for one key of every class, and for seeded random plans. trees.py [PLANS [SEED]]
"""
import random
import sys

import draw
from applylib import State, Tap, differences, enter_fresh_namespace, said, sets, tree

PLANS = int(sys.argv[1]) if len(sys.argv) > 1 else 500
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
PLANS_PER_NAMESPACE = 5
LARGEST_PLAN = 24
ENOUGH_PLANS = 100  # to draw every key

# One key of every class that can be undone.
CLASSES = (
    ("net.core.somaxconn", "16384"),                            # exact
    ("net.ipv4.tcp_rmem", "8192 65536 8388608"),                # a vector
    ("net.ipv4.ip_forward", "1"),                               # spreads over interfaces
    ("net.ipv6.conf.all.forwarding", "1"),
    ("net.ipv6.conf.all.ignore_routes_with_linkdown", "1"),
    ("net.ipv4.conf.default.rp_filter", "2"),                   # reaches followers, hidden state
    ("net.ipv4.conf.v0.rp_filter", "1"),                        # pins its interface
    ("net.ipv4.neigh.v0.unres_qlen", "50"),                     # a rounded name of ..._bytes
    ("net.ipv4.neigh.v0.base_reachable_time", "31"),
    ("net.ipv6.neigh.v0.retrans_time_ms", "501"),               # rounded to timer ticks
    ("net.ipv6.route.gc_min_interval", "3"),                    # 500 ms is no whole second
    ("net.mptcp.pm_type", "1"),
    ("net.ipv4.ip_local_reserved_ports", "8080,9148-9150"),     # an empty list comes back
    ("net.ipv4.ip_unprivileged_port_start", "2000"),            # coupled keys, in order
    ("net.ipv4.ip_local_port_range", "40000 50001"),
    ("net.ipv4.ipfrag_low_thresh", "8000000"),
    ("net.ipv4.ipfrag_high_thresh", "9000000"),
    ("net.ipv4.tcp_reordering", "400"),
    ("net.ipv4.tcp_max_reordering", "500"),
    ("net.ipv6.conf.v0.addr_gen_mode", "1"),
    ("net.ipv4.tcp_fastopen_blackhole_timeout_sec", "60"),
    ("net.ipv4.ping_group_range", "0 100"),
)


def check_profile(tap):
    enter_fresh_namespace()
    with State() as state:
        before = tree()
        applied = state.run("apply", "--profile", "nginx-proxy", "--yes")
        changed = differences(before, tree())
        status, code = state.json("status")
        again = state.run("apply", "--profile", "nginx-proxy", "--yes")
        undone = state.run("undo")
        after = tree()
        tap.ok(applied.returncode == 0 and changed, "nginx-proxy is applied", said(applied))
        tap.ok(code == 0 and len(status["changes"]) == 1 and not status["drift"] and
               status["changes"][0]["profile"] == "same",
               "status shows it, without drift, the profile unchanged", status)
        tap.ok(again.returncode == 0 and len(state.json("history")[0]["changes"]) == 1,
               "applying it again writes nothing", said(again))
        tap.ok(undone.returncode == 0 and not differences(before, after),
               "undo leaves a tree that is byte-identical", said(undone), differences(before, after))
        tap.note("%d keys of the tree compared, %d changed" % (len(before), len(changed.splitlines())))


def check_classes(tap):
    enter_fresh_namespace()
    with State() as state:
        before = tree()
        done = state.run("apply", *sets(CLASSES), "--yes")
        tap.ok(done.returncode == 0 and len(state.json("history")[0]["changes"]) == 1,
               "one key of every class that can be undone is applied (%d keys)" % len(CLASSES), said(done))
        undone = state.run("undo")
        rest = differences(before, tree())
        tap.ok(undone.returncode == 0 and not rest, "and undone to the byte", said(undone), rest)


def make_plan(deck, keys, chance):
    """Draw from the deck until the plan is full; every key comes before any comes twice."""
    plan, names = [], set()
    size = chance.randint(1, LARGEST_PLAN)
    live = {key.name: key for key in keys}

    def value_now(name):
        return live[name].live() if name in live else ""

    passed = []
    while deck and len(plan) < size:
        key = deck.pop()
        value = None if draw.alias_of(key) in names else draw.draw_value(key, chance)
        if value is None or not draw.fits(plan + [(key.name, value)], value_now):
            passed.append(key)
            continue
        names.add(draw.alias_of(key))
        plan.append((key.name, value))
    deck[:0] = passed
    return plan


def run_plan(state, plan, tap, index):
    """Returns applied, refused or failed, and the keys that really changed."""
    before = tree()
    done = state.run("apply", *sets(plan), "--yes")
    changed = tree()
    undone = state.run("undo", "--all")
    rest = differences(before, tree())
    if undone.returncode != 0 or rest:
        tap.note("plan %d of seed %d: %s" % (index, SEED, " ".join(sets(plan))))
        tap.ok(False, "the tree is the old one after plan %d" % index, said(done), said(undone), rest)
        return "failed", set()
    if done.returncode != 0:
        tap.note("plan %d not applied: %s" % (index, done.stderr.strip()[:300]))
        return "refused", set()
    return "applied", {key for key, _ in plan
                       if before.get(key_path(key)) != changed.get(key_path(key))}


PATHS = {}


def key_path(name):
    return PATHS[name]


def check_random(tap):
    chance = random.Random(SEED)
    kinds = draw.catalog()
    counts = {"applied": 0, "refused": 0, "failed": 0}
    covered, fixed, deck = set(), set(), []
    for index in range(PLANS):
        if index % PLANS_PER_NAMESPACE == 0:
            enter_fresh_namespace()
            keys, unknown = draw.keys_of(tree(), kinds)
            PATHS.update((key.name, key.path) for key in keys)
        if len(deck) < LARGEST_PLAN:
            fresh = [key for key in keys if draw.draw_value(key, chance) is not None]
            fixed = {key.name for key in keys} - {key.name for key in fresh}
            chance.shuffle(fresh)
            deck[:0] = fresh
        plan = make_plan(deck, keys, chance)
        names = {name for name, _ in plan}
        drawn = [key for key in keys if key.name in names]
        with State() as state:
            verdict, changed = run_plan(state, plan, tap, index)
        counts[verdict] += 1
        covered |= changed
        # what was drawn and did not change (rounded to the same, or refused) is drawn again soon
        deck += [key for key in drawn if key.name not in covered]
    wanted = {key.name for key in keys} - fixed
    missed = wanted - covered
    tap.note("seed %d: %d plans, %d applied, %d refused by the kernel, %d failed; %d of %d keys changed at "
             "least once" % (SEED, PLANS, counts["applied"], counts["refused"], counts["failed"],
                             len(wanted & covered), len(wanted)))
    tap.note("not drawn: %d that the catalog does not know, %d with no other value here (%s)" %
             (len(unknown), len(fixed), ", ".join(sorted(fixed))))
    tap.ok(counts["failed"] == 0, "after each of %d random plans the tree is the old one" % PLANS)
    tap.ok(counts["applied"] >= 0.95 * PLANS, "95 %% of the plans are applied (%d)" % counts["applied"])
    if PLANS >= ENOUGH_PLANS:
        tap.ok(not missed, "every key that is not refused changed at least once (%d)" % len(wanted),
               " ".join(sorted(missed)))


def main():
    tap = Tap()
    check_profile(tap)
    check_classes(tap)
    check_random(tap)
    tap.end()


main()

#!/usr/bin/python3
"""report --applied: what is said of a change that helped, did nothing, made it worse, or is too young; and
what --since shows."""
import json
import os
import random
import re
import sqlite3
import subprocess
import sys

import jsonschema

from reportlib import BEGIN, DAY, HOUR, MINUTE, ROOT, TCPTUNE, Host, Runner, Tap, tcptune, workplace

AT = BEGIN + 2 * DAY
PORTS, BUCKETS = "ports-exhausted-time-wait", "time-wait-bucket-overflow"
# the columns of a terminal that has UTF-8, and of one that has not
TERMINALS = (("C.UTF-8", "▁█"), ("C", "_#"))


def apply_somewhere(state):
    """A real change in a namespace of its own, which takes a key that the finding on ports proposes."""
    done = subprocess.run(["unshare", "-n", TCPTUNE, "apply", "--state", state, "--yes", "--set",
                           "net.ipv4.ip_local_port_range=10240 65535"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(done.stdout)
    db = sqlite3.connect(state + "/journal.sqlite")
    with db:
        db.execute("UPDATE change SET taken = ?, finished = ?", (AT, AT))
    db.close()


def lives(place, hours, load_after=1.0, lost_after=None):
    """A host on which ports run out and TIME_WAIT overflows; the change at AT cures the ports, and makes
    the other worse where told. Returns what --applied says, by finding, and all of it."""
    state = place + "/state"
    os.mkdir(state, 0o700)
    apply_somewhere(state)
    host, chance = Host(place + "/host", "s03_ephemeral.remote"), random.Random(7)
    host.sysctl("net.ipv4.tcp_max_tw_buckets", 200)
    with Runner(state) as runner:
        for now in range(AT - hours * HOUR, AT + hours * HOUR + 1, 15 * MINUTE):
            if now == AT:
                host.sockets_of("s30_controls.idle")
                host.sysctl("net.ipv4.tcp_max_tw_buckets", 200)
            host.write("proc/net/sockstat", re.sub(r" tw \d+", " tw 200", host.read("proc/net/sockstat")))
            load = chance.uniform(90, 110) * (load_after if now > AT else 1)
            host.counter("Tcp.PassiveOpens", int(load * 900))
            lost = chance.randint(20, 40) if now <= AT or lost_after is None else lost_after
            host.counter("TcpExt.TCPTimeWaitOverflow", lost * 15)
            host.set_time(now)
            runner.report(host)
        status, out = runner.report(host, "--applied", "1", "--format", "json")
        text = runner.report(host, "--applied", "1")[1]
        if status:
            raise RuntimeError(runner.said())
    result = json.loads(out)
    return {one["id"]: one for one in result["findings"]}, result, text


def verdicts(found):
    return {name: one["verdict"] for name, one in found.items() if name in (PORTS, BUCKETS)}


def changes(tap):
    with workplace() as place:
        found, result, text = lives(place, 6)
        text = " ".join(text.split())
        tap.equal("a cure helped, and what it does not touch is as before", verdicts(found),
                  {PORTS: "helped", BUCKETS: "no effect"})
        tap.equal("it knows what the change was for", (found[PORTS]["is_target"], found[BUCKETS]["is_target"]), (True, False))
        tap.equal("it counts equal times", (result["seconds"], found[PORTS]["before"]["seen"], found[PORTS]["after"]["seen"]),
                  (6 * HOUR, 24, 0))
        tap.line("and says so", None if "helped" in text and "seen in 24 of 24 reports before, in 0 of 24 after" in text
                 and "(this change is a cure for it)" in text else text)
        tap.line("the load is said", None if 0.9 < result["load_ratio"] < 1.1 else result)
        missing = tcptune("report", "--applied", "9", "--state", place + "/state", "--root", place + "/host")
        tap.line("a change that never was is an error", None if missing.returncode == 2 and "no change 9" in missing.stderr else missing)
        other = tcptune("report", "--applied", "1", "--state", place + "/state")
        tap.line("so is a namespace without reports", None if other.returncode == 2 and "holds nothing" in other.stderr else other)
        looks_back(tap, place)
    with workplace() as place:
        found, _, _ = lives(place, 6, lost_after=200)
        tap.equal("what got worse is said", verdicts(found)[BUCKETS], "worse")
    with workplace() as place:
        found, _, _ = lives(place, 1)
        tap.equal("an hour of reports is not enough", set(verdicts(found).values()), {"not enough evidence yet"})
    with workplace() as place:
        found, _, text = lives(place, 6, load_after=0.2, lost_after=4)
        tap.equal("nor is a night after a day: less load has less of all", set(verdicts(found).values()),
                  {"not enough evidence yet"})
        tap.line("which is the reason given", None if "less than half of the load" in text else text)


def looks_back(tap, place):
    words = ("report", "--root", place + "/host", "--state", place + "/state", "--since", "1d")
    for locale, blocks in TERMINALS:
        done = tcptune(*words, env=dict(os.environ, LC_ALL=locale, COLUMNS="100", TZ="UTC"))
        out = done.stdout
        tap.line("--since draws small pictures in locale %s" % locale,
                 None if all(one in out for one in blocks) and (locale != "C" or out.isascii()) else out)
    tap.line("no line of a chart is wider than the terminal", "\n".join(
        line for line in out.splitlines() if len(line) > 100))
    done = tcptune(*words, "--format", "json")
    shown = json.loads(done.stdout)
    tap.equal("as JSON it has the same", (shown["trends"]["reports"], {len(one["most"]) for one in shown["trends"]["series"]}),
              (49, {max(len(one["most"]) for one in shown["trends"]["series"])}))
    with open(ROOT + "/docs/report.schema.json") as file:
        schema = json.load(file)
    tap.line("and is as its schema has it", schema_problem(shown, schema))
    always = tcptune("report", "--always", "--format", "json", "--root", place + "/host", "--state", place + "/state")
    tap.line("so is a report", schema_problem(json.loads(always.stdout), schema))
    before = os.path.getmtime(place + "/state/history.sqlite")
    tcptune(*words)
    tap.equal("looking stores nothing", os.path.getmtime(place + "/state/history.sqlite"), before)
    wrong = tcptune(*words, "--applied", "1")
    tap.line("the two do not go together", None if wrong.returncode == 2 else wrong)


def schema_problem(document, schema):
    try:
        jsonschema.validate(document, schema)
    except jsonschema.ValidationError as error:
        return str(error)[:1000]
    return None


def main():
    tap = Tap()
    if os.geteuid() != 0:
        tap.skip("changes", "needs root")
        return tap.end()
    changes(tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

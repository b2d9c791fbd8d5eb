#!/usr/bin/python3
"""200 days of reports on a made-up host, with planted events: what must be told is told, when it
must be, and nothing else is."""
import contextlib
import os
import re
import sqlite3
import sys

from reportlib import BEGIN, DAY, HOUR, MINUTE, Host, Runner, Tap, workplace

DAYS = 200
REUSE, TIMESTAMPS = "net.ipv4.tcp_tw_reuse", "net.ipv4.tcp_timestamps"
PORTS = ("ports-exhausted-time-wait", "10.77.0.1 -> 10.77.0.2:80")
DEAF = ("tw-reuse-without-timestamps", "net.ipv4.tcp_tw_reuse")
BUCKETS = ("time-wait-bucket-overflow", "net.ipv4.tcp_max_tw_buckets")


def at(day, hour=0, minute=0):
    return BEGIN + day * DAY + hour * HOUR + minute * MINUTE


class Plan:
    """What happens when, and what must be told of it."""

    def __init__(self, host):
        self.host = host
        self.actions = {}  # time -> [function]
        self.told = {}  # time -> [(what, id, subject)]
        self.times = set()
        self.lost_a_minute = 0

    def dense(self, begin, end):
        """A report every 5 minutes from begin to end."""
        self.times.update(range(begin, end + 1, 5 * MINUTE))

    def do(self, when, action):
        self.actions.setdefault(when, []).append(action)
        self.times.add(when)

    def tell(self, when, what, finding=(None, None)):
        self.told.setdefault(when, []).append((what, *finding))

    # --- the planted events

    def ports(self, day):
        """The ports of a destination run out for two hours."""
        self.dense(at(day, 10), at(day, 13))
        self.do(at(day, 10, 5), lambda: self.host.sockets_of("s03_ephemeral.remote"))
        self.tell(at(day, 10, 5), "new", PORTS)
        self.do(at(day, 12, 0), lambda: self.host.sockets_of("s30_controls.idle"))
        self.tell(at(day, 12, 10), "resolved", PORTS)

    def one_noisy_report(self, day):
        self.dense(at(day, 3), at(day, 4))
        self.do(at(day, 3, 5), self.deafen)
        self.tell(at(day, 3, 5), "new", DEAF)
        self.do(at(day, 3, 10), self.heal)
        self.tell(at(day, 3, 20), "resolved", DEAF)

    def flaps_all_day(self, day):
        """Wrong in one report of four, 72 times: each silence of three reports ends it, until its
        patience is longer than that."""
        self.dense(at(day), at(day + 1, 4))
        for number in range(72):
            self.do(at(day) + number * 20 * MINUTE, self.deafen)
            self.do(at(day) + number * 20 * MINUTE + 5 * MINUTE, self.heal)
        self.tell(at(day), "new", DEAF)
        self.tell(at(day, 0, 15), "resolved", DEAF)  # patience is 6 from here
        self.tell(at(day, 0, 20), "new", DEAF)  # and 12: it stays open
        # the last is at 23:40. A day after the last message patience is 6 again, and eight reports
        # did not see it
        self.tell(at(day + 1, 0, 20), "resolved", DEAF)

    def grows_and_shrinks(self, day):
        """Ten lost a minute, then thirty, then five, for an hour each; then none."""
        self.dense(at(day, 8), at(day, 13))
        for hour, lost in ((9, 10), (10, 30), (11, 5), (12, 0)):
            self.do(at(day, hour), lambda lost=lost: self.lose(lost))
        # each reading covers the five minutes before it
        self.tell(at(day, 9, 5), "new", BUCKETS)
        self.tell(at(day, 10, 15), "worse", BUCKETS)  # the third in a row
        self.tell(at(day, 11, 30), "better", BUCKETS)  # told twice that day: the sixth
        self.tell(at(day, 13, 0), "resolved", BUCKETS)  # and the twelfth

    def reboots(self, day):
        self.do(at(day, 5), lambda: self.host.reboot(at(day, 4, 55)))
        self.tell(at(day, 5), "reboot")

    def is_set_back(self, day):
        self.do(at(day, 6), lambda: self.host.counter("TcpExt.TCPTimeWaitOverflow", value=0))
        self.tell(at(day, 6), "reset")

    def deafen(self):
        self.host.sysctl(REUSE, 1)
        self.host.sysctl(TIMESTAMPS, 0)

    def heal(self):
        self.host.sysctl(TIMESTAMPS, 1)

    def lose(self, a_minute):
        """The rule looks whether TIME_WAIT is near its limit."""
        self.host.sysctl("net.ipv4.tcp_max_tw_buckets", 200)
        self.host.write("proc/net/sockstat", re.sub(r" tw \d+", " tw 200", self.host.read("proc/net/sockstat")))
        self.lost_a_minute = a_minute


def plant(host):
    plan = Plan(host)
    plan.ports(20)
    plan.one_noisy_report(33)
    plan.reboots(41)
    plan.flaps_all_day(60)
    plan.grows_and_shrinks(80)
    plan.is_set_back(95)
    plan.one_noisy_report(110)
    plan.reboots(111)
    plan.ports(150)
    plan.grows_and_shrinks(185)
    plan.times.update(range(BEGIN, BEGIN + DAYS * DAY, 3 * HOUR))
    return plan


def live(plan, runner):
    """Returns what was told, and how large the history was at most."""
    host, told, most_bytes, last = plan.host, {}, 0, BEGIN
    # the bucket rule needs TIME_WAIT near its limit
    host.counter("TcpExt.TCPTimeWaitOverflow", value=1000)
    for now in sorted(plan.times):
        if plan.lost_a_minute:
            host.counter("TcpExt.TCPTimeWaitOverflow", (now - last) // 60 * plan.lost_a_minute)
        for counter in ("Tcp.InSegs", "Tcp.OutSegs", "Tcp.PassiveOpens"):
            host.counter(counter, (now - last) * (50 + now // HOUR % 24))
        host.set_time(now)
        for action in plan.actions.get(now, ()):
            action()
        events = runner.events(host)
        if events is not None:
            told[now] = events
        last = now
        most_bytes = max(most_bytes, os.path.getsize(runner.state + "/history.sqlite"))
    return told, most_bytes


def lines(told):
    return ["day %d %02d:%02d %s %s %s" % ((when - BEGIN) // DAY, when // HOUR % 24, when // MINUTE % 60, *one)
            for when in sorted(told) for one in told[when]]


def difference(got, wanted):
    return "\n".join(["told, and must not: " + line for line in got if line not in wanted]
                     + ["not told: " + line for line in wanted if line not in got])


def stored(state):
    with contextlib.closing(sqlite3.connect(state + "/history.sqlite")) as db:
        return (db.execute("PRAGMA integrity_check").fetchone()[0],
                db.execute("SELECT min(taken), max(taken), count(*) FROM run").fetchone(),
                db.execute("SELECT count(*) FROM event").fetchone()[0],
                db.execute("SELECT count(*) FROM point p LEFT JOIN run r ON r.id = p.run WHERE r.id IS NULL").fetchone()[0],
                db.execute("SELECT first_seen, count FROM finding WHERE rule = ?", (DEAF[0],)).fetchone())


def main():
    tap = Tap()
    with workplace() as place:
        host = Host(place + "/host")
        os.mkdir(place + "/state", 0o700)
        plan = plant(host)
        with Runner(place + "/state") as runner:
            told, most_bytes = live(plan, runner)
            complaints = runner.said()
        tap.line("%d reports in %d days tell what was planted, no more and no less" % (len(plan.times), DAYS),
                 difference(lines(told), lines(plan.told)))
        tap.equal("there was nothing to complain of", complaints, "")
        check, (first, last, runs), events, orphans, deaf = stored(place + "/state")
        tap.equal("the history is sound", (check, orphans), ("ok", 0))
        kept = (last - first) / DAY
        tap.line("it keeps 90 days, and the rest of the oldest", None if 90 <= kept < 91.2 else "%f days" % kept)
        tap.line("and what was told in them", None if events == 9 else "%d events" % events)
        tap.equal("a finding knows when it was seen first, and how often", deaf, (at(33, 3, 5), 74))
        tap.line("200 days took %d KiB at most" % (most_bytes // 1024),
                 None if most_bytes < 4 << 20 else "%d bytes" % most_bytes)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

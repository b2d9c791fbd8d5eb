#!/usr/bin/python3
"""A real cron runs `tcptune report` every minute as root: no mail while all is well, one mail when the
ports of the namespace run out, none while that lasts. And audit takes what the report kept."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time

from reportlib import ROOT, Tap, tcptune, workplace

NETNS = "tcptune-test-%d" % os.getpid()
PORT, HELD = 9000, 200
# What cron sees: nobody else's jobs, a sendmail that keeps what it gets, and the tcptune under test.
CRON = r"""
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 none /etc/cron.d
mount -t tmpfs -o mode=755 none /var/spool/cron
mkdir -m 1730 /var/spool/cron/crontabs
mount --bind /dev/null /etc/crontab
cp "$(command -v cron)" "$TCPTUNE" "$PLACE/sbin/"
cat > "$PLACE/sbin/sendmail" <<END
#!/bin/sh
exec cat > $PLACE/mail/\$\$
END
chmod 755 "$PLACE/sbin/sendmail"
mount --bind "$PLACE/sbin" /usr/sbin
printf 'MAILTO=root\nTZ=UTC\n* * * * * root /usr/sbin/tcptune report --netns %s --state %s; echo $? >> %s\n' \
    "$NETNS" "$PLACE/state" "$PLACE/done" > /etc/cron.d/tcptune
exec /usr/sbin/cron -f
"""


def runs(place):
    try:
        with open(place + "/done") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def mails(place):
    found = []
    for name in sorted(os.listdir(place + "/mail")):
        with open(place + "/mail/" + name) as file:
            found.append(file.read())
    return found


def wait_runs(place, count, seconds=150):
    """Until cron has run the job so often; and its mail is out."""
    end = time.monotonic() + seconds
    while len(runs(place)) < count:
        if time.monotonic() > end:
            raise RuntimeError("cron ran %d times" % len(runs(place)))
        time.sleep(0.5)
    time.sleep(1)


HOLD = r"""
import os, socket, sys, threading
port, count = int(sys.argv[1]), int(sys.argv[2])
kept, refused = [], 0
server = socket.create_server(("127.0.0.1", port), backlog=1024)

def accept():
    while True:
        kept.append(server.accept())

threading.Thread(target=accept, daemon=True).start()
for _ in range(count + 20):
    one = socket.socket()
    try:
        one.connect(("127.0.0.1", port))
        kept.append(one)
    except OSError:
        refused += 1
print(refused, flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def namespace():
    subprocess.run(["ip", "netns", "add", NETNS], check=True)
    try:
        inside = ["ip", "netns", "exec", NETNS]
        subprocess.run(inside + ["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(inside + ["sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=40000 %d" % (40000 + HELD - 1)],
                       check=True)
        yield inside
    finally:
        subprocess.run(["ip", "netns", "delete", NETNS], check=False)


@contextlib.contextmanager
def process(words, **options):
    one = subprocess.Popen(words, **options)
    try:
        yield one
    finally:
        if one.stdin:
            one.stdin.close()
        one.terminate()
        one.wait()


def cron(tap, place):
    for name in ("mail", "sbin"):
        os.mkdir("%s/%s" % (place, name))
    environment = dict(os.environ, PLACE=place, NETNS=NETNS)
    with namespace() as inside:
        # the first report of all has no window yet
        tcptune("report", "--netns", NETNS, "--state", place + "/state")
        with process(["unshare", "-m", "sh", "-c", CRON], env=environment, stderr=subprocess.DEVNULL):
            wait_runs(place, 1)
            tap.equal("a quiet minute: cron mails nothing", (runs(place), mails(place)), (["0"], []))
            while time.time() % 60 > 50:
                time.sleep(0.5)
            with process(inside + [sys.executable, "-c", HOLD, str(PORT), str(HELD)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True) as load:
                refused = int(load.stdout.readline())
                tap.line("a load uses up the ports", None if refused > 0 else "nothing was refused")
                wait_runs(place, 2)
                got = mails(place)
                tap.line("cron mails it", None if len(got) == 1 and "ports-exhausted-established" in got[0]
                         and "1 new" in got[0] and "CRITICAL" in got[0] else got)
                wait_runs(place, 3)
                tap.equal("once", (len(mails(place)), runs(place)), (1, ["0"] * 3))
                audit(tap, place)
    print("".join("# " + line + "\n" for line in got[0].splitlines()) if got else "", end="")


def audit(tap, place):
    """The last report was a second ago: too near to count from; ten seconds later it is not."""
    def window():
        done = tcptune("audit", "--netns", NETNS, "--state", place + "/state", "--format", "json")
        return json.loads(done.stdout)["window"]
    time.sleep(10)
    found = window()
    tap.line("audit counts changes from the last report", None if found["kind"] == "interval"
             and 10 <= found["seconds"] < 70 else found)
    done = tcptune("audit", "--netns", NETNS, "--state", place + "/nothing", "--format", "json")
    tap.equal("and without a history since boot", json.loads(done.stdout)["window"]["kind"], "since-boot")
    done = tcptune("audit", "--state", place + "/state", "--format", "json")
    tap.equal("and so in another namespace", json.loads(done.stdout)["window"]["kind"], "since-boot")


def main():
    tap = Tap()
    if os.geteuid() != 0 or not shutil.which("cron"):
        tap.skip("cron", "needs root and cron")
        return tap.end()
    with workplace() as place:
        cron(tap, place)
    return tap.end()


if __name__ == "__main__":
    os.environ.setdefault("TCPTUNE", ROOT + "/build/gcc/src/tcptune")
    sys.exit(main())

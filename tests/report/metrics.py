#!/usr/bin/python3
"""report --prometheus: checked by promtool, scraped by a real prometheus through a real node_exporter."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from reportlib import ROOT, Host, Tap, tcptune, workplace

PROGRAMS = ("promtool", "prometheus", "prometheus-node-exporter")
HOSTILE = 'we"b\\x\n# HELP evil'
RULES = ROOT + "/docs/prometheus.rules.yml"


def promtool(*words, **options):
    done = subprocess.run(["promtool", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    return None if done.returncode == 0 and "lint" not in done.stdout else done.stdout or "exit status"


def check_metrics(path):
    with open(path) as file:
        return promtool("check", "metrics", stdin=file)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def read_metrics(path):
    with open(path) as file:
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in file if not line.startswith("#")}


def wait_for(call, seconds=60):
    """Until it is true; its last answer."""
    end = time.monotonic() + seconds
    while True:
        try:
            answer = call()
        except OSError as error:
            answer = None
            last = error
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def files(tap, place):
    host, out = Host(place + "/host", "s03_ephemeral.remote"), place + "/tcptune.prom"
    done = tcptune("report", "--root", host.folder, "--state", place + "/state", "--prometheus", out)
    tap.line("promtool finds nothing wrong with the file", done.stderr or check_metrics(out))
    metrics = read_metrics(out)
    tap.equal("it has the finding", metrics.get(
        'tcptune_finding{netns="own",id="ports-exhausted-time-wait",severity="critical",subject="10.77.0.1 -> 10.77.0.2:80"}'), 1)
    tap.equal("and the ports of the destination",
              metrics.get('tcptune_ports_used_ratio{netns="own",source="10.77.0.1",destination="10.77.0.2:80"}'), 1)
    tap.equal("others may read it, and nothing else is left behind",
              (oct(os.stat(out).st_mode & 0o777), sorted(os.listdir(place))), ("0o644", ["host", "state", "tcptune.prom"]))
    named = tcptune("report", "--netns", "./" + HOSTILE, "--state", place + "/state", "--prometheus", out)
    tap.line("a namespace that is not there is a failure, which the metrics tell",
             check_metrics(out) or (named.returncode == 0 and "exit status 0")
             or (list(read_metrics(out).values())[0] != 0 and open(out).read()))
    tap.line("a hostile name stays a name", None if "\n# HELP evil" not in open(out).read() else open(out).read())
    before = open(out).read()
    os.mkdir(place + "/no.prom")
    done = tcptune("report", "--root", host.folder, "--state", place + "/state", "--prometheus", place + "/no.prom")
    tap.line("a file that cannot be written is said", None if done.returncode == 3 and "cannot write" in done.stderr else done)
    done = tcptune("report", "--root", host.folder, "--state", place + "/none/none", "--prometheus", out)
    metrics = read_metrics(out)
    tap.equal("without a history there are metrics even so",
              (done.returncode, metrics.get('tcptune_history_usable{netns="own"}'), open(out).read() != before), (0, 0, True))


def bounds(tap, place):
    """1,000 listeners with something in their queue: the file stays small, and says so."""
    host, out = Host(place + "/host"), place + "/tcptune.prom"
    done = subprocess.run(["unshare", "-n", sys.executable, "-c", MANY, os.environ["TCPTUNE"], place + "/state", out],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        tap.line("many listeners", done.stderr)
        return
    metrics = read_metrics(out)
    queues = [name for name in metrics if name.startswith("tcptune_accept_queue_ratio")]
    tap.equal("of 100 queues 32 have a series", len(queues), 32)
    left = [value for name, value in metrics.items() if name.startswith("tcptune_series_left_out")]
    tap.line("and the others are counted", None if left == [68] else left)
    tap.line("promtool takes it", check_metrics(out))
    del host


MANY = r"""
import os, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
kept = []
for port in range(2000, 2100):
    one = socket.socket()
    one.bind(("127.0.0.1", port))
    one.listen(8)
    other = socket.socket()
    other.connect(("127.0.0.1", port))
    kept += [one, other]
sys.exit(subprocess.run([sys.argv[1], "report", "--state", sys.argv[2], "--prometheus", sys.argv[3]],
                        stdout=subprocess.DEVNULL).returncode)
"""


def scrape(tap, place):
    folder = place + "/textfile"
    os.mkdir(folder)
    host = Host(place + "/host", "s03_ephemeral.remote")
    tcptune("report", "--root", host.folder, "--state", place + "/state", "--prometheus", folder + "/tcptune.prom")
    exporter_port, port = free_port(), free_port()
    shutil.copy(RULES, place + "/rules.yml")
    with open(place + "/prometheus.yml", "w") as file:
        file.write("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\nscrape_configs:\n"
                   "  - job_name: node\n    static_configs: [{targets: ['127.0.0.1:%d']}]\n" % exporter_port)
    started = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for words in (
        ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
         "--collector.textfile.directory=" + folder, "--web.listen-address=127.0.0.1:%d" % exporter_port],
        ["prometheus", "--config.file=" + place + "/prometheus.yml", "--storage.tsdb.path=" + place + "/tsdb",
         "--web.listen-address=127.0.0.1:%d" % port])]

    def ask(path, **fields):
        url = "http://127.0.0.1:%d/api/v1/%s?%s" % (port, path, urllib.parse.urlencode(fields))
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    try:
        found = wait_for(lambda: ask("query", query='tcptune_finding{severity="critical"}')["result"])
        tap.equal("prometheus answers a query", found and found[0]["metric"]["id"], "ports-exhausted-time-wait")
        firing = wait_for(lambda: [one for one in ask("alerts")["alerts"] if one["state"] == "firing"])
        tap.line("and fires the alert", None if firing and any(
            one["labels"]["alertname"] == "TcptuneCritical" for one in firing) else firing)
        errors = wait_for(lambda: ask("query", query="node_textfile_scrape_error")["result"])
        tap.equal("node_exporter has nothing to complain of", errors and errors[0]["value"][1], "0")
    finally:
        for one in started:
            one.send_signal(signal.SIGTERM)
            one.wait()


def main():
    tap = Tap()
    missing = [one for one in PROGRAMS if not shutil.which(one)]
    if missing:
        tap.skip("metrics", "%s is not installed" % ", ".join(missing))
        return tap.end()
    tap.line("promtool finds nothing wrong with the alerts", promtool("check", "rules", RULES))
    tap.line("each fires when it must", promtool("test", "rules", "prometheus.rules.test.yml", cwd=ROOT + "/tests/report"))
    for scene in (files, bounds, scrape):
        with workplace() as place:
            scene(tap, place)
    return tap.end()


if __name__ == "__main__":
    os.environ.setdefault("TCPTUNE", ROOT + "/build/gcc/src/tcptune")
    sys.exit(main())

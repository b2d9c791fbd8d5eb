#!/usr/bin/python3
"""
The chain: audit finds it, `apply --fix` changes it, the measured failure is gone, audit is quiet, and
`undo` brings the old tree back. With the loads of tests/lab.
"""
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

import accept_queue  # noqa: E402
import ports  # noqa: E402
import scenario  # noqa: E402
import traffic  # noqa: E402
from applylib import State, Tap, differences, said, tree  # noqa: E402
from bench import lock_machine  # noqa: E402


def tree_of(namespace):
    with namespace.entered():
        return tree()


def ids(report):
    return [finding["id"] for finding in report["findings"] if finding["severity"] != "info"]


def fix(state, namespace, finding):
    return state.run("apply", "--netns", namespace.name, "--fix", finding, "--interval", "1s", "--yes")


def check_ports(tap):
    """500 ports to one service, all in TIME_WAIT."""
    with scenario.Laboratory() as lab, State() as state:
        _, client = ports.remote(lab, 40000, 40499, tcp_tw_reuse=0)
        target = (ports_server(client), 80)
        before = tree_of(client)
        ports.fill(lab, client, [target], 700, "EADDRNOTAVAIL")
        found = ids(lab.audit(client))
        done = fix(state, client, ports.TIME_WAIT)
        with client.entered():
            outcome = traffic.open_and_close([target], 300)
        after = lab.audit(client)
        undone = state.run("undo", "1")
        tap.ok(ports.TIME_WAIT in found, "audit finds the exhausted ports", found)
        tap.ok(done.returncode == 0, "apply --fix sets what the finding says", said(done))
        tap.ok(outcome["ok"] == 300, "connections work again: %s" % dict(outcome))
        tap.ok(not ids(after), "audit is quiet", ids(after))
        tap.ok(undone.returncode == 0 and not differences(before, tree_of(client)), "the tree is the old one",
               said(undone), differences(before, tree_of(client)))


def ports_server(client):
    """The address at the other end of the cable."""
    return client.address.rsplit(".", 1)[0] + ".2"


def check_somaxconn(tap):
    """somaxconn = 8 clamps a program that asks for 4096."""
    with scenario.Laboratory() as lab, State() as state:
        server, client = lab.pair()
        server.sysctl("net.core.somaxconn", 8)
        before = tree_of(server)
        program = server.start(traffic.accept_in_naps, "0.0.0.0", 8080, 4096, 0.2, name="tt-shop")
        server.wait_listening(8080)
        client.start(traffic.connect_in_bursts, (server.address, 8080), 100, 0.1)
        time.sleep(0.5)
        found = ids(lab.audit(server, grows=accept_queue.OVERFLOW))
        done = fix(state, server, accept_queue.SOMAXCONN)
        still = ids(lab.audit(server, grows=accept_queue.OVERFLOW))
        program.kill()
        server.start(traffic.accept_in_naps, "0.0.0.0", 8080, 4096, 0.2, name="tt-shop")
        server.wait_listening(8080)
        time.sleep(0.5)
        after = ids(lab.audit(server, still=accept_queue.OVERFLOW))
        undone = state.run("undo", "1")
        tap.ok(accept_queue.SOMAXCONN in found, "audit finds the clamped queue", found)
        tap.ok(done.returncode == 0 and "next listen()" in " ".join(done.stdout.split()),
               "apply --fix sets somaxconn and says that it acts at the next listen()", said(done))
        tap.ok(still, "before the restart the queue still overflows", still)
        tap.ok(not after, "after the restart it does not, and audit is quiet", after)
        tap.ok(undone.returncode == 0 and not differences(before, tree_of(server)), "the tree is the old one",
               said(undone), differences(before, tree_of(server)))


def check_nothing_to_fix(tap):
    with scenario.Laboratory() as lab, State() as state:
        host = lab.namespace()
        done = fix(state, host, ports.TIME_WAIT)
        tap.ok(done.returncode == 0 and "does not find it now" in done.stderr and
               not state.json("history")[0]["changes"], "a finding that is not there changes nothing", said(done))


def main():
    tap = Tap()
    lock = lock_machine()
    if not lock:
        tap.ok(False, "another laboratory keeps the machine")
    check_ports(tap)
    check_somaxconn(tap)
    check_nothing_to_fix(tap)
    tap.end()


main()

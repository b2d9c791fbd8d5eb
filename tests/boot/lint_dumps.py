#!/usr/bin/env python3
"""Lint over what real kernels have by themselves: nearly nothing may be said of it.

Each recorded kernel's writable keys become a file of sysctls with the values that they
had; lint is asked about that very release.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KERNELS = os.environ.get("TCPTUNE_KERNELS", os.path.join(ROOT, "build/fixtures/kernels/kernels"))
TCPTUNE = os.path.abspath(os.environ.get("TCPTUNE", os.path.join(ROOT, "build/gcc/src/tcptune")))

# What is said of a kernel's own values, and why that is right: {(id, key): reason}
FINE = {
    ("harmful-value", "net.ipv4.tcp_max_tw_buckets"): "machines of 2 GiB; lint was not told so",
    ("lowers-default", "net.ipv4.tcp_rmem"): "machines of 2 GiB; lint was not told so",
    ("misbelief", "net.ipv4.tcp_max_syn_backlog"): "also true of the default",
    # a fault of stable releases of 5.10, mended since
    ("nonsense-value", "net.netfilter.nf_conntrack_sctp_timeout_shutdown_recd"): "5.10.46 has 0",
    ("nonsense-value", "net.netfilter.nf_conntrack_sctp_timeout_shutdown_sent"): "5.10.46 has 0",
}
QUIET = {"absent-here", "no-effect-key"}          # notes about what is no matter of values


def read_dump(path):
    """Lines of a file of sysctls, of the keys that can be written."""
    lines = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, mode, value = line.rstrip("\n").split("\t")
            if mode[1] in "2367" and not value.startswith("<errno"):
                lines.append("%s = %s" % (key, value))
    return lines


def lint(lines, release, folder):
    path = os.path.join(folder, "own.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    result = subprocess.run([TCPTUNE, "lint", "--kernel", release, "--format", "json", path],
                            stdout=subprocess.PIPE, check=False)
    return json.loads(result.stdout)["messages"]


def check(kernel, folder):
    """How many lines, and the messages that should not be."""
    count, wrong = 0, []
    release = kernel.split("-")[0]
    for name in ("base", "mods"):
        lines = read_dump(os.path.join(KERNELS, kernel, "sysctl-net." + name))
        count += len(lines)
        for message in lint(lines, release, folder):
            if message["severity"] == "note" and message["id"] in QUIET:
                continue
            if (message["id"], message["key"]) not in FINE:
                wrong.append("%s [%s]: %s" % (lines[message["line"] - 1], message["id"], message["text"]))
    return count, wrong


def main():
    kernels = sorted(os.listdir(KERNELS))
    failures = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number, kernel in enumerate(kernels, 1):
            count, wrong = check(kernel, folder)
            is_fine = not wrong and count > 500
            failures[kernel] += not is_fine
            print("%sok %d - %s: %d values of its own" % ("" if is_fine else "not ", number, kernel, count))
            for text in wrong:
                print("# " + text)
    print("1..%d" % len(kernels))
    return int(any(failures.values()) or not kernels)


sys.exit(main())

#!/usr/bin/env python3
"""Lint's JSON and SARIF against their schemas, bad input, and how long 10,000 lines take.

SARIF's schema is the published one, 2.1.0-rtm.5, as the npm package @microsoft/jest-sarif
1.0.0-beta.0 (MIT) ships it.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(ROOT, "tests", "fixtures", "sysctl")
TCPTUNE = os.path.abspath(os.environ.get("TCPTUNE", os.path.join(ROOT, "build/gcc/src/tcptune")))
RESULTS = []


def tell(is_fine, text):
    RESULTS.append(is_fine)
    print("%sok %d - %s" % ("" if is_fine else "not ", len(RESULTS), text))


def lint(*words):
    return subprocess.run([TCPTUNE, "lint", "--kernel", "6.18"] + list(words), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)


def load(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return json.load(file)


def check_schemas():
    sarif = jsonschema.Draft4Validator(load("tests", "fixtures", "sarif", "sarif-2.1.0-rtm.5.json"))
    own = jsonschema.Draft7Validator(load("docs", "lint.schema.json"))
    for name, validator in (("json", own), ("sarif", sarif)):
        told = json.loads(lint("--format", name, CORPUS).stdout)
        problems = [error.message for error in validator.iter_errors(told)]
        tell(not problems, "%s of the corpus is valid" % name)
        for problem in problems[:5]:
            print("# " + problem[:300])
    results = told["runs"][0]["results"]
    rules = [rule["id"] for rule in told["runs"][0]["tool"]["driver"]["rules"]]
    tell(all(rules[r["ruleIndex"]] == r["ruleId"] for r in results), "a result names its rule")
    tell(any(r["suppressions"] for r in results), "what is waived is suppressed")


def check_bad_input(folder):
    path = os.path.join(folder, "bad.conf")
    for name, data in (("any bytes", bytes(range(256)) * 40), ("one long line", b"net.x=" + b"1" * 2000000),
                       ("no newline", b"net.ipv4.tcp_sack"), ("empty", b"")):
        with open(path, "wb") as file:
            file.write(data)
        told = lint("--format", "json", path)
        tell(told.returncode in (0, 1) and json.loads(told.stdout), "%s: no crash" % name)
    os.mkfifo(os.path.join(folder, "pipe.conf"))
    os.symlink("loop.conf", os.path.join(folder, "loop.conf"))
    for name in ("pipe.conf", "loop.conf", "nowhere.conf"):
        told = lint(os.path.join(folder, name))
        tell(told.returncode == 2 and name.encode() in told.stderr, "%s is complained about" % name)
    tell(lint(folder).returncode in (0, 1), "a folder with them is looked at")


def check_million(folder):
    path = os.path.join(folder, "million.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write("net.ipv4.tcp_keepalive_time = 600\n" * 1000000)
    told = lint("--format", "json", path)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    tell(json.loads(told.stdout)["left_out"] > 0 and memory < 1024 * 1024,
         "a million lines take %d MiB" % (memory // 1024))
    os.unlink(path)


def check_speed(folder):
    path = os.path.join(folder, "speed.conf")
    with open(os.path.join(CORPUS, "clean-wan.conf"), encoding="ascii") as file:
        sample = file.read().splitlines()
    lines = ["net.ipv4.conf.eth%d.rp_filter = 1" % i for i in range(9000)] + \
            ["# a comment"] * 900 + (sample * 20)[:100]
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    best = 1e9
    for _ in range(7):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        lint(path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    limit = 0.05 if "sanitize" not in TCPTUNE else 1
    tell(best < limit, "10,000 lines take %.0f ms of CPU" % (best * 1000))


def main():
    check_schemas()
    with tempfile.TemporaryDirectory() as folder:
        check_bad_input(folder)
        check_million(folder)
        check_speed(folder)
    print("1..%d" % len(RESULTS))
    return int(not all(RESULTS))


sys.exit(main())

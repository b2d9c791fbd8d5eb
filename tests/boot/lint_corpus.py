#!/usr/bin/env python3
"""Lint over the corpus of tests/fixtures/sysctl, against its table of expectations."""
import collections
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(ROOT, "tests", "fixtures", "sysctl")
TCPTUNE = os.path.abspath(os.environ.get("TCPTUNE", os.path.join(ROOT, "build/gcc/src/tcptune")))
IDS = """removed-key unknown-key vendor-key absent-here no-effect-key refused-value nonsense-value
unit-mistake harmful-value lowers-default contradiction port-range-conflict misbelief duplicate-key
shadowed-line inline-comment quoted-value syntax loader-difference not-read""".split()


def read_table():
    rows, near = [], []
    with open(os.path.join(CORPUS, "expected.tsv"), encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if line.startswith("#"):
                continue
            if cells[0] == "near":
                near.append((cells[1], int(cells[2]), cells[3]))
            else:
                rows.append(cells)
    return rows, near


def lint(name, kernel):
    is_host = name.startswith("hosts/")
    words = [TCPTUNE, "lint", "--format", "json", "--kernel", kernel]
    words += ["--root", name] if is_host else [name]
    result = subprocess.run(words, cwd=CORPUS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if result.returncode not in (0, 1):
        raise RuntimeError("%s: %d %s" % (name, result.returncode, result.stderr.decode()))
    told = json.loads(result.stdout)
    found = []
    for message in told["messages"]:
        if not message["text"] or "\n" in message["text"] or message["column"] < 1:
            raise RuntimeError("%s: a bad message: %r" % (name, message))
        words = [str(message["line"]), message["id"], message["severity"]]
        found.append(":".join(([message["file"].lstrip("/")] if is_host else []) + words))
    return sorted(found), result.returncode


def place(word, file):
    """Where a near miss counts: a file that is not read is beside others of its host."""
    return "/".join(file.split("/")[:2]) if word == "not-read" else file


def main():
    rows, near = read_table()
    number = failures = 0

    def tell(is_fine, text):
        nonlocal number, failures
        number += 1
        failures += not is_fine
        print("%sok %d - %s" % ("" if is_fine else "not ", number, text))

    said = collections.defaultdict(set)                 # id: {(file, line)}
    for name, kernel, cell in rows:
        expected = sorted([] if cell == "-" else cell.split(" "))
        try:
            found, status = lint(name, kernel)
        except RuntimeError as error:
            found, status = [str(error)], 2
        has_error = any(text.endswith(":error") for text in expected)
        tell(found == expected and status == has_error, "%s on Linux %s" % (name, kernel))
        for text in sorted(set(found) ^ set(expected)):
            print("# %s: %s" % ("unexpected" if text in found else "missing", text))
        for text in found:
            *file, line, word, _ = text.split(":")
            said[word].add(("/".join([name] + file), int(line)))
    for name in IDS:
        files = {file for file, _ in said[name]}
        beside = {file for file, line, word in near if word == name and (file, line) not in said[name]}
        both = {place(name, file) for file in files} & {place(name, file) for file in beside}
        tell(len(files) >= 2 and len(both) >= 2,
             "%s is said of %d files, in %d with a near miss beside it" % (name, len(files), len(both)))
    wrong = [row for row in near if (row[0], row[1]) in said[row[2]]]
    tell(not wrong, "nothing is said of %d near misses" % len(near))
    for row in wrong:
        print("# %s:%d: %s" % row)
    files = [name for folder, _, names in os.walk(CORPUS) for name in names if os.path.getsize(os.path.join(folder, name))]
    unused = set(os.listdir(CORPUS)) - {name.split("/")[0] for name, _, _ in rows} - {"expected.tsv"}
    tell(len(files) > 40 and not unused, "the corpus has %d files, all of them used" % (len(files) - 1))
    print("1..%d" % number)
    return 1 if failures else 0


sys.exit(main())

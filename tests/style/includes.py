#!/usr/bin/python3
"""Who may include whom: the table of docs/ARCHITECTURE.md, checked against every #include."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(ROOT, "docs", "ARCHITECTURE.md")


def read_table():
    """The rows `| folder/ | knows | may include |` of the document."""
    allowed = {}
    with open(TABLE, encoding="utf-8") as file:
        for line in file:
            row = re.match(r"\| `(\w+)/` \|[^|]*\| ([^|]*) \|", line)
            if row:
                allowed[row[1]] = set(re.findall(r"`(\w+)`", row[2]))
    return allowed


def includes(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = re.match(r'#include "(\w+)/', line)
            if match:
                yield number, match[1]


def sources(folder):
    for base, _, names in os.walk(folder):
        yield from (os.path.join(base, name) for name in sorted(names)
                    if name.endswith((".c", ".h")))


def main():
    allowed = read_table()
    number = failures = 0
    for folder in sorted(os.listdir(os.path.join(ROOT, "src"))):
        path = os.path.join(ROOT, "src", folder)
        if not os.path.isdir(path) or folder == "data":
            continue
        number += 1
        wrong = [] if folder in allowed else ["the table has no row for it"]
        for source in sources(path):
            for line, target in includes(source):
                if target != folder and target not in allowed.get(folder, set()):
                    wrong.append("%s:%d includes %s/" % (os.path.relpath(source, ROOT), line, target))
        failures += bool(wrong)
        print("%sok %d - %s/ includes only what it may" % ("not " if wrong else "", number, folder))
        for text in wrong:
            print("# " + text)
    # the check itself: a table that allows nothing must find something
    number += 1
    found = any(target != "base" for source in sources(os.path.join(ROOT, "src", "cli"))
                for _, target in includes(source))
    failures += not found
    print("%sok %d - the check sees includes" % ("" if found else "not ", number))
    print("1..%d" % number)
    return 1 if failures else 0


sys.exit(main())

"""Instructions that hot paths run, by callgrind: a check that does not depend on the clock."""
import json
import os
import re
import subprocess

import load

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "counts.json")
SLACK = 0.15  # another compiler or library differs by less
FEW, MANY = 1000, 5000


def instructions(folder, netns, command):
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + os.path.join(folder, "callgrind")]
    result = subprocess.run(load.enter(netns, valgrind + command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    found = re.search(r"Collected : (\d+)", result.stderr)
    if not found:
        raise SystemExit("valgrind: %s" % result.stderr)
    return int(found.group(1))


def inside(folder, tcptune, kind, count):
    with load.sockets(folder, kind, count) as name:
        return instructions(folder, name, [tcptune, "audit"])


def per_socket(folder, tcptune, kind):
    """What each further socket costs. Memory that is set to zero first costs the same in both."""
    return (inside(folder, tcptune, kind, MANY) - inside(folder, tcptune, kind, FEW)) / (MANY - FEW)


def count(folder, tcptune):
    with load.namespace("s") as (name,):
        found = {"audit, an empty namespace": instructions(folder, name, [tcptune, "audit"]),
                 "start and end": instructions(folder, name, [tcptune, "--version"])}
    for kind in ("established", "inbound"):
        found["a socket, " + kind] = round(per_socket(folder, tcptune, kind))
    return found


def check(folder, tcptune, is_new):
    """Print the table; 1 if something runs more than it may."""
    found = count(folder, tcptune)
    if is_new:
        with open(FILE, "w", encoding="ascii") as file:
            json.dump(found, file, indent=1)
            file.write("\n")
    with open(FILE, encoding="ascii") as file:
        recorded = json.load(file)
    worse = [name for name in found if found[name] > recorded[name] * (1 + SLACK)]
    print("\nInstructions, in user space\n\n| what | instructions | recorded | |\n|---|---|---|---|")
    for name, number in found.items():
        print("| %s | %s | %s | %s |" % (name, format(number, ","), format(recorded[name], ","),
                                         "MORE" if name in worse else ""))
    return 1 if worse else 0

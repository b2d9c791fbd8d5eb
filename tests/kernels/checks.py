"""What must hold of the results of job.sh. The guest is the witness: what tcptune said of its kernel
is compared with what that kernel's own files show."""
import fnmatch
import glob
import json
import os
import re
import shlex
import subprocess
import sys

import jsonschema

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOOKS = ["audit.json", "nobody.json", "netns.json", "interval.json", "overflow.json"]
SCHEMAS = dict.fromkeys(LOOKS, "audit") | {"plan.json": "apply", "lint.json": "lint"}
# A kernel without the module that lists sockets is asked, too, as is one without IPv6.
QEMU_MODULES = "nf_conntrack tcp_bbr"
STATUSES = {
    "audit-all.txt": (0, 1), "audit.json": (1,), "nobody.txt": (0, 1), "nobody.json": (0, 1), "netns.json": (0, 1),
    "interval.json": (0, 1), "profile.txt": (1,), "explain.txt": (0,), "boot.json": (0, 1), "lint.json": (0,),
    "plan.json": (1,), "plan-nobody.txt": (1,), "overflow.json": (0, 1), "sysctl.tsv": (0,), "counter.tsv": (0,),
    "source.tsv": (0,), "guest.tap": (0,), "job": (0,),
}
# What they may say on standard error.
COMPLAINTS = {"plan-nobody.txt": "this needs root"}
# Tables, and views over them, whose source is not the list of TCP sockets; None: every kernel has it.
TABLE_MODULES = {"udp_socket": "udp_diag", "capture": "af_packet_diag", "link": None, "offload": None,
                 "softnet": None, "log_line": None, "boot_setting": None, "process": "tcp_diag"}
# Groups of counters that the guest's own files show.
COUNTER_FILES = ("TcpExt.", "IpExt.", "Tcp.", "Udp.", "UdpLite.", "Ip.", "Icmp.", "MPTcpExt.", "nf_conntrack.")
quoted = shlex.quote


class Tap:
    """Test Anything Protocol."""

    def __init__(self):
        self.number = self.failures = 0

    def ok(self, condition, name, *notes):
        self.number += 1
        self.failures += not condition
        print("%sok %d - %s" % ("" if condition else "not ", self.number, name))
        for note in notes if not condition else ():
            for line in str(note).splitlines() or [""]:
                print("# " + line)
        sys.stdout.flush()

    def note(self, text):
        print("# " + text, flush=True)

    def skip(self, name, reason):
        self.number += 1
        print("ok %d - %s # SKIP %s" % (self.number, name, reason))

    def end(self):
        print("1..%d" % self.number)
        return 1 if self.failures else 0


def catalog_keys(tools):
    """Every key and family that tcptune knows, but for secrets."""
    listed = subprocess.run([tools + "/evidence_dump", "--keys"], stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split("\t") for line in listed.splitlines()]
    return [name for name, is_secret, _ in rows if is_secret == "0"]


def guest_files(kernel, tools, lab):
    """What job.sh reads. lab: the folder of the repository, the program in it, names of scenarios."""
    keys = [key for key in catalog_keys(tools) if "*" not in key]
    return {
        "modules": "" if kernel.is_uml else QEMU_MODULES + "\n",
        "words": "\n".join(keys) + "\n",
        "lint.conf": "".join("%s = 1\n" % key for key in keys),
        "sysctl.conf": "net.core.somaxconn = 4096\nnet.ipv4.tcp_plb_enabled = 0\nnet.ipv4.tcp_tw_recycle = 1\n",
        "lab": "\n".join(lab) + "\n" if lab else "",
    }


def same(a, b):
    return a is not None and b is not None and a.split() == b.split()


def rows_of(text):
    return [line.split("\t") for line in text.splitlines()]


class Witness:
    """The guest's own files, read."""

    def __init__(self, kernel, results):
        self.kernel, self.results = kernel, results
        self.names = {path[len("/proc/sys/"):].replace("/", ".")
                      for path in results["before.names"].splitlines()}
        self.values = [self._values(results[moment + ".values"]) for moment in ("before", "after")]
        self.counters = [self._counters(results[moment + ".counters"]) for moment in ("before", "after")]
        self.has_ipv6 = any(key.startswith("net.ipv6.") for key in self.names)
        self.can_list = kernel.has_module("tcp_diag") and kernel.has_module("inet_diag")

    @staticmethod
    def _values(text):
        values = {}
        for line in text.splitlines():
            path, _, value = line.partition(":")
            key = path[len("/proc/sys/"):].replace("/", ".")
            values[key] = values[key] + "\n" + value if key in values else value
        return values

    @staticmethod
    def _counters(text):
        """netstat and snmp: pairs of lines; snmp6: a name and a number; conntrack: a heading."""
        counters, heads = {}, {}
        for line in text.splitlines():
            words = line.split()
            group = words[0][:-1] if words and words[0].endswith(":") else None
            if group and group in heads:
                counters.update(zip(("%s.%s" % (group, name) for name in heads.pop(group)), map(int, words[1:])))
            elif group:
                heads[group] = words[1:]
            elif len(words) == 2 and "6" in words[0]:
                counters[re.sub("^((Udp|UdpLite|Icmp|Ip)6)", r"\1.", words[0])] = int(words[1])
            elif words[:1] == ["entries"]:
                counters.update(("nf_conntrack." + name, None) for name in words)
        return counters

    def json(self, name):
        return json.loads(self.results[name])

    def is_value(self, key, value):
        return any(same(values.get(key, "" if key in self.names else None), value) for values in self.values)

    def has(self, need):
        """Whether this guest has what a rule needs."""
        if need.startswith(("net.", "fs.")):
            return need in self.names or bool(fnmatch.filter(self.names, need))
        if need == "nf_conntrack.count":
            return "net.netfilter.nf_conntrack_count" in self.names
        if need.startswith("ndisc_cache."):
            return self.has_ipv6
        if "." in need:
            return need in self.counters[0] or not need.startswith(COUNTER_FILES)
        module = next((module for table, module in TABLE_MODULES.items() if need.startswith(table)), "tcp_diag")
        if module == "udp_diag" and not self.has_ipv6:
            return False
        return module is None or self.kernel.has_module(module)


def rule_needs():
    """Of the built-in rules: id -> names. A line that is indented continues the one above."""
    needs = {}
    for path in glob.glob(SOURCE + "/profiles/rules/*.sql"):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"\n-- {2,}", " ", file.read())
        found = re.search(r"^-- needs: *(.*)$", text, re.MULTILINE)
        needs[os.path.basename(path)[:-4]] = [name.strip() for name in found.group(1).split(",")] if found else []
    return needs


# --- the checks: each returns what is wrong ---------------------------------------------


def every_command_ends_as_documented(seen):
    problems = []
    for name, allowed in STATUSES.items():
        status = int(seen.results[name + ".status"])
        complaints = seen.results.get(name + ".err", "").strip()
        if name in COMPLAINTS and COMPLAINTS[name] in complaints:
            complaints = ""
        if status not in allowed or complaints:
            problems.append("%s: exit status %d %s %s" % (name, status, complaints,
                                                          seen.results[name] if name == "guest.tap" else ""))
    return problems


def documents_follow_their_schemas(seen):
    problems = []
    for name, schema in SCHEMAS.items():
        with open("%s/docs/%s.schema.json" % (SOURCE, schema), encoding="utf-8") as file:
            validator = jsonschema.Draft202012Validator(json.load(file))
        problems += ["%s: %s: %s" % (name, error.json_path, error.message)
                     for error in validator.iter_errors(seen.json(name))]
    return problems


def kernel_and_namespace_are_named(seen):
    problems = []
    release, boot_id = seen.results["release"].strip(), seen.results["boot_id"].strip()
    for name in LOOKS:
        said = seen.json(name)["kernel"]
        if said["release"] != release or said["boot_id"] != boot_id or said["is_init_netns"] != (name != "netns.json"):
            problems.append("%s: %s" % (name, said))
    return problems


def sysctls_are_what_proc_shows(seen):
    """Both ways: what is there has its value, what is not there is absent."""
    problems = []
    for key, value, reason in rows_of(seen.results["sysctl.tsv"]):
        if value != "NULL" and not seen.is_value(key, value):
            problems.append("%s = %s, but /proc/sys has %s" % (key, value, seen.values[0].get(key)))
        elif value == "NULL" and (reason == "absent") == (key in seen.names):
            problems.append("%s is %s, and %s /proc/sys" % (key, reason, "in" if key in seen.names else "not in"))
    return problems


def counters_are_those_of_the_kernel(seen):
    """Both ways: no counter that the kernel lacks has a value, and each value is between two readings."""
    problems = []
    said = {name: int(value) for name, value in rows_of(seen.results["counter.tsv"])}
    files = COUNTER_FILES[:-1]
    for name, value in said.items():
        low, high = (counters.get(name) for counters in seen.counters)
        if name.startswith(files) and low is None:
            problems.append("%s = %d, which this kernel does not have" % (name, value))
        elif name.startswith(files) and low <= high and not low <= value <= high:
            problems.append("%s = %d, not between %d and %d" % (name, value, low, high))
    common = [name for name in said if name in seen.counters[0]]
    if len(common) < 150:
        problems.append("only %d counters could be compared" % len(common))
    return problems


def what_cannot_be_judged_is_named(seen):
    """Exactly the rules that need something which this kernel does not give."""
    expected = {rule for rule, needs in rule_needs().items() if not all(map(seen.has, needs))}
    problems = []
    for name in ("audit.json", "nobody.json"):
        report = seen.json(name)
        said = {row["id"]: row["reason"] for row in report["cannot_tell"]}
        # a rule may also say of its rows, or of what this user may not read, that it cannot tell
        problems += ["%s: %s: %s, but all it needs is there" % (name, rule, said[rule]) for rule in set(said) - expected
                     if said[rule].startswith("needs ") and name == "audit.json"]
        problems += ["%s: %s judged without what it needs" % (name, rule) for rule in expected - set(said)]
        problems += ["%s: broken rule %s" % (name, row) for row in report["broken_rules"]]
    return problems


def sources_say_what_they_could_not_read(seen):
    problems = []
    states = {name: (state, reason) for name, state, reason in rows_of(seen.results["source.tsv"])}
    for name, module in (("tcp", "tcp_diag"), ("udp", "udp_diag"), ("packet", "af_packet_diag")):
        is_there = seen.kernel.has_module(module)
        if name == "udp" and is_there and not seen.has_ipv6:
            expected = "unreadable"
        else:
            expected = "ok" if is_there else "absent"
        if states[name][0] != expected:
            problems.append("%s: %s, and the module is %s" % (name, states[name], "there" if is_there else "missing"))
    has_conntrack = "net.netfilter.nf_conntrack_count" in seen.names
    if (states["nf_conntrack"][0] == "absent") == has_conntrack:
        problems.append("nf_conntrack: %s" % (states["nf_conntrack"],))
    if (states["snmp6"][0] == "ok") != seen.has_ipv6:
        problems.append("snmp6: %s" % (states["snmp6"],))
    return problems + ["%s: no reason" % name for name, (state, reason) in states.items()
                       if state != "ok" and reason == "NULL"]


def looking_changes_nothing(seen):
    """No module was loaded that brings keys, and no key that only an administrator changes moved."""
    after = {path[len("/proc/sys/"):].replace("/", ".") for path in seen.results["after.names"].splitlines()}
    problems = sorted(after ^ seen.names)
    catalogued = [row[0] for row in rows_of(seen.results["sysctl.tsv"])]
    return problems + ["%s: %s, then %s" % (key, seen.values[0].get(key), seen.values[1].get(key)) for key in catalogued
                       if seen.values[0].get(key) != seen.values[1].get(key) and not key.endswith("_count")]


def profile_is_compared_with_what_is_there(seen):
    problems = []
    rows = seen.json("audit.json")["profile"]
    for row in rows:
        if (row["verdict"] == "not here") == (row["key"] in seen.names):
            problems.append("%s: %s" % (row["key"], row["verdict"]))
        elif row["live"] is not None and not seen.is_value(row["key"], row["live"]):
            problems.append("%s: live %s" % (row["key"], row["live"]))
    return problems if rows else ["no keys"]


def plan_is_made_of_what_is_there(seen):
    problems = []
    rows = seen.json("plan.json")["changes"]
    for row in rows:
        if (row["state"] == "not here") == (row["key"] in seen.names):
            problems.append("%s: %s" % (row["key"], row["state"]))
        elif row["now"] is not None and not seen.is_value(row["key"], row["now"]):
            problems.append("%s: now %s" % (row["key"], row["now"]))
    return problems if rows else ["no keys"]


def explain_shows_live_values(seen):
    problems, count = [], 0
    for key, value in re.findall(r"^([a-z0-9_.-]+) =(.*)$", seen.results["explain.txt"], re.MULTILINE):
        count += 1
        if not seen.is_value(key, value):
            problems.append("%s = %s, but /proc/sys has %s" % (key, value, seen.values[0].get(key)))
    for key, reason in re.findall(r"^([a-z0-9_./-]+) \(on this host: ([^)]*)\)", seen.results["explain.txt"],
                                  re.MULTILINE):
        count += 1
        if (reason == "absent") == (key in seen.names):
            problems.append("%s: %s" % (key, reason))
    wanted = len(rows_of(seen.results["words"]))
    return problems + ([] if count == wanted else ["%d keys of %d" % (count, wanted)])


def lint_knows_which_keys_are_missing(seen):
    """lint may not know, but it must not call missing what is here."""
    problems = []
    for row in seen.json("lint.json")["messages"]:
        # of keys that come with a module it says so, loaded or not
        if "only once the module" not in row["text"] and row["id"] in ("removed-key", "absent-here", "unknown-key") and row["key"] in seen.names:
            problems.append("%s: %s" % (row["key"], row["text"]))
    return problems


def overflow_is_found_or_not_judged(seen):
    """The accept queue of the program 'overflow' is found wherever sockets can be listed."""
    report = seen.json("overflow.json")
    found = [row for row in report["findings"] if row["id"] == "accept-queue-program"]
    if not seen.can_list:
        unknown = {row["id"] for row in report["cannot_tell"]}
        missing = {"accept-queue-program", "accept-queue-somaxconn", "accept-queue-stalled"} - unknown
        return ["%s judged without sockets" % rule for rule in missing] + [str(row) for row in found]
    if len(found) != 1:
        return ["found: %s" % [row["id"] for row in report["findings"]]]
    said = {name: found[0]["evidence"].get(name) for name in ("program", "port", "queue_limit")}
    expected = {"program": "overflow", "port": 8080, "queue_limit": 8}
    return [] if said == expected else ["evidence: %s" % said]


def what_was_applied_is_taken_back(seen):
    text = seen.results["guest.tap"]
    return [] if re.search(r"^1\.\.[1-9]", text, re.MULTILINE) and not re.search("^not ok", text, re.MULTILINE) else [text]


def laboratory_agrees(seen):
    scenarios = seen.results["lab"].splitlines()[2:]
    text = seen.results.get("lab.tap", "")
    right = re.findall(r"^ok 1 - (\S+):", text, re.MULTILINE)
    return [] if right == scenarios else [text]


CHECKS = [
    every_command_ends_as_documented, documents_follow_their_schemas, kernel_and_namespace_are_named,
    sysctls_are_what_proc_shows, counters_are_those_of_the_kernel, what_cannot_be_judged_is_named,
    sources_say_what_they_could_not_read, looking_changes_nothing, profile_is_compared_with_what_is_there, plan_is_made_of_what_is_there,
    explain_shows_live_values, lint_knows_which_keys_are_missing, overflow_is_found_or_not_judged,
    what_was_applied_is_taken_back, laboratory_agrees,
]


def check(tap, kernel, results):
    seen = Witness(kernel, results)
    for one in CHECKS:
        if one is laboratory_agrees and not results["lab"].strip():
            continue
        problems = one(seen)
        tap.ok(not problems, "%s: %s" % (kernel.name, one.__name__.replace("_", " ")), *problems[:20])

#!/usr/bin/env python3
"""The simulated loaders against the real ones: systemd-sysctl and procps' sysctl --system.

    tests/boot/differential.py [TREES [SEED]]

Each generated tree of sysctl files is loaded by the real program in a network namespace of
its own, under strace, and compared with what `tcptune boot` said before: every write with
its bytes and its place in the order, and every value that the kernel holds at the end.
All folders of sysctl files and /etc/sysctl.conf are replaced by the generated ones, and
only keys that the namespace owns occur; the test ends at once if it is not in a new mount
namespace and a new network namespace.
"""
import collections
import ctypes
import json
import os
import random
import re
import shutil
import subprocess
import sys

TCPTUNE = os.environ.get("TCPTUNE", "build/gcc/src/tcptune")
SYSTEMD = next((p for p in ("/usr/lib/systemd/systemd-sysctl", "/lib/systemd/systemd-sysctl")
                if os.path.exists(p)), None)
PROCPS = shutil.which("sysctl", path="/usr/sbin:/sbin:/usr/bin:/bin")
STRACE = shutil.which("strace")
CLONE_NEWNET = 0x40000000
LOADERS = ["systemd", "procps"]
WORKERS = 4
FOLDERS = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"]
KINDS = ["dummy", "bridge", "ifb"]
INTERFACES = ["lo", "all", "default", "d0", "d0.5", "d1.7.9"]

# Keys of one network namespace, with values that the kernel takes and refuses.
NUMBERS = {
    "net/ipv4/tcp_fin_timeout": ["10", "30", "0x20", "010", "-5", "abc", "30abc", ""],
    "net/ipv4/tcp_syncookies": ["0", "1", "2", "255", "256", "-1"],
    "net/ipv4/tcp_tw_reuse": ["0", "1", "2", "3"],
    "net/ipv4/tcp_keepalive_time": ["60", "600", "7200", "99999999999999999999999"],
    "net/ipv4/tcp_keepalive_intvl": ["5", "75"],
    "net/ipv4/tcp_synack_retries": ["1", "5", "300"],
    "net/ipv4/tcp_retries2": ["5", "8", "15"],
    "net/ipv4/tcp_max_syn_backlog": ["128", "4096", "-1"],
    "net/ipv4/tcp_sack": ["0", "1"],
    "net/ipv4/tcp_notsent_lowat": ["131072", "4294967295", "4294967296"],
    "net/core/somaxconn": ["128", "4096", "65535", "-1"],
    "net/ipv4/tcp_rmem": ["4096 87380 6291456", "4096\t131072\t16777216", "8192 65536 junk",
                          "4096 87380", "1 2 3 4", "16777216 87380 4096"],
    "net/ipv4/tcp_wmem": ["4096 16384 4194304", "4096 65536"],
    "net/ipv4/ip_local_port_range": ["10240 65535", "32768 60999", "1000 65000", "60000 20000",
                                     "20000"],
    "net/ipv4/ip_unprivileged_port_start": ["0", "80", "1024", "40000", "70000"],
    "net/ipv4/ip_local_reserved_ports": ["8080,443", "1-3,2-5,7", "8080 443", "", "70000", "80,"],
    "net/ipv4/ping_group_range": ["0 100", "10 5"],
    "net/ipv4/tcp_tw_recycle": ["1"],                          # removed in 4.12
    "net/ipv4/no_such_key": ["1"],
    "net/ipv4/conf": ["1"],                                    # a folder
}
PER_INTERFACE = {
    "net/ipv4/conf/%s/rp_filter": ["0", "1", "2"],
    "net/ipv4/conf/%s/arp_ignore": ["0", "1", "8"],
    "net/ipv4/conf/%s/log_martians": ["0", "1"],
    "net/ipv6/conf/%s/hop_limit": ["64", "32", "300"],
    "net/ipv4/neigh/%s/ucast_solicit": ["3", "5"],
}
PATTERNS = [
    "net/ipv4/conf/*/rp_filter", "net/ipv4/conf/d*/arp_ignore", "net/ipv4/conf/?o/rp_filter",
    "net/ipv4/conf/[da]*/log_martians", "net/ipv4/tcp_keepalive_[it]*", "net/ipv6/conf/*/hop_limit",
    "net/ipv4/conf/nobody*/rp_filter", "net/ipv4/conf/{d0,lo}*/rp_filter",
]
ALLOWED = re.compile(r"net/(core/somaxconn|ipv4/(ip_local_port_range|ip_unprivileged_port_start|"
                     r"ip_local_reserved_ports|ping_group_range|tcp_[a-z0-9_]+|no_such_key|"
                     r"(conf|neigh)/[^/]+/\w+)|ipv6/conf/[^/]+/hop_limit)")
FEATURES = ["mask", "/dev/null", "glob", "exclusion", "-key", "dots", "slashes",
            "dotted interface", "CRLF", "no last newline", "duplicate", "inline comment",
            "sysctl.conf with link", "sysctl.conf without link", "hidden file", "lone CR", "NUL",
            "dangling link", "empty value", "quotes", "not an assignment", "form feed"]


# --- generating ---------------------------------------------------------------------------

class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seen = set()

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def pick(self, items):
        return self.random.choice(items)

    def key(self):
        """A path and a value."""
        if self.chance(45):
            interface = self.pick(INTERFACES)
            path, values = self.pick(sorted(PER_INTERFACE.items()))
            if "." in interface:
                self.seen.add("dotted interface")
            return path % interface, self.pick(values)
        path, values = self.pick(sorted(NUMBERS.items()))
        return path, self.pick(values)

    def spell(self, path):
        """A path as a person may write the key."""
        if self.chance(35):
            self.seen.add("slashes")
            return self.pick(["", "", "", "/"]) + (path.replace("/", "//", 1) if self.chance(8) else path)
        self.seen.add("dots")
        if self.chance(15):                    # dots of the interface left as they are
            return path.replace("/", ".")
        return path.translate(str.maketrans("/.", "./"))

    def value(self, value):
        if value == "":
            self.seen.add("empty value")
        if self.chance(8):
            self.seen.add("inline comment")
            return value + self.pick([" # why", "# why", " ; why", "\t# 17"])
        if self.chance(4):
            self.seen.add("quotes")
            return '"%s"' % value
        return value

    def line(self, before):
        kind = self.random.randrange(100)
        if kind < 6:
            return self.pick(["# comment", "; comment", "", "   ", "#net.ipv4.tcp_sack = 0"])
        if kind < 10:
            self.seen.add("not an assignment")
            return self.pick(["net.ipv4.tcp_sack 1", "[sysctl]", "x", "=", "= 5", "-", "-=1", "- = 5"])
        if kind < 20:
            self.seen.add("glob")
            dash = "-" if self.chance(15) else ""
            return "%s%s = %s" % (dash, self.spell(self.pick(PATTERNS)), self.pick(["0", "1", "2"]))
        path, value = self.key()
        if before and self.chance(25):
            self.seen.add("duplicate")
            path, value = self.pick(before)
        before.append((path, value))
        if kind < 27:
            self.seen.add("exclusion")
            return "-" + self.spell(path)
        dash = ""
        if kind < 36:
            self.seen.add("-key")
            dash = self.pick(["-", "-", "-", "- ", "--"])
        blank = self.pick(["", " ", " ", "\t", "  "])
        return "%s%s%s%s=%s%s%s" % (self.pick(["", "", " ", "\t"]), dash, self.spell(path), blank,
                                    blank, self.value(value), self.pick(["", "", " ", "\t"]))

    def file(self, before):
        lines = [self.line(before) for _ in range(self.random.randrange(1, 9))]
        end = "\n"
        if self.chance(15):
            self.seen.add("CRLF")
            end = "\r\n"
        elif self.chance(6):
            self.seen.add("lone CR")
            end = self.pick(["\r", "\n\r"])
        text = end.join(lines)
        if self.chance(70):
            text += end
        else:
            self.seen.add("no last newline")
        if self.chance(4):
            self.seen.add("NUL")
            at = self.random.randrange(len(text) + 1)
            text = text[:at] + "\0" + text[at:]
        if self.chance(4):
            self.seen.add("form feed")
            at = text.find("=") + 1
            text = text[:at] + "\f" + text[at:]
        return text.encode()

    def tree(self):
        """{path: bytes or the target of a link}"""
        tree = {}
        before = []
        names = ["10-a.conf", "20-b.conf", "50-c.conf", "60-d.conf", "99-z.conf"]
        for _ in range(self.random.randrange(1, 7)):
            name = self.pick(names)
            path = "%s/%s" % (self.pick(FOLDERS), name)
            if any(p.endswith("/" + name) for p in tree):
                self.seen.add("mask")
            tree[path] = self.file(before)
        if self.chance(15):
            self.seen.add("/dev/null")
            tree["%s/%s" % (self.pick(FOLDERS[:2]), self.pick(names))] = "/dev/null"
        if self.chance(8):
            self.seen.add("hidden file")
            tree["/etc/sysctl.d/.15-hidden.conf"] = self.file(before)
        if self.chance(6):
            self.seen.add("dangling link")
            tree["/etc/sysctl.d/30-gone.conf"] = "/nowhere/at/all"
        if self.chance(8):
            tree["/etc/sysctl.d/README"] = self.file(before)
        if self.chance(50):
            tree["/etc/sysctl.conf"] = self.file(before)
            if self.chance(50):
                self.seen.add("sysctl.conf with link")
                tree["/etc/sysctl.d/99-sysctl.conf"] = self.pick(["../sysctl.conf", "/etc/sysctl.conf"])
            else:
                self.seen.add("sysctl.conf without link")
        return tree


# --- the namespace ------------------------------------------------------------------------

def namespaces(pid="self"):
    return [os.readlink("/proc/%s/ns/%s" % (pid, kind)) for kind in ("mnt", "net")]


def demand_new(parents):
    """End unless both namespaces are ours alone."""
    here = namespaces()
    others = [parents]
    try:
        others.append(namespaces("1"))
    except OSError:
        pass
    for other in others:
        if any(a == b for a, b in zip(here, other)):
            sys.exit("refused: this is not a new mount and network namespace")


def run(*words, **options):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, **options)


def replace_folders():
    """Put empty folders over all that the loaders read."""
    kept = {name: open("/etc/" + name, "rb").read()
            for name in ("ld.so.cache", "passwd", "group") if os.path.exists("/etc/" + name)}
    run("mount", "--make-rprivate", "/")
    for folder in ("/etc", "/run", "/usr/local/lib"):
        run("mount", "-t", "tmpfs", "tmpfs", folder)
    for name, data in kept.items():
        with open("/etc/" + name, "wb") as file:
            file.write(data)
    for folder in FOLDERS[:3]:
        os.mkdir(folder)
    run("mount", "-t", "tmpfs", "tmpfs", FOLDERS[3])
    if os.path.exists("/lib/sysctl.d") and os.listdir("/lib/sysctl.d"):
        run("mount", "-t", "tmpfs", "tmpfs", "/lib/sysctl.d")
    for folder in FOLDERS + ["/lib/sysctl.d"]:
        if os.path.exists(folder) and os.listdir(folder):
            sys.exit("refused: '%s' is not empty" % folder)


def put_tree(tree):
    for folder in FOLDERS:
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
    if os.path.lexists("/etc/sysctl.conf"):
        os.unlink("/etc/sysctl.conf")
    for path, content in tree.items():
        if os.path.lexists(path):
            os.unlink(path)
        if isinstance(content, str):
            os.symlink(content, path)
        else:
            with open(path, "wb") as file:
                file.write(content)


def add_interfaces(kind):
    text = "".join("link add name %s type %s\n" % (name, kind) for name in INTERFACES[3:])
    return subprocess.run(["ip", "-batch", "-"], input=text.encode(), check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def new_netns():
    """With interfaces, of whichever kind this kernel has; the first that is one stays first."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        sys.exit("cannot make a network namespace")
    for kind in KINDS:
        if add_interfaces(kind):
            KINDS.remove(kind)
            KINDS.insert(0, kind)
            return
    raise RuntimeError("no kind of interface can be made")


def all_paths():
    paths = list(NUMBERS)
    for path in PER_INTERFACE:
        paths += [path % name for name in INTERFACES]
    return paths


def read_values():
    values = {}
    for path in all_paths():
        try:
            with open("/proc/sys/" + path, encoding="ascii") as file:
                values[path] = " ".join(file.read().split())
        except OSError:
            values[path] = None
    return values


# --- what they do -------------------------------------------------------------------------

def unescape(text):
    return bytes(int(x, 16) for x in text.split("\\x")[1:])


CALL = re.compile(rb"""(openat|write)\((?:AT_FDCWD, )?("?)([^",]*)"?,? ?(.*)\)\s+=\s+(-?\d+)""")


def read_trace(path, wanted):
    """Opens for writing below /proc/sys, in order: [path, bytes written or None]."""
    attempts, open_files = [], {}
    with open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            match = re.search(r'openat\(AT_FDCWD, "((?:\\x..)*)", ([A-Z_|]+)(?:, \d+)?\)\s+= (-?\d+)', line)
            if match:
                name = unescape(match[1]).decode(errors="surrogateescape")
                if name.startswith("/proc/sys/") and wanted in match[2].split("|"):
                    attempts.append([name[len("/proc/sys/"):], None])
                    if int(match[3]) >= 0:
                        open_files[int(match[3])] = attempts[-1]
                else:
                    open_files.pop(int(match[3]), None)
                continue
            match = re.search(r'write\((\d+), "((?:\\x..)*)"', line)
            if match and int(match[1]) in open_files and open_files[int(match[1])][1] is None:
                open_files[int(match[1])][1] = unescape(match[2])
    return attempts


def load(loader):
    command = [SYSTEMD] if loader == "systemd" else [PROCPS, "-q", "--system"]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "SYSTEMD_LOG_TARGET": "null"}
    subprocess.run([STRACE, "-f", "--seccomp-bpf", "-xx", "-s", "100000", "-e", "trace=openat,write", "-o", "/run/trace"]
                   + command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=False)
    return read_trace("/run/trace", "O_RDWR" if loader == "systemd" else "O_WRONLY")


def ask(*words):
    result = subprocess.run([TCPTUNE, "boot", "--format", "json"] + list(words),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if result.returncode not in (0, 1):
        raise RuntimeError("tcptune boot: %d %r" % (result.returncode, result.stderr))
    return json.loads(result.stdout)


def simplify(path):
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def compare_writes(loader, told, done):
    """systemd-sysctl opens all it tries; procps looks first, and opens what is there."""
    expected = []
    for write in told["writes"]:
        if loader == "procps" and not os.path.isfile("/proc/sys/" + write["path"]):
            continue
        if loader == "procps" and not os.access("/proc/sys/" + write["path"], os.W_OK):
            continue
        expected.append((write["path"], write["value"]))
    actual = [(simplify(path), data) for path, data in done]
    if [path for path, _ in expected] != [path for path, _ in actual]:
        return "order: told %r, done %r" % (expected, actual)
    for (path, value), (_, data) in zip(expected, actual):
        # a write that would change nothing is left out by systemd-sysctl
        if data is not None and data != (value + "\n").encode():
            return "bytes for %s: told %r, done %r" % (path, value, data)
        if not ALLOWED.fullmatch(path) and path not in NUMBERS and data is not None:
            return "a key that is not ours was written: %s" % path
    return None


def compare_values(loader, told, before, after):
    unknown = known = 0
    keys = {key["key"].translate(str.maketrans("/.", "./")): key for key in told["keys"]}
    for path, value in after.items():
        row = keys.get(path, {}).get(loader)
        if row is None or (row["value"] is None and not row["unknown"]):
            if value != before[path] and path not in changed_by_others(keys, loader):
                return "%s: told unset, was %r, is %r" % (path, before[path], value), 0, 0
            continue
        if row["unknown"]:
            unknown += 1
            continue
        known += 1
        if row["value"] != value:
            return "%s: told %r, is %r" % (path, row["value"], value), 0, 0
    return None, known, unknown


def changed_by_others(keys, loader):
    """conf.default is copied to the interfaces; a line for it changes them too."""
    changed = set()
    for path, key in keys.items():
        if "/default/" in path and key[loader]["file"]:
            changed |= {path.replace("/default/", "/%s/" % name) for name in INTERFACES}
    # a row that was refused in part: the first numbers stay
    for path, key in keys.items():
        if key[loader]["lost"]:
            changed.add(path)
    return changed


def check_root(told):
    """The host as a folder is the host."""
    for key, twin in zip(told["keys"], ask("--root", "/")["keys"]):
        for side in LOADERS:
            if key["key"] != twin["key"] or key[side]["value"] != twin[side]["value"]:
                return "--root / differs for %s" % key["key"]
    return None


def check_loader(loader, told, writes):
    """In a namespace that nothing was written in yet."""
    before = read_values()
    done = load(loader)
    problem = compare_writes(loader, writes, done)
    known = unknown = 0
    if not problem:
        problem, known, unknown = compare_values(loader, told, before, read_values())
    return {"problem": problem, "writes": len(done), "known": known, "unknown": unknown}


def check_tree(tree, in_root):
    """{loader: what came out}; a new namespace for each, of this very process."""
    new_netns()
    demand_new(PARENTS)
    put_tree(tree)
    told = ask()
    writes = {loader: ask("--writes", loader) for loader in LOADERS}
    problem = check_root(told) if in_root else None
    if problem:
        return {loader: {"problem": problem} for loader in LOADERS}
    results = {LOADERS[0]: check_loader(LOADERS[0], told, writes[LOADERS[0]])}
    new_netns()
    demand_new(PARENTS)
    results[LOADERS[1]] = check_loader(LOADERS[1], told, writes[LOADERS[1]])
    return results


def in_child(function, *arguments):
    """Run it in a process of its own; what it returns, through a pipe."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            result = function(*arguments)
        except BaseException as error:  # pylint: disable=broad-except
            problem = "%s: %s" % (type(error).__name__, error)
            result = {loader: {"problem": problem} for loader in LOADERS}
        with os.fdopen(write, "w") as file:
            json.dump(result, file)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        text = file.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {loader: {"problem": "the child died"} for loader in LOADERS}


def show(tree):
    for path in sorted(tree):
        print("#   %s: %r" % (path, tree[path]))


def inside(first, trees, seed):
    """Every WORKERS-th tree; the sums go to the parent as the last line."""
    demand_new(PARENTS)
    replace_folders()
    counts = collections.Counter()
    total = collections.Counter()
    failures = {loader: 0 for loader in LOADERS}
    new_netns()                                          # finds out what kind there is
    for number in range(first, trees, WORKERS):
        maker = Maker("%d/%d" % (seed, number))
        tree = maker.tree()
        counts.update(maker.seen)
        for loader, result in in_child(check_tree, tree, number % 10 == 0).items():
            total.update({"%s %s" % (loader, k): v for k, v in result.items() if k != "problem"})
            if result["problem"]:
                failures[loader] += 1
                if failures[loader] <= 5:
                    print("# %s, tree %d: %s" % (loader, number, result["problem"]))
                    show(tree)
    print(json.dumps([counts, total, failures]))
    return 0


def report(trees, seed, counts, total, failures):
    print("1..3")
    for number, loader in enumerate(failures, 1):
        print("%sok %d - %s: %d trees of seed %d agree: %d writes, %d values, %d said to be unknown" % (
            "not " if failures[loader] else "", number, loader, trees - failures[loader], seed,
            total[loader + " writes"], total[loader + " known"], total[loader + " unknown"]))
    missing = [name for name in FEATURES if not counts[name]]
    print("%sok 3 - each feature occurs" % ("not " if missing else ""))
    for name in FEATURES:
        print("#   %-26s %5d trees" % (name, counts[name]))


def main():
    global PARENTS
    if len(sys.argv) > 1 and sys.argv[1] == "--inside":
        PARENTS = sys.argv[2:4]
        return inside(*(int(word) for word in sys.argv[4:7]))
    missing = [name for name, path in (("systemd-sysctl", SYSTEMD), ("sysctl", PROCPS),
                                       ("strace", STRACE)) if not path]
    if missing:
        print("1..1\nok 1 - differential # SKIP no %s here" % ", ".join(missing))
        return 0
    trees = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    os.environ["TCPTUNE"] = os.path.abspath(TCPTUNE)
    return run_workers(trees, seed)


def run_workers(trees, seed):
    command = ["unshare", "--mount", "--net", sys.executable, os.path.abspath(__file__), "--inside"]
    workers = [subprocess.Popen(command + namespaces() + [str(first), str(trees), str(seed)],
                                stdout=subprocess.PIPE, text=True) for first in range(WORKERS)]
    counts, total, failures = collections.Counter(), collections.Counter(), collections.Counter()
    for worker in workers:
        lines = worker.communicate()[0].splitlines()
        if worker.returncode or not lines:
            print("1..1\nnot ok 1 - a worker ended with %d" % worker.returncode)
            return 1
        print("\n".join(lines[:-1]), end="\n" if len(lines) > 1 else "")
        for sums, more in zip((counts, total, failures), json.loads(lines[-1])):
            sums.update(more)
    report(trees, seed, counts, total, failures)
    return int(any(failures.values()) or any(not counts[name] for name in FEATURES))


PARENTS = []
sys.exit(main())

#!/usr/bin/python3
"""
Values that are kept for the next boot: `apply --persist`, `persist`, and their undo. In a mount, process
and network namespace with sysctl folders of its own; a reboot is a fresh network namespace and the
real loaders.
"""
import ctypes
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys

from applylib import (CLONE_NEWNET, TCPTUNE, TOOLS, State, Tap, command, differences,
                      enter_fresh_namespace, read, said, sets, tree)

FILE, MODULES = "/etc/sysctl.d/98-tcptune.conf", "/etc/modules-load.d/tcptune.conf"
FOLDERS = ("/etc/sysctl.d", "/etc/modules-load.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
           "/usr/lib/sysctl.d")
SYSTEMD, PROCPS = "/lib/systemd/systemd-sysctl", "/sbin/sysctl"
LOADERS = {"systemd-sysctl": [SYSTEMD], "sysctl --system": [PROCPS, "-q", "--system"]}
PLAN = (("net.core.somaxconn", "1234"), ("net.ipv4.tcp_fin_timeout", "33"),
        ("net.ipv4.ip_local_reserved_ports", "8080,9148-9150"), ("net.ipv4.tcp_rmem", "8192 65536 8388608"),
        ("net.ipv4.conf.default.rp_filter", "2"))
OTHER = (("net.core.somaxconn", "4321"), ("net.ipv4.tcp_retries2", "8"))
KILLED, UNREACHED = 137, 126


# --- the place ----------------------------------------------------------------------------

def enter_own_place():
    """Run this program again as process 1 of namespaces that are ours alone."""
    if "--inside" not in sys.argv:
        os.execvp("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
                              sys.executable, os.path.abspath(__file__), "--inside"])
    if os.getpid() != 1:
        sys.exit("refused: this is no process namespace of our own")


def replace_folders():
    """Nothing that the loaders read, and nothing that they write to disk, is the host's."""
    kept = {name: open("/etc/" + name, "rb").read()
            for name in ("ld.so.cache", "passwd", "group") if os.path.exists("/etc/" + name)}
    command("mount", "--make-rprivate", "/")
    for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib/sysctl.d"):
        command("mount", "-t", "tmpfs", "tmpfs", folder)
    for name, data in kept.items():
        with open("/etc/" + name, "wb") as file:
            file.write(data)
    for folder in FOLDERS[:4]:
        os.makedirs(folder)
    for folder in FOLDERS:
        if os.listdir(folder):
            sys.exit("refused: '%s' is not empty" % folder)


def files():
    """Every file below /etc with its mode and its bytes."""
    found = {}
    for base, _, names in os.walk("/etc"):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                found[path] = (stat.filemode(os.stat(path).st_mode), file.read())
    return found


def put(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def get(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        return None


def reboot(loader):
    """A namespace in which nobody set anything, and the loader."""
    enter_fresh_namespace()
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "SYSTEMD_LOG_TARGET": "null"}
    subprocess.run(LOADERS[loader], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=False)


def words(text):
    return " ".join(text.split())


def live(key):
    return words(read("/proc/sys/" + key.replace(".", "/")))


class Scene:
    """A state folder, and what has to be as it was in the end."""

    def __init__(self):
        enter_fresh_namespace()
        self.state, self.files, self.tree = State("/run"), files(), tree()

    def rest(self):
        """What differs from the beginning."""
        return differences(self.files, files()) + differences(self.tree, tree())

    def persist(self, pairs, *more):
        return self.state.run("apply", *sets(pairs), "--yes", "--persist", *more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.state.remove()


# --- the tests ----------------------------------------------------------------------------

def check_boot(tap):
    """A real profile, then one boot with each loader."""
    with Scene() as scene:
        dry = scene.state.run("apply", "--profile", "nginx-proxy", "--only", "net.*", "--persist", "--dry-run")
        tap.ok(dry.returncode == 1 and FILE in dry.stdout and not scene.rest(), "--dry-run tells, and writes nothing",
               said(dry))
        document, status = scene.state.json("apply", "--profile", "nginx-proxy", "--only", "net.*", "--yes",
                                            "--persist")
        kept = document["persisted"]
        planned = {row["key"]: row["will_be"] for row in document["changes"]
                   if row["state"] in ("change", "already", "kept higher")}
        tap.ok(status == 0 and kept["file"] == FILE and {row["key"] for row in kept["keys"]} == set(planned) and
               {row["verdict"] for row in kept["keys"]} == {"holds"} and len(planned) > 5,
               "apply --persist keeps all %d values of nginx-proxy" % len(planned), kept)
        text = get(FILE)
        lines = dict(re.findall(r"^([a-z].*?) = (.*)$", text, re.M))
        commented = re.findall(r"^# change 1, profile [a-z-]+: \S.*\n(?:# .*\n)*[a-z].* = ", text, re.M)
        tap.ok(lines == planned and len(commented) == len(lines) and stat.S_IMODE(os.stat(FILE).st_mode) == 0o644,
               "one file has each key with its source and reason", text)
        again = scene.state.run("apply", "--profile", "nginx-proxy", "--only", "net.*", "--yes", "--persist")
        tap.ok(again.returncode == 0 and "already" in again.stdout and
               len(scene.state.json("history")[0]["changes"]) == 1, "doing it again does nothing", said(again))
        bytes_then = files()
        undone = scene.state.run("undo")
        tap.ok(undone.returncode == 0 and not scene.rest(), "undo restores files and values to the byte", said(undone),
               scene.rest())
        put(FILE, bytes_then[FILE][1].decode())
        for loader in LOADERS:
            enter_fresh_namespace()
            different = sum(live(key) != words(value) for key, value in planned.items())
            reboot(loader)
            wrong = ["%s: %s, planned %s" % (key, live(key), value) for key, value in planned.items()
                     if live(key) != words(value)]
            tap.ok(different > 3 and not wrong, "after a boot with %s every key has the planned value" % loader,
                   different, *wrong)
        os.unlink(FILE)


def check_documents(tap):
    """The JSON of all that can be said is what docs/apply.schema.json says."""
    try:
        import jsonschema
    except ImportError:
        tap.skip("the documents fit their schema", "python3-jsonschema is not installed")
        return
    schema = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "apply.schema.json")
    with open(schema, encoding="utf-8") as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    put("/etc/sysctl.d/99-local.conf", "net.core.somaxconn = 77\n")
    with Scene() as scene:
        wrongs, statuses = [], []
        for what in (("persist",), ("apply", *sets(PLAN), "--yes", "--persist"), ("status",), ("persist",),
                     ("apply", *sets(OTHER), "--yes"), ("persist", "2"), ("status",), ("undo",), ("undo",),
                     ("apply", "--set", "net.ipv4.tcp_fastopen_key=1-2-3-4", "--irreversible", "--yes", "--persist"),
                     ("history",)):
            document, status = scene.state.json(*what)
            statuses.append(status)
            wrongs += ["%s: %s" % (what, error.message) for error in validator.iter_errors(document)]
            wrongs += [] if document["document"] == what[0] else [what]
        tap.ok(not wrongs and statuses == [3, 1, 0, 3, 0, 1, 0, 0, 0, 3, 0], "every document fits its schema", statuses,
               *wrongs)
    os.unlink("/etc/sysctl.d/99-local.conf")


def check_overridden(tap):
    """Lines that take precedence are named, and it is true that they do."""
    put("/etc/sysctl.d/99-local.conf", "# mine\n\nnet.core.somaxconn = 77\n")
    put("/etc/sysctl.conf", "net.ipv4.tcp_fin_timeout = 11\n")
    put("/etc/sysctl.d/50-vendor.conf", "net.ipv4.tcp_fin_timeout = 22\n")
    with Scene() as scene:
        done = scene.persist(PLAN)
        said_ = words(done.stdout)
        runs = {row["loader"] for row in scene.state.json("persist", "1")[0]["keys"]}
        tap.ok(done.returncode == 1 and "/etc/sysctl.d/99-local.conf:3 will set 77" in said_ and
               ("/etc/sysctl.conf:1 will set 11" in said_) == ("procps" in runs) and "50-vendor" not in said_,
               "a later line that takes precedence is named with file and line", said(done))
        reboot("systemd-sysctl")
        with_systemd = live("net.core.somaxconn"), live("net.ipv4.tcp_fin_timeout")
        reboot("sysctl --system")
        with_procps = live("net.core.somaxconn"), live("net.ipv4.tcp_fin_timeout")
        tap.ok((with_systemd, with_procps) == (("77", "33"), ("77", "11")), "and that is what the loaders do",
               with_systemd, with_procps)
        undone = scene.state.run("undo", "1")
        tap.ok(differences(scene.files, files()) == "", "undo touches nobody else's file", said(undone))
    for name in ("sysctl.d/99-local.conf", "sysctl.conf", "sysctl.d/50-vendor.conf"):
        os.unlink("/etc/" + name)


def check_layers(tap):
    with Scene() as scene:
        scene.persist(PLAN)
        first = files()
        scene.persist(OTHER)
        both = get(FILE)
        scene.state.run("undo", "2")
        tap.ok(files() == first and both.count("net.core.somaxconn = ") == 1 and "4321" in both,
               "of two changes the later counts, and undoing it brings back the file of the first", both)
        scene.persist(OTHER)
        scene.state.run("undo", "1")
        rest = get(FILE)
        undone = scene.state.run("undo")
        tap.ok("tcp_fin_timeout" not in rest and "4321" in rest and undone.returncode == 0 and not scene.rest(),
               "undoing the one below leaves what the one above holds", rest, scene.rest())


def check_covered(tap):
    """A value for now over one that is kept."""
    with Scene() as scene:
        scene.persist(PLAN)
        done = scene.state.run("apply", *sets(OTHER), "--yes")
        tap.ok(done.returncode == 0 and "next boot sets net.core.somaxconn to 1234" in words(done.stdout) and
               "tcp_retries2 to" not in words(done.stdout), "what the next boot will set otherwise is told", said(done))
        kept = scene.state.run("persist")
        tap.ok(kept.returncode == 0 and "somaxconn = 4321" in get(FILE) and "fin_timeout = 33" in get(FILE),
               "persist keeps it", said(kept), get(FILE))
        undone = scene.state.run("undo", "--all")
        tap.ok(undone.returncode == 0 and not scene.rest(), "undo --all takes all of it back", said(undone), scene.rest())


def check_confirmed_first(tap):
    with Scene() as scene:
        both = scene.persist(PLAN, "--confirm-within", "30s")
        scene.state.run("apply", *sets(PLAN), "--yes", "--confirm-within", "30s")
        early = scene.state.run("persist")
        tap.ok(both.returncode == 2 and early.returncode == 3 and get(FILE) is None,
               "nothing is kept for the next boot before it is confirmed", said(both), said(early))
        scene.state.run("confirm")
        kept = scene.state.run("persist")
        twice = scene.state.run("persist")
        tap.ok(kept.returncode == 0 and "somaxconn = 1234" in get(FILE) and twice.returncode == 3,
               "persist does so afterwards, once", said(kept), said(twice))
        undone = scene.state.run("undo")
        tap.ok(undone.returncode == 0 and not scene.rest(), "undo takes it back", said(undone), scene.rest())


def check_foreign(tap):
    """What someone else makes of the file stays."""
    with Scene() as scene:
        put(FILE, "net.core.somaxconn = 5\n")
        theirs = files()
        refused = scene.persist(PLAN)
        tap.ok(refused.returncode == 3 and files() == theirs and not differences(scene.tree, tree()),
               "a file of that name that is not tcptune's stays, and nothing is written", said(refused))
        os.unlink(FILE)
        scene.persist(PLAN)
        put(FILE, get(FILE) + "net.ipv4.tcp_sack = 0\n")
        edited = files()
        status, again = scene.state.run("status"), scene.persist(OTHER)
        undone = scene.state.run("undo")
        tap.ok(status.returncode == 1 and "changed by someone else" in status.stdout and again.returncode == 3,
               "status tells that the file was edited, and it is not written over", said(status), said(again))
        tap.ok(undone.returncode == 4 and files() == edited and not differences(scene.tree, tree()),
               "undo leaves an edited file, says so, and puts the values back", said(undone))
        forced = scene.state.run("undo", "1", "--force")
        tap.ok(forced.returncode == 0 and not scene.rest(), "--force removes it", said(forced), scene.rest())
        scene.persist(PLAN)
        os.unlink(FILE)
        status, undone = scene.state.run("status"), scene.state.run("undo")
        tap.ok(status.returncode == 1 and "removed by someone else" in status.stdout and undone.returncode == 0 and
               not scene.rest(), "that it was removed is told, and is no trouble for undo", said(status), said(undone))


def check_namespaces(tap):
    """Boot sets the namespace of process 1, and no other."""
    with Scene() as scene:
        elsewhere = subprocess.run(["unshare", "--net", TCPTUNE, "apply", "--state", scene.state.path, *sets(PLAN),
                                    "--yes", "--persist"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   check=False)
        tap.ok(elsewhere.returncode == 3 and "process 1" in elsewhere.stderr and get(FILE) is None,
               "what is set in another namespace is not kept for the next boot", said(elsewhere))
        command("ip", "link", "add", "v0.5", "type", "bridge")
        command("ip", "link", "add", "a*", "type", "bridge")
        pattern = scene.persist((("net.ipv4.conf.a*.rp_filter", "1"),))
        dotted = scene.persist((("net/ipv4/conf/v0.5/rp_filter", "1"),))
        tap.ok(pattern.returncode in (2, 3) and get(FILE) and "net.ipv4.conf.v0/5.rp_filter = 1" in get(FILE),
               "an interface with a dot is kept, one that would be a pattern is not", said(pattern), said(dotted))
        scene.state.run("undo", "--all")
        tap.ok(get(FILE) is None, "and taken back")


def check_earlier_boot(tap):
    with Scene() as scene:
        scene.persist(PLAN)
        with sqlite3.connect(os.path.join(scene.state.path, "journal.sqlite")) as journal:
            journal.execute("UPDATE change SET boot_id = 'another'")
        journal.close()
        status = scene.state.run("status")
        undone = scene.state.run("undo")
        tap.ok(status.returncode == 0 and FILE in status.stdout and undone.returncode == 0 and
               not differences(scene.files, files()) and "until the next boot" in words(undone.stdout) and
               live("net.core.somaxconn") == "1234",
               "after a reboot undo takes the values out of the file, and says what it cannot do", said(status),
               said(undone))
        tap.ok("nothing to undo" in scene.state.run("undo").stdout, "once")


def overlay_on(folder, scratch):
    """What is written to a folder from here on goes elsewhere, and only we see it."""
    os.makedirs(scratch)
    command("mount", "-t", "tmpfs", "tmpfs", scratch)
    os.makedirs(scratch + "/upper")
    os.makedirs(scratch + "/work")
    command("mount", "-t", "overlay", "overlay", "-o",
            "lowerdir=%s,upperdir=%s/upper,workdir=%s/work" % (folder, scratch, scratch), folder)


def check_modules(tap):
    """A key whose module comes late: the module is named, too."""
    key = "net.netfilter.nf_conntrack_tcp_timeout_established"
    with Scene() as scene:
        if not os.path.exists("/proc/sys/" + key.replace(".", "/")):
            tap.skip("modules are named", "kernel: has no nf_conntrack")
            return
        overlay_on("/usr/lib", "/run/overlay")
        command("mount", "-t", "tmpfs", "tmpfs", "/usr/lib/sysctl.d")
        modules = "/usr/lib/modules/" + os.uname().release
        os.makedirs(modules, exist_ok=True)
        put(modules + "/modules.dep", "kernel/net/netfilter/nf_conntrack.ko:\n")
        put(modules + "/modules.builtin", "")
        done = scene.persist(((key, "86400"), ("net.core.somaxconn", "1234")))
        tap.ok(done.returncode == 0 and get(MODULES).splitlines()[1:] == ["nf_conntrack"] and MODULES in done.stdout,
               "the module of a key is named in modules-load.d", said(done), get(MODULES))
        os.chmod(MODULES, 0o644)
        undone = scene.state.run("undo")
        tap.ok(undone.returncode == 0 and not scene.rest(), "and taken back", said(undone), scene.rest())
        # the second file cannot be written: then the first does not stay either
        command("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "/etc/modules-load.d")
        done = scene.persist(((key, "86400"),))
        tap.ok(done.returncode == 4 and get(FILE) is None and live(key) == "86400" and
               "not kept for the next boot" in done.stderr,
               "when one file cannot be written the other does not stay, exit 4", said(done))
        command("umount", "/etc/modules-load.d")
        undone = scene.state.run("undo")
        tap.ok(undone.returncode == 0 and not scene.rest(), "and undo restores all", said(undone), scene.rest())
        command("umount", "/usr/lib/sysctl.d")
        command("umount", "-l", "/usr/lib")


def check_disk(tap):
    with Scene() as scene:
        command("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "/etc/sysctl.d")
        done = scene.persist(PLAN)
        command("umount", "/etc/sysctl.d")
        tap.ok(done.returncode == 3 and "98-tcptune.conf" in done.stderr and not scene.rest(),
               "in a read-only folder nothing is kept, and nothing is set, exit 3", said(done), scene.rest())
    with Scene() as scene:
        command("mount", "-t", "tmpfs", "-o", "size=4096", "tmpfs", "/etc/sysctl.d")
        put("/etc/sysctl.d/ballast", "#" * 4000)
        before = files()
        done = scene.persist(PLAN)
        status = scene.state.run("status")
        tap.ok(done.returncode == 4 and files() == before and live("net.core.somaxconn") == "1234" and
               status.returncode == 0 and "next boot" not in status.stdout,
               "on a full disk the values are set and not kept, exit 4, and status knows it", said(done), said(status))
        command("umount", "/etc/sysctl.d")
        undone = scene.state.run("undo")
        tap.ok(undone.returncode == 0 and not scene.rest(), "undo brings all back", said(undone), scene.rest())


def calls(state, options, what):
    return subprocess.run([os.path.join(TOOLS, "apply_calls"), *options, "--", TCPTUNE, what[0], "--state", state.path,
                           *what[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, check=False, timeout=120)


def check_kills(tap):
    """SIGKILL around every call with a lasting effect; for apply those that follow its writes."""
    apply, persist = ("apply", *sets(PLAN), "--yes"), ("apply", *sets(PLAN), "--yes", "--persist")
    for name, setup, victim, match in (("apply --persist", (), persist, "/etc/"),
                                       ("persist", (apply,), ("persist",), ""),
                                       ("undo", (persist,), ("undo",), "")):
        kills, wrongs, number, reached = 0, [], 0, True
        while reached:
            number, reached = number + 1, False
            for moment in ("before", "after"):
                with Scene() as scene:
                    for what in setup:
                        scene.state.run(*what)
                    done = calls(scene.state, ["--at", str(number), "--kill", moment] +
                                 (["--match", match] if match else []), victim)
                    reached |= done.returncode == KILLED
                    kills += done.returncode == KILLED
                    text, status = get(FILE), scene.state.run("status")
                    whole = text is None or all("%s = %s\n" % pair in text for pair in PLAN)
                    undone = scene.state.run("undo", "--all")
                    if not whole or status.returncode not in (0, 1) or undone.returncode != 0 or scene.rest():
                        wrongs.append("%s\n%s\n%s\n%s" % (done.stderr, text, said(undone), scene.rest()))
        tap.ok(kills > 10 and not wrongs, "%s: after each of %d kills the file is whole or not there, and undo is exact" %
               (name, kills), *wrongs[:3])


def check_trace(tap):
    """The journal has the new bytes, synced, before a file is touched, which is synced itself."""
    with Scene() as scene:
        listing = os.path.join(scene.state.parent, "calls")
        scene.state.run("apply", *sets(PLAN), "--yes")
        calls(scene.state, ["--list", listing], ("persist",))
        lines = get(listing).replace(scene.state.path, "STATE").splitlines()
        first = next(i for i, line in enumerate(lines) if "/etc/sysctl.d/" in line)
        theirs = [line for line in lines if "/etc/sysctl.d" in line]
        tap.ok("fdatasync STATE" in lines[:first] and lines[:first].count("fdatasync STATE/journal.sqlite") >= 1 and
               theirs == ["unlinkat /etc/sysctl.d/.98-tcptune.conf.new", "openat /etc/sysctl.d/.98-tcptune.conf.new",
                          "write /etc/sysctl.d/.98-tcptune.conf.new", "fsync /etc/sysctl.d/.98-tcptune.conf.new",
                          "renameat /etc/sysctl.d/.98-tcptune.conf.new", "fsync /etc/sysctl.d"],
               "the journal is synced before the file is touched, and the file and its folder after", *lines)
        scene.state.run("undo")


def main():
    enter_own_place()
    tap = Tap()
    missing = [name for name in (SYSTEMD, PROCPS) if not os.path.exists(name)]
    if missing:
        tap.ok(False, "%s is not installed" % missing[0])
        tap.end()
    replace_folders()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        sys.exit("cannot make a network namespace")
    check_boot(tap)
    check_documents(tap)
    check_overridden(tap)
    check_layers(tap)
    check_covered(tap)
    check_confirmed_first(tap)
    check_foreign(tap)
    check_namespaces(tap)
    check_earlier_boot(tap)
    check_disk(tap)
    check_modules(tap)
    check_trace(tap)
    check_kills(tap)
    tap.end()


main()

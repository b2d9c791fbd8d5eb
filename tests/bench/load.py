"""Network namespaces full of sockets, on loopback or a veth pair, and ended by pid."""
import contextlib
import os
import signal
import subprocess
import time

HASH_BUCKETS = 262144


def ip(*words, inside=None):
    prefix = ["ip", "netns", "exec", inside] if inside else []
    subprocess.run(prefix + ["ip"] + list(words), check=True)


def enter(name, command):
    """nsenter is as small as it gets; all commands of a table pay for it alike."""
    return ["nsenter", "--net=/run/netns/" + name] + command


@contextlib.contextmanager
def namespace(*suffixes):
    """Namespaces with a hash table of their own, as a big machine has: made from inside one that
    says so. Otherwise they share the host's, and each walk visits the host's sockets too."""
    names = ["tb%d%s" % (os.getpid(), suffix) for suffix in ("p",) + suffixes]
    try:
        ip("netns", "add", names[0])
        subprocess.run(enter(names[0], ["sysctl", "-qw", "net.ipv4.tcp_child_ehash_entries=%d" % HASH_BUCKETS]),
                       check=True)
        for name in names[1:]:
            subprocess.run(enter(names[0], ["ip", "netns", "add", name]), check=True)
            ip("-n", name, "link", "set", "lo", "up")
            subprocess.run(enter(name, ["sysctl", "-qw", "net.ipv4.ip_local_port_range=10000 65000",
                                        "net.ipv4.tcp_max_tw_buckets=2000000"]), check=True)
        yield names[1:]
    finally:
        for name in reversed(names):
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)


def join(server, client):
    """Routes for sockload -n: 10.2/16 lives in server, 10.16/12 in client."""
    ip("-n", server, "link", "add", "tbs", "type", "veth", "peer", "name", "tbc", "netns", client)
    for name, device, here, there in ((server, "tbs", "10.2.0.0/16", "10.16.0.0/12"),
                                      (client, "tbc", "10.16.0.0/12", "10.2.0.0/16")):
        ip("-n", name, "link", "set", device, "up")
        ip("-n", name, "route", "add", "local", here, "dev", "lo")
        ip("-n", name, "route", "add", there, "dev", device)


def stop(process, netns):
    """A million sockets do not become a million TIME_WAITs first."""
    subprocess.run(enter(netns, ["sysctl", "-qw", "net.ipv4.tcp_max_tw_buckets=0"]), check=False)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(180)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# kind: how sockload makes N sockets in the namespace under test
KINDS = {
    "established": lambda count: ["-e", str(count // 2)],
    "TIME_WAIT": lambda count: ["-t", str(count)],
    "mixed": lambda count: ["-e", str(count // 5), "-t", str(3 * count // 5)],
    "inbound": lambda count: ["-e", str(count)],
}


@contextlib.contextmanager
def sockets(folder, kind, count):
    """A namespace with count sockets of a kind; its name. TIME_WAITs last 60 seconds: be quick, or
    ask for them again."""
    with namespace("s", "c") as (server, client):
        extra = []
        if kind == "inbound":
            join(server, client)
            extra = ["-n", "/run/netns/" + client]
        ready = os.path.join(folder, "ready")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(ready)
        load = subprocess.Popen(
            enter(server, [os.path.join(folder, "sockload"), "-f", ready, "-l", "50"] + extra + KINDS[kind](count)),
            stdout=subprocess.DEVNULL)
        try:
            for _ in range(3000):
                if os.path.exists(ready) or load.poll() is not None:
                    break
                time.sleep(0.1)
            if not os.path.exists(ready):
                raise SystemExit("no %d sockets (%s): see net.core.somaxconn, fs.file-max, memory" % (count, kind))
            yield server
        finally:
            stop(load, server)

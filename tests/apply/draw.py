"""Random values for the sysctls of a namespace, by what the catalog says of each key."""
import os
import subprocess

import applylib

# Keys that tcptune refuses without --irreversible: nothing is drawn of them.
REFUSED = ("stable_secret", "disable_ipv6", "tcp_fastopen_key", "fib_multipath_hash_seed",
           "nf_hooks_lwtunnel")

# What this kernel takes of a key is less than what newer ones take, or hangs on something else.
NARROWER = {
    "net.ipv4.tcp_ecn": [0, 1, 2],
    "net.ipv6.conf.*.addr_gen_mode": [0, 1],  # 2 needs a stable_secret
    "net.core.rps_default_mask": ["1", "2", "3"],
    "net.mptcp.path_manager": ["kernel", "userspace"],
    "net.ipv6.icmp.ratemask": ["0-1,3-127", "0-127", "1,3,5-100"],
    "net.ipv6.conf.*.mtu": [1280, 1281, 1400, 1499],
    "net.ipv4.ping_group_range": ["0 100", "5 2147483647", "1 0"],
    "net.ipv4.ip_unprivileged_port_start": [0, 80, 443, 1023, 1024],
    "net.ipv4.icmp_errors_extension_mask": [0, 1],
}

# Two names of one value, of which a plan takes one.
ALIASES = (("base_reachable_time_ms", "base_reachable_time"), ("retrans_time_ms", "retrans_time"),
           ("unres_qlen_bytes", "unres_qlen"), ("gc_min_interval_ms", "gc_min_interval"),
           ("path_manager", "pm_type"))

# The first may not be above the second.
COUPLED = (("net.ipv4.ipfrag_low_thresh", "net.ipv4.ipfrag_high_thresh"),
           ("net.ipv6.ip6frag_low_thresh", "net.ipv6.ip6frag_high_thresh"),
           ("net.netfilter.nf_conntrack_frag6_low_thresh", "net.netfilter.nf_conntrack_frag6_high_thresh"),
           ("net.ipv4.tcp_reordering", "net.ipv4.tcp_max_reordering"),
           ("temp_prefered_lft", "temp_valid_lft"))


class Key:
    """One key of the live tree: kind is its entry in the catalog."""

    def __init__(self, path, kind):
        self.path = path
        self.name = path.replace("/", ".")
        self.kind = kind

    def live(self):
        return applylib.read(applylib.ROOT + self.path).strip()


class Kind:
    def __init__(self, line):
        name, kind, arity, secret, *ranges, meanings = line.rstrip("\n").split("\t")
        self.name, self.type, self.arity, self.is_secret = name, kind, int(arity or 1), secret == "1"
        low, high, sane_low, sane_high = [float(text) if text else None for text in ranges]
        self.low = max([x for x in (low, sane_low) if x is not None], default=0)
        self.high = min([x for x in (high, sane_high) if x is not None], default=1000)
        self.meanings = []
        for part in meanings.split(";"):
            try:
                self.meanings.append(int(part.split("=")[0], 0))
            except ValueError:
                pass


def catalog():
    out = subprocess.run([os.path.join(applylib.TOOLS, "apply_keys")], stdout=subprocess.PIPE, text=True,
                         check=True).stdout
    return {kind.name: kind for kind in map(Kind, out.splitlines(True))}


def find_kind(kinds, path):
    parts = path.split("/")
    name = ".".join(parts)
    if name not in kinds and len(parts) == 5 and parts[2] in ("conf", "neigh"):
        name = ".".join(parts[:3] + ["*"] + parts[4:])
    return kinds.get(name)


def keys_of(tree, kinds):
    """The keys that can be drawn, and those of the tree that the catalog does not know."""
    known, unknown = [], []
    for path in sorted(tree):
        kind = find_kind(kinds, path)
        if not kind:
            unknown.append(path)
        elif not kind.is_secret and path.split("/")[-1] not in REFUSED:
            known.append(Key(path, kind))
    return known, unknown


def alias_of(key):
    """What two names of one value have in common."""
    head, leaf = key.name.rsplit(".", 1)
    for exact, rounded in ALIASES:
        if leaf in (exact, rounded):
            return head + "." + exact
    if key.name == "net.ipv4.conf.all.forwarding":
        return "net.ipv4.ip_forward"
    return key.name


def draw_port_list(random):
    if random.random() < 0.2:  # longer than a page: the kernel takes it in several writes
        return ",".join(str(port) for port in range(2001, 2001 + 2 * random.randint(900, 4000), 2))
    ports = sorted(random.sample(range(1024, 65535), random.randint(1, 12)))
    return ",".join(str(port) for port in ports)


def draw_vector(key, random):
    if key.name == "net.ipv4.ip_local_port_range":
        return "%d %d" % (random.randint(1024, 30000), random.randint(30001, 65535))
    return " ".join(map(str, sorted(random.randint(4096, 1 << 24) for _ in range(key.kind.arity))))


def draw_number(key, random):
    kind, live = key.kind, key.live()
    if kind.meanings and kind.type in ("enumeration", "boolean"):
        return str(random.choice([m for m in kind.meanings if kind.low <= m <= kind.high] or kind.meanings))
    try:
        near = int(live)
    except ValueError:
        near = 1
    low, high = int(kind.low), int(min(kind.high, 1 << 30))
    choice = random.choice((near + 1, near * 2, near // 2, random.randint(low, high), low, high))
    return str(max(low, min(high, choice)))


def draw_value(key, random):
    """A value that differs from the live one; None when the key has no other."""
    live = key.live()
    for _ in range(40):
        if key.kind.name in NARROWER:
            value = str(random.choice(NARROWER[key.kind.name]))
        elif key.name == "net.ipv4.ip_local_reserved_ports":
            value = draw_port_list(random)
        elif key.name == "net.ipv4.tcp_congestion_control":
            value = random.choice(applylib.read(
                applylib.ROOT + "net/ipv4/tcp_allowed_congestion_control").split())
        elif key.kind.arity > 1:
            value = draw_vector(key, random)
        elif key.kind.type in ("word", "list of words", "text", "unknown", "CPU mask"):
            return None
        else:
            value = draw_number(key, random)
        if value.split() != live.split():
            return value
    return None


def fits(plan, live):
    """Coupled keys of a plan have to fit together and to what stays."""
    values = dict(plan)

    def after(name):
        return values.get(name) or live(name)

    for lesser, greater in COUPLED:
        heads = {""} if lesser.startswith("net.") else {
            name[:-len(leaf)] for name in values for leaf in (lesser, greater) if name.endswith("." + leaf)}
        for head in heads:
            low, high = after(head + lesser), after(head + greater)
            if low and high and int(low) > int(high):
                return False
    start = after("net.ipv4.ip_unprivileged_port_start")
    ports = after("net.ipv4.ip_local_port_range")
    return int(start) <= int(ports.split()[0])

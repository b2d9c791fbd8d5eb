#!/usr/bin/env python3
"""What an audit says of the files that boot reads: each rule on two hosts that show it, and
the near misses and healthy hosts where it must say nothing. On the same hosts, what
`tcptune boot` answers must be of its schema."""
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TCPTUNE = os.path.abspath(os.environ.get("TCPTUNE", os.path.join(ROOT, "build/gcc/src/tcptune")))
CONNTRACK = "kernel/net/netfilter/nf_conntrack.ko:\n"

# What every host here has; None is a file that a case takes away.
BASE = {
    "proc/net/snmp": "",
    "proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
    "proc/sys/net/core/netdev_max_backlog": "1000\n",
    "proc/sys/net/core/somaxconn": "4096\n",
    "proc/sys/net/ipv4/tcp_fin_timeout": "60\n",
    "proc/sys/net/ipv4/tcp_rmem": "4096\t131072\t6291456\n",
    "proc/sys/net/ipv4/tcp_sack": "1\n",
    "proc/sys/net/ipv4/ip_forward": "0\n",
    "proc/sys/net/netfilter/nf_conntrack_max": "65536\n",
    "usr/lib/systemd/systemd-sysctl": "",
    "lib/modules/6.1.0-18-amd64/modules.builtin": "kernel/net/ipv4/tcp_cubic.ko\n",
    "lib/modules/6.1.0-18-amd64/modules.dep": CONNTRACK + "kernel/net/bridge/br_netfilter.ko:\n",
    # as Debian 12 installs them
    "etc/sysctl.conf": "#net.ipv4.ip_forward=1\n",
    "etc/sysctl.d/99-sysctl.conf": ("link", "../sysctl.conf"),
    "etc/sysctl.d/README.sysctl": "Kernel system variables configuration files\nsuch as a=b\n",
    "usr/lib/sysctl.d/50-pid-max.conf": "kernel.pid_max = 4194304\n",
    "usr/lib/sysctl.d/99-protect-links.conf": "fs.protected_fifos = 1\nfs.protected_hardlinks = 1\n",
}
PROCPS_ONLY = {"usr/lib/systemd/systemd-sysctl": None, "usr/sbin/sysctl": ""}

# (what it is, files beside the base, the findings: {"rule subject"})
CASES = [
    ("a fresh Debian host", {}, set()),
    ("a host without any file", {name: None for name in BASE if "sysctl.d" in name or name == "etc/sysctl.conf"}, None),
    ("a value of now that differs", {"etc/sysctl.d/10.conf": "net.ipv4.tcp_fin_timeout = 30\n"},
     {"boot-drift net.ipv4.tcp_fin_timeout"}),
    ("the same by another spelling of the key, through the link",
     {"etc/sysctl.conf": "net/ipv4/tcp_rmem = 4096 87380 6291456\n"}, {"boot-drift net.ipv4.tcp_rmem"}),
    ("near: the same numbers, with other blanks", {"etc/sysctl.d/10.conf": "net.ipv4.tcp_rmem=4096  131072 6291456\n"}, set()),
    ("near: the line that differs loses", {"etc/sysctl.d/10.conf": "net.ipv4.tcp_sack = 0\n",
                                           "etc/sysctl.d/20.conf": "net.ipv4.tcp_sack = 1\n"}, set()),
    ("near: the kernel refuses the line that differs", {"etc/sysctl.d/10.conf": "net.ipv4.tcp_sack = no\n"}, set()),
    ("near: ufw sets it after the loader",
     {"etc/sysctl.d/10.conf": "net.ipv4.ip_forward = 1\n", "etc/ufw/ufw.conf": "ENABLED=yes\n",
      "etc/ufw/sysctl.conf": "net/ipv4/ip_forward=0\n"}, set()),
    ("ufw is switched off", {"etc/sysctl.d/10.conf": "net.ipv4.ip_forward = 1\n", "etc/ufw/ufw.conf": "ENABLED=no\n",
                             "etc/ufw/sysctl.conf": "net/ipv4/ip_forward=0\n"}, {"boot-drift net.ipv4.ip_forward"}),
    ("sysctl.conf without its link", {"etc/sysctl.d/99-sysctl.conf": None, "etc/sysctl.conf": "net.ipv4.tcp_sack = 1\n"},
     {"boot-not-read /etc/sysctl.conf"}),
    ("a name without .conf", {"etc/sysctl.d/90-mine": "vm.swappiness = 10\n"}, {"boot-not-read /etc/sysctl.d/90-mine"}),
    ("near: sysctl.conf where procps is the loader",
     dict(PROCPS_ONLY, **{"etc/sysctl.d/99-sysctl.conf": None, "etc/sysctl.conf": "net.ipv4.tcp_sack = 1\n"}), set()),
    ("near: sysctl.conf without its link, but the key is set by a file that is read",
     {"etc/sysctl.d/99-sysctl.conf": None, "etc/sysctl.conf": "net.ipv4.tcp_sack = 1\n",
      "etc/sysctl.d/10.conf": "net.ipv4.tcp_sack = 1\n"}, set()),
    ("near: put aside", {"etc/sysctl.d/90-mine.conf.bak": "vm.swappiness = 10\n",
                         "etc/sysctl.d/90-mine.disabled": "vm.swappiness = 10\n"}, set()),
    ("near: masked on purpose", {"usr/lib/sysctl.d/50-x.conf": "vm.swappiness = 10\n",
                                 "etc/sysctl.d/50-x.conf": ("link", "/dev/null")}, set()),
    ("a module that comes later, and its line was lost",
     {"etc/sysctl.d/10.conf": "net.netfilter.nf_conntrack_max = 1048576\n"},
     {"boot-module-late net.netfilter.nf_conntrack_max"}),
    ("the same under procps",
     dict(PROCPS_ONLY, **{"etc/sysctl.conf": "net.netfilter.nf_conntrack_max = 1048576\n"}),
     {"boot-module-late net.netfilter.nf_conntrack_max"}),
    ("a module that is not there now", {"etc/sysctl.d/10.conf": "net.bridge.bridge-nf-call-iptables = 1\n"},
     {"boot-module-may-be-late br_netfilter"}),
    ("a module that comes later, and its value is as wanted",
     {"etc/sysctl.d/10.conf": "net.netfilter.nf_conntrack_max = 65536\n"}, {"boot-module-may-be-late nf_conntrack"}),
    ("near: the module is loaded early",
     {"etc/sysctl.d/10.conf": "net.netfilter.nf_conntrack_max = 65536\n", "etc/modules-load.d/x.conf": "nf_conntrack\n"}, set()),
    ("near: the module is built in",
     {"etc/sysctl.d/10.conf": "net.netfilter.nf_conntrack_max = 65536\n",
      "lib/modules/6.1.0-18-amd64/modules.builtin": CONNTRACK}, set()),
    ("near: a credential sets it behind the files",
     {"etc/sysctl.d/10.conf": "net.ipv4.tcp_sack = 0\n", "etc/credstore/sysctl.extra": "net.ipv4.tcp_sack = 1\n"}, set()),
    ("the kernel's command line sets it before the files",
     {"etc/sysctl.d/10.conf": "net.ipv4.tcp_sack = 0\nnet.ipv4.tcp_fastopen_key = 1-2-3-4\nnet.ipv4.conf.*.rp_filter = 1\n",
      "proc/cmdline": "sysctl.net.ipv4.tcp_sack=1\n", "etc/tuned/active_profile": "mine\n",
      "etc/tuned/mine/tuned.conf": "[sysctl]\nnet.core.somaxconn = >8192\n"},
     {"boot-drift net.ipv4.tcp_sack"}),
    ("a module that is loaded early, and another value now",
     {"etc/sysctl.d/10.conf": "net.netfilter.nf_conntrack_max = 1048576\n", "etc/modules-load.d/x.conf": "nf_conntrack\n"},
     {"boot-drift net.netfilter.nf_conntrack_max"}),
]
NUMBER = 0
FAILED = 0


def tell(is_fine, text):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not is_fine
    print("%sok %d - %s" % ("" if is_fine else "not ", NUMBER, text))


def make(folder, files):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, tuple):
            os.symlink(content[1], path)
        elif content is not None:
            with open(path, "w", encoding="ascii") as file:
                file.write(content)


def audit(*words):
    result = subprocess.run(list(words), stdout=subprocess.PIPE, check=False)
    told = json.loads(result.stdout)
    findings = {"%s %s" % (f["id"], f["subject"]): f for f in told["findings"] if f["id"].startswith("boot-")}
    return findings, [u["id"] for u in told["cannot_tell"] if u["id"].startswith("boot-")]


def check_schema(name, folder, validator):
    for words in ([], ["net.ipv4.tcp_sack", "net.ipv4.tcp_fastopen_key"], ["--writes", "systemd"], ["--writes", "procps"]):
        result = subprocess.run([TCPTUNE, "boot", "--root", folder, "--format", "json"] + words,
                                stdout=subprocess.PIPE, check=False)
        problems = [error.message for error in validator.iter_errors(json.loads(result.stdout))]
        if problems or result.returncode not in (0, 1):
            tell(False, "boot %s: %s: %s" % (" ".join(words), name, problems[:1]))


def check(name, files, expected, validator):
    with tempfile.TemporaryDirectory() as folder:
        make(folder, dict(BASE, **files))
        check_schema(name, folder, validator)
        findings, unknown = audit(TCPTUNE, "audit", "--root", folder, "--format", "json")
    # without any file there is nothing to go by
    tell(set(findings) == (expected or set()) and bool(unknown) == (expected is None), name)
    if set(findings) != (expected or set()):
        print("# %r, and cannot tell: %r" % (sorted(findings), unknown))
    for finding in findings.values():
        if "unknown" in finding["says"]:
            tell(False, "no word is missing: " + finding["says"])


def main():
    with open(os.path.join(ROOT, "docs", "boot.schema.json"), encoding="utf-8") as file:
        validator = jsonschema.Draft7Validator(json.load(file))
    for name, files, expected in CASES:
        check(name, files, expected, validator)
    said = [word.split(" ")[0] for _, _, expected in CASES for word in expected or ()]
    rules = [name[:-4] for name in os.listdir(os.path.join(ROOT, "profiles", "rules")) if name.startswith("boot-")]
    for rule in sorted(rules):
        tell(said.count(rule) >= 2, "%s is said of %d hosts" % (rule, said.count(rule)))
    findings, unknown = audit("unshare", "--net", TCPTUNE, "audit", "--format", "json")
    tell(not findings and not unknown, "nothing is said in a network namespace of its own")
    print("1..%d" % NUMBER)
    return int(FAILED > 0)


sys.exit(main())

"""Packages of Debian releases other than this machine's, without touching its own apt."""
import fcntl
import os
import re
import shutil
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DEFAULT_SITE = "http://deb.debian.org/debian"
MOST_SECONDS = 240


class MirrorLacks(Exception):
    """The mirror cannot be reached, or does not have it (any more)."""


def cache_folder():
    """What is downloaded stays here: TCPTUNE_KERNEL_CACHE, else in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.environ.get("TCPTUNE_KERNEL_CACHE") or os.path.join(base, "tcptune", "kernels")


def locked(name):
    """A file that holds a lock of the cache while it is open: two suites may run at once."""
    os.makedirs(cache_folder(), exist_ok=True)
    file = open(os.path.join(cache_folder(), name + ".lock"), "w", encoding="ascii")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def command(*words, cwd=None):
    try:
        done = subprocess.run(words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise MirrorLacks("%s took more than %d s" % (words[0], MOST_SECONDS)) from None
    if done.returncode:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise MirrorLacks("%s: %s" % (" ".join(words[:1] + words[-1:]), last))
    return done.stdout


def site():
    """The mirror that this machine uses for Debian itself."""
    try:
        lines = command("apt-get", "indextargets", "--format", "$(LABEL) $(SITE)").splitlines()
    except (MirrorLacks, FileNotFoundError):
        lines = []
    sites = sorted(line.split()[1] for line in lines if line.startswith("Debian "))
    return sites[0] if sites else DEFAULT_SITE


class Suite:
    """A release of Debian, with lists of its own."""

    def __init__(self, name):
        self.name = name
        self.folder = os.path.join(cache_folder(), "apt-" + name)
        for below in ("parts", "lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self.folder, below), exist_ok=True)
        with open(os.path.join(self.folder, "sources.list"), "w", encoding="ascii") as file:
            file.write("deb [signed-by=%s] %s %s main\n" % (KEYRING, site(), name))

    def apt(self, tool, *words, cwd=None):
        options = {
            "Dir::Etc::sourcelist": self.folder + "/sources.list",
            "Dir::Etc::sourceparts": self.folder + "/parts",
            "Dir::State::lists": self.folder + "/lists",
            "Dir::Cache": self.folder + "/cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "APT::Sandbox::User": "",
        }
        chosen = [word for pair in options.items() for word in ("-o", "%s=%s" % pair)]
        return command(tool, "-qq", *chosen, *words, cwd=cwd)

    def update(self):
        self.apt("apt-get", "-o", "APT::Update::Error-Mode=any", "update")

    def packages(self, pattern):
        """Names that match a regular expression and can be downloaded, oldest version first."""
        # a name may be mentioned by others without being there
        names = self.apt("apt-cache", "dumpavail").splitlines()
        found = {line[9:] for line in names if line.startswith("Package: ") and re.fullmatch(pattern, line[9:])}
        return sorted(found, key=lambda name: [int(part) for part in re.findall("[0-9]+", name)])

    def unpack(self, names, target):
        """The files of packages below a folder."""
        downloads = target + ".packages"
        shutil.rmtree(downloads, ignore_errors=True)
        os.makedirs(downloads)
        try:
            self.apt("apt-get", "download", *names, cwd=downloads)
            for name in os.listdir(downloads):
                command("dpkg-deb", "-x", os.path.join(downloads, name), target)
        finally:
            shutil.rmtree(downloads, ignore_errors=True)

"""The kernels that the suite knows: where each comes from, and how it is made ready to boot."""
import glob
import lzma
import os
import re
import shutil
import subprocess

import mirror

LOADER = b"/lib64/ld-linux-x86-64.so.2"
# No guest is given more modules than these and what they depend on: unpacking is slow without KVM.
MODULE_FOLDERS = re.compile(
    r"kernel/(net/(ipv4|ipv6|core|sched|netfilter|unix|netlink|packet)/|drivers/net/(veth|dummy|ifb)\.|(lib|crypto)/)")


class Kernel:
    """name: as the suite calls it. suite: of Debian. is_uml: user-mode-linux, a program of this
    machine; else a kernel for qemu. in_ci: one of those that CI boots."""

    def __init__(self, name, suite, in_ci=False):
        self.name, self.suite, self.in_ci = name, suite, in_ci
        self.is_uml = name.startswith("uml-")
        self.folder = os.path.join(mirror.cache_folder(), name)

    @property
    def modules(self):
        """Folder that holds RELEASE/kernel/...; it may be empty."""
        return os.path.join(self.folder, "usr/lib/uml/modules" if self.is_uml else "modules")

    @property
    def image(self):
        return os.path.join(self.folder, "usr/bin/linux.uml" if self.is_uml else "vmlinux")

    @property
    def libraries(self):
        """A C library for a user-mode-linux that is newer than this machine's; else None."""
        folder = os.path.join(self.folder, "libc/usr/lib/x86_64-linux-gnu")
        return folder if os.path.isdir(folder) else None

    def has_module(self, name):
        """Whether it has a module, or the same built in."""
        wanted = "/%s.ko" % name
        for folder, _, names in os.walk(self.modules):
            if name + ".ko" in names:
                return True
            if "modules.builtin" in names:
                with open(os.path.join(folder, "modules.builtin"), encoding="ascii") as file:
                    if any(line.strip().endswith(wanted) for line in file):
                        return True
        return False

    def prepare(self):
        """Download and unpack it, once. MirrorLacks: it cannot be had."""
        with mirror.locked(self.name):
            if os.path.exists(self.folder + "/ready"):
                return
            shutil.rmtree(self.folder, ignore_errors=True)
            with mirror.locked("apt-" + self.suite):
                suite = mirror.Suite(self.suite)
                suite.update()
                (self._fetch_uml if self.is_uml else self._fetch_cloud)(suite)
            with open(self.folder + "/ready", "w", encoding="ascii"):
                pass

    def _fetch_uml(self, suite):
        suite.unpack(["user-mode-linux"], self.folder)
        found = re.search(r"[0-9]+\.[0-9]+", os.listdir(self.modules)[0]).group()
        if "uml-" + found != self.name:
            raise mirror.MirrorLacks("%s has user-mode-linux %s" % (suite.name, found))
        linked = subprocess.run(["ldd", self.image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                check=False)
        if "not found" in linked.stdout:
            suite.unpack(["libc6"], self.folder + "/libc")
            self._use_libraries_beside()

    def _use_libraries_beside(self):
        """Make the program look for its loader in the folder where it is started. It starts itself
        again, so calling the loader with it as an argument would not do."""
        with open(self.image, "rb") as file:
            data = file.read()
        beside = os.path.basename(LOADER).ljust(len(LOADER), b"\0")
        with open(self.image, "wb") as file:
            file.write(data.replace(LOADER, beside, 1))

    def _fetch_cloud(self, suite):
        names = suite.packages(r"linux-(image|binary|base|modules)-%s[.][0-9.]+[0-9a-z+~-]*-cloud-amd64"
                               % re.escape(self.name))
        releases = [name.split("-", 2)[2] for name in names if re.match("linux-(image|binary)-", name)]
        if not releases:
            raise mirror.MirrorLacks("no kernel %s in %s" % (self.name, suite.name))
        suite.unpack([name for name in names if name.endswith("-" + releases[-1])], self.folder)
        images = glob.glob(self.folder + "/**/vmlinuz*", recursive=True)
        if not images:
            raise mirror.MirrorLacks("no image in the packages of %s" % releases[-1])
        with open(images[0], "rb") as file:
            vmlinux = extract_vmlinux(file.read())
        with open(self.image, "wb") as file:
            file.write(vmlinux)
        os.makedirs(self.modules)
        for source in glob.glob(self.folder + "/**/modules/*/kernel", recursive=True):
            self._take_modules(os.path.dirname(source))
        for name in ("boot", "lib", "usr"):
            shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)

    def _take_modules(self, source):
        """Those of MODULE_FOLDERS, uncompressed, and their index."""
        release = os.path.basename(source)
        target = os.path.join(self.modules, release)
        for path in glob.glob(source + "/kernel/**/*.ko*", recursive=True):
            relative = path[len(source) + 1:]
            if not MODULE_FOLDERS.match(relative):
                continue
            os.makedirs(os.path.dirname(os.path.join(target, relative)), exist_ok=True)
            with lzma.open(path) if path.endswith(".xz") else open(path, "rb") as file:
                data = file.read()
            with open(os.path.join(target, relative[:-3] if path.endswith(".xz") else relative), "wb") as file:
                file.write(data)
        if not os.path.isdir(target):
            return
        for path in glob.glob(source + "/modules.builtin*") + glob.glob(source + "/modules.order"):
            shutil.copy(path, target)
        os.makedirs(self.folder + "/base/lib")
        os.symlink("../../modules", self.folder + "/base/lib/modules")
        mirror.command("/sbin/depmod", "-b", self.folder + "/base", release)


PACKINGS = (
    (b"\x28\xb5\x2f\xfd", ["zstd", "-dcq"]),
    (b"\xfd7zXZ\x00", ["xz", "-dcq", "--single-stream"]),
    (b"\x02\x21\x4c\x18", ["lz4", "-dcq"]),
    (b"\x1f\x8b\x08", ["gzip", "-dcq"]),
)


def extract_vmlinux(image):
    """The ELF file inside a bzImage: qemu starts it at its PVH entry, without BIOS and without
    unpacking it under emulation."""
    for magic, unpack in PACKINGS:
        at = image.find(magic)
        for _ in range(5):
            if at < 0:
                break
            # bytes behind the end make the tools complain after they have written all
            done = subprocess.run(unpack, input=image[at:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  check=False)
            if done.stdout.startswith(b"\x7fELF"):
                return done.stdout
            at = image.find(magic, at + 1)
    raise ValueError("the kernel image is packed in a way that is not known")


KERNELS = [
    Kernel("uml-5.10", "bullseye", in_ci=True),
    Kernel("uml-6.1", "bookworm", in_ci=True),
    Kernel("uml-6.12", "trixie", in_ci=True),
    Kernel("uml-7.2", "sid", in_ci=True),
    Kernel("5.10", "bullseye", in_ci=True),
    Kernel("6.1", "bookworm"),
    Kernel("6.12", "trixie", in_ci=True),
    Kernel("6.16", "trixie-backports"),
    Kernel("6.17", "trixie-backports"),
    Kernel("6.18", "trixie-backports"),
    Kernel("6.19", "trixie-backports"),
    Kernel("7.0", "trixie-backports", in_ci=True),
    Kernel("7.1", "trixie-backports"),
    Kernel("7.2", "trixie-backports"),
    Kernel("7.3", "trixie-backports", in_ci=True),
]

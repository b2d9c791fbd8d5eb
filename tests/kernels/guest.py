"""A guest: a folder that becomes the root of another kernel, booted without KVM and without root."""
import base64
import io
import os
import re
import shutil
import signal
import subprocess
import tarfile
import time


MEMORY = "1G"
INIT = """#!/bin/busybox sh
# What the guest runs, and then it is over. Its results leave through the console.
busybox=/bin/busybox
$busybox mount -t tmpfs none /run
$busybox mkdir -p /run/bin /run/results
$busybox --install -s /run/bin
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/run/bin HOME=/run TMPDIR=/run
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
chmod 1777 /tmp
read -r line </proc/cmdline
for word in $line; do
	case $word in modules=*) mount -r -t hostfs -o "${word#modules=}" none /lib/modules ;; esac
done
stty -onlcr -echo </dev/console 2>/dev/null
ifconfig lo 127.0.0.1 up
cd /run/results
/job >job.out 2>job.err </dev/null
echo $? >job.status
echo "@@RESULTS"
tar -c . | gzip -c | base64
echo "@@END"
# the emulated machine ends by a reboot: it cannot switch itself off
case $line in *modules=*) poweroff -f ;; *) reboot -f ;; esac
"""


LIVE = set()  # process groups of guests that run now


def end_all():
    """For a suite that is interrupted: no guest outlives it."""
    for group in list(LIVE):
        end_group(group)


def end_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    LIVE.discard(group)


class Died(Exception):
    """The guest ended without its results."""


def libraries_of(program):
    """The shared libraries that a program is linked with."""
    listed = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return re.findall(r"(/\S+) \(0x", listed.stdout)


class Root:
    """The files of a guest. files: path in the guest -> path here; programs bring their libraries."""

    def __init__(self, folder, job, files):
        self.folder = folder
        for name in ("bin", "sbin", "dev", "proc", "sys", "run", "tmp", "etc", "host", "lib/modules", "var"):
            os.makedirs(os.path.join(folder, name))
        self.add("/bin/busybox", shutil.which("busybox") or "/bin/busybox")
        for link, target in (("bin/sh", "busybox"), ("sbin/modprobe", "../bin/busybox"), ("var/run", "../run")):
            os.symlink(target, os.path.join(folder, link))
        self.write("/init", INIT, 0o755)
        self.write("/etc/passwd", "root:x:0:0::/run:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n")
        self.write("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
        self.add("/job", job)
        for target, source in files.items():
            self.add(target, source)

    def write(self, target, text, mode=0o644):
        path = self.folder + target
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def add(self, target, source):
        path = self.folder + target
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(source, path)
        with open(source, "rb") as file:
            is_program = file.read(4) == b"\x7fELF"
        for library in libraries_of(source) if is_program else ():
            # one of the build folder is found by a path that is relative to the program
            is_own = not library.startswith(("/lib", "/usr/lib"))
            inside = self.folder + ("/usr/lib/" + os.path.basename(library) if is_own else library)
            if not os.path.exists(inside):
                os.makedirs(os.path.dirname(inside), exist_ok=True)
                shutil.copy(library, inside)


def add_to_cpio(folder, prefix, out):
    """The tree of a folder in the format that a kernel unpacks (busybox has no --directory)."""
    number = 0
    for base, folders, names in os.walk(folder):
        for name in sorted(folders + names):
            path = os.path.join(base, name)
            inside = os.path.join(prefix, os.path.relpath(path, folder))
            status = os.lstat(path)
            data = b""
            if os.path.islink(path):
                data = os.readlink(path).encode()
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    data = file.read()
            number += 1
            add_cpio_entry(inside, status.st_mode, number, data, out)


def add_cpio_entry(name, mode, number, data, out):
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    out.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))


def initramfs(kernel, root, path):
    with open(path, "wb") as out:
        add_to_cpio(root.folder, "", out)
        add_to_cpio(kernel.modules, "lib/modules", out)
        add_cpio_entry("TRAILER!!!", 0, 0, b"", out)


def uml_command(kernel, root, scratch):
    return [kernel.image, "mem=" + MEMORY, "root=/dev/root", "rootfstype=hostfs", "rootflags=" + root.folder, "ro",
            "init=/init", "modules=" + kernel.modules, "con=null", "con0=fd:0,fd:1", "ssl=null", "quiet",
            "uml_dir=" + scratch]


def clock_khz():
    """The emulated clock is this machine's: telling saves the guest a calibration of a second."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        found = re.search(r"^bogomips\s*: ([0-9.]+)", file.read(), re.MULTILINE)
    return ["tsc_early_khz=%d" % (float(found.group(1)) * 500)] if found else []


def qemu_command(kernel, root, scratch):
    image = os.path.join(scratch, "initramfs")
    initramfs(kernel, root, image)
    words = ["console=ttyS0", "quiet", "loglevel=3", "reboot=t", "panic=-1", "random.trust_cpu=on", "nokaslr",
             "mitigations=off", "tsc=reliable"] + clock_khz()
    return ["qemu-system-x86_64", "-M", "microvm,acpi=off", "-cpu", "max,-cx16", "-accel", "tcg", "-smp", "1",
            "-m", MEMORY, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
            "-kernel", kernel.image, "-initrd", image, "-append", " ".join(words)]


def run(kernel, root, scratch, seconds):
    """Boot and wait for the end. Returns the console's text; it may be cut off."""
    words = (uml_command if kernel.is_uml else qemu_command)(kernel, root, scratch)
    if kernel.libraries:
        # for the kernel alone: no program of this machine works with a newer C library
        words = ["env", "LD_LIBRARY_PATH=" + kernel.libraries] + words
    # a group of its own: user-mode-linux is several processes; with an end even if nobody looks
    process = subprocess.Popen(["timeout", "--foreground", "-k", "3", str(seconds + 5)] + words,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=dict(os.environ, TMPDIR=scratch), cwd=kernel.libraries or scratch,
                               start_new_session=True)
    LIVE.add(process.pid)
    try:
        console = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired as late:
        console = (late.stdout or b"") + b"\nno end after %d s" % seconds
    finally:
        end_group(process.pid)
        process.wait()
    return console.decode("utf-8", "replace").replace("\r", "")


def read_results(console):
    """File name -> text."""
    found = re.search(r"^@@RESULTS\n(.*)^@@END", console, re.MULTILINE | re.DOTALL)
    if not found:
        raise Died("\n".join(console.splitlines()[-15:]))
    results = {}
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(found.group(1))), mode="r:gz") as archive:
        for member in archive:
            if member.isfile():
                results[os.path.normpath(member.name)] = archive.extractfile(member).read().decode("utf-8", "replace")
    return results


def boot(kernel, scratch, job, files, seconds):
    """Run a job of a kernel to its end. Returns its results and how long the guest took."""
    kernel.prepare()
    root = Root(os.path.join(scratch, "root"), job, files)
    begin = time.monotonic()
    console = run(kernel, root, scratch, seconds)
    return read_results(console), time.monotonic() - begin



"""The bench that scenarios stand on: network namespaces, processes in them, global sysctls
that come back. Whatever is made here is taken away again, also after a failure or a signal."""
import contextlib
import ctypes
import fcntl
import os
import pickle
import resource
import select
import signal
import socket
import subprocess
import sys
import time
import traceback

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
WORKER_MOST_SECONDS = 90
STATES = {'ESTABLISHED': 1, 'SYN_SENT': 2, 'SYN_RECV': 3, 'FIN_WAIT1': 4, 'FIN_WAIT2': 5, 'TIME_WAIT': 6,
          'CLOSE': 7, 'CLOSE_WAIT': 8, 'LAST_ACK': 9, 'LISTEN': 10, 'CLOSING': 11}

libc = ctypes.CDLL(None, use_errno=True)


def enter(path):
    """Move this thread into the network namespace of a file."""
    with open(path) as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), 'setns ' + path)


def allow_many_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def shell(command):
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError('%s: %s' % (command, done.stderr.strip() or done.stdout.strip()))
    return done.stdout


def wait_until(condition, seconds, what):
    """Poll; a load that does not come about is the laboratory's failure, never the program's."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise LoadFailed('waited %g s for: %s' % (seconds, what() if callable(what) else what))
        time.sleep(0.02)


def lock_machine(seconds=280):
    """One laboratory at a time: two would change the same sysctls of the machine, and each put back
    what the other set. Returns a file that holds the lock while it, and every process forked
    meanwhile, lives; None when others keep it too long."""
    file = open('/run/tcptune-lab.lock', 'w')
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() > end:
                return None
            time.sleep(0.2)


class LoadFailed(Exception):
    """The situation that was to be made did not come about."""


class Worker:
    """A forked process, in a namespace if one is given. What its function returns comes back by
    join(). It dies with its parent, and by itself after a time."""

    def __init__(self, namespace, function, *arguments, name=None):
        self.name = name or function.__name__
        self.result = None
        self.is_over = False
        read_end, write_end = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._child(namespace, function, arguments, read_end, write_end)
        os.close(write_end)
        self.pipe = read_end

    def _child(self, namespace, function, arguments, read_end, write_end):
        status = 1
        try:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            libc.prctl(PR_SET_NAME, self.name.encode()[:15])
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(WORKER_MOST_SECONDS)
            os.close(read_end)
            allow_many_files()
            if namespace:
                enter(namespace)
            value = function(*arguments)
            with os.fdopen(write_end, 'wb') as out:
                pickle.dump(value, out)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def join(self, seconds=30):
        """The value that the function returned; LoadFailed when it did not return in time."""
        if self.is_over:
            return self.result
        data, end = b'', time.monotonic() + seconds
        while select.select([self.pipe], [], [], max(0, end - time.monotonic()))[0]:
            part = os.read(self.pipe, 65536)
            if not part:
                break
            data += part
        self.kill()
        if not data:
            raise LoadFailed('worker %s did not come back' % self.name)
        self.result = pickle.loads(data)
        return self.result

    def kill(self):
        if self.is_over:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self.pipe)
        self.is_over = True


def _sleep_for_ever():
    while True:
        signal.pause()


class Namespace:
    """A network namespace of our own, by name. A sleeping process in it keeps /proc/PID/net open
    to readers outside: an oracle that does not ask the program under test."""

    def __init__(self, bench, name):
        self.bench = bench
        self.name = name
        self.path = '/run/netns/' + name
        self.address = self.address6 = None
        shell('ip netns add %s' % name)
        bench.namespaces.append(self)
        shell('ip -n %s link set lo up' % name)
        self.anchor = self.start(_sleep_for_ever, name='anchor')
        host = os.readlink('/proc/self/ns/net')
        wait_until(lambda: os.readlink('/proc/%d/ns/net' % self.anchor.pid) != host, 5, 'a process in ' + name)
        # two CPUs reorder packets, and the rare reset that comes of it would end a TIME_WAIT: loads
        # here count them
        self.sysctl('net.ipv4.tcp_rfc1337', 1)

    def start(self, function, *arguments, name=None):
        """Run a function in a process in this namespace, until it returns or the scenario ends."""
        worker = Worker(self.path, function, *arguments, name=name)
        self.bench.workers.append(worker)
        return worker

    def popen(self, command, **options):
        def prepare():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            enter(self.path)
        process = subprocess.Popen(command, preexec_fn=prepare, **options)
        self.bench.processes.append(process)
        return process

    @contextlib.contextmanager
    def entered(self):
        """This process is in the namespace for a while: sockets made then belong there."""
        home = os.open('/proc/self/ns/net', os.O_RDONLY)
        enter(self.path)
        try:
            yield
        finally:
            libc.setns(home, CLONE_NEWNET)
            os.close(home)

    def sysctl(self, key, value=None):
        """Read a key, or write it and see that it took."""
        path = '/proc/sys/' + key.replace('.', '/')
        with self.entered():
            if value is not None:
                with open(path, 'w') as file:
                    file.write(str(value))
            with open(path) as file:
                now = ' '.join(file.read().split())
        if value is not None and now != ' '.join(str(value).split()):
            raise LoadFailed('%s is %s, not %s' % (key, now, value))
        return now

    def read(self, name):
        with open('/proc/%d/net/%s' % (self.anchor.pid, name)) as file:
            return file.read()

    def counters(self):
        """Counters of snmp and netstat, and those of conntrack, by the names of the catalog."""
        found = {}
        for name in ('snmp', 'netstat'):
            lines = self.read(name).splitlines()
            for head, values in zip(lines[::2], lines[1::2]):
                prefix = head.split(':')[0]
                for key, value in zip(head.split()[1:], values.split()[1:]):
                    found['%s.%s' % (prefix, key)] = int(value)
        try:
            lines = self.read('stat/nf_conntrack').splitlines()
        except FileNotFoundError:  # a kernel without connection tracking
            lines = []
        for line in lines[1:]:
            for key, value in zip(lines[0].split(), line.split()):
                key = 'nf_conntrack.' + key
                found[key] = found.get(key, 0) + int(value, 16)
        return found

    def sockets(self, state, local_port=None, remote_port=None):
        """How many sockets are in a state, both families, as /proc/net/tcp and tcp6 have it."""
        count = 0
        for name in ('tcp', 'tcp6'):
            for line in self.read(name).splitlines()[1:]:
                field = line.split()
                if int(field[3], 16) != STATES[state]:
                    continue
                if local_port and int(field[1].rsplit(':', 1)[1], 16) != local_port:
                    continue
                if remote_port and int(field[2].rsplit(':', 1)[1], 16) != remote_port:
                    continue
                count += 1
        return count

    def waiting(self, port):
        """Connections that wait for accept() at the listeners of a port."""
        return sum(int(line.split()[4].split(':')[1], 16)
                   for name in ('tcp', 'tcp6') for line in self.read(name).splitlines()[1:]
                   if int(line.split()[3], 16) == STATES['LISTEN']
                   and int(line.split()[1].rsplit(':', 1)[1], 16) == port)

    def wait_listening(self, *ports):
        for port in ports:
            wait_until(lambda: self.sockets('LISTEN', local_port=port), 10, 'a listener on port %d' % port)


class GlobalSysctl:
    """A sysctl of the whole machine, changed for a moment. A process of its own writes it and
    writes the old value back: when asked, when this process dies, or after most_seconds."""

    def __init__(self, key, value, most_seconds):
        self.path = '/proc/sys/' + key.replace('.', '/')
        with open(self.path) as file:
            self.old = file.read()
        ready_read, ready_write = os.pipe()
        life_read, self.life = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._guard(str(value), most_seconds, life_read, ready_write)
        os.close(life_read)
        os.close(ready_write)
        answer = os.read(ready_read, 100)
        os.close(ready_read)
        if answer != b'done':
            self.restore()
            raise LoadFailed('cannot set %s: %s' % (key, answer.decode()))

    def _guard(self, value, most_seconds, life, ready):
        try:
            os.setsid()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
                signal.signal(number, signal.SIG_IGN)
            # closed here, the end of the process that asked closes the last one
            os.close(self.life)
            try:
                self._write(value)
                os.write(ready, b'done')
                select.select([life], [], [], most_seconds)
            except OSError as error:
                os.write(ready, str(error).encode()[:100])
        finally:
            self._write(self.old)
            os._exit(0)

    def _write(self, value):
        with open(self.path, 'w') as file:
            file.write(value)

    def restore(self):
        """Put the old value back, and see that it is there."""
        if self.life < 0:
            return
        # workers that were forked since hold the pipe open, too: closing alone says nothing
        with contextlib.suppress(BrokenPipeError):
            os.write(self.life, b'now')
        os.close(self.life)
        self.life = -1
        os.waitpid(self.pid, 0)
        with open(self.path) as file:
            now = file.read()
        if now.split() != self.old.split():
            self._write(self.old)
            raise LoadFailed('%s was %r instead of %r' % (self.path, now, self.old))


class Bench:
    """All that one scenario makes. Use as a context: leaving it clears everything."""

    def __init__(self):
        self.namespaces, self.workers, self.processes, self.globals = [], [], [], []
        self.folders, self.sockets = [], []

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(130))
        allow_many_files()
        return self

    def __exit__(self, *_):
        # a second signal must not cut the clearing short
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for value in self.globals:
            self._try(value.restore)
        for worker in reversed(self.workers):
            self._try(worker.kill)
        for process in self.processes:
            self._try(self._end, process)
        for one in self.sockets:
            self._try(one.close)
        for namespace in self.namespaces:
            self._try(shell, 'ip netns del ' + namespace.name)
        for folder in self.folders:
            self._try(shell, 'rm -rf ' + folder)

    @staticmethod
    def _try(function, *arguments):
        try:
            function(*arguments)
        except Exception as error:
            print('# clearing up: %s' % error, file=sys.stderr)

    @staticmethod
    def _end(process):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def namespace(self, label='s'):
        return Namespace(self, 'tt%d%s' % (os.getpid(), label))

    def pair(self):
        """A server's and a client's namespace and a cable between them. The server sends what is
        for others to the client, which drops it: a place for answers to forged addresses."""
        server, client = self.namespace('s'), self.namespace('c')
        shell('ip link add veth0 netns %s type veth peer name veth0 netns %s' % (server.name, client.name))
        for namespace, number in ((client, 1), (server, 2)):
            namespace.address, namespace.address6 = '10.77.0.%d' % number, 'fd77::%d' % number
            shell('ip -n {0} addr add 10.77.0.{1}/24 dev veth0 && ip -n {0} link set veth0 up && '
                  'ip -n {0} -6 addr add fd77::{1}/64 dev veth0 nodad'.format(namespace.name, number))
        shell('ip -n {0} route add default via 10.77.0.1 && ip -n {0} -6 route add default via fd77::1'
              .format(server.name))
        client.sysctl('net.ipv4.ip_forward', 0)
        return server, client

    def set_global(self, key, value, most_seconds):
        changed = GlobalSysctl(key, value, most_seconds)
        self.globals.append(changed)
        return changed

    def folder(self, name):
        path = '/tmp/tt%d.%s' % (os.getpid(), name)
        os.mkdir(path)
        self.folders.append(path)
        return path

    def keep(self, sockets):
        """Close these at the end, not when Python forgets them."""
        self.sockets += sockets
        return sockets


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET

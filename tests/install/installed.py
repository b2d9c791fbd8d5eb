#!/usr/bin/python3
"""What `meson install` puts where: the program, manual pages, completions for three shells, units
and the example for cron; each with every command and option of --help, and each tried by what
reads it: mandoc, man, bash, zsh, fish, systemd-analyze."""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("TCPTUNE_BUILD", os.path.join(ROOT, "build", "gcc"))
PAGES = ("man8/tcptune.8", "man5/tcptune-profile.5", "man5/tcptune-rules.5", "man5/tcptune-evidence.5")
COMPLETIONS = {
    "bash": "share/bash-completion/completions/tcptune",
    "zsh": "share/zsh/site-functions/_tcptune",
    "fish": "share/fish/vendor_completions.d/tcptune.fish",
}
UNITS = "lib/systemd/system/"
FILES = ["bin/tcptune", "share/doc/tcptune/examples/tcptune.cron", UNITS + "tcptune-report.service",
         UNITS + "tcptune-report.timer", "share/tcptune/profiles/server.ini",
         "share/tcptune/rules/accept-queue-program.sql", *COMPLETIONS.values(),
         *("share/man/" + page for page in PAGES)]

# What is typed, and what must be offered: some of it, or all of it.
TYPED = (
    ("tcptune ", {"apply", "audit", "report", "undo"}, False),
    ("tcptune re", {"report"}, True),
    ("tcptune --ver", {"--version"}, True),
    ("tcptune audit --inter", {"--interval"}, True),
    ("tcptune audit --format ", {"text", "json"}, True),
    ("tcptune audit --format j", {"json"}, True),
    ("tcptune audit --interval 5s --profile nginx", {"nginx-proxy"}, True),
    ("tcptune query --format c", {"csv"}, True),
    ("tcptune profile ", {"list", "show", "check"}, True),
    ("tcptune profile show nat", {"nat-gateway"}, True),
    ("tcptune rule show accept-queue-pro", {"accept-queue-program"}, True),
    ("tcptune lint /etc/hostn", {"/etc/hostname"}, True),
    ("tcptune collect -o /etc/hostn", {"/etc/hostname"}, True),
    ("tcptune report --state /et", {"/etc"}, True),
    ("tcptune audit --interval ", set(), True),
)

BASH = r"""
source "$1"
complete -p tcptune | grep -q -- '-F _tcptune' || exit 9
compopt() { :; }  # works only while readline asks
line=$2
# as readline does: words are parted at blanks and at '='
read -ra COMP_WORDS <<< "${line//=/ = }"
[[ $line == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_tcptune
printf '%s\n' "${COMPREPLY[@]}"
"""


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def line(self, sentence, problem=None):
        self.count += 1
        self.failed += bool(problem)
        print("%sok %d - %s" % ("not " if problem else "", self.count, sentence), flush=True)
        for text in str(problem).splitlines() if problem else ():
            print("# " + text)

    def skip(self, sentence, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, sentence, reason))

    def end(self):
        print("1..%d" % self.count)
        return int(self.failed > 0)


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def install(place):
    done = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", place)
    prefix = next((os.path.dirname(folder) for folder, _, names in os.walk(place)
                   if "tcptune" in names and os.path.basename(folder) == "bin"), None)
    return prefix, done.stdout + done.stderr


def helped(program):
    """{command: names of its options}, as --help tells; of the program itself under None."""
    def options(text):
        return re.findall(r"^  (?:-\w, )?--([a-z-]+)", text, re.M)

    text = run(program, "--help").stdout
    found = {None: options(text)}
    for command in re.findall(r"^  ([a-z]+) ", text, re.M):
        found[command] = options(run(program, command, "--help").stdout)
    return found


def check_files(prefix):
    wanted = [name for name in FILES if not os.path.isfile(os.path.join(prefix, name))]
    return "not installed: " + ", ".join(wanted) if wanted else None


def check_page(prefix, known):
    """Each command has a section, and all its options in it."""
    text = read(os.path.join(prefix, "share/man", PAGES[0])).replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
    missing = []
    for command, options in known.items():
        section = re.search(r"^\.Ss tcptune %s\n(.*?)(?=^\.S)" % command, text, re.M | re.S)
        if command and not section:
            missing.append(command)
        missing += ["%s --%s" % (command, name) for name in options if command and section
                    and not re.search(r"^\.It .*--%s( |$)" % name, section[1], re.M)]
    return ", ".join(missing)


def check_lint(prefix):
    paths = [os.path.join(prefix, "share/man", page) for page in PAGES]
    return run("mandoc", "-T", "lint", "-W", "warning", *paths).stdout


def check_man(prefix):
    """As a reader sees it, with groff."""
    problems = ""
    for page in PAGES:
        done = run("man", "--warnings", "-l", os.path.join(prefix, "share/man", page),
                   env=dict(os.environ, MANWIDTH="80", LC_ALL="C.UTF-8"))
        problems += done.stderr + ("" if "DESCRIPTION" in done.stdout else page + " shows nothing\n")
    return problems


def offered_by_bash(path, line, environment):
    done = run("bash", "--norc", "-c", BASH, "bash", path, line, env=environment)
    return done.stdout.split(), done.stderr


def offered_by_fish(path, line, environment):
    done = run("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", path, line, env=environment)
    return [row.split("\t")[0].rstrip("/") for row in done.stdout.splitlines()], done.stderr


class Zsh:
    """A zsh at a terminal, with the completions of one folder. It is asked by typing."""

    def __init__(self, folder, environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], dict(environment, TERM="dumb", COLUMNS="200"))
        # it says <go> when it listens; before that the terminal would echo what is typed
        self.type("PS1='> '; fpath=(%s $fpath); autoload -U compinit; compinit -u -D; "
                  "zle-line-init() { print -n '<g''o>'; }; zle -N zle-line-init\n" % folder)
        self.started = self.wait(lambda text: "<go>" in text)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait(self, condition, seconds=20):
        """What it printed, as soon as that is so; None when it never was."""
        text, end = "", time.monotonic() + seconds
        while not condition(text):
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                return None
            text += os.read(self.terminal, 65536).decode(errors="replace").replace("\b", "")
        return text

    def complete(self, line):
        """The line after the tabulator; then it becomes an argument of ':', which does nothing."""
        self.type(line + "\t\x01: \x05 END\n")
        return self.wait(lambda text: re.search("END.*<go>", text, re.S))

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def check_zsh_offers(path, environment):
    """Lines that have one continuation, which it then types."""
    zsh = Zsh(os.path.dirname(path), environment)
    problems = [] if zsh.started else ["it did not start"]
    for line, wanted, _ in TYPED if zsh.started else ():
        got = zsh.complete(line) if len(wanted) == 1 else ""
        if len(wanted) == 1 and (not got or not wanted <= set(re.findall(r"[\w./-]*[\w-]", got))):
            problems.append("%r: wanted %s, got %r" % (line, wanted, got))
    zsh.close()
    return "\n".join(problems)


def check_hostile_name(path, place, environment):
    """The name of a namespace is text, whatever is in it."""
    folder = os.path.join(place, "hostile")
    os.mkdir(folder)
    with open(os.path.join(folder, "ip"), "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nprintf '%s\\n' '$(touch$IFS{0}/ran)' '`touch$IFS{0}/ran`' 'web$(id)' 'plain (id: 3)' other\n"
                   .replace("{0}", folder))
    os.chmod(os.path.join(folder, "ip"), 0o755)
    got, errors = offered_by_bash(path, "tcptune audit --netns ",
                                  dict(environment, PATH=folder + ":" + environment["PATH"]))
    ran = os.path.exists(os.path.join(folder, "ran"))
    return None if got == ["plain", "other"] and not ran else "got %r, ran: %s %s" % (got, ran, errors)


def check_offers(offered, path, environment):
    problems = []
    for line, wanted, is_all in TYPED:
        got, errors = offered(path, line, environment)
        if errors or not wanted <= set(got) or is_all and set(got) != wanted:
            problems.append("%r: wanted %s, got %s %s" % (line, sorted(wanted), got[:8], errors[:200]))
    return "\n".join(problems)


def check_options(offered, path, known, environment):
    problems = []
    for command, options in known.items():
        got, _ = offered(path, "tcptune %s--" % (command + " " if command else ""), environment)
        missing = {"--" + name for name in options} - set(got)
        if missing:
            problems.append("%s: %s" % (command, sorted(missing)))
    return "\n".join(problems)


def check_zsh(path, known):
    """Each command has an arm, and in it all its options."""
    text = read(path)
    arms = dict(re.findall(r"^\t([a-z]+|-\*)\)\n(.*?)^\t\t;;", text, re.M | re.S))
    missing = ["%s --%s" % (command, name) for command, options in known.items() for name in options
               if not re.search(r"^.*'\*--%s=?\[" % name, arms.get(command or "-*", ""), re.M)]
    missing += [command for command in known if command and "'%s:" % command not in text]
    return ", ".join(missing)


def check_units(prefix, place):
    """As they are installed, but with the program where it is now."""
    folder = os.path.join(place, "units")
    os.mkdir(folder)
    program = os.path.join(prefix, "bin/tcptune")
    for name in ("tcptune-report.service", "tcptune-report.timer"):
        text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=" + program, read(os.path.join(prefix, UNITS, name)))
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    environment = dict(os.environ, MANPATH=os.path.join(prefix, "share/man"))
    done = run("systemd-analyze", "verify", "--man=yes", *(os.path.join(folder, name) for name in os.listdir(folder)),
               env=environment)
    return done.stderr or (done.returncode and "exit status %d" % done.returncode)


def service(prefix, name):
    text = read(os.path.join(prefix, UNITS, "tcptune-report.service"))
    return re.search(r"^%s=(.*)" % name, text, re.M)[1].split()


def check_capabilities(prefix):
    """What the service leaves to the program is enough to see what root sees. Keys of the BPF
    compiler are for CAP_SYS_ADMIN, which is too much to give for them."""
    program = os.path.join(prefix, "bin/tcptune")
    bounding = ",".join(["-all"] + ["+" + name[4:].lower() for name in service(prefix, "CapabilityBoundingSet")])
    query = (program, "query", "--format", "csv",
             "SELECT name, state, reason FROM source WHERE name <> 'sysctl' "
             "UNION ALL SELECT key, value IS NOT NULL, reason FROM sysctl WHERE key NOT LIKE 'net.core.bpf_jit_%' "
             "ORDER BY 1")
    whole = run(*query)
    limited = run("setpriv", "--bounding-set", bounding, "--inh-caps", "-all", "--no-new-privs", *query)
    if whole.returncode or whole.stdout.count("\n") < 100:
        return "root: " + whole.stdout + whole.stderr
    return "\n".join(sorted(set(limited.stdout.splitlines()) ^ set(whole.stdout.splitlines()))) + limited.stderr


def filtered(group):
    """The system calls of a group of systemd's, with those of the groups in it."""
    calls = set()
    for word in run("systemd-analyze", "syscall-filter", group).stdout.splitlines()[1:]:
        word = word.strip()
        if word.startswith("@"):
            calls |= filtered(word)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def check_calls(prefix, place):
    """A report makes no system call, and opens no kind of socket, that the service forbids."""
    trace = os.path.join(place, "trace")
    done = run("strace", "-f", "-o", trace, os.path.join(prefix, "bin/tcptune"), "report", "--always", "--state",
               os.path.join(place, "state"))
    text = read(trace)
    calls = set(re.findall(r"^\d+ +(\w+)\(", text, re.M))
    wrong = calls - filtered(*service(prefix, "SystemCallFilter"))
    wrong |= set(re.findall(r"socket\((\w+)", text)) - set(service(prefix, "RestrictAddressFamilies"))
    if done.returncode or not {"openat", "socket", "execve"} <= calls:
        return done.stdout + done.stderr
    return ", ".join(sorted(wrong))


def check_cron(prefix):
    text = read(os.path.join(prefix, "share/doc/tcptune/examples/tcptune.cron"))
    job = re.search(r"^\*/5 \* \* \* \* root (\S+) report$", text, re.M)
    installed = re.search(r"^ExecStart=(\S+) report$", read(os.path.join(prefix, UNITS, "tcptune-report.service")), re.M)
    return None if job and installed and job[1] == installed[1] and prefix.endswith(os.path.dirname(job[1])[:-4]) \
        else text


def check_program(prefix):
    """It stands alone: nothing is read from where it was built."""
    program = os.path.join(prefix, "bin/tcptune")
    profile, rule = run(program, "profile", "show", "server"), run(program, "rule", "show", "accept-queue-program")
    audit = run(program, "audit")
    return None if profile.returncode == rule.returncode == 0 and audit.returncode in (0, 1) else \
        profile.stderr + rule.stderr + audit.stderr


def shells(tap, prefix, known, environment):
    for shell, offered in (("bash", offered_by_bash), ("fish", offered_by_fish), ("zsh", None)):
        path = os.path.join(prefix, COMPLETIONS[shell])
        if not shutil.which(shell):
            tap.skip(shell, "needs " + shell)
            continue
        done = run(shell, "-n", path)
        tap.line("%s can read its completion" % shell, done.stderr or done.returncode)
        if offered:
            tap.line("%s offers what fits" % shell, check_offers(offered, path, environment))
            tap.line("%s offers every option" % shell, check_options(offered, path, known, environment))
        else:
            tap.line("zsh offers what fits", check_zsh_offers(path, environment))
            tap.line("zsh's completion has every command and option", check_zsh(path, known))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as place:
        prefix, output = install(os.path.join(place, "root"))
        tap.line("it installs", None if prefix else output)
        if not prefix:
            return tap.end()
        program = os.path.join(prefix, "bin/tcptune")
        known = helped(program)
        environment = dict(os.environ, PATH=os.path.dirname(program) + ":" + os.environ["PATH"], HOME=place)
        tap.line("all files are where they belong", check_files(prefix))
        tap.line("--help tells of commands and options", None if len(known) > 10 and known["audit"] else known)
        tap.line("tcptune(8) has every command and option", check_page(prefix, known))
        tap.line("the check sees one that is missing",
                 None if check_page(prefix, {"audit": ["nothing"], "nobody": []}) == "audit --nothing, nobody"
                 and check_zsh(os.path.join(prefix, COMPLETIONS["zsh"]), {"audit": ["nothing"]}) else "it does not")
        for name, check in (("mandoc", check_lint), ("man", check_man)):
            if shutil.which(name):
                tap.line("%s finds nothing in the pages" % name, check(prefix))
            else:
                tap.skip(name, "needs " + name)
        shells(tap, prefix, known, environment)
        tap.line("no name of a namespace runs in bash",
                 check_hostile_name(os.path.join(prefix, COMPLETIONS["bash"]), place, environment))
        if shutil.which("systemd-analyze"):
            tap.line("systemd-analyze verifies the units", check_units(prefix, place))
        else:
            tap.skip("the units", "needs systemd-analyze")
        if os.geteuid() == 0:
            tap.line("the service may see all that root sees", check_capabilities(prefix))
        else:
            tap.skip("the service's capabilities", "needs root")
        if os.geteuid() == 0 and shutil.which("strace") and shutil.which("systemd-analyze"):
            tap.line("a report does nothing that the service forbids", check_calls(prefix, place))
        else:
            tap.skip("the service's system calls", "needs root, strace and systemd-analyze")
        tap.line("cron and the service run the program that is installed", check_cron(prefix))
        tap.line("the installed program has its profiles and rules", check_program(prefix))
    return tap.end()


sys.exit(main())

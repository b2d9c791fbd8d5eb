/*
 * Runs a program and acts at one of its system calls: kills it there, before or after the
 * call, or lets the call fail without being made. Processes that it forks run free.
 *
 *   apply_calls [--all] [--match TEXT] [--at N --kill before|after | --at N[+] --error
 * NUMBER]
 *               [--list FILE] -- PROGRAM ARGUMENTS...
 *
 * Calls are counted from 1: those with a lasting effect (writing, syncing, renaming,
 * removing, cutting, making files and folders, forking), all with --all, and only those
 * with TEXT in "NAME PATH" with --match. "N+" is that one and all after it. --list writes
 * "NAME PATH" of each counted call. Exit status: that of the program, 137 after a kill,
 * 126 when the call number N was never reached, 125 when this does not work here.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_KILLED = 137, STATUS_UNREACHED = 126, STATUS_CANNOT = 125 };

/* What a call works on: a descriptor in its first argument, or a path in one of them. */
enum kind { ON_FD, ON_PATH, ON_PATH_AT, OPENS, OPENS_AT, OPENS_AT2, FORKS };

static const struct {
	long number;
	const char *name;
	enum kind kind;
} calls[] = {
#ifdef SYS_open
	{ SYS_open, "open", OPENS },
	{ SYS_creat, "creat", ON_PATH },
	{ SYS_rename, "rename", ON_PATH },
	{ SYS_unlink, "unlink", ON_PATH },
	{ SYS_mkdir, "mkdir", ON_PATH },
	{ SYS_rmdir, "rmdir", ON_PATH },
	{ SYS_fork, "fork", FORKS },
	{ SYS_vfork, "vfork", FORKS },
#endif
	{ SYS_openat, "openat", OPENS_AT },
	{ SYS_openat2, "openat2", OPENS_AT2 },
	{ SYS_renameat, "renameat", ON_PATH_AT },
	{ SYS_renameat2, "renameat2", ON_PATH_AT },
	{ SYS_unlinkat, "unlinkat", ON_PATH_AT },
	{ SYS_mkdirat, "mkdirat", ON_PATH_AT },
	{ SYS_truncate, "truncate", ON_PATH },
	{ SYS_ftruncate, "ftruncate", ON_FD },
	{ SYS_write, "write", ON_FD },
	{ SYS_writev, "writev", ON_FD },
	{ SYS_pwrite64, "pwrite64", ON_FD },
	{ SYS_pwritev, "pwritev", ON_FD },
	{ SYS_fsync, "fsync", ON_FD },
	{ SYS_fdatasync, "fdatasync", ON_FD },
	{ SYS_clone, "clone", FORKS },
	{ SYS_clone3, "clone3", FORKS },
};

struct options {
	bool counts_all, kills, is_after, fails, goes_on;
	const char *match;
	long at;
	int error;
	FILE *list;
};

/* The call that the program is in. */
struct call {
	char text[4096];
	bool counts;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "apply_calls: %s: %s\n", what, strerror(errno));
	exit(STATUS_CANNOT);
}

static void read_string(pid_t pid, uint64_t address, char *ret, size_t size)
{
	size_t length = 0;

	while (length + 1 < size) {
		struct iovec local = { ret + length, 1 };
		struct iovec remote = { (void *)(uintptr_t)(address + length), 1 };

		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != 1 ||
		    ret[length] == '\0')
			break;
		length++;
	}
	ret[length] = '\0';
}

static void read_fd(pid_t pid, int fd, char *ret, size_t size)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, fd);
	length = readlink(link, ret, size - 1);
	ret[length > 0 ? length : 0] = '\0';
}

/* "FOLDER/PATH" of a call with a folder in its first argument. */
static void read_path_at(pid_t pid, const uint64_t *args, char *ret, size_t size)
{
	char path[1024], folder[1024] = "";

	read_string(pid, args[1], path, sizeof(path));
	if (path[0] != '/' && (int)args[0] != AT_FDCWD)
		read_fd(pid, (int)args[0], folder, sizeof(folder));
	snprintf(ret, size, "%s%s%s", folder, folder[0] ? "/" : "", path);
}

static uint64_t open_flags(pid_t pid, enum kind kind, const uint64_t *args)
{
	struct open_how how = { 0 };
	struct iovec local = { &how, sizeof(how) };
	struct iovec remote = { (void *)(uintptr_t)args[2], sizeof(how) };

	if (kind == OPENS)
		return args[1];
	if (kind == OPENS_AT)
		return args[2];
	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == sizeof(how) ? how.flags
									      : 0;
}

/* Returns: has it a lasting effect? */
static bool describe(pid_t pid, long number, const uint64_t *args, struct call *call)
{
	char path[2100] = "";
	size_t i = 0;

	while (i < sizeof(calls) / sizeof(calls[0]) && calls[i].number != number)
		i++;
	if (i == sizeof(calls) / sizeof(calls[0])) {
		snprintf(call->text, sizeof(call->text), "%ld", number);
		return false;
	}
	switch (calls[i].kind) {
	case ON_FD:
		read_fd(pid, (int)args[0], path, sizeof(path));
		break;
	case ON_PATH:
	case OPENS:
		read_string(pid, args[0], path, sizeof(path));
		break;
	case ON_PATH_AT:
	case OPENS_AT:
	case OPENS_AT2:
		read_path_at(pid, args, path, sizeof(path));
		break;
	case FORKS:
		break;
	}
	snprintf(call->text, sizeof(call->text), "%s %s", calls[i].name, path);
	if (calls[i].kind == OPENS || calls[i].kind == OPENS_AT ||
	    calls[i].kind == OPENS_AT2)
		return open_flags(pid, calls[i].kind, args) & O_CREAT;
	return true;
}

/* Make the call fail: at its entry it becomes none, at its exit it has the result. */
static void set_register(pid_t pid, bool is_exit, int error)
{
#ifdef __x86_64__
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		fail("PTRACE_GETREGS");
	if (is_exit)
		registers.rax = (unsigned long long)-error;
	else
		registers.orig_rax = (unsigned long long)-1;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) < 0)
		fail("PTRACE_SETREGS");
#else
	(void)pid;
	(void)is_exit;
	(void)error;
	errno = ENOSYS;
	fail("--error on this architecture");
#endif
}

static int kill_program(pid_t pid, const char *text, long at, bool is_after)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	fprintf(stderr, "apply_calls: killed %s call %ld: %s\n",
		is_after ? "after" : "before", at, text);
	return STATUS_KILLED;
}

/* Run from one stop to the next. Returns: false when the program has ended. */
static bool next_stop(pid_t pid, int *status)
{
	int signal = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, signal) < 0 && errno != ESRCH)
			fail("PTRACE_SYSCALL");
		if (waitpid(pid, status, 0) < 0)
			fail("waitpid");
		if (WIFEXITED(*status) || WIFSIGNALED(*status))
			return false;
		if (WSTOPSIG(*status) == (SIGTRAP | 0x80))
			return true;
		signal = WSTOPSIG(*status) == SIGTRAP ? 0 : WSTOPSIG(*status);
	}
}

/* The kernel makes it again by itself, as when the lock of the network devices is taken.
 */
static bool is_restart(int64_t result)
{
	return result <= -512 && result >= -516;
}

static void list_call(const struct options *options, const struct call *call)
{
	if (options->list)
		fprintf(options->list, "%s\n", call->text);
}

static int watch(pid_t pid, const struct options *options)
{
	struct __ptrace_syscall_info info;
	struct call call = { 0 };
	long count = 0;
	bool is_now = false;
	int status;

	while (next_stop(pid, &status)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
			fail("PTRACE_GET_SYSCALL_INFO");
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
			bool lasts = describe(pid, (long)info.entry.nr,
					      (uint64_t *)info.entry.args, &call);

			call.counts =
				(lasts || options->counts_all) &&
				(!options->match || strstr(call.text, options->match));
			count += call.counts;
			is_now = call.counts && options->at > 0 &&
				 (count == options->at ||
				  (options->goes_on && count > options->at));
			if (is_now && options->kills && !options->is_after)
				return kill_program(pid, call.text, count, false);
			if (is_now && options->fails)
				set_register(pid, false, 0);
		} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && call.counts) {
			call.counts = false;
			if (is_restart(info.exit.rval)) {
				count--;
				continue;
			}
			list_call(options, &call);
			if (is_now && options->kills)
				return kill_program(pid, call.text, count, true);
			if (is_now && options->fails)
				set_register(pid, true, options->error);
		}
	}
	/* nothing comes after the call that ends the program */
	if (options->at > 0 && (options->kills || count < options->at))
		return STATUS_UNREACHED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void read_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "match", required_argument, NULL, 'm' },
		{ "at", required_argument, NULL, 'n' },
		{ "kill", required_argument, NULL, 'k' },
		{ "error", required_argument, NULL, 'e' },
		{ "list", required_argument, NULL, 'l' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (option) {
		case 'a':
			options->counts_all = true;
			break;
		case 'm':
			options->match = optarg;
			break;
		case 'n':
			options->at = strtol(optarg, NULL, 10);
			options->goes_on = strchr(optarg, '+') != NULL;
			break;
		case 'k':
			options->kills = true;
			options->is_after = strcmp(optarg, "after") == 0;
			break;
		case 'e':
			options->fails = true;
			options->error = (int)strtol(optarg, NULL, 10);
			break;
		case 'l':
			options->list = fopen(optarg, "w");
			break;
		default:
			exit(STATUS_CANNOT);
		}
	}
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	int status;
	pid_t pid;

	read_options(argc, argv, &options);
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(STATUS_CANNOT);
		raise(SIGSTOP);
		execvp(argv[optind], argv + optind);
		_exit(STATUS_CANNOT);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
		fail("starting the program");
	status = watch(pid, &options);
	if (options.list)
		fclose(options.list);
	return status;
}

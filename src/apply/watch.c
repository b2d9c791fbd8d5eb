#include "apply/watch.h"

#include "apply/deadline.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* The watcher looks at the journal again at least so often, for an extended deadline. */
enum { LOOK_MS = 60 * 1000, RETRY_MS = 200, MOST_FAILURES = 3000 };

static void pause_ms(int64_t ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	(void)clock_nanosleep(CLOCK_BOOTTIME, 0, &time, NULL);
}

/* --- watching --------------------------------------------------------------------- */

static void tell_nobody(void *data, const struct undo_outcome *outcome)
{
	(void)data;
	(void)outcome;
}

static struct record *find(struct record_list *list, int64_t id)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->records[i].id == id)
			return &list->records[i];
	}
	return NULL;
}

/* How long to wait for a record; 0 its time is over, -1 there is nothing to wait for. */
static int64_t time_left(struct record_list *list, const struct kernel *kernel,
			 int64_t id)
{
	const struct record *record = find(list, id);
	int64_t left;

	if (!record || record->deadline_ms == 0 || !record_is_of_boot(record, kernel) ||
	    !(record->state == RECORD_WAITING || record_is_cut_off(record)))
		return -1;
	left = record->deadline_ms - deadline_now_ms();
	return left > 0 ? left : 0;
}

/*
 * Look once.
 *
 * Returns: milliseconds until the next look is due, 0 when nothing is left to watch
 * Fails:   -errno
 */
static int64_t look(const char *state_path, int64_t id, struct error *err)
{
	AUTO(state_close) struct state state = STATE_NONE;
	AUTO(journal_close) struct journal journal = { 0 };
	AUTO(record_list_clear) struct record_list list = { 0 };
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	int64_t left;
	int r = kernel_open(&kernel, err);

	if (r == 0)
		r = state_open(state_path, false, &state, err);
	if (r == 0)
		r = journal_open(&state, false, &journal, err);
	if (r == 0)
		r = journal_load(&journal, &list, err);
	if (r < 0)
		return r;
	left = time_left(&list, &kernel, id);
	if (left != 0)
		return left < 0 ? 0 : left;
	/* under the lock it counts what the journal says then */
	record_list_clear(&list);
	r = state_lock(&state, "undo of what was not confirmed", err);
	if (r == 0)
		r = journal_load(&journal, &list, err);
	if (r == 0)
		r = deadline_undo_expired(&journal, &list, &kernel, tell_nobody, NULL,
					  err);
	return r < 0 ? r : 1;
}

int watch_run(const char *state_path, int64_t id, struct error *err)
{
	unsigned failures = 0;

	for (;;) {
		int64_t left = look(state_path, id, err);

		if (left == 0)
			return 0;
		if (left == -ENOENT) /* there is no journal any more to go by */
			return (int)left;
		if (left < 0 && left != -EBUSY && ++failures > MOST_FAILURES)
			return (int)left;
		pause_ms(left < 0 ? RETRY_MS : left < LOOK_MS ? left : LOOK_MS);
	}
}

/* --- a process of its own --------------------------------------------------------- */

/* Where this process may be put to be in no group that someone kills. */
static const char *const root_groups[] = {
	"/sys/fs/cgroup/cgroup.procs",
	"/sys/fs/cgroup/unified/cgroup.procs",
	"/sys/fs/cgroup/systemd/cgroup.procs",
};

static void leave_groups(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(root_groups); i++) {
		auto_close int fd = open(root_groups[i], O_WRONLY | FILE_OPEN_FLAGS);

		/* where it is not allowed, the watcher stays in its group */
		if (fd >= 0 && write(fd, "0\n", 2) < 0)
			continue;
	}
}

static void ignore_signals(void)
{
	static const int signals[] = { SIGHUP,	SIGINT,	 SIGQUIT, SIGPIPE,
				       SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)signal(signals[i], SIG_IGN);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As close_range(first, ...), which Linux has since 5.9 and sandboxes may not let through. */
static int close_from(int first)
{
	struct rlimit most;

	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &most) < 0)
		return -errno;
	/* one that was opened under a higher limit may be beyond: 1M is the kernel's own */
	if (most.rlim_max > 1 << 20)
		most.rlim_max = 1 << 20;
	for (int fd = first; (rlim_t)fd < most.rlim_max; fd++)
		close(fd);
	return 0;
}

/* Nothing of ours is held: neither the lock, nor the terminal, nor the journal. */
static int let_go(int ready)
{
	int null = open("/dev/null", O_RDWR | O_NOCTTY);
	int r;

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return -errno;
	if (dup2(ready, 3) < 0)
		return -errno;
	r = close_from(4);
	if (r < 0)
		return r;
	return chdir("/") < 0 ? -errno : 0;
}

/* The watcher itself; it inherits the network namespace and keeps it alive. */
static _Noreturn void be_watcher(const char *state_path, int64_t id, int ready)
{
	int r;

	leave_groups();
	ignore_signals();
	r = let_go(ready);
	if (r < 0 || write(3, "+", 1) != 1)
		_exit(1);
	close(3);
	_exit(watch_run(state_path, id, NULL) < 0);
}

/* Of the process between: the watcher is nobody's child and leads no session. */
static _Noreturn void be_parent(const char *state_path, int64_t id, int ready)
{
	pid_t pid;

	if (setsid() < 0)
		_exit(1);
	pid = fork();
	if (pid == 0)
		be_watcher(state_path, id, ready);
	_exit(pid < 0);
}

/* Wait for the word of the watcher, or for the end of all who could say it. */
static int await_ready(int fd)
{
	ssize_t got;
	char word;

	do
		got = read(fd, &word, 1);
	while (got < 0 && errno == EINTR);
	return got == 1 ? 0 : got < 0 ? -errno : -ECHILD;
}

static int start_process(const struct state *state, const struct record *record)
{
	auto_close int ready = -1, said = -1;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	ready = ends[0];
	said = ends[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		be_parent(state->path, record->id, said);
	close(TAKE_FD(said));
	r = await_ready(ready);
	(void)waitpid(pid, NULL, 0);
	return r;
}

/* --- a timer of systemd ----------------------------------------------------------- */

static const char *find_systemd_run(void)
{
	static const char *const places[] = { "/usr/bin/systemd-run",
					      "/bin/systemd-run" };

	if (access("/run/systemd/system", F_OK) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (access(places[i], X_OK) == 0)
			return places[i];
	}
	return NULL;
}

static int run(char *const *argv)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[] = { path, NULL };
	int status;
	pid_t pid;
	int r = posix_spawn(&pid, argv[0], NULL, NULL, argv, environment);

	if (r != 0)
		return -r;
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

/* The timer runs `tcptune undo --expired`, which waits for what is left of the time. */
static int start_timer(const char *systemd_run, const struct state *state,
		       const struct record *record)
{
	char self[PATH_MAX], unit[64], after[64], id[32], program[32];
	char quiet[] = "--quiet", collect[] = "--collect", expired[] = "--expired";
	char accuracy[] = "--timer-property=AccuracySec=100ms", undo[] = "undo";
	char folder[] = "--state";
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int64_t left = record->deadline_ms - deadline_now_ms();
	char *argv[] = { program, quiet, collect, accuracy, unit,	 after, self,
			 undo,	  id,	 expired, folder,   state->path, NULL };

	if (length < 0)
		return -errno;
	self[length] = '\0';
	(void)snprintf(program, sizeof(program), "%s", systemd_run);
	(void)snprintf(id, sizeof(id), "%" PRId64, record->id);
	(void)snprintf(unit, sizeof(unit), "--unit=tcptune-confirm-%" PRId64 "-%d",
		       record->id, getpid());
	(void)snprintf(after, sizeof(after), "--on-active=%" PRId64 "ms",
		       left > 0 ? left : 1);
	return run(argv);
}

int watch_start(const struct state *state, const struct record *record, enum watcher *ret,
		struct error *err)
{
	const char *systemd_run = find_systemd_run();
	int r;

	if (systemd_run && start_timer(systemd_run, state, record) == 0) {
		*ret = WATCHER_TIMER;
		return 0;
	}
	r = start_process(state, record);
	if (r < 0)
		return error_set(
			err, r,
			"cannot start the process that waits for the confirmation: %s",
			strerror(-r));
	*ret = WATCHER_PROCESS;
	return 0;
}

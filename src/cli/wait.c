#include "cli/wait.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

enum { SHOWN_FROM_MS = 1000 };

static int64_t now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return -errno;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The signals are blocked: they are taken here, and need no handler. */
static int wait_signal_until(const sigset_t *signals, int64_t deadline_ms)
{
	for (;;) {
		int64_t now = now_ms();
		int64_t left = deadline_ms - now;
		struct timespec timeout = {
			.tv_sec = (time_t)(left / 1000),
			.tv_nsec = (long)(left % 1000) * 1000000,
		};
		int signal;

		if (now < 0 || left <= 0)
			return now < 0 ? (int)now : 0;
		signal = sigtimedwait(signals, NULL, &timeout);
		if (signal > 0)
			return signal;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
}

/* The signals that would end the program. A parent may have had them ignored (nohup). */
static void fatal_signals(sigset_t *ret)
{
	static const int candidates[] = { SIGINT, SIGTERM };

	sigemptyset(ret);
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
		struct sigaction action;

		if (sigaction(candidates[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			sigaddset(ret, candidates[i]);
	}
}

int wait_ms(int64_t ms)
{
	bool is_shown = ms >= SHOWN_FROM_MS && isatty(STDERR_FILENO);
	sigset_t signals, old;
	int r;

	fatal_signals(&signals);
	if (sigprocmask(SIG_BLOCK, &signals, &old) < 0)
		return -errno;
	if (is_shown)
		(void)fprintf(stderr, "watching for %.3g s ...", (double)ms / 1000);
	r = wait_signal_until(&signals, now_ms() + ms);
	if (is_shown)
		(void)fprintf(stderr, "\r\033[K");
	if (sigprocmask(SIG_SETMASK, &old, NULL) < 0 && r == 0)
		r = -errno;
	return r;
}

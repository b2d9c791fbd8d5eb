#include "apply/signals.h"

#include <errno.h>

int signals_hold(sigset_t *ret, struct error *err)
{
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, ret) < 0)
		return error_set(err, -errno, "cannot hold back signals: %s",
				 strerror(errno));
	return 0;
}

int signals_release(const sigset_t *before, struct error *err)
{
	if (sigprocmask(SIG_SETMASK, before, NULL) < 0)
		return error_set(err, -errno, "cannot let signals through: %s",
				 strerror(errno));
	return 0;
}

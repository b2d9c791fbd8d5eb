/* Between two writes no signal ends the program; SIGKILL is what the journal is for. */
#pragma once

#include "base/error.h"

#include <signal.h>

/* Hold back all signals. ret: those that were held before. Fails: -errno */
MUST_CHECK int signals_hold(sigset_t *ret, struct error *err);

/* Let through what signals_hold() held; one that came meanwhile acts now. Fails: -errno */
MUST_CHECK int signals_release(const sigset_t *before, struct error *err);

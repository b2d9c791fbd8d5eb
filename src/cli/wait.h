/* Waiting between two samples. */
#pragma once

#include "base/macros.h"

#include <stdint.h>

/*
 * Sleep, and say so on a terminal.
 *
 * Returns: 0, or the number of the signal that ended it early (SIGINT, SIGTERM)
 * Fails:   -errno of the clock
 */
MUST_CHECK int wait_ms(int64_t ms);

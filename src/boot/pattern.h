/* Patterns of keys, as the loaders expand them over /proc/sys. */
#pragma once

#include "boot/loader.h"

#include "base/macros.h"

#include <stdbool.h>

/*
 * All files below a folder of sysctls that a pattern matches, by glob(3) as the loader
 * calls it. Folders are listed, files are not read.
 *
 * sys:     descriptor of /proc/sys or a dump of it
 * visit:   called with each path below it; what it returns below 0 ends the walk
 * Returns: 0, also when nothing matches; -E2BIG a pattern that could grow without bound;
 *          -errno; what visit returned
 */
MUST_CHECK int pattern_expand(enum loader loader, int sys, const char *pattern,
			      int (*visit)(void *data, const char *path), void *data);

/* Would the pattern match this path, if it existed? */
bool pattern_matches(enum loader loader, const char *pattern, const char *path);

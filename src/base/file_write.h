/* Whole small files out: there completely or not at all, even across a crash. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Put data in the place of dir/name: temporary file, fsync, rename, fsync of the folder.
 * What a crash may leave beside it is called ".NAME.new", and is written over.
 *
 * dir:    descriptor of the folder that holds the file; the caller keeps others away
 * name:   in that folder, no path
 * mode:   permission bits of the new file
 * Fails:  -errno of the step that failed; the old file is then untouched, unless it is
 *         the fsync of the folder that failed
 */
MUST_CHECK int file_replace(int dir, const char *name, const void *data, size_t len,
			    mode_t mode);

/* Remove dir/name and sync the folder; one that is missing is no failure. */
MUST_CHECK int file_remove(int dir, const char *name);

/* Remove what a crash of file_replace() left; one that is missing is no failure. */
MUST_CHECK int file_remove_leftover(int dir, const char *name);

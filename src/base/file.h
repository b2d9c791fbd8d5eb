/* Whole small files in, relative to a directory descriptor. */
#pragma once

#include "base/text.h"

#include <sys/types.h>

/* Flags that every open() of the project carries. */
#define FILE_OPEN_FLAGS (O_CLOEXEC | O_NOCTTY)

/*
 * Open dir/path. Below a folder the path may not lead out of it, by ".." or by a symbolic
 * link; AT_FDCWD takes any path. A pipe does not block.
 *
 * dir:     -1 is a folder that does not exist
 * Returns: a descriptor or -errno
 */
MUST_CHECK int file_open(int dir, const char *path, int flags);

/*
 * Read all of dir/path into a text, replacing what it held; see file_open().
 *
 * limit:  most bytes that the file may have
 * Fails:  -EFBIG larger than the limit, or -errno of open() and read(); the text is
 *         then empty
 */
MUST_CHECK int file_read(int dir, const char *path, size_t limit, struct text *ret);

/* Open a folder below dir, for use as a dir itself. Returns a descriptor or -errno. */
MUST_CHECK int file_open_folder(int dir, const char *path);

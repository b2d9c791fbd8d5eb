/* The text of a failure, for a person; the errno is the return value. */
#pragma once

#include "base/macros.h"

#include <stdarg.h>

/* Owned by the caller; zeroed is "no error". Texts that do not fit are cut. */
struct error {
	char text[512];
};

/*
 * Say what failed and hand the code on: `return error_set(err, -EINVAL, "...")`.
 *
 * err:     may be NULL: nobody wants the text
 * code:    a negative errno, returned as it is
 * Returns: code
 */
int error_set(struct error *err, int code, const char *format, ...) PRINTF(3, 4);

/* Put "context: " before the text on the way up; nothing happens without a text. */
void error_prefix(struct error *err, const char *format, ...) PRINTF(2, 3);

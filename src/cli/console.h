/* The edge that prints: reports to stdout, complaints to stderr. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "report/prose.h"

/* What the program says of its work when it ends; see DESIGN, output contracts. */
enum exit_status {
	STATUS_FINE = 0,
	STATUS_FOUND = 1,  /* something to look at */
	STATUS_USAGE = 2,  /* wrong use, or a bad input file */
	STATUS_CANNOT = 3, /* could not do it */
	STATUS_PARTLY = 4, /* partly done */
};

/* Say "tcptune: text" on stderr. Control characters in it become '?'. */
void console_complain(const char *format, ...) PRINTF(1, 2);

/*
 * Complain with the text of an error.
 *
 * code:    negative errno
 * Returns: STATUS_USAGE for what the user can put right in his words and files
 *          (-EINVAL, -ENOENT, -ENOTDIR, -EFBIG), else STATUS_CANNOT
 */
enum exit_status console_fail(int code, const struct error *err);

/* An empty text with the layout of stdout. */
struct prose console_prose(void);

/*
 * Print a text to stdout, all of it.
 *
 * Returns: status, or STATUS_CANNOT with a complaint when it could not be printed or is
 *          not complete
 */
enum exit_status console_print(const struct text *text, enum exit_status status);

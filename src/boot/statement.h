/*
 * What one loader sees in the bytes of a sysctl file. The two do not agree on where a
 * line ends, which blanks are taken off and what stands behind a dash.
 */
#pragma once

#include "boot/loader.h"
#include "boot/slice.h"

#include "base/macros.h"

/* systemd-sysctl stops reading a file at a line of this length; procps has no limit. */
enum { STATEMENT_LINE_LIMIT = 1024 * 1024 };

enum statement_kind {
	STATEMENT_ASSIGNMENT, /* key = value */
	STATEMENT_EXCLUSION,  /* -key: no pattern sets it */
	STATEMENT_BROKEN,     /* no assignment; `key` is the whole line */
};

/*
 * line: counted from 1 by line feeds, as editors do
 * key, value: blanks taken off as the loader does; either may be empty
 * ignores_failure: a dash stands before the key of an assignment
 */
struct statement {
	enum statement_kind kind;
	unsigned line;
	bool ignores_failure;
	struct slice key, value;
};

/*
 * A walk through a file. Set loader, at and end, the rest zeroed.
 *
 * cut_line: the line that was too long, so that nothing from there on is read; 0: none
 */
struct statement_reader {
	enum loader loader;
	const char *at, *end;
	unsigned lines_before;
	unsigned cut_line;
};

/* The next statement; false at the end. Blank lines and comments are left out. */
bool statement_next(struct statement_reader *reader, struct statement *ret);

/*
 * The path below /proc/sys that a loader makes of a key: a key whose first separator is
 * a dot has its dots and slashes swapped.
 *
 * Fails: -ENAMETOOLONG; such a path exists in no kernel
 */
MUST_CHECK int statement_path(enum loader loader, struct slice key, char *ret,
			      size_t size);

/*
 * INI files, read with iniparser behind a scan of the raw text. iniparser lower-cases
 * names, merges duplicate sections and keys without a word, cuts values at ';' and '#',
 * rejects a whole file for one long line, and knows no line numbers; the scan finds what
 * iniparser would misread and names the line, so that what is returned here is exactly
 * what stands in the file.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

/* One `key = value` line (continued lines joined). Strings belong to the struct ini. */
struct ini_entry {
	const char *section;
	const char *key;
	const char *value;
	unsigned line; /* counted from 1 */
};

/* entries in the order of the file; name as given, for messages */
struct ini {
	char *name;
	struct ini_entry *entries;
	size_t count;
	void *storage;
};

/*
 * The format: [section] and key = value lines, names in lower case; '\' at the end of
 * a line joins it with the next by one blank; a comment begins with ';' or '#' at the
 * begin of a line, and with ';' after a blank behind a section or value; a value in '' or
 * "" may hold ';' and '#'. All else is an error, see ini_scan.c.
 *
 * name:   of the file, for messages: errors read "NAME:LINE: reason"
 * data:   its bytes, need not end with NUL; limit 1 MiB
 * Fails:  -EINVAL with file, line and reason; -EFBIG; -ENOMEM
 */
MUST_CHECK int ini_parse(const char *name, const char *data, size_t length,
			 struct ini *ret, struct error *err);

/* The value of section/key, NULL when absent. */
const char *ini_get(const struct ini *ini, const char *section, const char *key);

void ini_clear(struct ini *ini);

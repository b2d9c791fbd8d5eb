/*
 * The scan of an INI file before iniparser sees it: each line is checked against what
 * iniparser would misread in silence, and what is left has one meaning only.
 */
#pragma once

#include "base/ini.h"
#include "base/text.h"

/* Limits of the scan. iniparser 4.1 refuses a whole file for one line of 1,023 bytes. */
enum {
	INI_FILE_MOST_BYTES = 1024 * 1024,
	INI_LINE_MOST_BYTES = 1018,
	INI_NAME_MOST_BYTES = 200,
	INI_MOST_ENTRIES = 4096,
	INI_MOST_SECTIONS = 1024,
};

/*
 * ret_clean: the same file for iniparser: no comments, each entry on one line
 * Fails:     as ini_parse()
 */
MUST_CHECK int ini_scan(const char *name, const char *data, size_t length,
			struct ini *ret, struct text *ret_clean, struct error *err);

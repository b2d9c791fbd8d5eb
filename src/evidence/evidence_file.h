/*
 * Evidence files: a database with the tables of schema.sql, kept and carried away. One
 * that comes back may have been made by anybody.
 */
#pragma once

#include "evidence/evidence.h"

/* What is read back at most; nothing larger is written. */
enum {
	EVIDENCE_FILE_BYTES = 64 * 1024 * 1024,
	EVIDENCE_FILE_ROWS = 2000 * 1000,
	EVIDENCE_FILE_MS = 20 * 1000,
};

/*
 * May a file be put there: nothing is, or an evidence file?
 *
 * force:  another file may be, too; never a folder or a device
 * Fails:  -EINVAL with the reason; -errno of the folder
 */
MUST_CHECK int evidence_file_check(const char *path, bool force, struct error *err);

/*
 * Put the evidence there, whole or not at all, readable by its owner only. Nothing of a
 * sample may be under way.
 *
 * path:   "-" is the standard output
 * Fails:  -EFBIG it is larger than what can be read back; as evidence_file_check();
 * -errno of the step that failed, and what was there is untouched
 */
MUST_CHECK int evidence_save(struct evidence *evidence, const char *path, bool force,
			     struct error *err);

/*
 * Read a file into evidence of our own, row by row: no view, trigger or expression of the
 * file is run, and nothing is written beside it. A file of an older version has NULL for
 * what it does not know yet, and lacks_table set for tables that it does not have.
 *
 * path:   "-" is the standard input
 * Fails:  -EINVAL it is no evidence file, damaged, of a newer version, or holds what is
 * not ours, with the reason; -EFBIG; -errno of reading it
 */
MUST_CHECK int evidence_load(const char *path, struct evidence *ret, struct error *err);

/* Files of ours in the journal: what they hold, and what they are about to hold. */
#pragma once

#include "apply/journal.h"

/*
 * data:       what the file holds as far as we know; NULL: there is no file of ours
 * next:       what it is to hold; counts only while is_writing
 * is_writing: the file may hold either; or the writing was cut off
 */
struct journal_file {
	char *data;
	char *next;
	bool is_writing;
};

void journal_file_clear(struct journal_file *file);

/* What is known of a file; zeroed when nothing is. Fails: -errno */
MUST_CHECK int journal_load_file(struct journal *journal, const char *path,
				 struct journal_file *ret, struct error *err);

/* Between journal_begin() and journal_commit(). */
MUST_CHECK int journal_put_file(struct journal *journal, const char *path,
				const struct journal_file *file, struct error *err);

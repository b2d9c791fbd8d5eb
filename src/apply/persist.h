/*
 * Keeping values for the next boot: one sysctl file and one of modules, both ours alone.
 * What they hold follows from the records that are persistent, so taking one back is
 * making them anew without it. The journal has the old and the new bytes, synced, before
 * a file is touched.
 */
#pragma once

#include "apply/journal_file.h"
#include "apply/persist_text.h"

/* How one of our files is, compared with what the journal knows. */
enum persist_state {
	PERSIST_NONE,	 /* there is none, and should be none */
	PERSIST_RIGHT,	 /* is as it was written */
	PERSIST_EDITED,	 /* someone else changed it, or made it */
	PERSIST_REMOVED, /* someone else removed it */
	PERSIST_CUT_OFF, /* the writing was cut off; the next change completes it */
	PERSIST_UNKNOWN, /* it cannot be read */
};

/* path: of the file */
struct persist_file {
	const char *path;
	enum persist_state state;
};

enum { PERSIST_FILE_COUNT = 2 };

/*
 * Make a record persistent, or no longer so, and write the files. All of it or nothing:
 * when a file cannot be written, the others are put back.
 *
 * list:   has the record
 * force:  also over what someone else made of the files
 * Fails:  -ESTALE someone else changed a file, which then stays; -errno of the journal
 *         or of a file; nothing is changed. -EINPROGRESS: the files are as wanted, only
 *         the journal does not know it yet
 */
MUST_CHECK int persist_set(struct journal *journal, const struct record_list *list,
			   struct record *record, bool is_persistent, bool force,
			   struct error *err);

/* May and can the files be changed without force? Fails: -ESTALE with the reason; -errno */
MUST_CHECK int persist_probe(struct journal *journal, struct error *err);

/* Complete what was cut off; the caller holds the lock. Fails: -errno */
MUST_CHECK int persist_settle(struct journal *journal, struct error *err);

/* How the files are. ret: PERSIST_FILE_COUNT. Fails: -errno of the journal */
MUST_CHECK int persist_look(struct journal *journal, struct persist_file *ret,
			    struct error *err);

/* "as written", "edited" ... */
const char *persist_state_text(enum persist_state state);

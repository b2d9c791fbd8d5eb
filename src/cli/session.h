/* What every command that knows of changes begins with: the state folder and its journal.
 */
#pragma once

#include "apply/deadline.h"
#include "cli/command.h"

/* state_path, netns: NULL is the default. command: what others are told that holds the
 * lock */
struct session_order {
	const char *state_path;
	const char *netns;
	const char *command;
	bool creates; /* the folder and the journal, when they are missing */
	bool locks;   /* the command changes something */
};

/* has_journal: false where nothing was ever applied; the list is then empty */
struct session {
	struct kernel kernel;
	struct state state;
	struct journal journal;
	struct record_list list;
	bool has_journal;
};

#define SESSION_NONE                                                                     \
	{                                                                                \
		.kernel = KERNEL_NONE, .state = STATE_NONE                               \
	}

/* Enter a namespace, NULL is this one, and open the kernel there. Fails: -errno */
MUST_CHECK int session_enter(const char *netns, struct kernel *ret, struct error *err);

/*
 * Enter the namespace, open what there is and load it. What ran out of time without a
 * confirmation is undone first, and that is said on stderr; so is what was cut off before
 * its first write, and what lives in a namespace that is gone.
 *
 * Fails:  -EBUSY with the holder; -errno of the state folder and the journal
 */
MUST_CHECK int session_open(const struct session_order *order, struct session *ret,
			    struct error *err);
void session_close(struct session *session);

/* Read the journal again; records that were found are no longer there. */
MUST_CHECK int session_reload(struct session *session, struct error *err);

/*
 * The record of an id, written as a number.
 *
 * Fails:  -EINVAL no number, or no such record
 */
MUST_CHECK int session_find(const struct session *session, const char *id,
			    struct record **ret, struct error *err);

/* --format text|json. Fails: -EINVAL */
MUST_CHECK int session_read_format(const struct arguments *arguments, size_t option,
				   bool *ret_is_json, struct error *err);

/* A record of the journal: one apply, and every key that it may have touched. */
#pragma once

#include "base/kernel.h"
#include "catalog/sysctl.h"
#include "catalog/value.h"

/* Where an apply stands. The order is that of its life. */
enum record_state {
	RECORD_PLANNED, /* in the journal, nothing written yet */
	RECORD_WRITING, /* being written, or cut off while it was */
	RECORD_WAITING, /* all is written; is undone unless it is confirmed in time */
	RECORD_KEPT,	/* all is written */
	RECORD_UNDOING, /* being undone, or cut off while it was */
	RECORD_PARTLY,	/* undone but for values that someone else changed, or failed */
	RECORD_UNDONE,	/* nothing of it is left */
	RECORD_STATE_COUNT, /* how many there are */
};

/* Why a key is in a record. */
enum key_role {
	ROLE_CHANGE, /* written */
	ROLE_REACH,  /* may change when another is written */
	ROLE_CLAIM,  /* was as wanted already: held against the undo of a layer below */
};

/* What an undo has decided about a key. */
enum key_fate {
	FATE_OPEN,    /* nothing yet */
	FATE_RESTORE, /* back to its old value */
	FATE_HOLD,    /* a layer above holds it: it stays, and that layer inherits the old
			 value */
	FATE_FOREIGN, /* someone else changed it: it stays */
	FATE_DONE,    /* settled */
};

/*
 * old:    before the apply; NULL when there was none to save (a secret, no such key)
 * wanted: what was to be written; NULL of ROLE_REACH and of secrets
 * after:  what was read back when all was written; NULL until then
 * reason: why it was wanted, NULL when nobody said
 * hold:   the value that FATE_HOLD and FATE_FOREIGN keep
 * seen_right, drift_since: when `status` last saw `after`, first saw something else;
 *         seconds since 1970, 0 = never
 */
struct record_key {
	char *key;
	const struct sysctl_def *def; /* NULL: not known any more */
	enum key_role role;
	char *old;
	char *wanted;
	char *after;
	char *origin;
	char *reason;
	char *note; /* what an undo leaves hidden or cannot bring back; NULL */
	enum key_fate fate;
	char *hold;
	double seen_right, drift_since;
};

/*
 * id:      0 until it is in the journal
 * netns_cookie: 0 = not known
 * deadline_ms: by CLOCK_BOOTTIME; 0 = no confirmation is asked for
 * profiles: one a line, a name or a path; NULL without. fingerprint: of what they want
 * is_persistent: its values are in the files that the next boot reads, or have to be
 * modules: what has to be loaded for that before those are read, one a line; NULL
 * keys:    ROLE_CHANGE in the order of writing, then the others
 */
struct record {
	int64_t id;
	enum record_state state;
	char *note;
	double taken, finished;
	char *boot_id;
	uint64_t netns_cookie;
	char *netns;
	bool is_init_netns;
	int64_t uid;
	char *sudo_user, *tty, *command;
	char *profiles, *fingerprint;
	int64_t deadline_ms, window_ms;
	bool is_persistent;
	char *modules;
	struct record_key *keys;
	size_t key_count;
};

struct record_list {
	struct record *records;
	size_t count;
};

void record_clear(struct record *record);
void record_list_clear(struct record_list *list);

/* One more zeroed key at the end; NULL without memory. */
struct record_key *record_add_key(struct record *record);

/* NULL when the record does not have it. */
struct record_key *record_find_key(const struct record *record, const char *key);

/* Put a copy of a text, which may be NULL, in the place of what is there. */
MUST_CHECK int record_set_text(char **place, const char *text);

const char *record_state_text(enum record_state state);
const char *key_role_text(enum key_role role);
const char *key_fate_text(enum key_fate fate);

/* The index of a word, as read from the journal. Fails: -EINVAL */
MUST_CHECK int record_state_parse(const char *text, enum record_state *ret);
MUST_CHECK int key_role_parse(const char *text, enum key_role *ret);
MUST_CHECK int key_fate_parse(const char *text, enum key_fate *ret);

/* Is something of it in the kernel, or may be? */
bool record_is_active(const struct record *record);

/* Was it cut off: are its writes or those of its undo not known to be complete? */
bool record_is_cut_off(const struct record *record);

/*
 * Was it made in this boot and this namespace? Where the kernel has no cookies (before
 * Linux 5.14), the initial namespace and one of the same name count as the same.
 */
bool record_is_of(const struct record *record, const struct kernel *kernel);

/* May it be of this boot and namespace, only nothing proves it? */
bool record_may_be_of(const struct record *record, const struct kernel *kernel);

/* Was it made in this boot? */
bool record_is_of_boot(const struct record *record, const struct kernel *kernel);

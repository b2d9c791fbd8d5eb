/*
 * The plan: what would be changed, in which order, what each write reaches, and what
 * taking it back would leave. Made from wishes and evidence alone; it writes nothing.
 */
#pragma once

#include "evidence/needs.h"
#include "plan/bound.h"
#include "plan/reach.h"
#include "plan/undo_class.h"
#include "profile/profile.h"

enum change_state {
	CHANGE_WRITE,	 /* will be written */
	CHANGE_ALREADY,	 /* is as wanted */
	CHANGE_KEPT,	 /* is beyond what is wanted at least: left alone */
	CHANGE_NOT_HERE, /* the key is not here, or cannot be written here at all */
	CHANGE_REFUSED, /* tcptune does not write it; as long as one is, it writes nothing
			 */
};

/*
 * One key. now, will_be: NULL when not known, and of a secret key: what is_secret hides
 * is in secret_text alone. will_be: of WRITE, ALREADY and KEPT. note: why it is NOT_HERE
 * or REFUSED; NULL otherwise. reason: why it is wanted, NULL when nobody said. origin:
 * "profile nginx-proxy", "--set".
 */
struct change {
	const struct sysctl_def *def;
	char *key;
	char *now;
	char *wanted;
	char *will_be;
	char *secret_text;
	char *reason;
	char *origin;
	char *note;
	enum change_state state;
	struct undo_fact undo;
};

/*
 * changes: those to write first, in the order of writing; then the rest. saved: every key
 * that the writes may touch, each once; their old values go to the journal.
 */
struct plan {
	struct change *changes;
	size_t count;
	struct key_list saved;
};

/*
 * A wish and what it comes to here. is_locked: the kernel shows the key here, but lets
 * nobody write it.
 */
struct plan_request {
	const struct comparison *comparison;
	const char *origin;
	bool is_locked;
};

/*
 * only: a glob that a key has to match, NULL = all. allows_irreversible: write also what
 * cannot be undone.
 */
struct plan_options {
	const char *only;
	bool allows_irreversible;
};

/*
 * Ask for every key that planning a change of this key looks at.
 *
 * Fails:  -ENOMEM
 */
MUST_CHECK int plan_add_needs(const char *key, const struct interfaces *interfaces,
			      struct needs *needs, struct error *err);

/*
 * Make the plan. Of two wishes for one key the later counts, unless both are floors: then
 * the higher does.
 *
 * evidence:   its latest sample has what plan_add_needs() asked for
 * Fails:      -ENOMEM
 */
MUST_CHECK int plan_build(const struct plan_request *requests, size_t count,
			  struct evidence *evidence, const struct interfaces *interfaces,
			  const struct bound_host *host,
			  const struct plan_options *options, struct plan *ret,
			  struct error *err);
void plan_clear(struct plan *plan);

/* How many changes are in this state. */
size_t plan_tally(const struct plan *plan, enum change_state state);

/* "change", "already", "kept higher", "not here", "refused" */
const char *change_state_text(enum change_state state);

/*
 * Inside of plan/: put the changes to write first, in an order in which the kernel takes
 * each of them: what spreads over other keys before those keys, and of two coupled keys
 * the one that makes room.
 */
void plan_order(struct plan *plan);

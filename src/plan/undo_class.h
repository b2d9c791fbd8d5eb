/* What a write leaves behind when it is taken back: three classes, from measured facts.
 */
#pragma once

#include "catalog/sysctl.h"

enum undo_class {
	UNDO_EXACT,	 /* nothing remains */
	UNDO_HIDDEN,	 /* every value is as before, but something hidden remains */
	UNDO_IMPOSSIBLE, /* something would be lost for good */
};

/*
 * note:      what remains, or what would be lost; NULL for UNDO_EXACT
 */
struct undo_fact {
	enum undo_class class;
	const char *note;
};

/*
 * key:       of def
 * will_be:   the text to be written
 * is_mixed:  it spreads over interfaces whose values differ now
 */
struct undo_fact undo_classify(const struct sysctl_def *def, const char *key,
			       const char *will_be, bool is_mixed);

/* "exact", "hidden state remains", "cannot be undone" */
const char *undo_class_text(enum undo_class class);

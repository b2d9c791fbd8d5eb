/*
 * Bringing keys to the values that they had. It needs no memory and no database, so that
 * it works when those are what failed.
 */
#pragma once

#include "apply/door.h"
#include "apply/record.h"

/*
 * One key on its way back. path, target: belong to others. is_shadow: another name of a
 * value that is restored by its exact name: looked at, never written.
 * result: 0 is as wanted; -ENOENT it went with its interface; -errno of the last write;
 * -ERANGE it reads back otherwise
 */
struct restore_key {
	const char *key;
	char path[256];
	const struct sysctl_def *def;
	const char *target;
	bool is_shadow;
	bool was_written;
	int result;
};

/* What is restored, in the order of writing, and room for one value. */
struct restore {
	struct restore_key *keys;
	size_t count;
	char *buffer; /* DOOR_VALUE_BYTES */
};

/*
 * Make room for as many keys. All memory that the way back needs is taken here.
 *
 * Fails:  -ENOMEM
 */
MUST_CHECK int restore_init(struct restore *restore, size_t most);
void restore_clear(struct restore *restore);

/* Add a key; there has to be room. Fails: -EINVAL a key that has no path */
MUST_CHECK int restore_add(struct restore *restore, const char *key, const char *target);

/*
 * Put the keys in their order: what spreads over others first, then the rest, each in the
 * reverse order of adding. Finds the shadows.
 */
void restore_finish(struct restore *restore);

/*
 * Write what differs, until nothing does or nothing moves any more: one write may undo
 * another, or be refused until another is done. A key that is as wanted is not written.
 *
 * Returns: how many keys are not as wanted and still exist
 */
size_t restore_run(struct restore *restore, const struct sysctl_door *door);

/* Layers: several changes that hold one key, and what undoing one of them means. */
#pragma once

#include "apply/record.h"

/*
 * The records of one namespace and boot that are active, in the order of their ids; they
 * belong to others.
 */
struct layers {
	struct record **records;
	size_t count;
};

/* Fails: -ENOMEM */
MUST_CHECK int layers_of(struct record_list *list, const struct kernel *kernel,
			 struct layers *ret);
void layers_clear(struct layers *layers);

/* Does its record hold this key: did it write it, claim it, or change it in passing? */
bool layer_holds(const struct record_key *key);

/* The first record above number `index` that holds a key; NULL when none does. */
struct record *layers_above(const struct layers *layers, size_t index, const char *key);

/*
 * Decide what undoing record number `index` does to one of its keys.
 *
 * live:   its value now; NULL when the key is gone
 * force:  what someone else changed goes back, too
 */
enum key_fate layer_decide(const struct layers *layers, size_t index,
			   const struct record_key *key, const char *live, bool force);

/*
 * Record number `index`, which holds a key, is undone: the next record above that holds
 * it inherits its old value, and those in between, which only saw it, see the old value
 * now.
 *
 * touched: called for each key of another record that changed
 * Fails:   -ENOMEM, or what `touched` returned
 */
MUST_CHECK int layers_hand_down(const struct layers *layers, size_t index,
				const struct record_key *key,
				int (*touched)(void *data, const struct record *record,
					       const struct record_key *key),
				void *data);

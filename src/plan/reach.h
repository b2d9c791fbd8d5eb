/* What a write reaches beyond the key itself: tables of measured facts. */
#pragma once

#include "base/text.h"
#include "plan/interfaces.h"

enum { KEY_BYTES = 256 };

/* Keys, each once, in the order in which they were added. Zeroed is empty. */
struct key_list {
	char **keys;
	size_t count;
};

/* Fails: -ENOMEM */
MUST_CHECK int key_list_add(struct key_list *list, const char *key);
bool key_list_has(const struct key_list *list, const char *key);
void key_list_clear(struct key_list *list);

/*
 * The one name that tcptune gives a key: with dots, whatever it was written with.
 *
 * ret:    KEY_BYTES
 * Fails:  -EINVAL no key, -ENAMETOOLONG
 */
MUST_CHECK int key_canonical(const char *key, char *ret);

/*
 * Add every key that a write to this key may change besides: conf.all spreads over the
 * interfaces, an alias is another name of the same value.
 *
 * Fails:  -ENOMEM
 */
MUST_CHECK int reach_add(const char *key, const struct interfaces *interfaces,
			 struct key_list *ret);

/* Does a write to this key change values of other keys? An alias does not count. */
bool reach_spreads(const char *key);

/*
 * The exact name of a value of which this key shows a rounded form: the one to restore it
 * by ("..._ms" for seconds, "..._bytes" for packets).
 *
 * ret:    KEY_BYTES
 * Returns: false when the key is exact itself
 */
bool reach_exact_alias(const char *key, char *ret);

/* Are two keys names of one value? */
bool reach_is_alias(const char *a, const char *b);

/* Does a write to `key` change the value of `other`, as reach_add() lists it? */
bool reach_changes(const char *key, const char *other);

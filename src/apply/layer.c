#include "apply/layer.h"

#include <errno.h>

int layers_of(struct record_list *list, const struct kernel *kernel, struct layers *ret)
{
	struct layers layers = {
		.records = calloc(list->count + 1, sizeof(struct record *)),
	};

	if (!layers.records)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		if (record_is_active(&list->records[i]) &&
		    record_is_of(&list->records[i], kernel))
			layers.records[layers.count++] = &list->records[i];
	}
	*ret = layers;
	return 0;
}

void layers_clear(struct layers *layers)
{
	free(layers->records);
	*layers = (struct layers){ 0 };
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

bool layer_holds(const struct record_key *key)
{
	if (key->fate == FATE_DONE || !key->old)
		return false;
	return key->role != ROLE_REACH || !is_same(key->old, key->after);
}

struct record *layers_above(const struct layers *layers, size_t index, const char *key)
{
	for (size_t i = index + 1; i < layers->count; i++) {
		const struct record_key *other = record_find_key(layers->records[i], key);

		if (other && layer_holds(other))
			return layers->records[i];
	}
	return NULL;
}

/* A record that is complete tells what it left; one that was cut off does not. */
static bool is_guarded(const struct record *record)
{
	return record->state == RECORD_WAITING || record->state == RECORD_KEPT ||
	       record->state == RECORD_PARTLY;
}

static bool is_equal(const struct record_key *key, const char *a, const char *b)
{
	struct value x, y;

	if (!a || !b)
		return false;
	if (strcmp(a, b) == 0)
		return true;
	return key->def && value_parse(key->def, a, &x, NULL) == 0 &&
	       value_parse(key->def, b, &y, NULL) == 0 &&
	       value_is_equal(key->def, &x, &y);
}

enum key_fate layer_decide(const struct layers *layers, size_t index,
			   const struct record_key *key, const char *live, bool force)
{
	if (key->fate == FATE_DONE || !key->old || !live)
		return FATE_DONE;
	if (layers_above(layers, index, key->key))
		return FATE_HOLD;
	if (!is_guarded(layers->records[index])) {
		bool was_left = key->fate == FATE_FOREIGN || key->fate == FATE_HOLD;

		return was_left && !force ? key->fate : FATE_RESTORE;
	}
	if (force || is_equal(key, live, key->after) || is_equal(key, live, key->old))
		return FATE_RESTORE;
	/* what it never changed is not its business, whoever did */
	return layer_holds(key) ? FATE_FOREIGN : FATE_HOLD;
}

int layers_hand_down(const struct layers *layers, size_t index,
		     const struct record_key *key,
		     int (*touched)(void *data, const struct record *record,
				    const struct record_key *key),
		     void *data)
{
	for (size_t i = index + 1; i < layers->count; i++) {
		struct record *record = layers->records[i];
		struct record_key *other = record_find_key(record, key->key);
		bool holds;
		int r;

		if (!other || other->fate == FATE_DONE)
			continue;
		holds = layer_holds(other);
		r = record_set_text(&other->old, key->old);
		if (r == 0 && !holds)
			r = record_set_text(&other->after, key->old);
		if (r == 0)
			r = touched(data, record, other);
		if (r < 0 || holds)
			return r;
	}
	return 0;
}

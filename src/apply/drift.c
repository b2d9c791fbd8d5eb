#include "apply/drift.h"

#include <errno.h>

void drift_list_clear(struct drift_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->drifts[i].live);
	free(list->drifts);
	*list = (struct drift_list){ 0 };
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

/* Only the topmost layer says what a key should be, and only one that is complete. */
static bool is_judged(const struct layers *layers, size_t index,
		      const struct record_key *key)
{
	const struct record *record = layers->records[index];

	return (record->state == RECORD_WAITING || record->state == RECORD_KEPT) &&
	       layer_holds(key) && key->after && !layers_above(layers, index, key->key);
}

static bool is_right(const struct record_key *key, const char *live)
{
	struct value a, b;

	if (strcmp(key->after, live) == 0)
		return true;
	return key->def && value_parse(key->def, key->after, &a, NULL) == 0 &&
	       value_parse(key->def, live, &b, NULL) == 0 &&
	       value_is_equal(key->def, &a, &b);
}

static int add(struct drift_list *list, const struct record *record,
	       struct record_key *key, const char *live, double now)
{
	struct drift *grown = realloc(list->drifts, (list->count + 1) * sizeof(*grown));
	struct drift *drift;

	if (!grown)
		return -ENOMEM;
	list->drifts = grown;
	drift = &grown[list->count];
	if (key->drift_since == 0)
		key->drift_since = now;
	*drift = (struct drift){
		.record = record,
		.key = key,
		.live = live ? strdup(live) : NULL,
		.last_right = key->seen_right > 0 ? key->seen_right : record->taken,
		.since = key->drift_since,
	};
	if (live && !drift->live)
		return -ENOMEM;
	list->count++;
	return 0;
}

static int look(const struct record *record, struct record_key *key,
		const struct sysctl_door *door, char *buffer, double now,
		struct drift_list *list)
{
	char path[256];
	int r = sysctl_path(key->key, path, sizeof(path));

	if (r == 0)
		r = door->read(door->data, path, buffer, DOOR_VALUE_BYTES);
	if (r < 0 && r != -ENOENT)
		return 0;
	if (r == 0 && is_right(key, buffer)) {
		key->seen_right = now;
		key->drift_since = 0;
		return 0;
	}
	return add(list, record, key, r == 0 ? buffer : NULL, now);
}

int drift_find(const struct layers *layers, const struct sysctl_door *door, double now,
	       struct drift_list *ret, struct error *err)
{
	AUTO(drift_list_clear) struct drift_list list = { 0 };
	auto_free char *buffer = malloc(DOOR_VALUE_BYTES);
	int r = buffer ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < layers->count; i++) {
		struct record *record = layers->records[i];

		for (size_t j = 0; r == 0 && j < record->key_count; j++) {
			if (is_judged(layers, i, &record->keys[j]))
				r = look(record, &record->keys[j], door, buffer, now,
					 &list);
		}
	}
	if (r < 0)
		return no_memory(err);
	*ret = list;
	list = (struct drift_list){ 0 };
	return 0;
}

int drift_store(struct journal *journal, const struct layers *layers, struct error *err)
{
	int r = journal_begin(journal, err);

	for (size_t i = 0; r == 0 && i < layers->count; i++) {
		const struct record *record = layers->records[i];

		for (size_t j = 0; r == 0 && j < record->key_count; j++)
			r = journal_put_sighting(journal, record, &record->keys[j], err);
	}
	if (r == 0)
		r = journal_commit(journal, err);
	journal_abandon(journal);
	return r;
}

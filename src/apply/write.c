#include "apply/write.h"

#include "plan/rounding.h"

#include <errno.h>

int write_prepare_restore(const struct record *record, struct restore *ret)
{
	AUTO(restore_clear) struct restore restore = { 0 };
	int r = restore_init(&restore, record->key_count);

	for (size_t i = 0; r == 0 && i < record->key_count; i++) {
		if (record->keys[i].old && record->keys[i].role != ROLE_CLAIM)
			r = restore_add(&restore, record->keys[i].key,
					record->keys[i].old);
	}
	if (r < 0)
		return r;
	restore_finish(&restore);
	*ret = restore;
	restore = (struct restore){ 0 };
	return 0;
}

/* Is the key as it was written? What it holds else is in result->got. */
static int check_one(const struct record_key *key, const struct sysctl_door *door,
		     struct restore *restore, struct write_result *result)
{
	char path[256];
	int r = sysctl_path(key->key, path, sizeof(path));

	result->is_reading = true;
	if (!key->wanted) /* a secret is never read */
		return 0;
	if (r == 0)
		r = door->read(door->data, path, restore->buffer, DOOR_VALUE_BYTES);
	if (r < 0 || rounding_is_equal_text(key->def, key->wanted, restore->buffer))
		return r;
	(void)snprintf(result->got, sizeof(result->got), "%s", restore->buffer);
	return -ERANGE;
}

static int write_one(const struct record_key *key, const char *text,
		     const struct sysctl_door *door, struct restore *restore,
		     struct write_result *result)
{
	char path[256];
	int r = sysctl_path(key->key, path, sizeof(path));

	result->is_reading = false;
	if (r == 0)
		r = door->write(door->data, path, text);
	return r < 0 ? r : check_one(key, door, restore, result);
}

static int write_all(const struct record *record, const char *const *texts,
		     const struct sysctl_door *door, struct restore *restore,
		     struct write_result *result)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->key_count; i++) {
		result->failed = i;
		if (record->keys[i].role == ROLE_CHANGE)
			r = write_one(&record->keys[i], texts[i], door, restore, result);
	}
	/* a later write may have changed an earlier one */
	for (size_t i = 0; r == 0 && i < record->key_count; i++) {
		result->failed = i;
		if (record->keys[i].role == ROLE_CHANGE)
			r = check_one(&record->keys[i], door, restore, result);
	}
	return r;
}

static int read_after(struct record *record, const struct sysctl_door *door,
		      struct restore *restore, struct write_result *result)
{
	for (size_t i = 0; i < record->key_count; i++) {
		struct record_key *key = &record->keys[i];
		char path[256];
		int r = sysctl_path(key->key, path, sizeof(path));

		result->failed = i;
		if (!key->old)
			continue;
		if (r == 0)
			r = door->read(door->data, path, restore->buffer,
				       DOOR_VALUE_BYTES);
		if (r == -ENOENT)
			continue;
		if (r == 0)
			r = record_set_text(&key->after, restore->buffer);
		if (r < 0)
			return r;
	}
	return 0;
}

int write_changes(struct record *record, const char *const *texts,
		  const struct sysctl_door *door, struct restore *restore,
		  struct write_result *result)
{
	*result = (struct write_result){ 0 };
	result->code = write_all(record, texts, door, restore, result);
	if (result->code == 0)
		result->code = read_after(record, door, restore, result);
	if (result->code < 0)
		result->not_restored = restore_run(restore, door);
	return result->code;
}

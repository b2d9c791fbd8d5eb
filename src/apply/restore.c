#include "apply/restore.h"

#include "plan/reach.h"

#include <errno.h>

/* Two are enough on every kernel seen; more cost nothing where nothing differs. */
enum { MOST_ROUNDS = 5 };

int restore_init(struct restore *restore, size_t most)
{
	*restore = (struct restore){
		.keys = calloc(most + 1, sizeof(*restore->keys)),
		.buffer = malloc(DOOR_VALUE_BYTES),
	};
	if (restore->keys && restore->buffer)
		return 0;
	restore_clear(restore);
	return -ENOMEM;
}

void restore_clear(struct restore *restore)
{
	free(restore->keys);
	free(restore->buffer);
	*restore = (struct restore){ 0 };
}

int restore_add(struct restore *restore, const char *key, const char *target)
{
	struct restore_key *row = &restore->keys[restore->count];
	int r = sysctl_path(key, row->path, sizeof(row->path));

	if (r < 0)
		return r;
	row->key = key;
	row->def = sysctl_find(key);
	row->target = target;
	restore->count++;
	return 0;
}

static bool has_key(const struct restore *restore, const char *key)
{
	for (size_t i = 0; i < restore->count; i++) {
		if (strcmp(restore->keys[i].key, key) == 0)
			return true;
	}
	return false;
}

static void reverse(struct restore_key *keys, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct restore_key moved = keys[i];

		keys[i] = keys[count - 1 - i];
		keys[count - 1 - i] = moved;
	}
}

/* Move row number `from` before row number `to`. */
static void move_up(struct restore_key *keys, size_t from, size_t to)
{
	struct restore_key moved = keys[from];

	memmove(&keys[to + 1], &keys[to], (from - to) * sizeof(*keys));
	keys[to] = moved;
}

void restore_finish(struct restore *restore)
{
	size_t spreading = 0;

	reverse(restore->keys, restore->count);
	for (size_t i = 0; i < restore->count; i++) {
		struct restore_key *row = &restore->keys[i];
		char exact[KEY_BYTES];

		row->is_shadow =
			reach_exact_alias(row->key, exact) && has_key(restore, exact);
		if (reach_spreads(row->key))
			move_up(restore->keys, i, spreading++);
	}
}

/* By text first: what tcptune saved is what the kernel shows. */
static bool is_as_wanted(const struct restore_key *row, const char *live)
{
	struct value a, b;

	if (strcmp(row->target, live) == 0)
		return true;
	return row->def && value_parse(row->def, row->target, &a, NULL) == 0 &&
	       value_parse(row->def, live, &b, NULL) == 0 &&
	       value_is_equal(row->def, &a, &b);
}

static void look(struct restore *restore, struct restore_key *row,
		 const struct sysctl_door *door)
{
	int r = door->read(door->data, row->path, restore->buffer, DOOR_VALUE_BYTES);

	if (r == -ENOENT || r == -ENOTDIR)
		row->result = -ENOENT;
	else if (r < 0)
		row->result = r;
	else
		row->result = is_as_wanted(row, restore->buffer) ? 0 : -ERANGE;
}

/* Returns: was it written? */
static bool put_right(struct restore *restore, struct restore_key *row,
		      const struct sysctl_door *door)
{
	int r;

	look(restore, row, door);
	if (row->result == 0 || row->result == -ENOENT || row->is_shadow)
		return false;
	r = door->write(door->data, row->path, row->target);
	row->was_written = true;
	look(restore, row, door);
	if (row->result == -ERANGE && r < 0)
		row->result = r;
	return true;
}

/* What is not as wanted now, after all writes. */
static size_t count_wrong(struct restore *restore, const struct sysctl_door *door)
{
	size_t wrong = 0;

	for (size_t i = 0; i < restore->count; i++) {
		struct restore_key *row = &restore->keys[i];
		int last = row->result;

		look(restore, row, door);
		if (row->result == -ERANGE && last < 0)
			row->result = last;
		wrong += row->result < 0 && row->result != -ENOENT;
	}
	return wrong;
}

size_t restore_run(struct restore *restore, const struct sysctl_door *door)
{
	size_t wrong = 0;

	for (unsigned round = 0; round < MOST_ROUNDS; round++) {
		bool has_written = false;

		for (size_t i = 0; i < restore->count; i++)
			has_written |= put_right(restore, &restore->keys[i], door);
		wrong = count_wrong(restore, door);
		if (wrong == 0 || !has_written)
			break;
	}
	return wrong;
}

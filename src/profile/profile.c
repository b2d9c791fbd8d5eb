#include "profile/profile.h"

#include "profile/profile_parts.h"
#include "profile/wanted.h"

#include <errno.h>

/*
 * One array of struct profile. Each row begins with strings: the first `names` of them
 * tell it from the others.
 */
struct row_shape {
	size_t array, count; /* where they are in struct profile */
	size_t size;
	size_t names;
	void (*clear)(void *row);
};

static char *row_string(const void *row, size_t index)
{
	char *string;

	memcpy(&string, (const char *)row + index * sizeof(string), sizeof(string));
	return string;
}

static void clear_wanted(void *row)
{
	wanted_clear(row);
}

static void clear_two_strings(void *row)
{
	free(row_string(row, 0));
	free(row_string(row, 1));
}

#define SHAPE(member, total, number, release)                                            \
	{                                                                                \
		.array = offsetof(struct profile, member),                               \
		.count = offsetof(struct profile, total),                                \
		.size = sizeof(*((struct profile *)NULL)->member), .names = (number),    \
		.clear = (release)                                                       \
	}

static const struct row_shape shapes[] = {
	[ROWS_WANTED] = SHAPE(wanted, wanted_count, 1, clear_wanted),
	[ROWS_PARAMETER] = SHAPE(parameters, parameter_count, 1, clear_two_strings),
	[ROWS_REMOVED] = SHAPE(removed, removed_count, 1, clear_two_strings),
	[ROWS_PROGRAM] = SHAPE(programs, program_count, 1, clear_two_strings),
	[ROWS_THRESHOLD] = SHAPE(thresholds, threshold_count, 2, clear_two_strings),
};

_Static_assert(offsetof(struct wanted, key) == 0, "rows begin with their name");
_Static_assert(offsetof(struct profile_parameter, value) == sizeof(char *),
	       "two strings");
_Static_assert(offsetof(struct profile_removed, text) == sizeof(char *), "two strings");
_Static_assert(offsetof(struct profile_program, advice) == sizeof(char *), "two strings");
_Static_assert(offsetof(struct profile_threshold, name) == sizeof(char *), "two strings");

static char *rows_get(const struct profile *profile, enum profile_rows kind)
{
	char *rows;

	memcpy(&rows, (const char *)profile + shapes[kind].array, sizeof(rows));
	return rows;
}

static void rows_set(struct profile *profile, enum profile_rows kind, char *rows)
{
	memcpy((char *)profile + shapes[kind].array, &rows, sizeof(rows));
}

static size_t *rows_count(struct profile *profile, enum profile_rows kind)
{
	return (size_t *)(void *)((char *)profile + shapes[kind].count);
}

void *profile_add_row(struct profile *profile, enum profile_rows kind)
{
	size_t size = shapes[kind].size;
	size_t *count = rows_count(profile, kind);
	char *grown = realloc(rows_get(profile, kind), (*count + 1) * size);

	if (!grown)
		return NULL;
	rows_set(profile, kind, grown);
	return memset(grown + (*count)++ * size, 0, size);
}

void profile_remove_row(struct profile *profile, enum profile_rows kind, size_t index)
{
	size_t size = shapes[kind].size;
	size_t *count = rows_count(profile, kind);
	char *row = rows_get(profile, kind) + index * size;

	shapes[kind].clear(row);
	(*count)--;
	memmove(row, row + size, (*count - index) * size);
}

static bool is_same_row(enum profile_rows kind, const void *a, const void *b)
{
	for (size_t i = 0; i < shapes[kind].names; i++)
		if (strcmp(row_string(a, i), row_string(b, i)) != 0)
			return false;
	return true;
}

/* The place for a row: that of the row it replaces, or a new one. */
static void *find_place(struct profile *profile, enum profile_rows kind, const void *row)
{
	size_t size = shapes[kind].size;
	char *rows = rows_get(profile, kind);

	for (size_t i = 0; i < *rows_count(profile, kind); i++) {
		if (!is_same_row(kind, rows + i * size, row))
			continue;
		shapes[kind].clear(rows + i * size);
		return rows + i * size;
	}
	return profile_add_row(profile, kind);
}

static int merge_rows(struct profile *into, struct profile *from, enum profile_rows kind)
{
	size_t size = shapes[kind].size;
	size_t *left = rows_count(from, kind);
	size_t total = *left;
	char *rows = rows_get(from, kind);

	for (size_t i = 0; i < total; i++) {
		void *place = find_place(into, kind, rows + i * size);

		if (!place) {
			memmove(rows, rows + i * size, *left * size);
			return -ENOMEM;
		}
		memcpy(place, rows + i * size, size);
		(*left)--;
	}
	return 0;
}

int profile_merge(struct profile *into, struct profile *from)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		int code = merge_rows(into, from, (enum profile_rows)i);

		if (code < 0)
			return code;
	}
	return 0;
}

struct wanted *profile_find_wanted(const struct profile *profile, const char *key)
{
	for (size_t i = 0; i < profile->wanted_count; i++)
		if (strcmp(profile->wanted[i].key, key) == 0)
			return &profile->wanted[i];
	return NULL;
}

static void clear_rows(struct profile *profile, enum profile_rows kind)
{
	char *rows = rows_get(profile, kind);

	for (size_t i = 0; i < *rows_count(profile, kind); i++)
		shapes[kind].clear(rows + i * shapes[kind].size);
	free(rows);
}

void profile_clear(struct profile *profile)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		clear_rows(profile, (enum profile_rows)i);
	for (size_t i = 0; i < profile->parent_count; i++)
		free(profile->parents[i]);
	free(profile->parents);
	free(profile->name);
	free(profile->file);
	free(profile->summary);
	free(profile->recommend);
	*profile = (struct profile){ 0 };
}

const char *wanted_verdict_text(enum wanted_verdict verdict)
{
	static const char *const texts[] = {
		[VERDICT_OK] = "ok",
		[VERDICT_DIFFERS] = "differs",
		[VERDICT_KEPT_HIGHER] = "kept higher",
		[VERDICT_KEPT_LOWER] = "kept lower",
		[VERDICT_NOT_HERE] = "not here",
		[VERDICT_UNREADABLE] = "unreadable",
		[VERDICT_CANNOT_COMPUTE] = "cannot compute",
	};

	_Static_assert(ARRAY_SIZE(texts) == VERDICT_CANNOT_COMPUTE + 1,
		       "one text a verdict");
	return texts[verdict];
}

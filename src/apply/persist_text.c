#include "apply/persist_text.h"

#include "boot/key_path.h"

#include <errno.h>

enum { WIDTH = 96 };

/* --- which keys ------------------------------------------------------------------- */

bool persist_takes(const struct record_key *key)
{
	return key->role != ROLE_REACH && key->wanted;
}

static const struct record_key *find_after(const struct record_list *list, size_t first,
					   const char *key)
{
	for (size_t i = list->count; i-- > first;) {
		const struct record *record = &list->records[i];
		const struct record_key *row =
			record->is_persistent ? record_find_key(record, key) : NULL;

		if (row && persist_takes(row))
			return row;
	}
	return NULL;
}

const struct record_key *persist_find(const struct record_list *list, const char *key)
{
	return find_after(list, 0, key);
}

int persist_check_key(const char *key, struct error *err)
{
	const struct sysctl_def *def = sysctl_find(key);

	if (def && def->is_secret)
		return error_set(err, -EPERM,
				 "'%s' is secret, and files for the next boot are not",
				 key);
	if (key_path_is_pattern(key))
		return error_set(err, -EPERM,
				 "'%s' would be a pattern in a file for the next boot",
				 key);
	return 0;
}

/* --- text ------------------------------------------------------------------------- */

/* One line, whatever is in it. */
static void add_clean(struct text *text, const char *words, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)words[i];

		text_add_char(text, c < ' ' || c == 0x7f ? ' ' : words[i]);
	}
}

/* Comment lines, broken between words. */
static void add_comment(struct text *text, const char *words)
{
	size_t column = 0;

	while (words[0]) {
		size_t length = strcspn(words, " \n\t");

		if (length > 0 && column > 0 && column + 1 + length > WIDTH) {
			text_add_char(text, '\n');
			column = 0;
		}
		if (length > 0) {
			text_add(text, column == 0 ? "# " : " ");
			add_clean(text, words, length);
			column += (column == 0 ? 2 : 1) + length;
		}
		words += length + (words[length] != '\0');
	}
	text_add_char(text, '\n');
}

static void add_key(const struct record *record, const struct record_key *key,
		    struct text *text)
{
	AUTO(text_clear) struct text about = { 0 };
	char path[KEY_PATH_SIZE], dotted[KEY_PATH_SIZE];

	if (sysctl_path(key->key, path, sizeof(path)) < 0)
		return; /* a key that was written has a path */
	key_path_dotted(path, dotted, sizeof(dotted));
	text_addf(&about, "change %lld, %s%s%s", (long long)record->id,
		  key->origin ? key->origin : "of an unknown source",
		  key->reason ? ": " : "", key->reason ? key->reason : "");
	text->has_failed |= about.has_failed;
	text_add_char(text, '\n');
	add_comment(text, text_string(&about));
	text_addf(text, "%s = ", dotted);
	add_clean(text, key->wanted, strlen(key->wanted));
	text_add_char(text, '\n');
}

int persist_add_sysctls(const struct record_list *list, struct text *ret)
{
	bool has_head = false;

	for (size_t i = 0; i < list->count; i++) {
		const struct record *record = &list->records[i];

		for (size_t j = 0; record->is_persistent && j < record->key_count; j++) {
			const struct record_key *key = &record->keys[j];

			if (!persist_takes(key) || find_after(list, i + 1, key->key))
				continue;
			if (!has_head)
				text_add(
					ret,
					"# Written by tcptune: 'tcptune undo' and 'tcptune apply --persist' replace it as a whole.\n"
					"# To have another value, set it in a file of a later name, such as 99-local.conf.\n");
			has_head = true;
			add_key(record, key, ret);
		}
	}
	return text_check(ret);
}

/* Is this line of `modules` in the text already? The text has one name a line. */
static bool has_line(const struct text *text, const char *line, size_t length)
{
	const char *at = text_string(text);

	while (at[0]) {
		size_t here = strcspn(at, "\n");

		if (here == length && memcmp(at, line, length) == 0)
			return true;
		at += here + (at[here] == '\n');
	}
	return false;
}

int persist_add_modules(const struct record_list *list, struct text *ret)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct record *record = &list->records[i];
		const char *at = record->is_persistent ? record->modules : NULL;

		while (at && at[0]) {
			size_t length = strcspn(at, "\n");

			if (ret->length == 0)
				text_add(
					ret,
					"# Written by tcptune: without these modules keys of " PERSIST_SYSCTL_PATH
					" are not there at boot.\n");
			if (length > 0 && !has_line(ret, at, length)) {
				add_clean(ret, at, length);
				text_add_char(ret, '\n');
			}
			at += length + (at[length] == '\n');
		}
	}
	return text_check(ret);
}

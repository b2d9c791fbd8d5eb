/* The sections of a profile's file, line by line. */
#include "base/parse.h"
#include "catalog/sysctl.h"
#include "profile/profile_parts.h"
#include "profile/wanted.h"

#include <ctype.h>
#include <errno.h>

enum { KEY_BYTES = 256, WORD_MOST_BYTES = 64 };

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

static int set_text(char **place, const char *text, struct error *err)
{
	if (*text == '\0')
		return error_set(err, -EINVAL, "no text");
	*place = strdup(text);
	return *place ? 0 : no_memory(err);
}

static int add_parent(struct profile *profile, const char *name, size_t length,
		      struct error *err)
{
	char **grown =
		realloc(profile->parents, (profile->parent_count + 1) * sizeof(*grown));

	if (!grown)
		return no_memory(err);
	profile->parents = grown;
	grown[profile->parent_count] = strndup(name, length);
	if (!grown[profile->parent_count])
		return no_memory(err);
	profile->parent_count++;
	return strchr(grown[profile->parent_count - 1], '/')
		       ? error_set(err, -EINVAL, "inherits takes names, not paths")
		       : 0;
}

static int take_parents(struct profile *profile, const char *value, struct error *err)
{
	const char *separators = " \t,";

	for (;;) {
		size_t length;
		int code;

		value += strspn(value, separators);
		length = strcspn(value, separators);
		if (length == 0)
			return 0;
		code = add_parent(profile, value, length, err);
		if (code < 0)
			return code;
		value += length;
	}
}

static int refuse_key(const struct ini_entry *entry, const char *known, struct error *err)
{
	return error_set(err, -EINVAL, "[%s] has no '%s'; it has: %s", entry->section,
			 entry->key, known);
}

static int take_profile(struct profile *profile, const struct ini_entry *entry,
			struct error *err)
{
	if (strcmp(entry->key, "summary") == 0)
		return set_text(&profile->summary, entry->value, err);
	if (strcmp(entry->key, "inherits") == 0)
		return take_parents(profile, entry->value, err);
	return refuse_key(entry, "summary, inherits", err);
}

static int take_recommend(struct profile *profile, const struct ini_entry *entry,
			  struct error *err)
{
	if (strcmp(entry->key, "when") == 0)
		return set_text(&profile->recommend, entry->value, err);
	return refuse_key(entry, "when", err);
}

static bool is_parameter_name(const char *name)
{
	return islower((unsigned char)*name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static int take_parameter(struct profile *profile, const struct ini_entry *entry,
			  struct error *err)
{
	struct profile_parameter *row;
	int code;

	if (!is_parameter_name(entry->key))
		return error_set(err, -EINVAL,
				 "'%s': a parameter is letters, digits and '_'",
				 entry->key);
	if (strlen(entry->value) > WORD_MOST_BYTES)
		return error_set(err, -EINVAL, "'%s': value of more than %d bytes",
				 entry->key, WORD_MOST_BYTES);
	row = profile_add_row(profile, ROWS_PARAMETER);
	if (!row)
		return no_memory(err);
	code = set_text(&row->value, entry->value, err);
	return code < 0 ? code : set_text(&row->name, entry->key, err);
}

/* One spelling for each key: dots, also where the file has slashes. */
static int normalise_key(const char *key, char *ret, size_t size, struct error *err)
{
	if (strchr(key, '*'))
		return error_set(err, -EINVAL,
				 "'%s': name an interface, or 'all' or 'default'", key);
	if (sysctl_path(key, ret, size) < 0)
		return error_set(err, -EINVAL, "'%s' is no sysctl key", key);
	for (char *at = ret; *at; at++)
		if (*at == '/')
			*at = '.';
	return 0;
}

static int find_key(const char *key, const struct sysctl_def **ret, struct error *err)
{
	const struct sysctl_def *def = sysctl_find(key);
	const struct sysctl_def *nearest;

	if (def && def->kind != KIND_MISSPELLED) {
		*ret = def;
		return 0;
	}
	if (def && def->instead)
		return error_set(err, -EINVAL, "'%s' was never a sysctl: %s", key,
				 def->instead);
	nearest = sysctl_nearest(key);
	if (nearest)
		return error_set(err, -EINVAL, "unknown sysctl '%s'; did you mean '%s'?",
				 key, nearest->name);
	return error_set(err, -EINVAL, "unknown sysctl '%s'", key);
}

static int refuse_removed(const struct sysctl_def *def, struct error *err)
{
	char when[48];

	release_span_text(&def->removed, when, sizeof(when));
	return error_set(
		err, -EINVAL,
		"'%s' is no more (removed: %s)%s%s; it may stand under [removed]",
		def->name, when, def->instead ? ", instead: " : "",
		def->instead ? def->instead : "");
}

static int fill_wanted(struct wanted *row, const struct sysctl_def *def, const char *key,
		       const struct ini_entry *entry, const char *file, struct error *err)
{
	int code;

	row->line = entry->line;
	row->key = strdup(key);
	row->file = strdup(file);
	if (!row->key || !row->file)
		return no_memory(err);
	code = wanted_parse(entry->value, row, err);
	if (code == 0)
		code = wanted_check(def, row, err);
	error_prefix(code < 0 ? err : NULL, "key '%s'", key);
	return code;
}

static int take_sysctl(struct profile *profile, const struct ini_entry *entry,
		       struct error *err)
{
	const struct sysctl_def *def = NULL;
	const struct wanted *other;
	struct wanted *row;
	char key[KEY_BYTES];
	int code = normalise_key(entry->key, key, sizeof(key), err);

	if (code == 0)
		code = find_key(key, &def, err);
	if (code < 0)
		return code;
	if (def->kind == KIND_REMOVED)
		return refuse_removed(def, err);
	other = profile_find_wanted(profile, key);
	if (other)
		return error_set(err, -EINVAL, "'%s' is the same key as in line %u",
				 entry->key, other->line);
	row = profile_add_row(profile, ROWS_WANTED);
	if (!row)
		return no_memory(err);
	return fill_wanted(row, def, key, entry, profile->file, err);
}

static int take_reason(struct profile *profile, const struct ini_entry *entry,
		       struct error *err)
{
	struct wanted *row;
	char key[KEY_BYTES];
	int code = normalise_key(entry->key, key, sizeof(key), err);

	if (code < 0)
		return code;
	row = profile_find_wanted(profile, key);
	if (!row)
		return error_set(err, -EINVAL,
				 "'%s' has a reason but no line in [sysctl]", entry->key);
	if (row->reason)
		return error_set(err, -EINVAL, "'%s' has two reasons", key);
	return set_text(&row->reason, entry->value, err);
}

static int take_removed(struct profile *profile, const struct ini_entry *entry,
			struct error *err)
{
	const struct sysctl_def *def = NULL;
	struct profile_removed *row;
	char key[KEY_BYTES];
	int code = normalise_key(entry->key, key, sizeof(key), err);

	if (code == 0)
		code = find_key(key, &def, err);
	if (code < 0)
		return code;
	if (def->kind != KIND_REMOVED)
		return error_set(err, -EINVAL,
				 "'%s' was not removed: it belongs in [sysctl]", key);
	row = profile_add_row(profile, ROWS_REMOVED);
	if (!row)
		return no_memory(err);
	code = set_text(&row->text, entry->value, err);
	return code < 0 ? code : set_text(&row->key, key, err);
}

static int take_program(struct profile *profile, const struct ini_entry *entry,
			struct error *err)
{
	struct profile_program *row = profile_add_row(profile, ROWS_PROGRAM);
	int code;

	if (!row)
		return no_memory(err);
	code = set_text(&row->advice, entry->value, err);
	return code < 0 ? code : set_text(&row->program, entry->key, err);
}

static int take_threshold(struct profile *profile, const struct ini_entry *entry,
			  struct error *err)
{
	const char *dot = strrchr(entry->key, '.');
	struct profile_threshold *row;
	double value;

	if (!dot || dot == entry->key || dot[1] == '\0')
		return error_set(err, -EINVAL, "'%s' is not RULE.NAME", entry->key);
	if (parse_double(entry->value, &value) < 0)
		return error_set(err, -EINVAL, "'%s' is no number", entry->value);
	row = profile_add_row(profile, ROWS_THRESHOLD);
	if (!row)
		return no_memory(err);
	row->value = value;
	row->rule = strndup(entry->key, (size_t)(dot - entry->key));
	row->name = strdup(dot + 1);
	return row->rule && row->name ? 0 : no_memory(err);
}

/* Reasons come last: they belong to keys of [sysctl], wherever that stands in the file.
 */
static const struct {
	const char *name;
	int (*take)(struct profile *profile, const struct ini_entry *entry,
		    struct error *err);
	bool is_last;
} sections[] = {
	{ "profile", take_profile, false },	 { "recommend", take_recommend, false },
	{ "parameters", take_parameter, false }, { "sysctl", take_sysctl, false },
	{ "reason", take_reason, true },	 { "removed", take_removed, false },
	{ "program", take_program, false },	 { "thresholds", take_threshold, false },
};

static int take_entry(struct profile *profile, const struct ini_entry *entry,
		      bool is_last, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (strcmp(entry->section, sections[i].name) != 0)
			continue;
		return sections[i].is_last == is_last
			       ? sections[i].take(profile, entry, err)
			       : 0;
	}
	return error_set(err, -EINVAL, "a profile has no section [%s]", entry->section);
}

static int take_entries(struct profile *profile, const struct ini *ini, bool is_last,
			struct error *err)
{
	for (size_t i = 0; i < ini->count; i++) {
		int code = take_entry(profile, &ini->entries[i], is_last, err);

		if (code < 0) {
			error_prefix(err, "%s:%u", ini->name, ini->entries[i].line);
			return code;
		}
	}
	return 0;
}

int profile_take_entries(struct profile *profile, const struct ini *ini,
			 struct error *err)
{
	int code = take_entries(profile, ini, false, err);

	return code < 0 ? code : take_entries(profile, ini, true, err);
}

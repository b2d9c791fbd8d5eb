#include "rules/waiver.h"

#include "base/file.h"
#include "base/ini.h"
#include "base/parse.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <time.h>

enum { FILE_BYTES = 256 * 1024, GLOB_BYTES = 200, DATE_BYTES = sizeof("YYYY-MM-DD") };

static int complain(struct error *err, const struct ini *ini, unsigned line,
		    const char *reason, const char *subject)
{
	return error_set(err, -EINVAL, "%s:%u: %s '%s'", ini->name, line, reason,
			 subject);
}

/* --- dates: as texts they compare as they follow each other ----------------------- */

static bool is_date(const char *text)
{
	int64_t month, day;
	char part[3] = { 0 };

	if (strlen(text) != DATE_BYTES - 1 || strspn(text, "0123456789") != 4 ||
	    text[4] != '-' || text[7] != '-')
		return false;
	memcpy(part, text + 5, 2);
	if (parse_i64(part, &month) < 0 || month < 1 || month > 12)
		return false;
	memcpy(part, text + 8, 2);
	return parse_i64(part, &day) == 0 && day >= 1 && day <= 31;
}

static int format_date(int64_t now, char *ret, size_t size)
{
	time_t seconds = (time_t)now;
	struct tm day;

	if (!localtime_r(&seconds, &day) || strftime(ret, size, "%Y-%m-%d", &day) == 0)
		return -EINVAL;
	return 0;
}

/* --- one waiver ------------------------------------------------------------------- */

static void clear_waiver(struct waiver *waiver)
{
	free(waiver->name);
	free(waiver->rule);
	free(waiver->subject);
	free(waiver->reason);
	free(waiver->expires);
}

/* Where the value of a key is kept; NULL for an unknown key. */
static char **find_place(struct waiver *waiver, const char *key)
{
	if (strcmp(key, "rule") == 0)
		return &waiver->rule;
	if (strcmp(key, "subject") == 0)
		return &waiver->subject;
	if (strcmp(key, "reason") == 0)
		return &waiver->reason;
	if (strcmp(key, "expires") == 0)
		return &waiver->expires;
	return NULL;
}

static int add_entry(struct waiver *waiver, const struct ini *ini,
		     const struct ini_entry *entry, struct error *err)
{
	char **place = find_place(waiver, entry->key);

	if (!place)
		return complain(err, ini, entry->line,
				"a waiver has rule, subject, reason and expires, not",
				entry->key);
	if (*place)
		return complain(err, ini, entry->line, "given twice:", entry->key);
	if (entry->value[0] == '\0')
		return complain(err, ini, entry->line, "there is no value for",
				entry->key);
	if (place == &waiver->expires && !is_date(entry->value))
		return complain(err, ini, entry->line,
				"not a date as 2026-12-31:", entry->value);
	if (place == &waiver->subject && strlen(entry->value) > GLOB_BYTES)
		return complain(err, ini, entry->line, "too long:", entry->key);
	*place = strdup(entry->value);
	return *place ? 0 : error_set(err, -ENOMEM, "out of memory");
}

static int check_waiver(struct waiver *waiver, const struct ini *ini, const char *today,
			struct error *err)
{
	if (!waiver->rule)
		return complain(err, ini, waiver->line, "there is no rule in waiver",
				waiver->name);
	if (!waiver->reason)
		return complain(err, ini, waiver->line, "there is no reason in waiver",
				waiver->name);
	waiver->has_expired = waiver->expires && strcmp(waiver->expires, today) < 0;
	return 0;
}

/* --- the list --------------------------------------------------------------------- */

/*
 * The waiver of a section, a new one at its first key; a section stands there once.
 * NULL: out of memory.
 */
static struct waiver *find_waiver(struct waiver_list *list, const struct ini_entry *entry)
{
	struct waiver *last = list->count ? &list->waivers[list->count - 1] : NULL;
	struct waiver *grown;

	if (last && strcmp(last->name, entry->section) == 0)
		return last;
	grown = realloc(list->waivers, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	list->waivers = grown;
	grown += list->count;
	*grown = (struct waiver){ .name = strdup(entry->section), .line = entry->line };
	if (!grown->name)
		return NULL;
	list->count++;
	return grown;
}

static int build(const struct ini *ini, const char *today, struct waiver_list *list,
		 struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ini->count; i++) {
		struct waiver *waiver = find_waiver(list, &ini->entries[i]);

		if (!waiver)
			return error_set(err, -ENOMEM, "out of memory");
		r = add_entry(waiver, ini, &ini->entries[i], err);
	}
	for (size_t i = 0; r == 0 && i < list->count; i++)
		r = check_waiver(&list->waivers[i], ini, today, err);
	return r;
}

int waivers_parse(const char *name, const char *data, size_t length, int64_t now,
		  struct waiver_list *ret, struct error *err)
{
	AUTO(waivers_clear) struct waiver_list list = { 0 };
	AUTO(ini_clear) struct ini ini = { 0 };
	char today[32];
	int r = format_date(now, today, sizeof(today));

	if (r < 0)
		return error_set(err, r, "%s: today's date is not known", name);
	r = ini_parse(name, data, length, &ini, err);
	if (r == 0)
		r = build(&ini, today, &list, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct waiver_list){ 0 };
	return 0;
}

/* open() waits at a pipe, and never ends on some devices */
static int read_file(const char *path, struct text *ret)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	return file_read(AT_FDCWD, path, FILE_BYTES, ret);
}

int waivers_load(const char *path, int64_t now, struct waiver_list *ret,
		 struct error *err)
{
	AUTO(text_clear) struct text text = { 0 };
	int r = read_file(path, &text);

	if (r == -ENOENT || r == -ENOTDIR) {
		*ret = (struct waiver_list){ 0 };
		return 0;
	}
	if (r == -EINVAL)
		return error_set(err, r, "cannot read '%s': not a regular file", path);
	if (r == -EFBIG)
		return error_set(err, r, "cannot read '%s': larger than %d KiB", path,
				 FILE_BYTES / 1024);
	if (r < 0)
		return error_set(err, r, "cannot read '%s': %s", path, strerror(-r));
	return waivers_parse(path, text_string(&text), text.length, now, ret, err);
}

void waivers_clear(struct waiver_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		clear_waiver(&list->waivers[i]);
	free(list->waivers);
	*list = (struct waiver_list){ 0 };
}

/* "[::]:443" is a glob of its own kind; who writes it means the text */
static bool matches(const struct waiver *waiver, const char *subject)
{
	return !waiver->subject || strcmp(waiver->subject, subject) == 0 ||
	       fnmatch(waiver->subject, subject, 0) == 0;
}

const struct waiver *waivers_find(const struct waiver_list *list, const char *rule,
				  const char *subject)
{
	for (size_t i = 0; list && i < list->count; i++) {
		const struct waiver *waiver = &list->waivers[i];

		if (!waiver->has_expired && strcmp(waiver->rule, rule) == 0 &&
		    matches(waiver, subject))
			return waiver;
	}
	return NULL;
}

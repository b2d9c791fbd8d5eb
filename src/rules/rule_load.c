/* Finding the rule files: built in, shipped, and the administrator's. */
#include "rules/rule.h"

#include "base/file.h"
#include "rules/built_in.h"
#include "rules/rule_head.h"
#include "rules/safe_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define ENDING ".sql"

enum { FOLDER_MOST_FILES = 1000 };

static const char *const default_folders[] = { "/usr/share/tcptune/rules",
					       "/etc/tcptune/rules", NULL };

/* --- the list --------------------------------------------------------------------- */

static struct rule *find_unsorted(struct rule_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->rules[i].id, id) == 0)
			return &list->rules[i];
	return NULL;
}

/* Add a rule, which the list then owns, in the place of one of the same id. */
static int put(struct rule_list *list, struct rule *rule)
{
	struct rule *place = find_unsorted(list, rule->id);

	if (place) {
		rule_clear(place);
	} else {
		place = realloc(list->rules, (list->count + 1) * sizeof(*place));
		if (!place)
			return -ENOMEM;
		list->rules = place;
		place += list->count++;
	}
	*place = *rule;
	*rule = (struct rule){ 0 };
	return 0;
}

static char *safe_copy(const char *string)
{
	AUTO(text_clear) struct text text = { 0 };

	safe_text_add(&text, string);
	return text_check(&text) < 0 ? NULL : TAKE(text.data);
}

/* Keep what cannot run in the list, so that it can be named. */
static int put_broken(struct rule_list *list, const char *id, const char *file,
		      const char *problem)
{
	AUTO(rule_clear)
	struct rule rule = {
		.id = safe_copy(id),
		.file = safe_copy(file),
		.problem = safe_copy(problem),
	};

	if (!rule.id || !rule.file || !rule.problem)
		return -ENOMEM;
	return put(list, &rule);
}

static int put_parsed(struct rule_list *list, const char *id, const char *file,
		      const char *data, size_t length)
{
	AUTO(rule_clear) struct rule rule = { 0 };
	struct error problem = { 0 };
	int r = rule_parse(id, file, data, length, &rule, &problem);

	if (r == -ENOMEM)
		return r;
	return r < 0 ? put_broken(list, id, file, problem.text) : put(list, &rule);
}

/* --- built in --------------------------------------------------------------------- */

static int load_built_in(struct rule_list *list)
{
	list->rules = calloc(built_in_rule_count + 1, sizeof(*list->rules));
	if (!list->rules)
		return -ENOMEM;
	memcpy(list->rules, built_in_rules, built_in_rule_count * sizeof(*list->rules));
	list->count = built_in_rule_count;
	return 0;
}

/* --- folders ---------------------------------------------------------------------- */

static void release_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/* "x.sql", not ".x.sql": editors and package managers leave others behind */
static bool is_rule_name(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > strlen(ENDING) &&
	       strcmp(name + length - strlen(ENDING), ENDING) == 0;
}

static bool is_id(const char *text)
{
	return text[0] &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* open() waits at a pipe, and never ends on some devices */
static int read_file(int folder, const char *name, struct text *ret)
{
	struct stat status;

	if (fstatat(folder, name, &status, 0) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	return file_read(folder, name, RULE_MOST_BYTES, ret);
}

static const char *read_problem(int code)
{
	if (code == -EINVAL)
		return "not a regular file";
	if (code == -EFBIG)
		return "larger than 64 KiB";
	return strerror(-code);
}

static int load_file(struct rule_list *list, const char *path, int folder,
		     const char *name)
{
	AUTO(text_clear) struct text file = { 0 };
	AUTO(text_clear) struct text data = { 0 };
	auto_free char *id = strndup(name, strlen(name) - strlen(ENDING));
	struct error problem = { 0 };
	int r;

	text_addf(&file, "%s/%s", path, name);
	if (!id || text_check(&file) < 0)
		return -ENOMEM;
	r = is_id(id) ? read_file(folder, name, &data) : 0;
	if (r == -ENOMEM)
		return r;
	if (!is_id(id))
		(void)error_set(&problem, 0,
				"%s: the name of a rule is made of a-z, 0-9 and '-'",
				text_string(&file));
	else if (r < 0)
		(void)error_set(&problem, 0, "cannot read '%s': %s", text_string(&file),
				read_problem(r));
	else
		return put_parsed(list, id, text_string(&file), text_string(&data),
				  data.length);
	return put_broken(list, id, text_string(&file), problem.text);
}

static int put_broken_folder(struct rule_list *list, const char *path,
			     const char *problem)
{
	struct error text = { 0 };

	(void)error_set(&text, 0, "cannot read folder '%s': %s", path, problem);
	return put_broken(list, path, path, text.text);
}

static int load_entries(struct rule_list *list, const char *path, DIR *folder)
{
	size_t count = 0;
	int r = 0;

	while (r == 0) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(folder);
		if (!entry && errno)
			return put_broken_folder(list, path, strerror(errno));
		if (!entry)
			return 0;
		if (!is_rule_name(entry->d_name))
			continue;
		if (++count > FOLDER_MOST_FILES)
			return put_broken_folder(list, path, "too many files");
		r = load_file(list, path, dirfd(folder), entry->d_name);
	}
	return r;
}

/* No folder is no rule; one that cannot be read is named, and the other rules run. */
static int load_folder(struct rule_list *list, const char *path)
{
	AUTO(release_folder) DIR *folder = opendir(path);

	if (folder)
		return load_entries(list, path, folder);
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	return put_broken_folder(list, path, strerror(errno));
}

/* --- all of them ------------------------------------------------------------------ */

static int compare_rules(const void *left, const void *right)
{
	const struct rule *a = left, *b = right;

	return strcmp(a->id, b->id);
}

int rules_load(const char *const *folders, struct rule_list *ret, struct error *err)
{
	AUTO(rules_clear) struct rule_list list = { 0 };
	int r = load_built_in(&list);

	if (!folders)
		folders = default_folders;
	for (; r == 0 && *folders; folders++)
		r = load_folder(&list, *folders);
	if (r < 0)
		return error_set(err, r, "cannot load the rules: %s", strerror(-r));
	if (list.count)
		qsort(list.rules, list.count, sizeof(*list.rules), compare_rules);
	*ret = list;
	list = (struct rule_list){ 0 };
	return 0;
}

static int compare_id(const void *id, const void *element)
{
	const struct rule *rule = element;

	return strcmp(id, rule->id);
}

const struct rule *rules_find(const struct rule_list *list, const char *id)
{
	if (list->count == 0)
		return NULL;
	return bsearch(id, list->rules, list->count, sizeof(*list->rules), compare_id);
}

void rules_clear(struct rule_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		rule_clear(&list->rules[i]);
	free(list->rules);
	*list = (struct rule_list){ 0 };
}

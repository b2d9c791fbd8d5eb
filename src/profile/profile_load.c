/* INI files -> profile, with everything that it inherits. */
#include "base/ini.h"
#include "profile/profile_parts.h"
#include "profile/wanted.h"

#include <errno.h>

enum {
	MOST_DEPTH = 8,	 /* generations */
	MOST_FILES = 64, /* read for one profile, grandparents met twice counted twice */
};

/* A file that is being loaded, and the one that inherits it. */
struct link {
	const char *file;
	const struct link *child;
	unsigned depth;
};

struct load {
	const char *const *folders;
	unsigned files;
};

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

/* The last part of a path without its ending. */
static char *name_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *start = slash ? slash + 1 : name;
	const char *dot = strrchr(start, '.');

	return dot && dot > start ? strndup(start, (size_t)(dot - start)) : strdup(start);
}

static int check_complete(const struct profile *profile, struct error *err)
{
	if (!profile->summary)
		return error_set(err, -EINVAL, "%s: no summary in [profile]",
				 profile->file);
	for (size_t i = 0; i < profile->wanted_count; i++) {
		const struct wanted *wanted = &profile->wanted[i];

		if (!wanted->reason)
			return error_set(err, -EINVAL,
					 "%s:%u: '%s' has no line in [reason]",
					 wanted->file, wanted->line, wanted->key);
	}
	return 0;
}

/* What the file itself says, without its parents. */
static int load_own(const struct load *load, const char *name, struct profile *profile,
		    struct error *err)
{
	AUTO(text_clear) struct text data = { 0 };
	AUTO(ini_clear) struct ini ini = { 0 };
	int code = profile_read(load->folders, name, &data, &profile->file, err);

	if (code < 0)
		return code;
	profile->name = name_of(name);
	if (!profile->name)
		return no_memory(err);
	code = ini_parse(profile->file, text_string(&data), data.length, &ini, err);
	if (code == 0)
		code = profile_take_entries(profile, &ini, err);
	return code < 0 ? code : check_complete(profile, err);
}

static int check_chain(struct load *load, const struct link *link, struct error *err)
{
	for (const struct link *at = link->child; at; at = at->child)
		if (strcmp(at->file, link->file) == 0)
			return error_set(err, -EINVAL,
					 "%s: inherits itself, through '%s'", link->file,
					 link->child->file);
	if (link->depth > MOST_DEPTH)
		return error_set(err, -EINVAL, "%s: more than %d generations of profiles",
				 link->file, MOST_DEPTH);
	if (++load->files > MOST_FILES)
		return error_set(err, -EINVAL, "%s: inherits more than %d files",
				 link->file, MOST_FILES);
	return 0;
}

/* A key with nothing but "keep" takes back what a parent wants. */
static int drop_released(struct profile *own, struct profile *parents, struct error *err)
{
	for (size_t i = 0; i < own->wanted_count;) {
		const struct wanted *wanted = &own->wanted[i];
		const struct wanted *inherited =
			profile_find_wanted(parents, wanted->key);

		if (!wanted_is_release(wanted)) {
			i++;
			continue;
		}
		if (!inherited)
			return error_set(
				err, -EINVAL,
				"%s:%u: '%s' is to be kept, but no parent sets it",
				wanted->file, wanted->line, wanted->key);
		profile_remove_row(parents, ROWS_WANTED,
				   (size_t)(inherited - parents->wanted));
		profile_remove_row(own, ROWS_WANTED, i);
	}
	return 0;
}

static int load_one(struct load *load, const char *name, const struct link *child,
		    struct profile *ret, struct error *err);

static int load_parents(struct load *load, const struct profile *own,
			const struct link *link, struct profile *ret, struct error *err)
{
	for (size_t i = 0; i < own->parent_count; i++) {
		AUTO(profile_clear) struct profile parent = { 0 };
		int code = load_one(load, own->parents[i], link, &parent, err);

		if (code == -ENOENT)
			error_prefix(err, "%s: inherits '%s'", own->file,
				     own->parents[i]);
		if (code < 0)
			return code;
		if (profile_merge(ret, &parent) < 0)
			return no_memory(err);
	}
	return 0;
}

/* The child's rows over its parents'; what a parent has comes first. */
static int inherit(struct profile *own, struct profile *parents, struct error *err)
{
	int code = drop_released(own, parents, err);

	if (code < 0)
		return code;
	if (profile_merge(parents, own) < 0 || profile_merge(own, parents) < 0)
		return no_memory(err);
	return 0;
}

static int load_one(struct load *load, const char *name, const struct link *child,
		    struct profile *ret, struct error *err)
{
	AUTO(profile_clear) struct profile own = { 0 };
	AUTO(profile_clear) struct profile parents = { 0 };
	struct link link = { .child = child, .depth = child ? child->depth + 1 : 1 };
	int code = load_own(load, name, &own, err);

	if (code < 0)
		return code;
	link.file = own.file;
	code = check_chain(load, &link, err);
	if (code == 0)
		code = load_parents(load, &own, &link, &parents, err);
	if (code == 0)
		code = inherit(&own, &parents, err);
	if (code < 0)
		return code;
	*ret = own;
	own = (struct profile){ 0 };
	return 0;
}

int profile_load_from(const char *const *folders, const char *name, struct profile *ret,
		      struct error *err)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	struct load load = { .folders = folders };
	int code = load_one(&load, name, NULL, &profile, err);

	if (code == 0)
		code = profile_check_expressions(&profile, err);
	if (code < 0)
		return code;
	*ret = profile;
	profile = (struct profile){ 0 };
	return 0;
}

int profile_load(const char *name, struct profile *ret, struct error *err)
{
	return profile_load_from(NULL, name, ret, err);
}

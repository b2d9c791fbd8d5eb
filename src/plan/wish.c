#include "plan/wish.h"

#include "plan/reach.h"
#include "profile/wanted.h"

#include <errno.h>

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

static int find_def(const char *key, const struct sysctl_def **ret, struct error *err)
{
	const struct sysctl_def *def = sysctl_find(key), *nearest;

	if (def && def->kind == KIND_MISSPELLED)
		return error_set(err, -EINVAL, "was never a sysctl%s%s",
				 def->instead ? ": " : "",
				 def->instead ? def->instead : "");
	if (def && def->kind == KIND_REMOVED)
		return error_set(err, -EINVAL, "is no more%s%s",
				 def->instead ? "; instead: " : "",
				 def->instead ? def->instead : "");
	if (!def) {
		nearest = sysctl_nearest(key);
		return error_set(err, -EINVAL, "is no sysctl that is known%s%s%s",
				 nearest ? "; did you mean '" : "",
				 nearest ? nearest->name : "", nearest ? "'?" : "");
	}
	*ret = def;
	return 0;
}

static int canonical(const char *key, char *ret, struct error *err)
{
	if (strchr(key, '*'))
		return error_set(err, -EINVAL,
				 "'%s': name an interface, or 'all' or 'default'", key);
	if (key_canonical(key, ret) < 0)
		return error_set(err, -EINVAL, "'%s' is no sysctl key", key);
	return 0;
}

/* What is no key of a profile, because it is secret, may still be typed. */
static int check(const struct sysctl_def *def, struct wanted *wanted, bool is_explicit,
		 struct error *err)
{
	if (is_explicit && def->is_secret)
		return 0;
	for (size_t i = 0; is_explicit && i < wanted->count; i++)
		wanted->elements[i].is_exact = wanted->elements[i].op == WANTED_EQUAL;
	return wanted_check(def, wanted, err);
}

static int fill(struct wanted *wanted, const char *key, const char *value,
		const char *source, const char *reason, struct error *err)
{
	wanted->key = strdup(key);
	wanted->file = strdup(source);
	wanted->reason = reason ? strdup(reason) : NULL;
	if (!wanted->key || !wanted->file || (reason && !wanted->reason))
		return no_memory(err);
	return wanted_parse(value, wanted, err);
}

/* A key that is wished for again: the last wish counts. */
static struct wanted *place(struct profile *wishes, const char *key)
{
	struct wanted *grown;

	for (size_t i = 0; i < wishes->wanted_count; i++) {
		if (strcmp(wishes->wanted[i].key, key) != 0)
			continue;
		wanted_clear(&wishes->wanted[i]);
		return &wishes->wanted[i];
	}
	grown = realloc(wishes->wanted, (wishes->wanted_count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	wishes->wanted = grown;
	return &grown[wishes->wanted_count++];
}

int wish_add(struct profile *wishes, const char *key, const char *value,
	     const char *source, const char *reason, bool is_explicit, struct error *err)
{
	AUTO(wanted_clear) struct wanted wanted = { 0 };
	const struct sysctl_def *def = NULL;
	char name[KEY_BYTES];
	struct wanted *row;
	int r = canonical(key, name, err);

	if (r == 0)
		r = find_def(name, &def, err);
	if (r == 0)
		r = fill(&wanted, name, value, source, reason, err);
	if (r == 0)
		r = check(def, &wanted, is_explicit, err);
	if (r < 0) {
		error_prefix(err, "%s: '%s'", source, key);
		return r;
	}
	row = place(wishes, name);
	if (!row)
		return no_memory(err);
	*row = wanted;
	wanted = (struct wanted){ 0 };
	return 0;
}

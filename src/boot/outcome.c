#include "boot/outcome.h"

#include "boot/outcome_follow.h"

#include "base/file.h"

#include <errno.h>

enum { LIVE_LIMIT = 64 * 1024 };

/* --- the keys ------------------------------------------------------------------------
 */

static int add_key(struct boot_outcome *outcome, const char *path)
{
	int64_t number = name_table_add(&outcome->paths, path);
	char dotted[KEY_PATH_SIZE];
	struct boot_key *key;

	if (number < 0)
		return (int)number;
	if ((size_t)number < outcome->key_count)
		return 0;
	if ((outcome->key_count & (outcome->key_count - 1)) == 0) {
		size_t capacity = outcome->key_count ? outcome->key_count * 2 : 1;
		struct boot_key *keys =
			reallocarray(outcome->keys, capacity, sizeof(*keys));

		if (!keys)
			return -ENOMEM;
		outcome->keys = keys;
	}
	key = &outcome->keys[outcome->key_count++];
	key_path_dotted(path, dotted, sizeof(dotted));
	*key = (struct boot_key){
		.key = strdup(dotted),
		.path = strdup(path),
		.def = key_path_find(path),
	};
	return key->key && key->path ? 0 : -ENOMEM;
}

static int add_wanted(struct boot_outcome *outcome, const char *key, struct error *err)
{
	char path[KEY_PATH_SIZE];
	int r = sysctl_path(key, path, sizeof(path));

	if (r < 0 || !strchr(path, '/'))
		return error_set(err, -EINVAL, "'%s' is no key of a sysctl", key);
	r = add_key(outcome, path);
	return r < 0 ? error_set(err, r, "out of memory") : 0;
}

/* Patterns whose files are not known are keys of their own. */
static int add_simulated(struct boot_outcome *outcome,
			 const struct simulation *simulation)
{
	char path[KEY_PATH_SIZE];
	int r = 0;

	for (size_t i = 0; r == 0 && i < simulation->write_count; i++)
		r = add_key(outcome,
			    simulation_name(simulation, simulation->writes[i].path));
	for (size_t i = 0; r == 0 && i < simulation->claim_count; i++) {
		const struct boot_claim *claim = &simulation->claims[i];

		if (claim->is_dropped && !claim->is_exclusion && !claim->is_pattern &&
		    key_path_resolve(simulation_name(simulation, claim->path), path,
				     sizeof(path)) == 0)
			r = add_key(outcome, path);
	}
	return r;
}

/* --- live values ---------------------------------------------------------------------
 */

static int read_live(const struct boot_host *host, struct boot_key *key)
{
	AUTO(text_clear) struct text raw = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	int r;

	if (host->sys < 0)
		key->live_reason = "not known";
	else if (!key->def)
		key->live_reason = "not in the catalog of keys, so it is not read";
	else if (key->def->is_secret)
		key->live_reason = OUTCOME_SECRET;
	else if (key->def->is_write_only)
		key->live_reason = "it can only be written";
	if (key->live_reason)
		return 0;
	r = file_read(host->sys, key->path, LIVE_LIMIT, &raw);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		key->live_reason =
			r == -ENOENT || r == -ENOTDIR ? "not here" : "cannot be read";
		return 0;
	}
	kernel_value_normalize(key->def, text_string(&raw), &text);
	key->live = strdup(text_string(&text));
	return key->live ? 0 : -ENOMEM;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(((const struct boot_key *)a)->path,
		      ((const struct boot_key *)b)->path);
}

static void key_clear(struct boot_key *key)
{
	free(key->key);
	free(key->path);
	free(key->live);
	for (enum loader i = 0; i < LOADER_COUNT; i++) {
		free(key->values[i].value);
		free(key->values[i].lost);
	}
}

/* The keys that were asked for stand first; the others were needed to judge them. */
static void keep_wanted(struct boot_outcome *outcome)
{
	for (size_t i = outcome->wanted_count; i < outcome->key_count; i++)
		key_clear(&outcome->keys[i]);
	outcome->key_count = outcome->wanted_count;
}

static int build(const struct boot_host *host, struct boot_outcome *outcome,
		 struct error *err)
{
	int r = 0;

	for (enum loader i = 0; r == 0 && i < LOADER_COUNT; i++)
		r = simulation_run(host->tree, i, host->sys, &outcome->simulations[i],
				   err);
	if (r < 0)
		return r;
	for (enum loader i = 0; r == 0 && i < LOADER_COUNT; i++)
		r = add_simulated(outcome, &outcome->simulations[i]);
	for (size_t i = 0; r == 0 && host->owners && i < host->owners->count; i++)
		r = add_key(outcome, host->owners->owners[i].path);
	for (enum loader i = 0; r == 0 && i < LOADER_COUNT; i++)
		r = outcome_follow(host, outcome, i);
	if (r < 0)
		return error_set(err, r, "cannot tell what boot will set: %s",
				 strerror(-r));
	return 0;
}

static int read_all_live(const struct boot_host *host, struct boot_outcome *outcome,
			 struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < outcome->key_count; i++)
		r = read_live(host, &outcome->keys[i]);
	return r < 0 ? error_set(err, r, "out of memory") : 0;
}

int outcome_build(const struct boot_host *host, char *const *wanted, size_t wanted_count,
		  struct boot_outcome *ret, struct error *err)
{
	AUTO(outcome_clear) struct boot_outcome outcome = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < wanted_count; i++)
		r = add_wanted(&outcome, wanted[i], err);
	outcome.wanted_count = outcome.key_count;
	if (r == 0)
		r = build(host, &outcome, err);
	if (r == 0 && wanted_count > 0)
		keep_wanted(&outcome);
	if (r == 0)
		r = read_all_live(host, &outcome, err);
	if (r < 0)
		return r;
	name_table_clear(&outcome.paths);
	if (outcome.key_count > 0 && wanted_count == 0)
		qsort(outcome.keys, outcome.key_count, sizeof(*outcome.keys),
		      compare_keys);
	*ret = outcome;
	outcome = (struct boot_outcome){ 0 };
	return 0;
}

void outcome_clear(struct boot_outcome *outcome)
{
	for (size_t i = 0; i < outcome->key_count; i++)
		key_clear(&outcome->keys[i]);
	free(outcome->keys);
	name_table_clear(&outcome->paths);
	for (enum loader i = 0; i < LOADER_COUNT; i++)
		simulation_clear(&outcome->simulations[i]);
	*outcome = (struct boot_outcome){ 0 };
}

bool outcome_has_drifted(const struct boot_key *key, enum loader loader)
{
	const struct boot_value *value = &key->values[loader];

	return key->live && value->is_set && !value->is_unknown && value->value &&
	       strcmp(key->live, value->value) != 0;
}

/* What the kernel makes of a loader's writes, one after the other. */
#include "boot/outcome_follow.h"

#include "boot/key_limit.h"
#include "boot/pattern.h"

#include "base/file.h"

#include <errno.h>
#include <sys/stat.h>

enum {
	LIST_LIMIT = 64 * 1024,
	MOST_LOST = 64,		  /* of one key; who wins is what matters */
	MOST_EFFECTS = 256,	  /* lines that change other keys */
	MOST_EFFECT_KEYS = 20000, /* beyond it no host has as many keys */
};

/* Whether a key is there when the loader writes it. */
enum presence {
	PRESENCE_THERE,
	PRESENCE_UNSURE,
	PRESENCE_MISSING,
};

static const char overridden[] = "a later line wins";
static const char late[] = "its kernel module may be loaded later";

/* Where each key of one loader was written last: a number in the writes, from 1. */
struct following {
	const struct boot_host *host;
	struct boot_outcome *outcome;
	enum loader loader;
	size_t *written;
	struct text scratch;
};

static struct boot_value *value_of(const struct following *following, size_t key)
{
	return &following->outcome->keys[key].values[following->loader];
}

static const struct boot_claim *claim_of(const struct following *following, size_t claim)
{
	return &following->outcome->simulations[following->loader].claims[claim];
}

/* --- one write -----------------------------------------------------------------------
 */

static enum presence presence_by_release(const struct boot_host *host,
					 const struct sysctl_def *def)
{
	if (host->release == 0)
		return def->kind == KIND_LIVE ? PRESENCE_THERE : PRESENCE_UNSURE;
	if (def->kind == KIND_MISSPELLED || def->kind == KIND_VENDOR)
		return PRESENCE_MISSING;
	if (def->kind == KIND_REMOVED &&
	    release_compare(&def->removed, host->release) != RELEASE_BEFORE)
		return release_compare(&def->removed, host->release) == RELEASE_AFTER
			       ? PRESENCE_MISSING
			       : PRESENCE_UNSURE;
	return release_compare(&def->since, host->release) == RELEASE_BEFORE
		       ? PRESENCE_MISSING
		       : PRESENCE_THERE;
}

/*
 * A key of a module is there at boot if the module is: on this very host a kernel without
 * a folder of modules has built in what it has.
 */
static bool comes_later(const struct boot_host *host, const struct sysctl_def *def,
			bool is_there)
{
	if (!def || !def->module || modules_is_early(host->modules, def->module))
		return false;
	return !(is_there && host->is_live && !host->modules->has_kernel);
}

static enum presence presence_of(const struct boot_host *host, const struct boot_key *key,
				 const char **reason)
{
	enum presence presence;
	struct stat status;
	bool is_there = host->sys >= 0 &&
			fstatat(host->sys, key->path, &status, 0) == 0 &&
			S_ISREG(status.st_mode);

	*reason = "this kernel has no such key";
	if (comes_later(host, key->def, is_there)) {
		*reason = late;
		return PRESENCE_UNSURE;
	}
	if (is_there)
		return PRESENCE_THERE;
	if (key->def && strchr(key->def->name, '*') && key->def->kind == KIND_LIVE &&
	    !strstr(key->path, "/neigh/all/")) {
		*reason = "the interface may come later";
		return host->sys >= 0 ? PRESENCE_UNSURE : PRESENCE_THERE;
	}
	if (key->def && key->def->module)
		return PRESENCE_THERE; /* with the module, which is early */
	if (host->sys >= 0)
		return PRESENCE_MISSING;
	presence = key->def ? presence_by_release(host, key->def) : PRESENCE_THERE;
	if (presence == PRESENCE_UNSURE)
		*reason = "not every kernel has such a key";
	return presence;
}

static int add_lost(struct boot_value *value, size_t claim, const char *why)
{
	struct boot_lost *lost;

	if (value->lost_count == MOST_LOST)
		return 0;
	lost = reallocarray(value->lost, value->lost_count + 1, sizeof(*lost));
	if (!lost)
		return -ENOMEM;
	lost[value->lost_count++] = (struct boot_lost){ claim, why };
	value->lost = lost;
	return 0;
}

static double first_number(const char *held, double otherwise)
{
	return held ? strtod(held, NULL) : otherwise;
}

static const char *held_by(const struct following *following, const char *path)
{
	int64_t key = name_table_find(&following->outcome->paths, path);

	return key == NAME_NONE ? NULL : value_of(following, (size_t)key)->value;
}

/* Would the new value be on the wrong side of a key that limits it? */
static bool breaks_limit(const struct following *following, const char *path,
			 const char *text)
{
	for (size_t i = 0; i < key_limit_count; i++) {
		const struct key_limit *limit = &key_limits[i];

		if (strcmp(path, limit->low) == 0 &&
		    first_number(text, 0) > first_number(held_by(following, limit->high),
							 limit->high_default))
			return true;
		if (strcmp(path, limit->high) == 0 &&
		    first_number(text, 0) < first_number(held_by(following, limit->low),
							 limit->low_default))
			return true;
	}
	return false;
}

/* low and high of one row: the kernel refuses a range that ends before it begins */
static bool is_empty_range(const char *path, const char *text)
{
	const char *blank = strchr(text, ' ');

	return strcmp(path, "net/ipv4/ip_local_port_range") == 0 && blank &&
	       strtod(blank, NULL) < strtod(text, NULL);
}

/* Is the algorithm there, as far as can be seen? */
static enum kernel_answer find_algorithm(const struct boot_host *host, const char *word,
					 const char **reason)
{
	AUTO(text_clear) struct text available = { 0 };
	char module[64], list[64];
	const char *found;

	(void)snprintf(module, sizeof(module), "tcp_%.40s", word);
	(void)snprintf(list, sizeof(list), "%.40s", word);
	if (host->sys >= 0 &&
	    file_read(host->sys, "net/ipv4/tcp_available_congestion_control", LIST_LIMIT,
		      &available) == 0) {
		found = strstr(text_string(&available), list);
		if (found && strchr(" \n", found[strlen(list)]))
			return KERNEL_TAKES;
	}
	if (strcmp(word, "cubic") == 0 || strcmp(word, "reno") == 0)
		return KERNEL_TAKES;
	*reason = "the kernel has no such algorithm, and no module for it";
	if (!modules_may_have(host->modules, module))
		return KERNEL_REFUSES;
	if (host->modules->has_kernel)
		return KERNEL_TAKES;
	*reason = "it needs that algorithm, or a module for it";
	return KERNEL_MAYBE;
}

static enum kernel_answer ask_kernel(struct following *following,
				     const struct boot_key *key, struct slice written,
				     const char *before, const char **reason)
{
	struct text *text = &following->scratch;
	enum kernel_answer answer;

	text_reset(text);
	answer = kernel_value_write(key->def, following->host->release, written, before,
				    text, reason);
	if (answer != KERNEL_TAKES)
		return answer;
	if (strcmp(key->path, "net/ipv4/tcp_congestion_control") == 0)
		return find_algorithm(following->host, text_string(text), reason);
	if (is_empty_range(key->path, text_string(text)) ||
	    breaks_limit(following, key->path, text_string(text))) {
		*reason = "the kernel refuses it beside the key that limits it";
		return KERNEL_REFUSES;
	}
	return KERNEL_TAKES;
}

/* The claim wins for now; what it puts aside has lost. */
static int take_claim(struct following *following, struct boot_value *value, size_t claim,
		      bool is_unknown, const char *reason)
{
	const struct text *text = &following->scratch;
	int r = 0;

	if (value->is_set && !slice_is_equal(claim_of(following, value->claim)->value,
					     claim_of(following, claim)->value))
		r = add_lost(value, value->claim, overridden);
	free(value->value);
	value->value = is_unknown && text->length == 0 ? NULL : strdup(text_string(text));
	if (!value->value && !(is_unknown && text->length == 0))
		return -ENOMEM;
	value->is_set = true;
	value->is_unknown = is_unknown;
	value->is_late = is_unknown && reason == late;
	value->reason = is_unknown ? reason : NULL;
	value->claim = claim;
	return r < 0 ? r : text_check(text);
}

static int follow_write(struct following *following, size_t number)
{
	const struct simulation *simulation =
		&following->outcome->simulations[following->loader];
	const struct boot_write *write = &simulation->writes[number];
	int64_t index = name_table_find(&following->outcome->paths,
					simulation_name(simulation, write->path));
	const char *reason = NULL, *why = NULL;
	enum presence presence = PRESENCE_THERE;
	enum kernel_answer answer;
	struct boot_value *value;

	if (index == NAME_NONE)
		return 0;
	value = value_of(following, (size_t)index);
	if (!write->is_open)
		presence = presence_of(following->host, &following->outcome->keys[index],
				       &reason);
	if (presence == PRESENCE_MISSING)
		return add_lost(value, write->claim, reason);
	answer = ask_kernel(following, &following->outcome->keys[index],
			    claim_of(following, write->claim)->value, value->value, &why);
	if (answer == KERNEL_REFUSES)
		return add_lost(value, write->claim, why);
	following->written[index] = number + 1;
	if (write->is_open)
		reason = "which files the pattern matches there is not known";
	else if (answer == KERNEL_MAYBE)
		reason = why;
	return take_claim(following, value, write->claim,
			  write->is_open || answer == KERNEL_MAYBE ||
				  presence == PRESENCE_UNSURE,
			  reason);
}

/* --- what follows from all writes ----------------------------------------------------
 */

/* Lines that were dropped before they were written. */
static int follow_dropped(struct following *following)
{
	const struct simulation *simulation =
		&following->outcome->simulations[following->loader];
	char path[KEY_PATH_SIZE];
	int r = 0;

	for (size_t i = 0; r == 0 && i < simulation->claim_count; i++) {
		const struct boot_claim *claim = &simulation->claims[i];
		int64_t key;

		if (!claim->is_dropped || claim->is_exclusion || claim->is_pattern ||
		    key_path_resolve(simulation_name(simulation, claim->path), path,
				     sizeof(path)) < 0)
			continue;
		key = name_table_find(&following->outcome->paths, path);
		if (key == NAME_NONE)
			continue;
		if (value_of(following, (size_t)key)->is_set &&
		    slice_is_equal(
			    claim_of(following, value_of(following, (size_t)key)->claim)
				    ->value,
			    claim->value))
			continue;
		r = add_lost(value_of(following, (size_t)key), i, overridden);
	}
	return r;
}

/*
 * conf.default is copied to interfaces whose own key was never written. systemd-sysctl
 * leaves out a write that would change nothing; so a key that it sets to what may be the
 * default is copied over.
 */
static bool is_pinned(const struct following *following, const char *written,
		      const struct boot_key *key)
{
	const char *value = key->values[following->loader].value;

	if (!strstr(written, "/default/"))
		return false;
	if (following->loader == LOADER_PROCPS)
		return true;
	return value && key->def && key->def->initial &&
	       !strstr(key->def->initial, value);
}

/* Keys that a later write to another key changes. */
static void follow_effects(struct following *following)
{
	const struct boot_outcome *outcome = following->outcome;
	size_t effects = 0;

	if (outcome->key_count > MOST_EFFECT_KEYS)
		return;
	for (size_t i = 0; i < outcome->key_count; i++) {
		const char *path = outcome->keys[i].path;

		if (!following->written[i] || !outcome->keys[i].def ||
		    effects == MOST_EFFECTS)
			continue;
		if (!key_write_has_effects(path))
			continue;
		effects++;
		for (size_t k = 0; k < outcome->key_count; k++) {
			struct boot_value *other = value_of(following, k);

			if (following->written[k] == 0 ||
			    following->written[k] > following->written[i] ||
			    !key_write_changes(path, outcome->keys[k].path) ||
			    is_pinned(following, path, &outcome->keys[k]))
				continue;
			other->is_unknown = true;
			other->reason = "a later line for another key changes it too";
		}
	}
}

/* Keys that were asked for, and that only a pattern may set. */
static int follow_patterns(struct following *following)
{
	const struct simulation *simulation =
		&following->outcome->simulations[following->loader];
	size_t wanted = following->outcome->wanted_count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < simulation->write_count; i++) {
		const struct boot_write *write = &simulation->writes[i];
		const char *pattern = simulation_name(simulation, write->path);

		for (size_t k = 0; write->is_open && r == 0 && k < wanted; k++) {
			const struct boot_key *key = &following->outcome->keys[k];
			const char *reason;

			if (name_table_find(&simulation->names, key->path) != NAME_NONE ||
			    !pattern_matches(following->loader, pattern, key->path) ||
			    ask_kernel(following, key,
				       claim_of(following, write->claim)->value, NULL,
				       &reason) != KERNEL_TAKES)
				continue;
			r = take_claim(following, value_of(following, k), write->claim,
				       false, NULL);
		}
	}
	return r;
}

static void hide_secrets(struct boot_outcome *outcome, enum loader loader)
{
	for (size_t i = 0; i < outcome->key_count; i++) {
		struct boot_value *value = &outcome->keys[i].values[loader];

		if (!outcome->keys[i].def || !outcome->keys[i].def->is_secret)
			continue;
		free(value->value);
		value->value = NULL;
		if (value->is_set)
			value->reason = OUTCOME_SECRET;
	}
}

int outcome_follow(const struct boot_host *host, struct boot_outcome *outcome,
		   enum loader loader)
{
	const struct simulation *simulation = &outcome->simulations[loader];
	auto_free size_t *written = calloc(outcome->key_count + 1, sizeof(*written));
	struct following following = {
		.host = host, .outcome = outcome, .loader = loader, .written = written
	};
	int r = written ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < simulation->write_count; i++)
		r = follow_write(&following, i);
	if (r == 0)
		r = follow_dropped(&following);
	if (r == 0)
		r = follow_patterns(&following);
	if (r == 0)
		follow_effects(&following);
	hide_secrets(outcome, loader);
	text_clear(&following.scratch);
	return r;
}

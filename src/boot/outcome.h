/*
 * What the next boot will set: for each key and loader the value that the kernel will
 * hold, the line that it comes from, and the lines that lost.
 */
#pragma once

#include "boot/key_path.h"
#include "boot/kernel_value.h"
#include "boot/module.h"
#include "boot/owner.h"
#include "boot/simulation.h"

/* What is known of the host for which it is asked. */
struct boot_host {
	const struct boot_tree *tree;
	const struct boot_modules *modules;
	const struct boot_owners *owners; /* their keys are keys too; NULL: none */
	int sys;			  /* descriptor of its /proc/sys; -1: not known */
	bool is_live;	  /* sys is of the running kernel, and of this host */
	uint32_t release; /* 0: not known */
};

/* A line that set the key and lost. why: for people, never NULL */
struct boot_lost {
	size_t claim;
	const char *why;
};

/*
 * value:      what the kernel will hold; NULL when nothing sets the key, when it is not
 *             known, and for secrets
 * is_unknown: a line sets it, but what the kernel then holds cannot be known: reason
 * is_late:    is_unknown because the key's module may be loaded after the loader ran
 * claim:      the line that wins, a number in the simulation's claims
 */
struct boot_value {
	char *value;
	bool is_set;
	bool is_unknown;
	bool is_late;
	const char *reason;
	size_t claim;
	struct boot_lost *lost;
	size_t lost_count;
};

/*
 * key:   as people write it; path: below /proc/sys
 * def:   NULL: not in the catalog
 * live:  what the kernel holds now, in the same form as the values; NULL: live_reason
 */
struct boot_key {
	char *key;
	char *path;
	const struct sysctl_def *def;
	char *live;
	const char *live_reason;
	struct boot_value values[LOADER_COUNT];
};

struct boot_outcome {
	struct simulation simulations[LOADER_COUNT];
	struct boot_key *keys;
	size_t key_count;
	size_t wanted_count;	 /* of the keys, from the first */
	struct name_table paths; /* the same numbers as keys, while they are built */
};

/*
 * Follow both loaders for all keys that files set, in order of name; with wanted keys,
 * for those alone, whether or not a file sets them.
 *
 * wanted: keys as people write them; count 0: all
 * Fails:  -EINVAL a wanted key that is none, with the reason; -ENOMEM; -EFBIG
 */
MUST_CHECK int outcome_build(const struct boot_host *host, char *const *wanted,
			     size_t wanted_count, struct boot_outcome *ret,
			     struct error *err);
void outcome_clear(struct boot_outcome *outcome);

/* Does the live value differ from what a loader will set? False where not known. */
bool outcome_has_drifted(const struct boot_key *key, enum loader loader);

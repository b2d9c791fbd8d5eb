/*
 * What a loader does with a host's files: each write that it tries, in its order. Nothing
 * of the kernel is touched, and what the kernel makes of a write is not known here.
 */
#pragma once

#include "boot/name_table.h"
#include "boot/statement.h"
#include "boot/tree.h"

/*
 * One line that sets keys, or keeps patterns from setting one.
 *
 * path:   as the loader compares it, a number in names; a pattern is a path too
 * file:   number in the tree
 * is_dropped: a later line took its place, or it is a repetition, or an exclusion came
 *         behind it, so that it writes nothing
 */
struct boot_claim {
	size_t path;
	struct slice value;
	size_t file;
	unsigned line;
	bool is_exclusion;
	bool is_pattern;
	bool ignores_failure;
	bool is_dropped;
};

/*
 * One write. path: of the file below /proc/sys, a number in names; where the kernel's
 * files are not known, the write of a pattern has the pattern itself and is_open.
 */
struct boot_write {
	size_t path;
	size_t claim;
	bool is_open;
};

/* names: every path and pattern. claims: in the order of files and lines. */
struct simulation {
	enum loader loader;
	struct name_table names;
	struct boot_claim *claims;
	size_t claim_count, claim_capacity;
	struct boot_write *writes;
	size_t write_count, write_capacity;
};

/*
 * tree:   must stay as long as the simulation: values point into it
 * sys:    descriptor of the folder of sysctls, for patterns; -1: not known
 * Fails:  -ENOMEM; -EFBIG
 */
MUST_CHECK int simulation_run(const struct boot_tree *tree, enum loader loader, int sys,
			      struct simulation *ret, struct error *err);
void simulation_clear(struct simulation *simulation);

/* The text of a path or pattern. */
const char *simulation_name(const struct simulation *simulation, size_t path);

#include "boot/simulation.h"

#include "boot/key_path.h"
#include "boot/pattern.h"

#include <errno.h>

enum { MOST_CLAIMS = 16 * 1024 * 1024, MOST_WRITES = 16 * 1024 * 1024 };

/*
 * State of one run. systemd-sysctl keeps one line for each path, the last, at the place
 * where its value came first: last is the claim of each name, NO_CLAIM for none. procps
 * keeps every line.
 */
struct run {
	const struct boot_tree *tree;
	struct simulation *simulation;
	size_t *last;
	size_t last_count;
	int sys;
	size_t claim; /* whose pattern is being expanded */
};

#define NO_CLAIM SIZE_MAX

const char *simulation_name(const struct simulation *simulation, size_t path)
{
	return simulation->names.names[path];
}

static int grow(void **array, size_t *capacity, size_t count, size_t size, size_t most)
{
	size_t wanted = *capacity ? *capacity * 2 : 64;
	void *grown;

	if (count < *capacity)
		return 0;
	if (count >= most)
		return -EFBIG;
	grown = reallocarray(*array, wanted, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = wanted;
	return 0;
}

static int add_claim(struct simulation *simulation, const struct boot_claim *claim)
{
	void *claims = simulation->claims;
	int r = grow(&claims, &simulation->claim_capacity, simulation->claim_count,
		     sizeof(*claim), MOST_CLAIMS);

	simulation->claims = claims;
	if (r == 0)
		simulation->claims[simulation->claim_count++] = *claim;
	return r;
}

static int add_write(struct simulation *simulation, size_t path, size_t claim,
		     bool is_open)
{
	void *writes = simulation->writes;
	int r = grow(&writes, &simulation->write_capacity, simulation->write_count,
		     sizeof(*simulation->writes), MOST_WRITES);

	simulation->writes = writes;
	if (r == 0)
		simulation->writes[simulation->write_count++] =
			(struct boot_write){ path, claim, is_open };
	return r;
}

/* Room for the last claim of every name so far. */
static int reserve_last(struct run *run)
{
	size_t wanted = run->simulation->names.capacity;
	size_t *last;

	if (run->last_count >= wanted)
		return 0;
	last = reallocarray(run->last, wanted, sizeof(*last));
	if (!last)
		return -ENOMEM;
	for (size_t i = run->last_count; i < wanted; i++)
		last[i] = NO_CLAIM;
	run->last = last;
	run->last_count = wanted;
	return 0;
}

/*
 * A line for a path that has one already: the same value stays where it is, another one
 * goes to the end. An exclusion is a value of its own.
 */
static void replace_last(struct run *run, struct boot_claim *claim)
{
	struct simulation *simulation = run->simulation;
	size_t *last = &run->last[claim->path];
	struct boot_claim *before = *last == NO_CLAIM ? NULL : &simulation->claims[*last];

	if (before && before->is_exclusion == claim->is_exclusion &&
	    (claim->is_exclusion || slice_is_equal(before->value, claim->value))) {
		before->ignores_failure |= claim->ignores_failure;
		claim->is_dropped = true;
		return;
	}
	if (before)
		before->is_dropped = true;
	*last = simulation->claim_count;
}

static int take_statement(struct run *run, size_t file, const struct statement *statement)
{
	struct simulation *simulation = run->simulation;
	char path[KEY_PATH_SIZE];
	struct boot_claim claim = {
		.value = statement->value,
		.file = file,
		.line = statement->line,
		.is_exclusion = statement->kind == STATEMENT_EXCLUSION,
		.ignores_failure = statement->ignores_failure,
	};
	int64_t number;
	int r;

	if (statement->kind == STATEMENT_BROKEN ||
	    statement_path(simulation->loader, statement->key, path, sizeof(path)) < 0)
		return 0;
	number = name_table_add(&simulation->names, path);
	if (number < 0)
		return (int)number;
	claim.path = (size_t)number;
	claim.is_pattern = key_path_is_pattern(path);
	r = reserve_last(run);
	if (r < 0)
		return r;
	if (simulation->loader == LOADER_SYSTEMD)
		replace_last(run, &claim);
	else
		run->last[claim.path] = simulation->claim_count;
	return add_claim(simulation, &claim);
}

static int take_file(struct run *run, size_t index)
{
	const struct boot_file *file = &run->tree->files[index];
	const char *data = text_string(&file->data);
	struct statement_reader reader = {
		.loader = run->simulation->loader,
		.at = data,
		.end = data + file->data.length,
	};
	struct statement statement;
	int r = 0;

	while (r == 0 && statement_next(&reader, &statement))
		r = take_statement(run, index, &statement);
	return r;
}

/* Has a line, of any file, this very path? Then no pattern sets it. */
static bool is_named(const struct run *run, const char *path)
{
	int64_t number = name_table_find(&run->simulation->names, path);

	return number != NAME_NONE && (size_t)number < run->last_count &&
	       run->last[number] != NO_CLAIM;
}

static int write_match(void *data, const char *path)
{
	struct run *run = data;
	char resolved[KEY_PATH_SIZE];
	int64_t number;

	/* the loaders compare the spelling of the pattern, whatever file it is */
	if (is_named(run, path) || key_path_resolve(path, resolved, sizeof(resolved)) < 0)
		return 0;
	number = name_table_add(&run->simulation->names, resolved);
	if (number < 0)
		return (int)number;
	return add_write(run->simulation, (size_t)number, run->claim, false);
}

static int write_pattern(struct run *run, const struct boot_claim *claim)
{
	auto_free char *pattern = strdup(simulation_name(run->simulation, claim->path));
	int r = -E2BIG;

	if (!pattern)
		return -ENOMEM;
	if (run->sys >= 0)
		r = pattern_expand(run->simulation->loader, run->sys, pattern,
				   write_match, run);
	if (r == -E2BIG)
		return add_write(run->simulation, claim->path, run->claim, true);
	return r == -EIO ? 0 : r;
}

static bool has_parent_part(const char *path)
{
	for (; *path; path += strcspn(path, "/"), path += *path == '/') {
		if (strncmp(path, "..", 2) == 0 && (path[2] == '/' || path[2] == '\0'))
			return true;
	}
	return false;
}

/* The path of a line that is no pattern, in the one spelling that the kernel has. */
static int write_one(struct run *run, const struct boot_claim *claim)
{
	const char *path = simulation_name(run->simulation, claim->path);
	char resolved[KEY_PATH_SIZE];
	int64_t number;

	/* systemd-sysctl does not write a path with ".." */
	if (run->simulation->loader == LOADER_SYSTEMD && has_parent_part(path))
		return 0;
	if (key_path_resolve(path, resolved, sizeof(resolved)) < 0)
		return 0;
	number = name_table_add(&run->simulation->names, resolved);
	if (number < 0)
		return (int)number;
	return add_write(run->simulation, (size_t)number, run->claim, false);
}

static int write_all(struct run *run)
{
	struct simulation *simulation = run->simulation;
	int r = 0;

	for (size_t i = 0; r == 0 && i < simulation->claim_count; i++) {
		const struct boot_claim *claim = &simulation->claims[i];

		if (claim->is_exclusion || claim->is_dropped)
			continue;
		run->claim = i;
		r = claim->is_pattern ? write_pattern(run, claim) : write_one(run, claim);
	}
	return r;
}

int simulation_run(const struct boot_tree *tree, enum loader loader, int sys,
		   struct simulation *ret, struct error *err)
{
	AUTO(simulation_clear) struct simulation simulation = { .loader = loader };
	struct run run = { .tree = tree, .simulation = &simulation, .sys = sys };
	int r = 0;

	for (size_t i = 0; r == 0 && i < tree->order_count[loader]; i++)
		r = take_file(&run, tree->order[loader][i]);
	if (r == 0)
		r = write_all(&run);
	free(run.last);
	if (r == -EFBIG)
		return error_set(err, r, "the sysctl files set more keys than any host");
	if (r < 0)
		return error_set(err, r, "cannot follow %s: %s", loader_name(loader),
				 strerror(-r));
	*ret = simulation;
	simulation = (struct simulation){ 0 };
	return 0;
}

void simulation_clear(struct simulation *simulation)
{
	name_table_clear(&simulation->names);
	free(simulation->claims);
	free(simulation->writes);
	*simulation = (struct simulation){ 0 };
}

/* Several profiles compared with one host; of two that want a key, the later wins. */
#pragma once

#include "profile/profile.h"
#include "rules/finding.h"

/* One profile and what it comes to here. */
struct stacked_profile {
	struct profile profile;
	struct comparison_list comparisons;
};

/* A key, and the profile whose wish counts. */
struct stacked_row {
	const struct stacked_profile *from;
	const struct comparison *comparison;
};

/*
 * Zeroed is empty. rows: each key once, in the order of the profiles; empty before
 * profile_stack_compare().
 */
struct profile_stack {
	struct stacked_profile *profiles;
	size_t count;
	struct stacked_row *rows;
	size_t row_count;
};

/* Fails: as profile_load() */
MUST_CHECK int profile_stack_load(const char *const *names, size_t count,
				  struct profile_stack *ret, struct error *err);
void profile_stack_clear(struct profile_stack *stack);

MUST_CHECK int profile_stack_add_needs(const struct profile_stack *stack,
				       struct needs *needs, struct error *err);

/*
 * parameters: each goes to the profiles that have a parameter of its name
 * Fails:      -EINVAL a parameter that none of them has; as profile_compare()
 */
MUST_CHECK int profile_stack_compare(struct profile_stack *stack,
				     struct evidence *evidence,
				     const struct profile_parameter *parameters,
				     size_t parameter_count, struct error *err);

/*
 * The thresholds that the profiles override, each once. The caller frees the array; the
 * texts in it belong to the stack.
 */
MUST_CHECK int profile_stack_thresholds(const struct profile_stack *stack,
					struct threshold_override **ret,
					size_t *ret_count);

/* How many keys have this verdict. */
size_t profile_stack_tally(const struct profile_stack *stack,
			   enum wanted_verdict verdict);

#include "report/profile_stack.h"

#include <errno.h>
#include <string.h>

int profile_stack_load(const char *const *names, size_t count, struct profile_stack *ret,
		       struct error *err)
{
	AUTO(profile_stack_clear) struct profile_stack stack = { 0 };

	if (count == 0)
		return 0;
	stack.profiles = calloc(count, sizeof(*stack.profiles));
	if (!stack.profiles)
		return error_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		int r = profile_load(names[i], &stack.profiles[i].profile, err);

		if (r < 0)
			return r;
		stack.count++;
	}
	*ret = stack;
	stack = (struct profile_stack){ 0 };
	return 0;
}

void profile_stack_clear(struct profile_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		comparison_list_clear(&stack->profiles[i].comparisons);
		profile_clear(&stack->profiles[i].profile);
	}
	free(stack->profiles);
	free(stack->rows);
	*stack = (struct profile_stack){ 0 };
}

int profile_stack_add_needs(const struct profile_stack *stack, struct needs *needs,
			    struct error *err)
{
	for (size_t i = 0; i < stack->count; i++) {
		int r = profile_add_needs(&stack->profiles[i].profile, needs, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool has_parameter(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->parameter_count; i++) {
		if (strcmp(profile->parameters[i].name, name) == 0)
			return true;
	}
	return false;
}

static int check_parameter(const struct profile_stack *stack, const char *name,
			   struct error *err)
{
	for (size_t i = 0; i < stack->count; i++) {
		if (has_parameter(&stack->profiles[i].profile, name))
			return 0;
	}
	return error_set(err, -EINVAL, "no profile given has a parameter '%s'", name);
}

static int compare_one(struct stacked_profile *stacked, struct evidence *evidence,
		       const struct profile_parameter *parameters, size_t parameter_count,
		       struct error *err)
{
	auto_free struct profile_parameter *own =
		calloc(parameter_count + 1, sizeof(*own));
	size_t own_count = 0;

	if (!own)
		return error_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < parameter_count; i++) {
		if (has_parameter(&stacked->profile, parameters[i].name))
			own[own_count++] = parameters[i];
	}
	return profile_compare(&stacked->profile, evidence, own, own_count,
			       &stacked->comparisons, err);
}

static struct stacked_row *find_row(struct profile_stack *stack, const char *key)
{
	for (size_t i = 0; i < stack->row_count; i++) {
		if (strcmp(stack->rows[i].comparison->wanted->key, key) == 0)
			return &stack->rows[i];
	}
	return NULL;
}

/* Put the comparisons of one profile over those of the ones before it. */
static void lay_over(struct profile_stack *stack, const struct stacked_profile *profile)
{
	for (size_t i = 0; i < profile->comparisons.count; i++) {
		const struct comparison *comparison = &profile->comparisons.rows[i];
		struct stacked_row *row = find_row(stack, comparison->wanted->key);

		if (!row)
			row = &stack->rows[stack->row_count++];
		*row = (struct stacked_row){ profile, comparison };
	}
}

static int build_rows(struct profile_stack *stack, struct error *err)
{
	size_t most = 1;

	for (size_t i = 0; i < stack->count; i++)
		most += stack->profiles[i].comparisons.count;
	stack->rows = calloc(most, sizeof(*stack->rows));
	if (!stack->rows)
		return error_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < stack->count; i++)
		lay_over(stack, &stack->profiles[i]);
	return 0;
}

/* What was compared before, with another place. */
static void forget(struct profile_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		comparison_list_clear(&stack->profiles[i].comparisons);
	free(stack->rows);
	stack->rows = NULL;
	stack->row_count = 0;
}

int profile_stack_compare(struct profile_stack *stack, struct evidence *evidence,
			  const struct profile_parameter *parameters,
			  size_t parameter_count, struct error *err)
{
	int r;

	forget(stack);
	for (size_t i = 0; i < parameter_count; i++) {
		r = check_parameter(stack, parameters[i].name, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < stack->count; i++) {
		r = compare_one(&stack->profiles[i], evidence, parameters,
				parameter_count, err);
		if (r < 0) {
			error_prefix(err, "profile '%s'",
				     stack->profiles[i].profile.name);
			return r;
		}
	}
	return build_rows(stack, err);
}

/* Replace the value of a threshold that is in the array, or add it; the new count. */
static size_t put_threshold(struct threshold_override *thresholds, size_t count,
			    const struct profile_threshold *threshold)
{
	size_t at = 0;

	while (at < count && (strcmp(thresholds[at].rule, threshold->rule) != 0 ||
			      strcmp(thresholds[at].name, threshold->name) != 0))
		at++;
	thresholds[at] = (struct threshold_override){
		.rule = threshold->rule,
		.name = threshold->name,
		.value = threshold->value,
	};
	return at < count ? count : count + 1;
}

int profile_stack_thresholds(const struct profile_stack *stack,
			     struct threshold_override **ret, size_t *ret_count)
{
	struct threshold_override *thresholds;
	size_t most = 1, count = 0;

	for (size_t i = 0; i < stack->count; i++)
		most += stack->profiles[i].profile.threshold_count;
	thresholds = calloc(most, sizeof(*thresholds));
	if (!thresholds)
		return -ENOMEM;
	for (size_t i = 0; i < stack->count; i++) {
		const struct profile *profile = &stack->profiles[i].profile;

		for (size_t j = 0; j < profile->threshold_count; j++)
			count = put_threshold(thresholds, count, &profile->thresholds[j]);
	}
	*ret = thresholds;
	*ret_count = count;
	return 0;
}

size_t profile_stack_tally(const struct profile_stack *stack, enum wanted_verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < stack->row_count; i++)
		count += stack->rows[i].comparison->verdict == verdict;
	return count;
}

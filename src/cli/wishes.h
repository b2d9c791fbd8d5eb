/* What `tcptune apply` is asked to bring about: profiles, findings and single keys. */
#pragma once

#include "base/kernel.h"
#include "plan/plan.h"
#include "report/profile_stack.h"
#include "rules/finding.h"
#include "rules/waiver.h"

/*
 * Zeroed is empty. sets, fixes: profiles of nothing but wanted rows. rules: only those
 * that are to be fixed, copies of rows of all_rules. requests: in the order in which
 * later ones count more; they point into the rest.
 */
struct wishes {
	struct profile_stack stack;
	const struct profile_parameter *parameters;
	size_t parameter_count;
	struct profile sets, fixes;
	struct rule_list all_rules, rules;
	struct waiver_list waivers;
	struct verdict verdict;
	struct comparison_list set_comparisons, fix_comparisons;
	struct plan_request *requests;
	char **origins;
	size_t request_count;
};

/*
 * Load profiles and rules.
 *
 * sets:   "KEY=VALUE" of sysctls
 * fixes:  ids of rules
 * Fails:  as profile_load(), wish_add(); -EINVAL an unknown rule, with the nearest
 */
MUST_CHECK int wishes_load(const char *const *profiles, size_t profile_count,
			   const char *const *sets, size_t set_count,
			   const char *const *fixes, size_t fix_count, struct wishes *ret,
			   struct error *err);
void wishes_clear(struct wishes *wishes);

/* Ask for all that the wishes and the plan look at. */
MUST_CHECK int wishes_add_needs(const struct wishes *wishes,
				const struct interfaces *interfaces, struct needs *needs,
				struct error *err);

/*
 * Compare with the latest sample; fills the requests.
 *
 * missing: called for a finding that is to be fixed and is not there, or has no sysctl
 */
MUST_CHECK int wishes_compare(struct wishes *wishes, struct evidence *evidence,
			      const struct kernel *kernel,
			      void (*missing)(const char *rule, const char *why),
			      struct error *err);

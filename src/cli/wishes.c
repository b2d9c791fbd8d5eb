#include "cli/wishes.h"

#include "apply/door.h"
#include "base/nearest.h"
#include "plan/wish.h"

#include <errno.h>
#include <time.h>

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

/* --- loading ---------------------------------------------------------------------- */

static int add_set(struct wishes *wishes, const char *text, struct error *err)
{
	const char *equals = strchr(text, '=');
	auto_free char *key = equals ? strndup(text, (size_t)(equals - text)) : NULL;

	if (!equals)
		return error_set(err, -EINVAL, "--set: '%s' is not KEY=VALUE", text);
	return key ? wish_add(&wishes->sets, key, equals + 1, "--set", NULL, true, err)
		   : no_memory(err);
}

static int find_rule(const struct rule_list *rules, const char *id,
		     const struct rule **ret, struct error *err)
{
	const struct rule *rule = rules_find(rules, id);
	struct nearest nearest = { .word = id };

	for (size_t i = 0; !rule && i < rules->count; i++)
		nearest_offer(&nearest, rules->rules[i].id);
	if (!rule)
		return error_set(err, -EINVAL, "--fix: no finding is called '%s'%s%s%s",
				 id, nearest.name ? "; the nearest is '" : "",
				 nearest.name ? nearest.name : "",
				 nearest.name ? "'" : "");
	if (rule->problem)
		return error_set(err, -EINVAL, "--fix: rule '%s' cannot run: %s", id,
				 rule->problem);
	*ret = rule;
	return 0;
}

static int load_rules(struct wishes *wishes, const char *const *fixes, size_t count,
		      struct error *err)
{
	int r = count > 0 ? rules_load(NULL, &wishes->all_rules, err) : 0;

	if (r == 0 && count > 0)
		r = waivers_load(WAIVER_FILE, time(NULL), &wishes->waivers, err);
	wishes->rules.rules = calloc(count + 1, sizeof(*wishes->rules.rules));
	if (!wishes->rules.rules)
		return no_memory(err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct rule *rule = NULL;

		r = find_rule(&wishes->all_rules, fixes[i], &rule, err);
		if (r == 0)
			wishes->rules.rules[wishes->rules.count++] = *rule;
	}
	return r;
}

int wishes_load(const char *const *profiles, size_t profile_count,
		const char *const *sets, size_t set_count, const char *const *fixes,
		size_t fix_count, struct wishes *ret, struct error *err)
{
	AUTO(wishes_clear) struct wishes wishes = { 0 };
	int r = profile_stack_load(profiles, profile_count, &wishes.stack, err);

	for (size_t i = 0; r == 0 && i < set_count; i++)
		r = add_set(&wishes, sets[i], err);
	if (r == 0)
		r = load_rules(&wishes, fixes, fix_count, err);
	if (r < 0)
		return r;
	*ret = wishes;
	wishes = (struct wishes){ 0 };
	return 0;
}

void wishes_clear(struct wishes *wishes)
{
	for (size_t i = 0; i < wishes->request_count; i++)
		free(wishes->origins[i]);
	free(wishes->origins);
	free(wishes->requests);
	comparison_list_clear(&wishes->set_comparisons);
	comparison_list_clear(&wishes->fix_comparisons);
	verdict_clear(&wishes->verdict);
	waivers_clear(&wishes->waivers);
	free(wishes->rules.rules); /* the rows belong to all_rules */
	rules_clear(&wishes->all_rules);
	profile_clear(&wishes->sets);
	profile_clear(&wishes->fixes);
	profile_stack_clear(&wishes->stack);
	*wishes = (struct wishes){ 0 };
}

/* --- needs ------------------------------------------------------------------------ */

static int add_profile_needs(const struct profile *profile,
			     const struct interfaces *interfaces, struct needs *needs,
			     struct error *err)
{
	int r = profile_add_needs(profile, needs, err);

	for (size_t i = 0; r == 0 && i < profile->wanted_count; i++)
		r = plan_add_needs(profile->wanted[i].key, interfaces, needs, err);
	return r;
}

static int add_rule_needs(const struct wishes *wishes,
			  const struct interfaces *interfaces, struct needs *needs,
			  struct error *err)
{
	int r = rules_add_needs(&wishes->rules, needs, err);

	for (size_t i = 0; i < wishes->rules.count; i++) {
		const struct rule *rule = &wishes->rules.rules[i];

		for (size_t j = 0; r == 0 && j < rule->set_count; j++)
			r = plan_add_needs(rule->sets[j].key, interfaces, needs, err);
	}
	return r;
}

int wishes_add_needs(const struct wishes *wishes, const struct interfaces *interfaces,
		     struct needs *needs, struct error *err)
{
	int r = add_rule_needs(wishes, interfaces, needs, err);

	for (size_t i = 0; r == 0 && i < wishes->stack.count; i++)
		r = add_profile_needs(&wishes->stack.profiles[i].profile, interfaces,
				      needs, err);
	if (r == 0)
		r = add_profile_needs(&wishes->sets, interfaces, needs, err);
	needs_finish(needs);
	return r;
}

/* --- comparing -------------------------------------------------------------------- */

static int add_fixes(struct wishes *wishes, const struct rule *rule, bool *ret_has,
		     struct error *err)
{
	char source[128];
	int r = 0;

	(void)snprintf(source, sizeof(source), "finding %s", rule->id);
	for (size_t i = 0; r == 0 && i < wishes->verdict.finding_count; i++) {
		const struct finding *finding = &wishes->verdict.findings[i];

		for (size_t j = 0; r == 0 && finding->rule == rule &&
				   !finding->waived_by && j < finding->set_count;
		     j++) {
			r = wish_add(&wishes->fixes, finding->sets[j].key,
				     finding->sets[j].value, source, finding->says, false,
				     err);
			*ret_has = true;
		}
	}
	return r;
}

static const char *why_missing(const struct wishes *wishes, const struct rule *rule)
{
	for (size_t i = 0; i < wishes->verdict.unknown_count; i++) {
		if (wishes->verdict.unknowns[i].rule == rule)
			return wishes->verdict.unknowns[i].reason;
	}
	for (size_t i = 0; i < wishes->verdict.finding_count; i++) {
		const struct finding *finding = &wishes->verdict.findings[i];

		if (finding->rule == rule && finding->waived_by)
			return "it is waived";
		if (finding->rule == rule)
			return "no sysctl helps: see 'tcptune explain'";
	}
	return "audit does not find it now";
}

static int find_fixes(struct wishes *wishes, struct evidence *evidence,
		      void (*missing)(const char *rule, const char *why),
		      struct error *err)
{
	auto_free struct threshold_override *thresholds = NULL;
	size_t threshold_count = 0;
	int r;

	if (wishes->rules.count == 0)
		return 0;
	r = profile_stack_thresholds(&wishes->stack, &thresholds, &threshold_count);
	if (r == 0)
		r = rules_run(&wishes->rules, evidence, thresholds, threshold_count,
			      &wishes->waivers, &wishes->verdict, err);
	for (size_t i = 0; r == 0 && i < wishes->rules.count; i++) {
		const struct rule *rule = &wishes->rules.rules[i];
		bool has = false;

		r = add_fixes(wishes, rule, &has, err);
		if (r == 0 && !has)
			missing(rule->id, why_missing(wishes, rule));
	}
	return r;
}

static int add_request(struct wishes *wishes, const struct comparison *comparison,
		       const char *kind, const char *name, const struct kernel *kernel)
{
	struct plan_request *request = &wishes->requests[wishes->request_count];
	char *origin = NULL;

	if (asprintf(&origin, "%s%s%s", kind, name[0] ? " " : "", name) < 0)
		return -ENOMEM;
	wishes->origins[wishes->request_count++] = origin;
	*request = (struct plan_request){
		.comparison = comparison,
		.origin = origin,
		.is_locked = door_is_locked(kernel, comparison->wanted->key),
	};
	return 0;
}

static int add_requests(struct wishes *wishes, const struct kernel *kernel)
{
	size_t most = wishes->stack.row_count + wishes->set_comparisons.count +
		      wishes->fix_comparisons.count;
	int r = 0;

	wishes->requests = calloc(most + 1, sizeof(*wishes->requests));
	wishes->origins = calloc(most + 1, sizeof(*wishes->origins));
	if (!wishes->requests || !wishes->origins)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < wishes->stack.row_count; i++)
		r = add_request(wishes, wishes->stack.rows[i].comparison, "profile",
				wishes->stack.rows[i].from->profile.name, kernel);
	for (size_t i = 0; r == 0 && i < wishes->fix_comparisons.count; i++)
		r = add_request(wishes, &wishes->fix_comparisons.rows[i],
				wishes->fix_comparisons.rows[i].wanted->file, "", kernel);
	for (size_t i = 0; r == 0 && i < wishes->set_comparisons.count; i++)
		r = add_request(wishes, &wishes->set_comparisons.rows[i], "--set", "",
				kernel);
	return r;
}

int wishes_compare(struct wishes *wishes, struct evidence *evidence,
		   const struct kernel *kernel,
		   void (*missing)(const char *rule, const char *why), struct error *err)
{
	int r = profile_stack_compare(&wishes->stack, evidence, wishes->parameters,
				      wishes->parameter_count, err);

	if (r == 0)
		r = find_fixes(wishes, evidence, missing, err);
	if (r == 0)
		r = profile_compare(&wishes->fixes, evidence, NULL, 0,
				    &wishes->fix_comparisons, err);
	if (r == 0)
		r = profile_compare(&wishes->sets, evidence, NULL, 0,
				    &wishes->set_comparisons, err);
	if (r == 0 && add_requests(wishes, kernel) < 0)
		r = no_memory(err);
	return r;
}

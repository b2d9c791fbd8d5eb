/* Which finding explains which, so that one trouble is told once. */
#include "rules/verdict.h"

#include <errno.h>
#include <string.h>

static const char *find_fact(const struct finding *finding, const char *name)
{
	for (size_t i = 0; i < finding->fact_count; i++)
		if (strcmp(finding->facts[i].name, name) == 0)
			return finding->facts[i].value;
	return NULL;
}

/* What may be long over explains nothing that is so now. */
static bool is_cause(const struct rule_cause *cause, const struct finding *candidate,
		     const struct finding *finding)
{
	const char *its, *ours;

	if (strcmp(cause->id, candidate->rule->id) != 0 ||
	    (candidate->is_history && !finding->is_history))
		return false;
	if (!cause->column)
		return true;
	its = find_fact(candidate, cause->column);
	ours = find_fact(finding, cause->column);
	return its && ours && strcmp(its, ours) == 0;
}

/* Follow the causes to the one that nothing explains. */
static size_t find_root(const size_t *causes, size_t index)
{
	while (causes[index] != index)
		index = causes[index];
	return index;
}

/* The index of the finding that explains one; its own when there is none. */
static size_t find_cause(const struct verdict *verdict, const size_t *causes,
			 size_t index)
{
	const struct finding *finding = &verdict->findings[index];

	for (size_t i = 0; i < finding->rule->cause_count; i++) {
		for (size_t at = 0; at < verdict->finding_count; at++) {
			if (is_cause(&finding->rule->causes[i], &verdict->findings[at],
				     finding) &&
			    find_root(causes, at) != index)
				return at;
		}
	}
	return index;
}

int verdict_link_causes(struct verdict *verdict)
{
	auto_free size_t *causes = calloc(verdict->finding_count + 1, sizeof(*causes));

	if (!causes)
		return -ENOMEM;
	for (size_t i = 0; i < verdict->finding_count; i++)
		causes[i] = i;
	for (size_t i = 0; i < verdict->finding_count; i++)
		causes[i] = find_cause(verdict, causes, i);
	for (size_t i = 0; i < verdict->finding_count; i++) {
		const struct finding *root = &verdict->findings[find_root(causes, i)];

		if (causes[i] == i)
			continue;
		verdict->findings[i].cause =
			(struct finding_cause){ root->rule, root->subject };
		verdict->findings[i].severity = SEVERITY_INFO;
	}
	return 0;
}

/* A subject is a string of its own, so it tells findings of one rule apart. */
bool finding_explains(const struct finding *cause, const struct finding *finding)
{
	return finding->cause.rule && finding->cause.rule == cause->rule &&
	       finding->cause.subject == cause->subject;
}

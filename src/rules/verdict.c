#include "rules/verdict.h"

#include "rules/safe_text.h"

#include <errno.h>

/*
 * Room for one more at the end of an array that doubles: an array of count elements is
 * full where count is a power of two. NULL: out of memory, and the array is as it was.
 */
static void *grow(void *array, size_t count, size_t bytes)
{
	if (count & (count - 1))
		return array;
	return realloc(array, (count ? 2 * count : 1) * bytes);
}

int verdict_add_finding(struct verdict *verdict, struct finding *finding)
{
	struct finding *grown =
		grow(verdict->findings, verdict->finding_count, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	verdict->findings = grown;
	grown[verdict->finding_count++] = *finding;
	*finding = (struct finding){ 0 };
	return 0;
}

int verdict_add_unknown(struct verdict *verdict, const struct rule *rule,
			const char *reason)
{
	AUTO(text_clear) struct text safe = { 0 };
	struct cannot_tell *grown =
		grow(verdict->unknowns, verdict->unknown_count, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	verdict->unknowns = grown;
	safe_text_add(&safe, reason);
	if (!safe.data)
		safe.data = strdup("");
	if (text_check(&safe) < 0 || !safe.data)
		return -ENOMEM;
	grown[verdict->unknown_count++] = (struct cannot_tell){
		.rule = rule,
		.reason = TAKE(safe.data),
	};
	return 0;
}

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	int order = (int)b->severity - (int)a->severity;

	if (order == 0)
		order = strcmp(a->rule->id, b->rule->id);
	return order ? order : strcmp(a->subject, b->subject);
}

static int compare_unknowns(const void *left, const void *right)
{
	const struct cannot_tell *a = left, *b = right;
	int order = strcmp(a->rule->id, b->rule->id);

	return order ? order : strcmp(a->reason, b->reason);
}

void verdict_sort(struct verdict *verdict)
{
	if (verdict->finding_count)
		qsort(verdict->findings, verdict->finding_count,
		      sizeof(*verdict->findings), compare_findings);
	if (verdict->unknown_count)
		qsort(verdict->unknowns, verdict->unknown_count,
		      sizeof(*verdict->unknowns), compare_unknowns);
}

void verdict_clear(struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		finding_clear(&verdict->findings[i]);
	free(verdict->findings);
	for (size_t i = 0; i < verdict->unknown_count; i++)
		free(verdict->unknowns[i].reason);
	free(verdict->unknowns);
	*verdict = (struct verdict){ 0 };
}

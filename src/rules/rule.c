#include "rules/rule.h"

#include <errno.h>
#include <string.h>

static const char *const severity_names[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};

static const char *const remedy_names[] = {
	[REMEDY_NONE] = "none",
	[REMEDY_SYSCTL] = "sysctl",
	[REMEDY_PROGRAM] = "program",
	[REMEDY_NETWORK] = "network",
};

static const char *const judges_names[] = {
	[JUDGES_NOW] = "now",
	[JUDGES_CHANGE] = "change",
};

static const char *const confidence_names[] = {
	[CONFIDENCE_LOW] = "low",
	[CONFIDENCE_MEDIUM] = "medium",
	[CONFIDENCE_HIGH] = "high",
};

static int find_name(const char *const *names, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], text) == 0)
			return (int)i;
	return -EINVAL;
}

const char *severity_text(enum severity severity)
{
	return severity_names[severity];
}

const char *remedy_text(enum remedy remedy)
{
	return remedy_names[remedy];
}

const char *judges_text(enum rule_judges judges)
{
	return judges_names[judges];
}

const char *confidence_text(enum confidence confidence)
{
	return confidence_names[confidence];
}

int severity_parse(const char *text, enum severity *ret)
{
	int index = find_name(severity_names, ARRAY_SIZE(severity_names), text);

	if (index < 0)
		return index;
	*ret = (enum severity)index;
	return 0;
}

int remedy_parse(const char *text, enum remedy *ret)
{
	int index = find_name(remedy_names, ARRAY_SIZE(remedy_names), text);

	if (index < 0)
		return index;
	*ret = (enum remedy)index;
	return 0;
}

int judges_parse(const char *text, enum rule_judges *ret)
{
	int index = find_name(judges_names, ARRAY_SIZE(judges_names), text);

	if (index < 0)
		return index;
	*ret = (enum rule_judges)index;
	return 0;
}

int confidence_parse(const char *text, enum confidence *ret)
{
	int index = find_name(confidence_names, ARRAY_SIZE(confidence_names), text);

	if (index < 0)
		return index;
	*ret = (enum confidence)index;
	return 0;
}

const struct rule_threshold *rule_find_threshold(const struct rule *rule,
						 const char *name, size_t length)
{
	for (size_t i = 0; i < rule->threshold_count; i++) {
		const struct rule_threshold *threshold = &rule->thresholds[i];

		if (strncmp(threshold->name, name, length) == 0 &&
		    threshold->name[length] == '\0')
			return threshold;
	}
	return NULL;
}

static void clear_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void clear_thresholds(struct rule *rule)
{
	for (size_t i = 0; i < rule->threshold_count; i++) {
		free(rule->thresholds[i].name);
		free(rule->thresholds[i].text);
	}
	free(rule->thresholds);
}

static void clear_sets(struct rule *rule)
{
	for (size_t i = 0; i < rule->set_count; i++) {
		free(rule->sets[i].key);
		free(rule->sets[i].value);
	}
	free(rule->sets);
}

static void clear_causes(struct rule *rule)
{
	for (size_t i = 0; i < rule->cause_count; i++) {
		free(rule->causes[i].id);
		free(rule->causes[i].column);
	}
	free(rule->causes);
}

static void free_members(struct rule *rule)
{
	free(rule->id);
	free(rule->file);
	free(rule->subject);
	free(rule->says);
	free(rule->advice);
	free(rule->source);
	clear_names(rule->needs, rule->need_count);
	clear_names(rule->uses, rule->use_count);
	clear_thresholds(rule);
	clear_sets(rule);
	clear_causes(rule);
	free(rule->sql);
	free(rule->problem);
}

void rule_clear(struct rule *rule)
{
	if (!rule->is_built_in)
		free_members(rule);
	*rule = (struct rule){ 0 };
}

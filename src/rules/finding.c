/* A row of a rule, put into words. */
#include "rules/verdict.h"

#include "rules/set_value.h"
#include "rules/template.h"

#include <errno.h>
#include <string.h>

/* The text as a string of its own; NULL when memory ran out. */
static char *take_string(struct text *text)
{
	if (text_check(text) < 0)
		return NULL;
	return text->data ? TAKE(text->data) : strdup("");
}

static int fill(const char *template, const struct template_row *row, char **ret,
		struct error *err)
{
	AUTO(text_clear) struct text text = { 0 };
	int r = template_fill(template, row, &text, err);

	if (r < 0)
		return r;
	*ret = take_string(&text);
	return *ret ? 0 : -ENOMEM;
}

static int fill_texts(const struct template_row *row, struct finding *finding,
		      struct error *err)
{
	const struct rule *rule = finding->rule;
	int r = fill(rule->subject, row, &finding->subject, err);

	if (r == 0)
		r = fill(rule->says, row, &finding->says, err);
	if (r == 0)
		r = fill(rule->advice ? rule->advice : "", row, &finding->advice, err);
	return r;
}

static int set_fact(const struct template_value *value, struct finding_fact *ret)
{
	AUTO(text_clear) struct text text = { 0 };

	ret->is_number = value->kind == TEMPLATE_INTEGER || value->kind == TEMPLATE_REAL;
	ret->name = strdup(value->name);
	if (value->kind == TEMPLATE_REAL)
		text_addf(&text, "%.15g", value->real);
	else
		template_add_value(&text, value);
	if (value->kind != TEMPLATE_UNKNOWN)
		ret->value = take_string(&text);
	return ret->name && (ret->value || value->kind == TEMPLATE_UNKNOWN) ? 0 : -ENOMEM;
}

static int fill_facts(const struct rule_row *row, struct finding *finding)
{
	finding->facts = calloc(row->column_count, sizeof(*finding->facts));
	if (!finding->facts)
		return -ENOMEM;
	finding->fact_count = row->column_count;
	for (size_t i = 0; i < row->column_count; i++) {
		int r = set_fact(&row->values[i], &finding->facts[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* A set that cannot be computed is left out, and the rule says that it cannot tell. */
static int fill_set(struct evidence *evidence, struct verdict *verdict,
		    const struct rule_set *set, const struct template_row *row,
		    struct finding *finding)
{
	AUTO(text_clear) struct text value = { 0 };
	struct finding_set *place = &finding->sets[finding->set_count];
	struct error why = { 0 };
	int r = set_value_compute(evidence, set->value, row, &value, &why);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		error_prefix(&why, "%s: cannot compute '%s'", finding->subject, set->key);
		return verdict_add_unknown(verdict, finding->rule, why.text);
	}
	finding->set_count++;
	place->key = strdup(set->key);
	place->value = take_string(&value);
	return place->key && place->value ? 0 : -ENOMEM;
}

static int fill_sets(struct evidence *evidence, struct verdict *verdict,
		     const struct template_row *row, struct finding *finding)
{
	const struct rule *rule = finding->rule;

	if (rule->set_count == 0)
		return 0;
	finding->sets = calloc(rule->set_count, sizeof(*finding->sets));
	if (!finding->sets)
		return -ENOMEM;
	for (size_t i = 0; i < rule->set_count; i++) {
		int r = fill_set(evidence, verdict, &rule->sets[i], row, finding);

		if (r < 0)
			return r;
	}
	return 0;
}

int finding_fill(struct finding *finding, const struct rule_row *values,
		 struct evidence *evidence, struct verdict *verdict, struct error *err)
{
	const struct template_row row = { values->values, values->count };
	int r = fill_texts(&row, finding, err);

	if (r == 0)
		r = fill_facts(values, finding);
	return r < 0 ? r : fill_sets(evidence, verdict, &row, finding);
}

void finding_clear(struct finding *finding)
{
	free(finding->subject);
	free(finding->says);
	free(finding->advice);
	for (size_t i = 0; i < finding->fact_count; i++) {
		free(finding->facts[i].name);
		free(finding->facts[i].value);
	}
	free(finding->facts);
	for (size_t i = 0; i < finding->set_count; i++) {
		free(finding->sets[i].key);
		free(finding->sets[i].value);
	}
	free(finding->sets);
	free(finding->waived_by);
	*finding = (struct finding){ 0 };
}

#include "report/explain.h"

#include <string.h>

static void add_names(struct prose *prose, const char *label, char *const *names,
		      size_t count)
{
	struct text text = { 0 };

	for (size_t i = 0; i < count; i++)
		text_addf(&text, "%s%s", i > 0 ? ", " : "", names[i]);
	prose_take_fact(prose, label, &text);
}

static void add_causes(const struct rule *rule, struct prose *prose)
{
	struct text text = { 0 };

	for (size_t i = 0; i < rule->cause_count; i++)
		text_addf(&text, "%s%s%s%s", i > 0 ? ", " : "", rule->causes[i].id,
			  rule->causes[i].column ? " on " : "",
			  rule->causes[i].column ? rule->causes[i].column : "");
	prose_take_fact(prose, "because", &text);
}

static void add_thresholds(const struct rule *rule, struct prose *prose)
{
	for (size_t i = 0; i < rule->threshold_count; i++) {
		const struct rule_threshold *threshold = &rule->thresholds[i];

		prose_addf_fact(prose, "threshold", "%s = %.15g%s%s", threshold->name,
				threshold->value, threshold->text[0] ? ": " : "",
				threshold->text);
	}
}

/* The query as it is written, line by line. */
static void add_sql(const char *sql, struct prose *prose)
{
	prose_gap(prose);
	while (*sql) {
		size_t length = strcspn(sql, "\n");
		auto_free char *line = strndup(sql, length);

		if (!line)
			prose->text.has_failed = true;
		else
			prose_add_line(prose, 2, STYLE_PLAIN, line);
		sql += length + (sql[length] == '\n');
	}
}

static const char *judges_words(enum rule_judges judges)
{
	switch (judges) {
	case JUDGES_NOW:
		break;
	case JUDGES_CHANGE:
		return "changes over a window; without one it is history, and info at most";
	}
	return "levels and sockets at one moment";
}

void explain_rule(const struct rule *rule, bool shows_sql, struct prose *prose)
{
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_STRONG, rule->id,
		   "(a rule of audit: %s, remedy: %s)", severity_text(rule->severity),
		   remedy_text(rule->remedy));
	if (rule->problem) {
		prose_add_fact(prose, "broken", rule->problem);
		return;
	}
	prose_add(prose, (struct indent){ 2, 2 }, STYLE_PLAIN, "", rule->says);
	prose_gap(prose);
	prose_add_fact(prose, "do", rule->advice);
	for (size_t i = 0; i < rule->set_count; i++)
		prose_addf_fact(prose, "set", "%s = %s", rule->sets[i].key,
				rule->sets[i].value);
	prose_add_fact(prose, "judges", judges_words(rule->judges));
	prose_add_fact(prose, "confidence", confidence_text(rule->confidence));
	add_thresholds(rule, prose);
	add_names(prose, "needs", rule->needs, rule->need_count);
	add_names(prose, "uses", rule->uses, rule->use_count);
	add_causes(rule, prose);
	prose_add_fact(prose, "source", rule->source);
	prose_add_fact(prose, "file", rule->file);
	if (shows_sql && rule->sql)
		add_sql(rule->sql, prose);
}

/* One rule file into a rule. */
#include "rules/rule.h"

#include "rules/rule_field.h"
#include "rules/rule_head.h"
#include "rules/rule_sql.h"
#include "rules/template.h"

#include <errno.h>
#include <string.h>

static int check_whole(const struct rule_head *head, const struct rule *rule,
		       struct error *err)
{
	const char *missing = rule_field_missing(head);

	if (!missing && !rule->advice && rule->remedy != REMEDY_NONE)
		missing = "advice";
	if (missing)
		return rule_complain(err, rule->file, head->sql_line,
				     "the head has no '-- %s:'", missing);
	if (rule->set_count && rule->remedy != REMEDY_SYSCTL)
		return rule_complain(err, rule->file, rule->sets[0].line,
				     "it sets a sysctl, and its remedy is %s",
				     remedy_text(rule->remedy));
	return 0;
}

/* {:name} in a template must be a threshold; columns are known only when it is prepared
 */
static int check_template(const struct rule_head *head, const struct rule *rule,
			  const char *field_name, struct error *err)
{
	const struct head_field *field = rule_head_find(head, field_name);
	const char *template = field ? text_string(&field->text) : "";
	struct template_hole hole;
	int r;

	while ((r = template_next_hole(&template, NULL, &hole, err)) > 0) {
		if (hole.name[0] == ':' &&
		    !rule_find_threshold(rule, hole.name + 1, hole.length - 1))
			return rule_complain(err, rule->file, field->line,
					     "%s: '{%.*s}' is no threshold of the rule",
					     field_name, (int)hole.length, hole.name);
	}
	return r;
}

static int check_templates(const struct rule_head *head, const struct rule *rule,
			   struct error *err)
{
	static const char *const names[] = { "subject", "says", "advice" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int r = check_template(head, rule, names[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int build(const struct rule_head *head, struct rule *rule, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < head->count; i++)
		r = rule_field_read(head, &head->fields[i], rule, err);
	if (r == 0)
		r = check_whole(head, rule, err);
	if (r == 0)
		r = check_templates(head, rule, err);
	if (r < 0)
		return r;
	rule->sql = strdup(head->sql);
	rule->sql_line = head->sql_line;
	return rule->sql ? rule_sql_check(rule, err)
			 : error_set(err, -ENOMEM, "out of memory");
}

static int check_bytes(const char *file, const char *data, size_t length,
		       struct error *err)
{
	const char *nul = memchr(data, '\0', length);
	unsigned line = 1;

	if (length > RULE_MOST_BYTES)
		return rule_complain(err, file, 1, "the file is larger than %d KiB",
				     RULE_MOST_BYTES / 1024);
	if (!nul)
		return 0;
	for (const char *c = data; c < nul; c++)
		line += *c == '\n';
	return rule_complain(err, file, line, "the line holds a NUL byte");
}

int rule_parse(const char *id, const char *file, const char *data, size_t length,
	       struct rule *ret, struct error *err)
{
	AUTO(rule_clear) struct rule rule = { .confidence = CONFIDENCE_HIGH };
	AUTO(rule_head_clear) struct rule_head head = { 0 };
	auto_free char *copy = NULL;
	int r = check_bytes(file, data, length, err);

	if (r < 0)
		return r;
	copy = strndup(data, length);
	rule.id = strdup(id);
	rule.file = strdup(file);
	if (!copy || !rule.id || !rule.file)
		return error_set(err, -ENOMEM, "out of memory");
	r = rule_head_parse(file, copy, &head, err);
	if (r == 0)
		r = build(&head, &rule, err);
	if (r < 0)
		return r;
	*ret = rule;
	rule = (struct rule){ 0 };
	return 0;
}

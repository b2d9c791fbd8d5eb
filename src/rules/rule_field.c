#include "rules/rule_field.h"

#include "base/parse.h"
#include "catalog/counter.h"
#include "catalog/sysctl.h"
#include "evidence/needs.h"
#include "rules/set_value.h"
#include "rules/template.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { NAME_BYTES = 128 };

static int fail_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

/* --- readers, one for each kind of name; they say the reason without file and line -- */

static int fail_word(const struct head_field *field, const char *words, struct error *err)
{
	return error_set(err, -EINVAL, "'%s' is not one of: %s",
			 text_string(&field->text), words);
}

static int read_severity(const struct head_field *field, struct rule *rule,
			 struct error *err)
{
	if (severity_parse(text_string(&field->text), &rule->severity) < 0)
		return fail_word(field, "critical, warning, info", err);
	return 0;
}

static int read_remedy(const struct head_field *field, struct rule *rule,
		       struct error *err)
{
	if (remedy_parse(text_string(&field->text), &rule->remedy) < 0)
		return fail_word(field, "sysctl, program, network, none", err);
	return 0;
}

static int read_judges(const struct head_field *field, struct rule *rule,
		       struct error *err)
{
	if (judges_parse(text_string(&field->text), &rule->judges) < 0)
		return fail_word(field, "now, change", err);
	return 0;
}

static int read_confidence(const struct head_field *field, struct rule *rule,
			   struct error *err)
{
	if (confidence_parse(text_string(&field->text), &rule->confidence) < 0)
		return fail_word(field, "high, medium, low", err);
	return 0;
}

static int keep_text(const struct head_field *field, char **ret, struct error *err)
{
	if (field->text.length == 0)
		return error_set(err, -EINVAL, "there is no text");
	*ret = strdup(text_string(&field->text));
	return *ret ? 0 : fail_memory(err);
}

static int read_source(const struct head_field *field, struct rule *rule,
		       struct error *err)
{
	return keep_text(field, &rule->source, err);
}

static int keep_template(const struct head_field *field, char **ret, struct error *err)
{
	int r = template_check(text_string(&field->text), NULL, err);

	return r < 0 ? r : keep_text(field, ret, err);
}

static int read_subject(const struct head_field *field, struct rule *rule,
			struct error *err)
{
	return keep_template(field, &rule->subject, err);
}

static int read_says(const struct head_field *field, struct rule *rule, struct error *err)
{
	return keep_template(field, &rule->says, err);
}

static int read_advice(const struct head_field *field, struct rule *rule,
		       struct error *err)
{
	return keep_template(field, &rule->advice, err);
}

/* What someone who wrote an unknown name may have meant; NULL when nothing is near. */
static const char *nearest_name(const char *name)
{
	const struct counter_def *counter = counter_find_loosely(name);
	const struct sysctl_def *sysctl = counter ? NULL : sysctl_nearest(name);

	return counter ? counter->name : sysctl ? sysctl->name : NULL;
}

static int check_need(const struct rule *rule, const char *name, struct error *err)
{
	enum need_kind kind;
	enum need_table table;
	const char *nearest;

	for (size_t i = 0; i < rule->need_count + rule->use_count; i++) {
		const char *other = i < rule->need_count
					    ? rule->needs[i]
					    : rule->uses[i - rule->need_count];

		if (strcmp(other, name) == 0)
			return error_set(err, -EINVAL, "'%s' stands there twice", name);
	}
	if (need_classify(name, &kind, &table) == 0)
		return 0;
	nearest = nearest_name(name);
	return error_set(err, -EINVAL,
			 "'%s' is no table, counter or sysctl that is known%s%s%s", name,
			 nearest ? "; the nearest is '" : "", nearest ? nearest : "",
			 nearest ? "'" : "");
}

static int add_name(char ***names, size_t *count, const char *name, struct error *err)
{
	char **grown = realloc(*names, (*count + 1) * sizeof(**names));

	if (!grown)
		return fail_memory(err);
	*names = grown;
	grown[*count] = strdup(name);
	if (!grown[*count])
		return fail_memory(err);
	(*count)++;
	return 0;
}

static int read_names(const struct head_field *field, const struct rule *rule,
		      char ***names, size_t *count, struct error *err)
{
	const char *at = text_string(&field->text);
	char name[NAME_BYTES];
	int r;

	for (at += strspn(at, ", \t"); *at; at += strspn(at, ", \t")) {
		size_t length = strcspn(at, ", \t");

		if (length >= sizeof(name))
			return error_set(err, -EINVAL, "'%.30s...' is too long a name",
					 at);
		memcpy(name, at, length);
		name[length] = '\0';
		r = check_need(rule, name, err);
		if (r == 0)
			r = add_name(names, count, name, err);
		if (r < 0)
			return r;
		at += length;
	}
	return *count ? 0 : error_set(err, -EINVAL, "it names nothing");
}

static int read_needs(const struct head_field *field, struct rule *rule,
		      struct error *err)
{
	return read_names(field, rule, &rule->needs, &rule->need_count, err);
}

static int read_uses(const struct head_field *field, struct rule *rule, struct error *err)
{
	return read_names(field, rule, &rule->uses, &rule->use_count, err);
}

static size_t identifier_length(const char *at)
{
	size_t length = 0;

	if (isdigit((unsigned char)*at))
		return 0;
	while (isalnum((unsigned char)at[length]) || at[length] == '_')
		length++;
	return length;
}

/* "NAME = NUMBER  words" */
static int parse_threshold(const char *at, struct rule_threshold *ret, struct error *err)
{
	size_t name = identifier_length(at);
	const char *number = at + name + strspn(at + name, " \t");
	size_t digits;
	char text[64];

	if (name == 0 || *number != '=')
		return error_set(err, -EINVAL, "'%s' is not 'NAME = NUMBER  words'", at);
	number++;
	number += strspn(number, " \t");
	digits = strcspn(number, " \t");
	if (digits >= sizeof(text))
		return error_set(err, -EINVAL, "'%s' is not 'NAME = NUMBER  words'", at);
	memcpy(text, number, digits);
	text[digits] = '\0';
	if (parse_double(text, &ret->value) < 0)
		return error_set(err, -EINVAL, "'%s' is not a number", text);
	number += digits;
	ret->name = strndup(at, name);
	ret->text = strdup(number + strspn(number, " \t"));
	return ret->name && ret->text ? 0 : fail_memory(err);
}

static int read_threshold(const struct head_field *field, struct rule *rule,
			  struct error *err)
{
	struct rule_threshold *grown;
	int r;

	if (rule->threshold_count == RULE_MOST_THRESHOLDS)
		return error_set(err, -EINVAL, "more than %d thresholds",
				 RULE_MOST_THRESHOLDS);
	grown = realloc(rule->thresholds, (rule->threshold_count + 1) * sizeof(*grown));
	if (!grown)
		return fail_memory(err);
	rule->thresholds = grown;
	grown += rule->threshold_count;
	*grown = (struct rule_threshold){ 0 };
	rule->threshold_count++;
	r = parse_threshold(text_string(&field->text), grown, err);
	if (r < 0)
		return r;
	if (rule_find_threshold(rule, grown->name, strlen(grown->name)) != grown)
		return error_set(err, -EINVAL, "'%s' stands there twice", grown->name);
	return 0;
}

static int check_set_key(const struct rule *rule, const char *key, struct error *err)
{
	const struct sysctl_def *def = sysctl_find(key);
	const struct sysctl_def *nearest = def ? NULL : sysctl_nearest(key);

	for (size_t i = 0; i < rule->set_count; i++)
		if (strcmp(rule->sets[i].key, key) == 0)
			return error_set(err, -EINVAL, "'%s' stands there twice", key);
	if (!def || strchr(key, '*'))
		return error_set(err, -EINVAL, "'%s' is no sysctl that is known%s%s%s",
				 key, nearest ? "; the nearest is '" : "",
				 nearest ? nearest->name : "", nearest ? "'" : "");
	if (def->is_read_only)
		return error_set(err, -EINVAL, "'%s' is read-only", key);
	return 0;
}

static int read_set(const struct head_field *field, struct rule *rule, struct error *err)
{
	struct rule_set *grown;
	int r = check_set_key(rule, field->argument, err);

	if (r == 0)
		r = set_value_check(text_string(&field->text), err);
	if (r < 0)
		return r;
	grown = realloc(rule->sets, (rule->set_count + 1) * sizeof(*grown));
	if (!grown)
		return fail_memory(err);
	rule->sets = grown;
	grown += rule->set_count;
	*grown = (struct rule_set){
		.key = strdup(field->argument),
		.value = strdup(text_string(&field->text)),
		.line = field->line,
	};
	rule->set_count++;
	return grown->key && grown->value ? 0 : fail_memory(err);
}

/* "ID" or "ID on COLUMN", without blanks around. */
static int parse_cause(const char *at, size_t length, struct rule_cause *ret)
{
	size_t id = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");
	bool has_column = strncmp(at + id, " on ", 4) == 0;
	const char *column = at + id + 4 * has_column;
	size_t rest = has_column ? identifier_length(column) : 0;

	if (id == 0 || has_column != (rest > 0) || column + rest != at + length)
		return -EINVAL;
	ret->id = strndup(at, id);
	ret->column = has_column ? strndup(column, rest) : NULL;
	return ret->id && (ret->column || !has_column) ? 0 : -ENOMEM;
}

static int add_cause(struct rule *rule, const char *at, size_t length, struct error *err)
{
	struct rule_cause *grown =
		realloc(rule->causes, (rule->cause_count + 1) * sizeof(*grown));
	int r;

	if (!grown)
		return fail_memory(err);
	rule->causes = grown;
	grown += rule->cause_count++;
	*grown = (struct rule_cause){ 0 };
	r = parse_cause(at, length, grown);
	if (r == -EINVAL)
		return error_set(err, r, "'%.*s' is not 'ID' or 'ID on COLUMN'",
				 (int)length, at);
	if (r < 0)
		return fail_memory(err);
	if (strcmp(grown->id, rule->id) == 0)
		return error_set(err, -EINVAL, "a rule does not explain itself");
	return 0;
}

static int read_because(const struct head_field *field, struct rule *rule,
			struct error *err)
{
	const char *at = text_string(&field->text);

	for (at += strspn(at, ", \t"); *at; at += strspn(at, ", \t")) {
		size_t next = strcspn(at, ",");
		size_t length = next;
		int r;

		while (at[length - 1] == ' ' || at[length - 1] == '\t')
			length--;
		r = add_cause(rule, at, length, err);
		if (r < 0)
			return r;
		at += next;
	}
	return rule->cause_count ? 0 : error_set(err, -EINVAL, "it names nothing");
}

/* --- the head ------------------------------------------------------------------- */

static const struct head_name {
	const char *name;
	int (*read)(const struct head_field *field, struct rule *rule, struct error *err);
	bool is_required;
	bool may_repeat;
	bool has_argument;
} head_names[] = {
	{ .name = "severity", .read = read_severity, .is_required = true },
	{ .name = "remedy", .read = read_remedy, .is_required = true },
	{ .name = "judges", .read = read_judges, .is_required = true },
	{ .name = "confidence", .read = read_confidence },
	{ .name = "subject", .read = read_subject, .is_required = true },
	{ .name = "says", .read = read_says, .is_required = true },
	{ .name = "advice", .read = read_advice },
	{ .name = "needs", .read = read_needs, .is_required = true },
	{ .name = "uses", .read = read_uses },
	{ .name = "threshold", .read = read_threshold, .may_repeat = true },
	{ .name = "set", .read = read_set, .may_repeat = true, .has_argument = true },
	{ .name = "because", .read = read_because },
	{ .name = "source", .read = read_source, .is_required = true },
};

static const struct head_name *find_head_name(const struct head_field *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(head_names); i++) {
		const struct head_name *name = &head_names[i];

		if (strcmp(name->name, field->name) == 0 &&
		    name->has_argument == (field->argument != NULL))
			return name;
	}
	return NULL;
}

int rule_field_read(const struct rule_head *head, const struct head_field *field,
		    struct rule *rule, struct error *err)
{
	const struct head_name *name = find_head_name(field);
	int r;

	if (!name)
		return rule_complain(err, rule->file, field->line,
				     "unknown name '%s%s%s'", field->name,
				     field->argument ? " " : "",
				     field->argument ? field->argument : "");
	if (!name->may_repeat && rule_head_find(head, field->name) != field)
		return rule_complain(err, rule->file, field->line,
				     "'%s' stands there twice", field->name);
	r = name->read(field, rule, err);
	if (r < 0)
		error_prefix(err, "%s:%u: %s", rule->file, field->line, field->name);
	return r;
}

const char *rule_field_missing(const struct rule_head *head)
{
	for (size_t i = 0; i < ARRAY_SIZE(head_names); i++)
		if (head_names[i].is_required &&
		    !rule_head_find(head, head_names[i].name))
			return head_names[i].name;
	return NULL;
}

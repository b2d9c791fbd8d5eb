#include "rules/rule_check.h"

#include "rules/set_value.h"

#include <errno.h>
#include <string.h>

/* The line of the file on which SQLite stopped to read; the SELECT's where it is mute. */
static unsigned error_line(const struct rule *rule, const struct evidence *evidence)
{
	unsigned line = rule->sql_line;

#if SQLITE_VERSION_NUMBER >= 3038000
	int offset = sqlite3_error_offset(evidence->db);
	int length = (int)strlen(rule->sql);

	for (int i = 0; i < offset && i < length; i++)
		line += rule->sql[i] == '\n';
#else
	(void)evidence;
#endif
	return line;
}

void rule_bind_thresholds(const struct rule *rule, const double *thresholds,
			  sqlite3_stmt *statement)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
		const char *name = sqlite3_bind_parameter_name(statement, i);
		const struct rule_threshold *threshold =
			name ? rule_find_threshold(rule, name + 1, strlen(name + 1))
			     : NULL;

		if (threshold)
			sqlite3_bind_double(statement, i,
					    thresholds[threshold - rule->thresholds]);
	}
}

static int check_template(const struct rule *rule, const char *field,
			  const char *template, const struct rule_row *row,
			  struct error *err)
{
	const struct template_row names = { row->values, row->count };
	int r = template ? template_check(template, &names, err) : 0;

	if (r < 0)
		error_prefix(err, "%s: %s", rule->file, field);
	return r;
}

int rule_prepare(const struct rule *rule, struct evidence *evidence,
		 const double *thresholds, sqlite3_stmt **ret, struct rule_row *ret_row,
		 struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = evidence_prepare(evidence, rule->sql, &statement, err);

	if (r == 0)
		r = rule_row_init(ret_row, rule, thresholds, statement, err);
	if (r < 0) {
		error_prefix(err, "%s:%u", rule->file, error_line(rule, evidence));
		return r;
	}
	r = check_template(rule, "subject", rule->subject, ret_row, err);
	if (r == 0)
		r = check_template(rule, "says", rule->says, ret_row, err);
	if (r == 0)
		r = check_template(rule, "advice", rule->advice, ret_row, err);
	if (r < 0)
		return r;
	rule_bind_thresholds(rule, thresholds, statement);
	*ret = TAKE(statement);
	return 0;
}

static int check_sets(const struct rule *rule, struct evidence *evidence,
		      const struct rule_row *row, struct error *err)
{
	const struct template_row names = { row->values, row->count };

	for (size_t i = 0; i < rule->set_count; i++) {
		const struct rule_set *set = &rule->sets[i];
		int r = set_value_check_row(evidence, set->value, &names, err);

		if (r < 0) {
			error_prefix(err, "%s:%u: set %s", rule->file, set->line,
				     set->key);
			return r;
		}
	}
	return 0;
}

int rule_check(const struct rule *rule, struct evidence *evidence, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	double thresholds[RULE_MOST_THRESHOLDS] = { 0 };
	struct rule_row row;
	int r;

	if (rule->problem)
		return error_set(err, -EINVAL, "%s", rule->problem);
	r = rule_prepare(rule, evidence, thresholds, &statement, &row, err);
	return r < 0 ? r : check_sets(rule, evidence, &row, err);
}

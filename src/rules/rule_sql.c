#include "rules/rule_sql.h"

#include "evidence/needs.h"
#include "rules/query_needs.h"
#include "rules/rule_head.h"
#include "rules/set_value.h"
#include "rules/sql_token.h"
#include "rules/template.h"

#include <errno.h>
#include <string.h>

enum { NAME_BYTES = 128 };

/* A text under check: the query of a rule, or an expression of one of its sets. */
struct walk {
	const struct rule *rule;
	const char *text;
	unsigned line; /* of the file where text begins */
	bool is_query;
	bool *is_used; /* by index of the rule's thresholds */
};

static unsigned line_of(const struct walk *walk, const char *at)
{
	unsigned line = walk->line;

	for (const char *c = walk->text; c < at; c++)
		line += *c == '\n';
	return line;
}

static void copy_token(const struct sql_token *token, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%.*s", (int)token->length, token->at);
}

static bool has_name(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_declared(const struct rule *rule, const char *name)
{
	return has_name(rule->needs, rule->need_count, name) ||
	       has_name(rule->uses, rule->use_count, name);
}

static bool has_table(char *const *names, size_t count, enum need_table wanted)
{
	enum need_kind kind;
	enum need_table table = TABLE_COUNT_;

	for (size_t i = 0; i < count; i++) {
		if (need_classify(names[i], &kind, &table) == 0 && kind == NEED_TABLE &&
		    table == wanted)
			return true;
	}
	return false;
}

static int complain_undeclared(const struct walk *walk, const char *at, const char *name,
			       struct error *err)
{
	return rule_complain(err, walk->rule->file, line_of(walk, at),
			     "it reads '%s', which is neither in needs nor in uses",
			     name);
}

/* --- one token ------------------------------------------------------------------ */

static int check_hidden_reads(const struct walk *walk, const struct sql_token *token,
			      struct error *err)
{
	for (size_t i = 0; i < hidden_read_count; i++) {
		if (sql_token_is_word(token, hidden_reads[i].name) &&
		    !is_declared(walk->rule, hidden_reads[i].reads))
			return complain_undeclared(walk, token->at, hidden_reads[i].reads,
						   err);
	}
	return 0;
}

static int check_table(const struct walk *walk, const struct sql_token *token,
		       struct error *err)
{
	const struct rule *rule = walk->rule;
	enum need_table table = TABLE_COUNT_;
	enum need_kind kind;
	char name[NAME_BYTES];

	copy_token(token, name, sizeof(name));
	if (need_classify(name, &kind, &table) < 0 || kind != NEED_TABLE)
		return 0;
	if (has_table(rule->needs, rule->need_count, table) ||
	    has_table(rule->uses, rule->use_count, table))
		return check_hidden_reads(walk, token, err);
	return complain_undeclared(walk, token->at, name, err);
}

static bool is_about_change(const struct sql_token *token)
{
	return sql_token_is_word(token, "change") || sql_token_is_word(token, "rate");
}

static bool is_reader(const struct sql_token *token)
{
	return is_about_change(token) || sql_token_is_word(token, "sysctl") ||
	       sql_token_is_word(token, "counter");
}

/* rest: behind the opening parenthesis. A name that is computed cannot be checked. */
static int check_call(const struct walk *walk, const struct sql_token *token,
		      const char *rest, struct error *err)
{
	struct sql_token argument = sql_token_next(&rest);
	struct sql_token after = sql_token_next(&rest);
	char name[NAME_BYTES];

	if (walk->rule->judges == JUDGES_NOW && is_about_change(token))
		return rule_complain(
			err, walk->rule->file, line_of(walk, token->at),
			"%.*s() in a rule that judges now: it needs '-- judges: change'",
			(int)token->length, token->at);
	if (is_reader(token) && argument.kind == SQL_STRING &&
	    (sql_token_is_char(&after, ')') || sql_token_is_char(&after, ','))) {
		copy_token(&argument, name, sizeof(name));
		if (!is_declared(walk->rule, name))
			return complain_undeclared(walk, argument.at, name, err);
	}
	return check_hidden_reads(walk, token, err);
}

/* rest: behind the word */
static int check_word(const struct walk *walk, const struct sql_token *before,
		      const struct sql_token *token, const char *rest, struct error *err)
{
	const char *after = rest;
	struct sql_token next = sql_token_next(&after);

	if (sql_token_is_char(&next, '('))
		return check_call(walk, token, after, err);
	if (sql_token_is_word(before, "from") || sql_token_is_word(before, "join"))
		return check_table(walk, token, err);
	return 0;
}

static int check_parameter(const struct walk *walk, const struct sql_token *token,
			   struct error *err)
{
	const struct rule *rule = walk->rule;
	const struct rule_threshold *threshold =
		rule_find_threshold(rule, token->at, token->length);

	if (threshold)
		walk->is_used[threshold - rule->thresholds] = true;
	else if (walk->is_query)
		return rule_complain(err, rule->file, line_of(walk, token->at),
				     "':%.*s' is no threshold of the rule",
				     (int)token->length, token->at);
	return 0;
}

static int check_other(const struct walk *walk, const struct sql_token *token,
		       const char *rest, struct error *err)
{
	struct sql_token next;

	if (strchr("?@$#", *token->at))
		return rule_complain(err, walk->rule->file, line_of(walk, token->at),
				     "'%c': parameters are written ':name'", *token->at);
	if (*token->at != ';')
		return 0;
	next = sql_token_next(&rest);
	if (next.kind != SQL_END)
		return rule_complain(err, walk->rule->file, line_of(walk, next.at),
				     "more than one statement");
	return 0;
}

static int check_text(const struct walk *walk, struct error *err)
{
	const char *cursor = walk->text;
	struct sql_token before = { .kind = SQL_END };
	struct sql_token token = sql_token_next(&cursor);
	int r = 0;

	for (; r == 0 && token.kind != SQL_END; token = sql_token_next(&cursor)) {
		if (token.kind == SQL_WORD)
			r = check_word(walk, &before, &token, cursor, err);
		else if (token.kind == SQL_PARAMETER)
			r = check_parameter(walk, &token, err);
		else if (token.kind == SQL_OTHER)
			r = check_other(walk, &token, cursor, err);
		before = token;
	}
	return r;
}

/* --- the parts of a rule -------------------------------------------------------- */

static int check_query(const struct rule *rule, bool *is_used, struct error *err)
{
	const struct walk walk = { rule, rule->sql, rule->sql_line, true, is_used };
	const char *cursor = rule->sql;
	struct sql_token first = sql_token_next(&cursor);

	if (first.kind == SQL_END)
		return rule_complain(err, rule->file, rule->sql_line,
				     "there is no SELECT");
	if (!sql_token_is_word(&first, "select") && !sql_token_is_word(&first, "with"))
		return rule_complain(err, rule->file, line_of(&walk, first.at),
				     "it begins with '%.*s', not with SELECT",
				     (int)first.length, first.at);
	return check_text(&walk, err);
}

static int check_set(const struct rule *rule, const struct rule_set *set, bool *is_used,
		     struct error *err)
{
	const char *cursor = set->value;
	AUTO(text_clear) struct text expression = { 0 };
	int r;

	while ((r = set_value_next(&cursor, NULL, &expression, err)) > 0) {
		const struct walk walk = { rule, text_string(&expression), set->line,
					   false, is_used };

		r = check_text(&walk, err);
		if (r < 0)
			return r;
	}
	return r;
}

static void mark_template(const struct rule *rule, const char *template, bool *is_used)
{
	struct template_hole hole;

	while (template_next_hole(&template, NULL, &hole, NULL) > 0) {
		const struct rule_threshold *threshold = NULL;

		if (hole.name[0] == ':')
			threshold =
				rule_find_threshold(rule, hole.name + 1, hole.length - 1);
		if (threshold)
			is_used[threshold - rule->thresholds] = true;
	}
}

int rule_sql_check(const struct rule *rule, struct error *err)
{
	bool is_used[RULE_MOST_THRESHOLDS] = { false };
	int r = check_query(rule, is_used, err);

	for (size_t i = 0; r == 0 && i < rule->set_count; i++)
		r = check_set(rule, &rule->sets[i], is_used, err);
	if (r < 0)
		return r;
	mark_template(rule, rule->subject, is_used);
	mark_template(rule, rule->says, is_used);
	mark_template(rule, rule->advice ? rule->advice : "", is_used);
	for (size_t i = 0; i < rule->threshold_count; i++) {
		if (!is_used[i])
			return rule_complain(err, rule->file, rule->sql_line,
					     "threshold '%s' is never used",
					     rule->thresholds[i].name);
	}
	return 0;
}

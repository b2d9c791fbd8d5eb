#include "rules/condition.h"

#include "base/parse.h"
#include "evidence/functions.h"
#include "evidence/needs.h"
#include "rules/rule_check.h"
#include "rules/sql_token.h"

#include <string.h>

/* --- finding them ----------------------------------------------------------------- */

/* What of the outermost SELECT is being read. */
enum part { PART_WITH, PART_RESULT, PART_FROM, PART_WHERE, PART_REST };

struct walk {
	const struct rule *rule;
	struct found_condition *found;
	size_t count;
	int depth; /* of parentheses */
	enum part part;
	bool is_grouped;
	bool may_aggregate;
	bool is_unclear; /* a failing condition may leave a row */
};

static bool is_one_of(const struct sql_token *token, const char *const *words)
{
	for (; *words; words++)
		if (sql_token_is_word(token, *words))
			return true;
	return false;
}

/* What may stand before a parenthesis and is no aggregate. */
static bool is_harmless_call(const struct sql_token *token)
{
	static const char *const words[] = {
		"abs",
		"and",
		"as",
		"by",
		"cast",
		"change",
		"coalesce",
		"counter",
		"exists",
		"from",
		"iif",
		"in",
		"join",
		"not",
		"nullif",
		"on",
		"page_bytes",
		"ports_reserved",
		"ports_reusable",
		"ports_usable",
		"rate",
		"replace",
		"round",
		"rtrim",
		"select",
		"substr",
		"sysctl",
		"trim",
		"where",
		"window_seconds",
		NULL,
	};

	return is_one_of(token, words);
}

static bool ends_condition(const struct sql_token *token)
{
	static const char *const words[] = { "and", "group", "order", "limit", NULL };

	return token->kind == SQL_END || sql_token_is_char(token, ';') ||
	       is_one_of(token, words);
}

static bool read_reader(const struct sql_token *token, enum condition_reader *ret)
{
	static const char *const names[] = {
		[READS_CHANGE] = "change",
		[READS_COUNTER] = "counter",
		[READS_SYSCTL] = "sysctl",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (sql_token_is_word(token, names[i])) {
			*ret = (enum condition_reader)i;
			return true;
		}
	}
	return false;
}

static bool read_test(const char **cursor, enum condition_test *ret)
{
	static const struct {
		const char *text;
		enum condition_test test;
	} tests[] = {
		/* longer ones first */
		{ ">=", TEST_MORE_OR_EQUAL }, { "<=", TEST_LESS_OR_EQUAL },
		{ "<>", TEST_NOT_EQUAL },     { "!=", TEST_NOT_EQUAL },
		{ "==", TEST_EQUAL },	      { ">", TEST_MORE },
		{ "<", TEST_LESS },	      { "=", TEST_EQUAL },
	};
	const char *at = *cursor;
	struct sql_token first = sql_token_next(&at);

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		size_t length = strlen(tests[i].text);

		if (strncmp(first.at, tests[i].text, length) == 0) {
			*cursor = first.at + length;
			*ret = tests[i].test;
			return true;
		}
	}
	return false;
}

/* A number or a threshold. */
static bool read_limit(const struct rule *rule, const struct sql_token *token,
		       struct rule_condition *ret)
{
	const struct rule_threshold *threshold;
	char number[32];

	ret->threshold = -1;
	ret->number = 0;
	if (token->kind == SQL_NUMBER && token->length < sizeof(number)) {
		memcpy(number, token->at, token->length);
		number[token->length] = '\0';
		return parse_double(number, &ret->number) == 0;
	}
	if (token->kind != SQL_PARAMETER)
		return false;
	threshold = rule_find_threshold(rule, token->at, token->length);
	if (threshold)
		ret->threshold = (int)(threshold - rule->thresholds);
	return threshold != NULL;
}

/* "reader('NAME') TEST LIMIT", and nothing else before the next AND. */
static bool read_condition(const struct rule *rule, const char *at,
			   struct found_condition *ret)
{
	struct rule_condition *condition = &ret->condition;
	struct sql_token reader = sql_token_next(&at);
	struct sql_token open = sql_token_next(&at);
	struct sql_token name = sql_token_next(&at);
	struct sql_token close = sql_token_next(&at);
	struct sql_token limit, after;

	if (!read_reader(&reader, &condition->reader) || !sql_token_is_char(&open, '(') ||
	    name.kind != SQL_STRING || name.length >= sizeof(ret->name) ||
	    memchr(name.at, '\'', name.length) || !sql_token_is_char(&close, ')') ||
	    !read_test(&at, &condition->test))
		return false;
	limit = sql_token_next(&at);
	after = sql_token_next(&at);
	if (!read_limit(rule, &limit, condition) || !ends_condition(&after))
		return false;
	memcpy(ret->name, name.at, name.length);
	ret->name[name.length] = '\0';
	condition->name = ret->name;
	return true;
}

/* "EXISTS (QUERY)", and nothing else before the next AND. */
static bool read_exists(const char *at, struct found_condition *ret)
{
	struct sql_token exists = sql_token_next(&at);
	struct sql_token token = sql_token_next(&at);
	const char *query = at;
	int depth = 1;

	if (!sql_token_is_word(&exists, "exists") || !sql_token_is_char(&token, '('))
		return false;
	while (depth > 0 && (token = sql_token_next(&at)).kind != SQL_END)
		if (token.kind == SQL_OTHER)
			depth += (*token.at == '(') - (*token.at == ')');
	if (depth > 0 || (size_t)(token.at - query) >= sizeof(ret->name))
		return false;
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(token.at - query),
		       query);
	ret->condition = (struct rule_condition){ .reader = READS_ROWS,
						  .threshold = -1,
						  .name = ret->name };
	token = sql_token_next(&at);
	return ends_condition(&token);
}

/* cursor: behind a WHERE or an AND of it */
static void add_condition(struct walk *walk, const char *cursor)
{
	struct found_condition *found = &walk->found[walk->count];

	if (walk->count < CONDITION_MOST &&
	    (read_condition(walk->rule, cursor, found) || read_exists(cursor, found)))
		walk->count++;
}

/* WITH may give a table's name to something else. */
static bool is_table(const struct sql_token *token)
{
	char name[64];
	enum need_kind kind;
	enum need_table table;

	(void)snprintf(name, sizeof(name), "%.*s", (int)token->length, token->at);
	return need_classify(name, &kind, &table) == 0 && kind == NEED_TABLE;
}

static void read_outer_word(struct walk *walk, const struct sql_token *token,
			    const char *cursor)
{
	static const char *const unclear[] = { "union",	  "except", "intersect",
					       "values",  "or",	    "case",
					       "between", "having", NULL };
	static const char *const rest[] = { "order", "limit", NULL };

	if (sql_token_is_word(token, "having") && walk->is_grouped)
		walk->part = PART_REST;
	else if (is_one_of(token, unclear) ||
		 (walk->part == PART_WITH && is_table(token)))
		walk->is_unclear = true;
	else if (sql_token_is_word(token, "select"))
		walk->part = PART_RESULT;
	else if (sql_token_is_word(token, "from"))
		walk->part = PART_FROM;
	else if (sql_token_is_word(token, "group"))
		walk->is_grouped = true;
	else if (is_one_of(token, rest))
		walk->part = PART_REST;
	else if (sql_token_is_word(token, "where"))
		walk->part = PART_WHERE;
	if (sql_token_is_word(token, "where") ||
	    (sql_token_is_word(token, "and") && walk->part == PART_WHERE &&
	     !walk->is_grouped))
		add_condition(walk, cursor);
}

static void read_word(struct walk *walk, const struct sql_token *token,
		      const char *cursor)
{
	const char *after = cursor;
	struct sql_token next = sql_token_next(&after);

	/* those of a subquery are its own, and a WHERE has none */
	if (sql_token_is_char(&next, '(') && !is_harmless_call(token) &&
	    (walk->part == PART_RESULT || walk->part == PART_REST))
		walk->may_aggregate = true;
	/* "where" in quotes is a name, and the cursor is behind the quote */
	if (walk->depth == 0 && cursor == token->at + token->length)
		read_outer_word(walk, token, cursor);
}

size_t conditions_find(const struct rule *rule, struct found_condition *ret)
{
	struct walk walk = { .rule = rule, .found = ret, .part = PART_WITH };
	const char *cursor = rule->sql;
	struct sql_token token;

	while ((token = sql_token_next(&cursor)).kind != SQL_END) {
		if (token.kind == SQL_WORD)
			read_word(&walk, &token, cursor);
		else if (token.kind == SQL_OTHER)
			walk.depth += (*token.at == '(') - (*token.at == ')');
	}
	if (walk.is_unclear || (walk.may_aggregate && !walk.is_grouped))
		return 0;
	return walk.count;
}

/* --- asking them ------------------------------------------------------------------ */

enum knowledge { IS_NULL, IS_NUMBER, IS_OTHER };

static enum knowledge read_sysctl(struct evidence *evidence, const char *name,
				  int64_t *ret)
{
	char text[32];

	if (!evidence_sysctl(evidence, name, text, sizeof(text)))
		return text[0] ? IS_OTHER : IS_NULL;
	return parse_i64(text, ret) == 0 ? IS_NUMBER : IS_OTHER;
}

static enum knowledge read_value(struct evidence *evidence,
				 const struct rule_condition *condition, int64_t *ret)
{
	bool is_known = false;

	switch (condition->reader) {
	case READS_CHANGE:
		is_known = evidence_find_change(evidence->context, condition->name, ret);
		break;
	case READS_COUNTER:
		is_known = evidence_counter(evidence, condition->name, ret);
		break;
	case READS_SYSCTL:
		return read_sysctl(evidence, condition->name, ret);
	case READS_ROWS:
		return IS_OTHER;
	}
	return is_known ? IS_NUMBER : IS_NULL;
}

static bool compare(double value, enum condition_test test, double limit)
{
	switch (test) {
	case TEST_EQUAL:
		return value == limit;
	case TEST_NOT_EQUAL:
		return value != limit;
	case TEST_LESS:
		return value < limit;
	case TEST_LESS_OR_EQUAL:
		return value <= limit;
	case TEST_MORE:
		return value > limit;
	case TEST_MORE_OR_EQUAL:
		return value >= limit;
	}
	return true;
}

/* What cannot be asked, or not alone, may hold: the whole query tells. */
static bool may_have_row(const struct rule *rule, const char *query,
			 struct evidence *evidence, const double *thresholds)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;

	if (evidence_prepare(evidence, query, &statement, NULL) < 0)
		return true;
	rule_bind_thresholds(rule, thresholds, statement);
	return evidence_step(evidence, statement, NULL) != 0;
}

static bool may_hold(const struct rule *rule, const struct rule_condition *condition,
		     struct evidence *evidence, const double *thresholds)
{
	const int64_t exact = INT64_C(1) << 53; /* a double holds each integer up to it */
	int64_t value = 0;

	if (condition->reader == READS_ROWS)
		return may_have_row(rule, condition->name, evidence, thresholds);
	switch (read_value(evidence, condition, &value)) {
	case IS_NULL:
		return false; /* as SQL has it */
	case IS_OTHER:
		return true;
	case IS_NUMBER:
		break;
	}
	if (value > exact || value < -exact)
		return true;
	return compare((double)value, condition->test,
		       condition->threshold < 0 ? condition->number
						: thresholds[condition->threshold]);
}

bool conditions_may_hold(const struct rule *rule, struct evidence *evidence,
			 const double *thresholds)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (!may_hold(rule, &rule->conditions[i], evidence, thresholds))
			return false;
	return true;
}

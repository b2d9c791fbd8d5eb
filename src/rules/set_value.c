#include "rules/set_value.h"

#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* --- the form ------------------------------------------------------------------- */

int set_value_next(const char **cursor, struct text *literal, struct text *ret,
		   struct error *err)
{
	const char *at = *cursor;
	size_t plain = strcspn(at, "{}");
	size_t length;

	if (literal)
		text_add_bytes(literal, at, plain);
	*cursor = at += plain;
	if (*at == '\0')
		return 0;
	length = *at == '{' ? strcspn(++at, "{}") : 0;
	if (length == strspn(at, " \t") || at[length] != '}')
		return error_set(err, -EINVAL,
				 "the braces of '%s' do not hold one expression each",
				 *cursor);
	*cursor = at + length + 1;
	text_reset(ret);
	text_add_bytes(ret, at, length);
	if (text_check(ret) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return 1;
}

/* What a number or a name of a sysctl's value is made of. */
static size_t word_length(const char *at)
{
	size_t length = 0;

	while (isalnum((unsigned char)at[length]) ||
	       (at[length] && strchr("_.,:/+-", at[length])))
		length++;
	return length;
}

static bool is_number(const char *at, size_t length)
{
	char digits[32];
	int64_t number;

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, at, length);
	digits[length] = '\0';
	return parse_i64(digits, &number) == 0;
}

/* One word at *cursor, its operator before it; moves the cursor behind it. */
static int check_word(const char **cursor, struct error *err)
{
	const char *at = *cursor;
	bool has_operator = strncmp(at, ">=", 2) == 0 || strncmp(at, "<=", 2) == 0;
	size_t length;

	if (has_operator)
		at += 2 + strspn(at + 2, " \t");
	if (*at == '{') {
		length = strcspn(at, "}") + 1;
	} else {
		length = word_length(at);
		if (length == 0 || (has_operator && !is_number(at, length)))
			return error_set(
				err, -EINVAL,
				"'%s' is not a number, a name, {an expression} or 'keep', with >= or <= before a number or not",
				*cursor);
	}
	at += length;
	if (*at && *at != ' ' && *at != '\t')
		return error_set(err, -EINVAL, "a blank is missing before '%s'", at);
	*cursor = at;
	return 0;
}

static int check_braces(const char *value, struct error *err)
{
	AUTO(text_clear) struct text expression = { 0 };
	int r;

	do
		r = set_value_next(&value, NULL, &expression, err);
	while (r > 0);
	return r;
}

int set_value_check(const char *value, struct error *err)
{
	int r = check_braces(value, err);

	value += strspn(value, " \t");
	if (r == 0 && *value == '\0')
		return error_set(err, -EINVAL, "there is no value");
	while (r == 0 && *value) {
		r = check_word(&value, err);
		value += strspn(value, " \t");
	}
	return r;
}

/* --- computing ------------------------------------------------------------------ */

static int prepare(struct evidence *evidence, const struct text *expression,
		   sqlite3_stmt **ret, struct error *err)
{
	AUTO(text_clear) struct text sql = { 0 };

	/* the end of line closes a comment in the expression */
	text_addf(&sql, "SELECT (%s\n)", text_string(expression));
	if (text_check(&sql) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return evidence_prepare(evidence, text_string(&sql), ret, err);
}

/* ":name": the column "name", else the threshold ":name" */
static const struct template_value *find_parameter(const struct template_row *row,
						   const char *name)
{
	const struct template_value *value =
		template_row_find(row, name + 1, strlen(name + 1));

	return value ? value : template_row_find(row, name, strlen(name));
}

static void bind_value(sqlite3_stmt *statement, int index,
		       const struct template_value *value)
{
	switch (value->kind) {
	case TEMPLATE_UNKNOWN:
		sqlite3_bind_null(statement, index);
		return;
	case TEMPLATE_INTEGER:
		sqlite3_bind_int64(statement, index, value->integer);
		return;
	case TEMPLATE_REAL:
		sqlite3_bind_double(statement, index, value->real);
		return;
	case TEMPLATE_TEXT:
		sqlite3_bind_text(statement, index, value->text, -1, SQLITE_TRANSIENT);
		return;
	}
}

static int bind_row(sqlite3_stmt *statement, const struct template_row *row,
		    struct error *err)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
		const char *name = sqlite3_bind_parameter_name(statement, i);
		const struct template_value *value =
			name && *name == ':' ? find_parameter(row, name) : NULL;

		if (!value)
			return error_set(err, -EINVAL,
					 "'%s' is neither a column nor a threshold",
					 name ? name : "?");
		bind_value(statement, i, value);
	}
	return 0;
}

/* A name is let through only when it is made of what sysctls are made of. */
static int add_result(sqlite3_stmt *statement, struct text *ret)
{
	double number;
	const char *text;

	switch (sqlite3_column_type(statement, 0)) {
	case SQLITE_INTEGER:
		text_addf(ret, "%" PRId64, (int64_t)sqlite3_column_int64(statement, 0));
		return 0;
	case SQLITE_FLOAT:
		number = round(sqlite3_column_double(statement, 0));
		if (!(fabs(number) < 9.2e18))
			return -ENODATA;
		text_addf(ret, "%" PRId64, (int64_t)number);
		return 0;
	case SQLITE_TEXT:
		text = (const char *)sqlite3_column_text(statement, 0);
		if (!text || !*text || text[word_length(text)])
			return -ENODATA;
		text_add(ret, text);
		return 0;
	default:
		return -ENODATA;
	}
}

static int compute(struct evidence *evidence, const struct text *expression,
		   const struct template_row *row, struct text *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = prepare(evidence, expression, &statement, err);

	if (r == 0)
		r = bind_row(statement, row, err);
	if (r == 0)
		r = evidence_step(evidence, statement, err);
	if (r < 0)
		return r;
	if (r == 0 || add_result(statement, ret) < 0)
		return error_set(err, -ENODATA, "{%s} has no value here",
				 text_string(expression));
	return 0;
}

int set_value_check_row(struct evidence *evidence, const char *value,
			const struct template_row *row, struct error *err)
{
	AUTO(text_clear) struct text expression = { 0 };
	int r;

	while ((r = set_value_next(&value, NULL, &expression, err)) > 0) {
		AUTO(database_finalize) sqlite3_stmt *statement = NULL;

		r = prepare(evidence, &expression, &statement, err);
		if (r == 0)
			r = bind_row(statement, row, err);
		if (r < 0)
			return r;
	}
	return r;
}

int set_value_compute(struct evidence *evidence, const char *value,
		      const struct template_row *row, struct text *ret, struct error *err)
{
	AUTO(text_clear) struct text expression = { 0 };
	int r;

	while ((r = set_value_next(&value, ret, &expression, err)) > 0) {
		r = compute(evidence, &expression, row, ret, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : text_check(ret);
}

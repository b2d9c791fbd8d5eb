/* The numbers and words that the elements of a wanted value come to on this host. */
#include "base/parse.h"
#include "catalog/sysctl.h"
#include "profile/profile_parts.h"
#include "profile/wanted.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

static const char *find_value(const struct profile_parameter *rows, size_t count,
			      const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].value;
	return NULL;
}

static const char *find_parameter(const struct parameter_set *parameters,
				  const char *name)
{
	const char *value =
		find_value(parameters->overrides, parameters->override_count, name);

	return value ? value
		     : find_value(parameters->profile->parameters,
				  parameters->profile->parameter_count, name);
}

static void bind_value(sqlite3_stmt *statement, int index, const char *value)
{
	int64_t integer;
	double real;

	if (!value)
		sqlite3_bind_null(statement, index);
	else if (parse_i64(value, &integer) == 0)
		sqlite3_bind_int64(statement, index, integer);
	else if (parse_double(value, &real) == 0)
		sqlite3_bind_double(statement, index, real);
	else
		sqlite3_bind_text(statement, index, value, -1, SQLITE_STATIC);
}

static void bind_parameters(sqlite3_stmt *statement,
			    const struct parameter_set *parameters)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
		const char *name = sqlite3_bind_parameter_name(statement, i);

		bind_value(statement, i,
			   name && *name == ':' ? find_parameter(parameters, name + 1)
						: NULL);
	}
}

/* The result as a sysctl takes it: a whole number or a word; NULL for anything else. */
static char *column_text(sqlite3_stmt *statement)
{
	struct text text = { 0 };
	double real;

	switch (sqlite3_column_type(statement, 0)) {
	case SQLITE_FLOAT:
		real = round(sqlite3_column_double(statement, 0));
		if (fabs(real) < 9.2e18)
			text_addf(&text, "%" PRId64, (int64_t)real);
		return text.data;
	case SQLITE_INTEGER:
	case SQLITE_TEXT:
		return strdup((const char *)sqlite3_column_text(statement, 0));
	default:
		return NULL;
	}
}

/*
 * Compute one expression.
 *
 * ret:    untouched when it has no value here; ret_reason then says why
 * Fails:  -EINVAL it is no SQL
 */
static int compute(struct evidence *evidence, const struct parameter_set *parameters,
		   const char *expression, char **ret, struct error *ret_reason,
		   struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	AUTO(text_clear) struct text sql = { 0 };
	int code;

	text_addf(&sql, "SELECT (%s)", expression);
	if (text_check(&sql) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	code = evidence_prepare(evidence, text_string(&sql), &statement, err);
	if (code < 0)
		return code == -EPERM ? -EINVAL : code;
	bind_parameters(statement, parameters);
	if (evidence_step(evidence, statement, ret_reason) == 1)
		*ret = column_text(statement);
	if (!*ret && ret_reason->text[0] == '\0')
		error_set(ret_reason, 0, "it has no value here");
	return 0;
}

/* What is computed must be what the key takes; literals were checked at loading. */
static bool is_fit(const struct sysctl_def *def, const struct wanted_element *element,
		   const char *text, struct error *ret_reason)
{
	struct value_number number;
	struct value value;

	if (!wanted_is_numeric(def->type))
		return value_parse(def, text, &value, ret_reason) == 0;
	return wanted_parse_number(def, text, &number, ret_reason) == 0 &&
	       (element->is_exact || wanted_check_sense(def, number, ret_reason) == 0);
}

static int fill_one(struct evidence *evidence, const struct parameter_set *parameters,
		    const struct wanted_element *element, const struct sysctl_def *def,
		    char **ret, struct error *ret_reason, struct error *err)
{
	int code;

	if (!element->is_expression) {
		*ret = strdup(element->text);
		return *ret ? 0 : error_set(err, -ENOMEM, "out of memory");
	}
	code = compute(evidence, parameters, element->text, ret, ret_reason, err);
	if (code == 0 && *ret && !is_fit(def, element, *ret, ret_reason)) {
		free(*ret);
		*ret = NULL;
	}
	error_prefix(code < 0 ? err : ret_reason, "{%.100s}", element->text);
	return code;
}

int computed_fill(struct evidence *evidence, const struct parameter_set *parameters,
		  const struct wanted *wanted, struct computed *ret,
		  struct error *ret_reason, struct error *err)
{
	const struct sysctl_def *def = sysctl_find(wanted->key);

	for (size_t i = 0; i < wanted->count && ret_reason->text[0] == '\0'; i++) {
		int code = 0;

		if (wanted->elements[i].op != WANTED_KEEP)
			code = fill_one(evidence, parameters, &wanted->elements[i], def,
					&ret->texts[i], ret_reason, err);
		if (code < 0) {
			error_prefix(err, "%s:%u: key '%s'", wanted->file, wanted->line,
				     wanted->key);
			return code;
		}
	}
	return 0;
}

void computed_clear(struct computed *computed)
{
	for (size_t i = 0; i < ARRAY_SIZE(computed->texts); i++)
		free(computed->texts[i]);
	*computed = (struct computed){ 0 };
}

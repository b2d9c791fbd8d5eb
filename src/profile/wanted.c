#include "profile/wanted.h"

#include "catalog/sysctl.h"
#include "catalog/value.h"

#include <errno.h>

#define BLANKS " \t"

static const char *const operator_texts[] = {
	[WANTED_EQUAL] = "",
	[WANTED_AT_LEAST] = ">= ",
	[WANTED_AT_MOST] = "<= ",
	[WANTED_KEEP] = "keep",
};

static void skip_blanks(const char **cursor)
{
	*cursor += strspn(*cursor, BLANKS);
}

/* Move behind this word, if it is the next one. */
static bool take_word(const char **cursor, const char *word)
{
	size_t length = strcspn(*cursor, BLANKS);

	if (length != strlen(word) || memcmp(*cursor, word, length) != 0)
		return false;
	*cursor += length;
	skip_blanks(cursor);
	return true;
}

static int take_operator(const char **cursor, struct wanted_element *ret,
			 struct error *err)
{
	const char *at = *cursor;

	if (take_word(cursor, "keep")) {
		ret->op = WANTED_KEEP;
	} else if (take_word(cursor, "exactly")) {
		ret->is_exact = true;
	} else if (strncmp(at, ">=", 2) == 0 || strncmp(at, "<=", 2) == 0) {
		ret->op = *at == '>' ? WANTED_AT_LEAST : WANTED_AT_MOST;
		*cursor += 2;
		skip_blanks(cursor);
	} else if (strchr("<>=!", *at)) {
		return error_set(err, -EINVAL, "'%.2s' is no operator: '>=' and '<=' are",
				 at);
	}
	return 0;
}

static int take_expression(const char **cursor, struct wanted_element *ret,
			   struct error *err)
{
	const char *start = *cursor + 1;
	const char *end = strchr(start, '}');

	if (!end)
		return error_set(err, -EINVAL, "'{' without '}'");
	if (end[1] != '\0' && !strchr(BLANKS, end[1]))
		return error_set(err, -EINVAL, "no blank after '}'");
	*cursor = end + 1;
	start += strspn(start, BLANKS);
	while (end > start && strchr(BLANKS, end[-1]))
		end--;
	if (start == end)
		return error_set(err, -EINVAL, "'{}' is empty");
	ret->is_expression = true;
	ret->text = strndup(start, (size_t)(end - start));
	return ret->text ? 0 : -ENOMEM;
}

static int take_operand(const char **cursor, struct wanted_element *ret,
			struct error *err)
{
	size_t length = strcspn(*cursor, BLANKS);

	if (length == 0)
		return error_set(err, -EINVAL, "no value after '%s'",
				 ret->is_exact		     ? "exactly"
				 : ret->op == WANTED_AT_MOST ? "<="
							     : ">=");
	if (**cursor == '{')
		return take_expression(cursor, ret, err);
	ret->text = strndup(*cursor, length);
	*cursor += length;
	return ret->text ? 0 : -ENOMEM;
}

static int take_element(const char **cursor, struct wanted_element *ret,
			struct error *err)
{
	int code = take_operator(cursor, ret, err);

	if (code == 0 && ret->op != WANTED_KEEP)
		code = take_operand(cursor, ret, err);
	skip_blanks(cursor);
	return code;
}

int wanted_parse(const char *text, struct wanted *ret, struct error *err)
{
	AUTO(wanted_clear) struct wanted wanted = { 0 };

	skip_blanks(&text);
	wanted.is_guard = take_word(&text, "guard");
	if (*text == '\0')
		return error_set(err, -EINVAL, "no value");
	while (*text != '\0') {
		int code;

		if (wanted.count == WANTED_MOST_ELEMENTS)
			return error_set(err, -EINVAL, "more than %d values",
					 WANTED_MOST_ELEMENTS);
		code = take_element(&text, &wanted.elements[wanted.count++], err);
		if (code < 0)
			return code;
	}
	memcpy(ret->elements, wanted.elements, sizeof(ret->elements));
	ret->count = wanted.count;
	ret->is_guard = wanted.is_guard;
	wanted = (struct wanted){ 0 };
	return 0;
}

bool wanted_is_ordered(enum value_type type)
{
	return wanted_is_numeric(type) && type != VALUE_BITMASK;
}

bool wanted_is_numeric(enum value_type type)
{
	return type == VALUE_INT || type == VALUE_UINT || type == VALUE_BOOL ||
	       type == VALUE_ENUM || type == VALUE_BITMASK;
}

bool wanted_is_release(const struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->elements[i].op != WANTED_KEEP)
			return false;
	return true;
}

int wanted_parse_number(const struct sysctl_def *def, const char *text,
			struct value_number *ret, struct error *err)
{
	struct sysctl_def one = *def;
	struct value value;
	double number;
	int code;

	one.arity = 1;
	code = value_parse(&one, text, &value, err);
	if (code < 0)
		return code;
	number = value_number_double(value.numbers[0]);
	if (def->accepted.is_known &&
	    (number < def->accepted.lowest || number > def->accepted.highest))
		return error_set(err, -EINVAL, "the kernel accepts %.0f to %.0f, not %s",
				 def->accepted.lowest, def->accepted.highest, text);
	*ret = value.numbers[0];
	return 0;
}

int wanted_check_sense(const struct sysctl_def *def, struct value_number number,
		       struct error *err)
{
	double value = value_number_double(number);
	char text[24];

	if (!def->sane.is_known ||
	    (value >= def->sane.lowest && value <= def->sane.highest))
		return 0;
	value_number_text(number, text, sizeof(text));
	return error_set(err, -EINVAL,
			 "%s makes no sense, %.0f to %.0f does (or write 'exactly %s')",
			 text, def->sane.lowest, def->sane.highest, text);
}

static int check_def(const struct sysctl_def *def, struct error *err)
{
	if (def->is_secret)
		return error_set(err, -EINVAL,
				 "secret: a profile is no place for key material");
	if (def->is_read_only)
		return error_set(err, -EINVAL, "read-only: no value can be wanted");
	if (def->is_write_only || def->effect == EFFECT_ACTION)
		return error_set(err, -EINVAL, "a command: it has no value to hold");
	return 0;
}

/* Lists and unknown types take any number of words. */
static int check_count(const struct sysctl_def *def, const struct wanted *wanted,
		       struct error *err)
{
	size_t arity = def->arity > 0 ? def->arity : 1;

	if (def->type == VALUE_WORD_LIST || def->type == VALUE_TEXT ||
	    def->type == VALUE_UNKNOWN || wanted->count == arity)
		return 0;
	return error_set(err, -EINVAL, "%zu values; the key takes %zu%s%s", wanted->count,
			 arity, def->arity > 1 && def->meanings ? ": " : "",
			 def->arity > 1 && def->meanings ? def->meanings : "");
}

static int check_operator(const struct sysctl_def *def,
			  const struct wanted_element *element, bool is_guard,
			  struct error *err)
{
	bool is_comparison =
		element->op == WANTED_AT_LEAST || element->op == WANTED_AT_MOST;

	if (is_comparison && !wanted_is_ordered(def->type))
		return error_set(err, -EINVAL,
				 "'%s' has no order, so that '%.2s' means nothing",
				 value_type_text(def->type), operator_texts[element->op]);
	if (element->op == WANTED_KEEP && !wanted_is_numeric(def->type))
		return error_set(err, -EINVAL,
				 "'keep' stands for a number of a row of numbers");
	if (def->better == BETTER_HIGHER && element->op == WANTED_EQUAL &&
	    !element->is_exact && !is_guard)
		return error_set(
			err, -EINVAL,
			"higher is better here: write '>= %s', or 'exactly %s' to lower it too",
			element->is_expression ? "{...}" : element->text,
			element->is_expression ? "{...}" : element->text);
	return 0;
}

static int check_literal(const struct sysctl_def *def,
			 const struct wanted_element *element, struct error *err)
{
	struct value_number number;
	struct value value;
	int code;

	if (element->is_expression || element->op == WANTED_KEEP)
		return 0;
	if (!wanted_is_numeric(def->type))
		return value_parse(def, element->text, &value, err);
	code = wanted_parse_number(def, element->text, &number, err);
	return code < 0 || element->is_exact ? code
					     : wanted_check_sense(def, number, err);
}

int wanted_check(const struct sysctl_def *def, const struct wanted *wanted,
		 struct error *err)
{
	int code = check_def(def, err);

	if (code == 0 && wanted_is_release(wanted))
		return wanted->count == 1 ? 0 : check_count(def, wanted, err);
	if (code == 0)
		code = check_count(def, wanted, err);
	for (size_t i = 0; code == 0 && i < wanted->count; i++) {
		code = check_literal(def, &wanted->elements[i], err);
		if (code == 0)
			code = check_operator(def, &wanted->elements[i], wanted->is_guard,
					      err);
	}
	return code;
}

void wanted_add_text(const struct wanted *wanted, char *const *computed, struct text *ret)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct wanted_element *element = &wanted->elements[i];

		if (i > 0)
			text_add_char(ret, ' ');
		text_add(ret, operator_texts[element->op]);
		if (element->op == WANTED_KEEP)
			continue;
		if (computed && computed[i])
			text_add(ret, computed[i]);
		else
			text_addf(ret, element->is_expression ? "{%s}" : "%s",
				  element->text);
	}
}

void wanted_clear(struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		free(wanted->elements[i].text);
	free(wanted->key);
	free(wanted->reason);
	free(wanted->file);
	*wanted = (struct wanted){ 0 };
}

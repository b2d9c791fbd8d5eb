#include "catalog/value.h"

#include "base/macros.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* 2^63, the magnitude of the lowest number */
#define LOWEST_MAGNITUDE ((uint64_t)INT64_MAX + 1)

static bool is_blank(char c)
{
	return isspace((unsigned char)c);
}

/* Say what is wrong with a value, but never show a secret one. */
static int refuse(const struct sysctl_def *def, const struct value *value,
		  const char *reason, struct error *err)
{
	enum { MOST_SHOWN = 80 };
	int shown = value->length > MOST_SHOWN ? MOST_SHOWN : (int)value->length;

	if (def && def->is_secret)
		return error_set(err, -EINVAL, "the value %s", reason);
	return error_set(err, -EINVAL, "'%.*s'%s %s", shown, value->text,
			 value->length > MOST_SHOWN ? "..." : "", reason);
}

/* A number without a sign in the kernel's notation: 16, 0x10, 020. Moves the cursor. */
static bool read_magnitude(const char **cursor, uint64_t *ret)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)**cursor))
		return false;
	errno = 0;
	number = strtoull(*cursor, &end, 0);
	if (errno)
		return false;
	*ret = number;
	*cursor = end;
	return true;
}

/* One number with blanks or the end of the value behind it. */
static bool read_number(const char **cursor, const char *end, struct value_number *ret)
{
	struct value_number number = { .is_negative = **cursor == '-' };
	const char *at = *cursor + number.is_negative;

	if (!read_magnitude(&at, &number.magnitude) || (at < end && !is_blank(*at)))
		return false;
	if (number.is_negative && number.magnitude > LOWEST_MAGNITUDE)
		return false;
	if (number.magnitude == 0)
		number.is_negative = false;
	*cursor = at;
	*ret = number;
	return true;
}

/* The text as numbers, VALUE_MOST_NUMBERS at most; false, and no change, if it is not. */
static bool read_numbers(struct value *value)
{
	const char *at = value->text, *end = value->text + value->length;
	struct value numeric = *value;

	while (at < end) {
		if (numeric.count == VALUE_MOST_NUMBERS ||
		    !read_number(&at, end, &numeric.numbers[numeric.count]))
			return false;
		numeric.count++;
		while (at < end && is_blank(*at))
			at++;
	}
	if (numeric.count == 0)
		return false;
	numeric.is_numeric = true;
	*value = numeric;
	return true;
}

static int check_numbers(const struct sysctl_def *def, struct value *value,
			 struct error *err)
{
	size_t wanted = def->arity ? def->arity : 1;
	char reason[64];

	if (!read_numbers(value))
		return refuse(def, value,
			      wanted > 1 ? "is no row of numbers" : "is no number", err);
	if (value->count != wanted) {
		(void)snprintf(reason, sizeof(reason), "has %zu numbers in place of %zu",
			       value->count, wanted);
		return refuse(def, value, reason, err);
	}
	for (size_t i = 0; def->type == VALUE_UINT && i < value->count; i++) {
		if (value->numbers[i].is_negative)
			return refuse(def, value, "is negative", err);
	}
	return 0;
}

/* The value of an unknown key: numbers as the kernel prints them, or else a text. */
static void guess_numbers(struct value *value)
{
	bool is_begin = true;

	for (size_t i = 0; i < value->length; i++) {
		const char *at = &value->text[i];

		/* "010" may be octal, decimal or a mask: not for us to say */
		if (is_begin && at[0] == '0' && isalnum((unsigned char)at[1]))
			return;
		is_begin = is_blank(at[0]) || at[0] == '-';
	}
	(void)read_numbers(value);
}

/* The next of "80,443,8000-8100"; false at the end and at what is no range. */
static bool next_range(const char **cursor, const char *end, uint64_t *low,
		       uint64_t *high)
{
	const char *at = *cursor;

	if (at >= end || !read_magnitude(&at, low))
		return false;
	*high = *low;
	if (at < end && *at == '-') {
		at++;
		if (!read_magnitude(&at, high) || *high < *low)
			return false;
	}
	if (at < end && *at++ != ',')
		return false;
	*cursor = at;
	return true;
}

static bool is_number_list(const struct value *value)
{
	const char *at = value->text, *end = value->text + value->length;
	uint64_t low, high;

	while (next_range(&at, end, &low, &high))
		;
	return at >= end;
}

/* Take the last 32-bit word off a mask "1,000000ff"; false when it is badly written. */
static bool take_last_word(const char *text, size_t *length, uint32_t *ret)
{
	uint32_t word = 0;
	unsigned digits = 0;

	while (*length > 0 && text[*length - 1] != ',') {
		char c = text[--*length];
		char digit[2] = { c, '\0' };

		if (!isxdigit((unsigned char)c) || digits == 8)
			return false;
		word |= (uint32_t)strtoul(digit, NULL, 16) << (4 * digits++);
	}
	if (digits == 0)
		return false;
	if (*length > 0 && --*length == 0)
		return false; /* nothing before the comma */
	*ret = word;
	return true;
}

static bool is_cpu_mask(const struct value *value)
{
	size_t length = value->length;
	uint32_t word;

	do {
		if (!take_last_word(value->text, &length, &word))
			return false;
	} while (length > 0);
	return true;
}

static bool is_word(const struct value *value)
{
	for (size_t i = 0; i < value->length; i++) {
		if (is_blank(value->text[i]))
			return false;
	}
	return value->length > 0;
}

static bool is_key_material(const struct value *value)
{
	return value->length > 0 &&
	       strspn(value->text, "0123456789abcdefABCDEF:,-") >= value->length;
}

static int check_text(const struct sysctl_def *def, const struct value *value,
		      bool (*fits)(const struct value *), const char *reason,
		      struct error *err)
{
	return fits(value) ? 0 : refuse(def, value, reason, err);
}

static int check_type(const struct sysctl_def *def, struct value *value,
		      struct error *err)
{
	switch (def->type) {
	case VALUE_INT:
	case VALUE_UINT:
	case VALUE_BOOL:
	case VALUE_ENUM:
	case VALUE_BITMASK:
		return check_numbers(def, value, err);
	case VALUE_CPU_MASK:
		return check_text(def, value, is_cpu_mask, "is no mask of CPUs", err);
	case VALUE_NUMBER_LIST:
		return check_text(def, value, is_number_list,
				  "is no list of numbers and ranges", err);
	case VALUE_WORD:
		return check_text(def, value, is_word, "is not one word", err);
	case VALUE_HEX_KEY:
		return check_text(def, value, is_key_material, "is no key", err);
	case VALUE_WORD_LIST:
	case VALUE_TEXT:
	case VALUE_UNKNOWN:
		return 0;
	}
	return 0;
}

int value_parse(const struct sysctl_def *def, const char *text, struct value *ret,
		struct error *err)
{
	struct value value = { 0 };
	int r;

	while (is_blank(*text))
		text++;
	value.text = text;
	value.length = strlen(text);
	while (value.length > 0 && is_blank(text[value.length - 1]))
		value.length--;
	if (!def) {
		guess_numbers(&value);
	} else {
		r = check_type(def, &value, err);
		if (r < 0)
			return r;
	}
	*ret = value;
	return 0;
}

static bool is_equal_numbers(const struct value *a, const struct value *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (value_number_compare(a->numbers[i], b->numbers[i]) != 0)
			return false;
	}
	return true;
}

static bool is_equal_masks(const struct value *a, const struct value *b)
{
	size_t length_a = a->length, length_b = b->length;

	while (length_a > 0 || length_b > 0) {
		uint32_t word_a = 0, word_b = 0;

		if (length_a > 0 && !take_last_word(a->text, &length_a, &word_a))
			return false;
		if (length_b > 0 && !take_last_word(b->text, &length_b, &word_b))
			return false;
		if (word_a != word_b)
			return false;
	}
	return true;
}

/* Is every number from low to high in the list? */
static bool has_range(const struct value *list, uint64_t low, uint64_t high)
{
	const char *at = list->text, *end = list->text + list->length;
	uint64_t first, last;

	while (next_range(&at, end, &first, &last)) {
		if (first > low || last < low)
			continue;
		if (last >= high)
			return true;
		low = last + 1;
		at = list->text; /* the list need not be in order */
	}
	return false;
}

static bool has_all_ranges(const struct value *list, const struct value *wanted)
{
	const char *at = wanted->text, *end = wanted->text + wanted->length;
	uint64_t low, high;

	while (next_range(&at, end, &low, &high)) {
		if (!has_range(list, low, high))
			return false;
	}
	return true;
}

/* The next word of a text; its length, 0 at the end. */
static size_t next_word(const char **cursor, const char *end)
{
	size_t length = 0;

	while (*cursor < end && is_blank(**cursor))
		(*cursor)++;
	while (*cursor + length < end && !is_blank((*cursor)[length]))
		length++;
	return length;
}

static bool has_word(const struct value *list, const char *word, size_t wanted)
{
	const char *at = list->text, *end = list->text + list->length;
	size_t length;

	for (; (length = next_word(&at, end)) > 0; at += length) {
		if (length == wanted && memcmp(at, word, length) == 0)
			return true;
	}
	return false;
}

static bool has_all_words(const struct value *list, const struct value *wanted)
{
	const char *at = wanted->text, *end = wanted->text + wanted->length;
	size_t length;

	for (; (length = next_word(&at, end)) > 0; at += length) {
		if (!has_word(list, at, length))
			return false;
	}
	return true;
}

/* The same words in the same order, whatever blanks are between. */
static bool is_equal_text(const struct value *a, const struct value *b)
{
	const char *at_a = a->text, *end_a = a->text + a->length;
	const char *at_b = b->text, *end_b = b->text + b->length;

	for (;;) {
		size_t length = next_word(&at_a, end_a);

		if (length != next_word(&at_b, end_b) || memcmp(at_a, at_b, length) != 0)
			return false;
		if (length == 0)
			return true;
		at_a += length;
		at_b += length;
	}
}

bool value_is_equal(const struct sysctl_def *def, const struct value *a,
		    const struct value *b)
{
	if (a->is_numeric && b->is_numeric)
		return is_equal_numbers(a, b);
	if (!def || a->is_numeric != b->is_numeric)
		return is_equal_text(a, b);
	if (def->type == VALUE_CPU_MASK)
		return is_equal_masks(a, b);
	if (def->type == VALUE_NUMBER_LIST)
		return has_all_ranges(a, b) && has_all_ranges(b, a);
	if (def->type == VALUE_WORD_LIST)
		return has_all_words(a, b) && has_all_words(b, a);
	if (def->type == VALUE_HEX_KEY)
		return a->length == b->length &&
		       strncasecmp(a->text, b->text, a->length) == 0;
	return is_equal_text(a, b);
}

int value_number_compare(struct value_number a, struct value_number b)
{
	int order = (a.magnitude > b.magnitude) - (a.magnitude < b.magnitude);

	if (a.is_negative != b.is_negative)
		return a.is_negative ? -1 : 1;
	return a.is_negative ? -order : order;
}

struct value_number value_number_from_i64(int64_t number)
{
	return (struct value_number){
		.is_negative = number < 0,
		.magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number,
	};
}

double value_number_double(struct value_number number)
{
	return number.is_negative ? -(double)number.magnitude : (double)number.magnitude;
}

void value_number_text(struct value_number number, char *buffer, size_t size)
{
	(void)snprintf(buffer, size, "%s%" PRIu64, number.is_negative ? "-" : "",
		       number.magnitude);
}

/* The value of a sysctl, as each type. */
#include "fuzz_support.h"

#include "catalog/sysctl.h"
#include "catalog/value.h"

/* Printing what was read, and reading it again, changes nothing. */
static void check_numbers(const struct sysctl_def *def, const struct value *value)
{
	char text[VALUE_MOST_NUMBERS * 24 + 1] = "";
	size_t length = 0;
	struct value again;

	for (size_t i = 0; i < value->count; i++) {
		char number[24];

		value_number_text(value->numbers[i], number, sizeof(number));
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					   i ? "\t" : "", number);
	}
	ALWAYS(value_parse(def, text, &again, NULL) == 0);
	ALWAYS(again.is_numeric && again.count == value->count);
	ALWAYS(value_is_equal(def, value, &again) && value_is_equal(def, &again, value));
}

static void check(const struct sysctl_def *def, const char *text)
{
	struct error err = { 0 };
	struct value value;
	int code = value_parse(def, text, &value, &err);

	ALWAYS((code == 0) == (err.text[0] == '\0'));
	if (code < 0)
		return;
	ALWAYS(value.text >= text && value.text + value.length <= text + strlen(text));
	ALWAYS(value.count <= VALUE_MOST_NUMBERS);
	ALWAYS(value_is_equal(def, &value, &value));
	if (value.is_numeric)
		check_numbers(def, &value);
}

/* Two values in one input, with a NUL between: equal is the same from both sides. */
static void check_pair(const struct sysctl_def *def, const char *text, const char *other)
{
	struct value a, b;

	if (value_parse(def, text, &a, NULL) < 0 || value_parse(def, other, &b, NULL) < 0)
		return;
	ALWAYS(value_is_equal(def, &a, &b) == value_is_equal(def, &b, &a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_string(data, size);
	const char *other = text + strlen(text) + (strlen(text) < size);

	check(NULL, text);
	check_pair(NULL, text, other);
	for (int type = VALUE_UNKNOWN; type <= VALUE_HEX_KEY; type++) {
		for (int arity = 1; arity <= 4; arity++) {
			const struct sysctl_def def = { .name = "a.b",
							.type = (enum value_type)type,
							.arity = (uint8_t)arity };

			check(&def, text);
			check_pair(&def, text, other);
		}
	}
	return 0;
}

/* Sentences with holes, the values of "set", and text from outside. */
#include "fuzz_support.h"

#include "rules/safe_text.h"
#include "rules/set_value.h"
#include "rules/template.h"

#include <errno.h>

static void fill(const char *template, const struct template_row *row)
{
	AUTO(text_clear) struct text text = { 0 };
	struct error err = { 0 };
	int checked = template_check(template, row, &err);
	int filled = template_fill(template, row, &text, NULL);

	ALWAYS(checked == 0 || checked == -EINVAL);
	ALWAYS((checked == 0) == (err.text[0] == '\0'));
	ALWAYS(checked == filled);
	ALWAYS(text_check(&text) == 0);
	/* what was safe stays so, whatever the values are */
	if (checked == 0 && fuzz_is_safe(template))
		ALWAYS(fuzz_is_safe(text_string(&text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(text_clear) struct text safe = { 0 };
	auto_free char *template = fuzz_string(data, size);
	double real = 0;
	int64_t integer = 0;
	const struct template_value values[] = {
		{ .name = "a", .kind = TEMPLATE_TEXT, .text = template },
		{ .name = "n",
		  .kind = TEMPLATE_INTEGER,
		  .integer =
			  size >= 8 ? (memcpy(&integer, data, 8), integer) : INT64_MIN },
		{ .name = "r",
		  .kind = TEMPLATE_REAL,
		  .real = size >= 8 ? (memcpy(&real, data, 8), real) : 1e300 },
		{ .name = "program", .kind = TEMPLATE_UNKNOWN },
		{ .name = "t", .is_threshold = true, .kind = TEMPLATE_REAL, .real = 0.9 },
	};
	const struct template_row row = { .values = values, .count = ARRAY_SIZE(values) };
	int code;

	fill(template, &row);
	code = set_value_check(template, NULL);
	ALWAYS(code == 0 || code == -EINVAL);
	safe_text_add(&safe, template);
	ALWAYS(fuzz_is_safe(text_string(&safe)));
	return 0;
}

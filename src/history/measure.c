#include "history/measure.h"

#include "base/parse.h"
#include "rules/template.h"

#include <math.h>

enum { SECONDS_A_MINUTE = 60 };

/* Numbers that are names. */
static bool is_name(const char *column)
{
	static const char *const names[] = { "port", "pid", "cpu", "queue_limit" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], column) == 0)
			return true;
	}
	return false;
}

static const struct finding_fact *find_fact(const struct finding *finding,
					    const struct template_hole *hole)
{
	for (size_t i = 0; i < finding->fact_count; i++) {
		const struct finding_fact *fact = &finding->facts[i];

		if (strlen(fact->name) == hole->length &&
		    strncmp(fact->name, hole->name, hole->length) == 0)
			return fact->is_number && fact->value && !is_name(fact->name)
				       ? fact
				       : NULL;
	}
	return NULL;
}

static void set_unit(struct measure *measure, const char *column, const char *suffix)
{
	(void)snprintf(measure->unit, sizeof(measure->unit), "%s%s", column, suffix);
	for (char *at = measure->unit; *at; at++) {
		if (*at == '_')
			*at = ' ';
	}
}

static bool is_count(enum template_format format)
{
	return format == FORMAT_PLAIN || format == FORMAT_BYTES;
}

static void take(const struct finding *finding, const struct finding_fact *fact,
		 enum template_format format, double window, struct measure *ret)
{
	bool is_over_window = finding->rule->judges == JUDGES_CHANGE && is_count(format);
	double number = 0;

	if (parse_double(fact->value, &number) < 0 || !isfinite(number) || number < 0)
		return;
	set_unit(ret, fact->name, is_over_window ? " a minute" : "");
	if (!is_over_window)
		ret->level = number;
	else if (window > 0)
		ret->level = number * SECONDS_A_MINUTE / window;
}

struct measure measure_of(const struct finding *finding, double window_seconds)
{
	struct measure measure = { .level = -1 };
	const char *cursor = finding->rule->says;
	struct template_hole hole;

	while (template_next_hole(&cursor, NULL, &hole, NULL) > 0) {
		const struct finding_fact *fact = find_fact(finding, &hole);

		if (fact) {
			take(finding, fact, hole.format, window_seconds, &measure);
			break;
		}
	}
	return measure;
}

#include "report/change_report.h"
#include "report/html.h"
#include "report/trend_report.h"
#include "report/words.h"

#include <inttypes.h>
#include <math.h>

enum { LABEL_COLUMNS = 28, NUMBERS_COLUMNS = 24, LEAST_PARTS = 8, MOST_PARTS = 48 };

void sparkline_add(struct text *text, const double *values, size_t count, double most,
		   bool has_utf8)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const letters[] = { "_", ".", ":", "-", "=", "+", "*", "#" };
	enum { LEVELS = ARRAY_SIZE(blocks) };

	for (size_t i = 0; i < count; i++) {
		double share = most > 0 ? values[i] / most : 0;
		int level = share > 0 ? (int)ceil(share * LEVELS) - 1 : 0;

		if (isnan(values[i])) {
			text_add_char(text, ' ');
			continue;
		}
		level = level < 0 ? 0 : level >= LEVELS ? LEVELS - 1 : level;
		text_add(text, has_utf8 ? blocks[level] : letters[level]);
	}
}

size_t trend_parts(const struct layout *layout)
{
	unsigned taken = LABEL_COLUMNS + NUMBERS_COLUMNS + 4;
	unsigned parts = layout->width > taken ? layout->width - taken : 0;

	if (parts < LEAST_PARTS)
		return LEAST_PARTS;
	return parts > MOST_PARTS ? MOST_PARTS : parts;
}

static void add_told(const struct news *news, struct prose *prose)
{
	for (size_t i = 0; i < news->events->count; i++) {
		const struct event *event = &news->events->events[i];
		char time[TIME_BYTES];

		record_time_text((double)event->taken, time);
		prose_addf(prose, (struct indent){ 0, 36 }, STYLE_PLAIN, "",
			   "%.16s  %-9s %s%s%s", time, event_kind_text(event->kind),
			   event->rule, event->rule[0] ? ": " : "",
			   event->rule[0] ? event->subject : event->says);
	}
	if (news->events->count == 0)
		prose_add(prose, (struct indent){ 0, 0 }, STYLE_QUIET, "",
			  "Nothing was told.");
}

/* In columns: label, picture, numbers. A label that is too long has a line of its own. */
static void add_line(const struct trend_report *report, const struct trend *trend,
		     const struct series_def *def, struct prose *prose)
{
	AUTO(text_clear) struct text line = { 0 };
	const char *label = trend->subject[0] ? trend->subject : def->label;
	enum series_unit unit = chart_defs[def->chart].unit;

	if (strlen(label) > LABEL_COLUMNS) {
		prose_add_line(prose, 2, STYLE_PLAIN, label);
		label = "";
	}
	text_addf(&line, "%-*s ", LABEL_COLUMNS, label);
	sparkline_add(&line, trend->most, report->trends->parts, trend->most_of_all,
		      prose->layout.has_utf8);
	text_add(&line, "  ");
	html_add_number(&line, trend->latest, unit);
	text_add(&line, ", most ");
	html_add_number(&line, trend->most_of_all, unit);
	if (line.has_failed)
		prose->text.has_failed = true;
	prose_add_line(prose, 2, STYLE_PLAIN, text_string(&line));
}

static void add_chart(const struct trend_report *report, enum chart chart,
		      struct prose *prose)
{
	bool is_first = true;

	for (size_t i = 0; i < report->trends->count; i++) {
		const struct trend *trend = &report->trends->trends[i];
		const struct series_def *def = series_find(trend->name);

		if (!def || def->chart != chart || !(trend->most_of_all > 0))
			continue;
		if (is_first) {
			prose_gap(prose);
			prose_add(prose, (struct indent){ 0, 0 }, STYLE_STRONG, "",
				  chart_defs[chart].title);
		}
		is_first = false;
		add_line(report, trend, def, prose);
	}
}

void trend_add_text(const struct trend_report *report, struct prose *prose)
{
	char from[TIME_BYTES], to[TIME_BYTES];

	record_time_text((double)report->trends->from, from);
	record_time_text((double)report->trends->to, to);
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_STRONG, "",
		   "%" PRId64 " report%s of network namespace %s, %s to %s",
		   report->trends->runs, words_plural((size_t)report->trends->runs),
		   report->news->place, from, to);
	prose_gap(prose);
	add_told(report->news, prose);
	news_add_open(report->news, prose);
	for (int chart = 0; chart < CHART_COUNT_; chart++)
		add_chart(report, (enum chart)chart, prose);
}

static void add_values(struct json *json, const char *name, const double *values,
		       size_t count)
{
	json_open(json, name, JSON_ARRAY);
	for (size_t i = 0; i < count; i++)
		json_add_real(json, NULL, values[i]);
	json_close(json, JSON_ARRAY);
}

void trend_add_json(const struct trend_report *report, struct json *json)
{
	json_open(json, "trends", JSON_OBJECT);
	json_add_integer(json, "from", report->trends->from);
	json_add_integer(json, "to", report->trends->to);
	json_add_integer(json, "reports", report->trends->runs);
	json_open(json, "series", JSON_ARRAY);
	for (size_t i = 0; i < report->trends->count; i++) {
		const struct trend *trend = &report->trends->trends[i];

		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "name", trend->name);
		json_add_string(json, "subject",
				trend->subject[0] ? trend->subject : NULL);
		json_add_real(json, "latest", trend->latest);
		add_values(json, "mean", trend->mean, report->trends->parts);
		add_values(json, "most", trend->most, report->trends->parts);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

/* Charts as SVG, drawn with a few hundred numbers. Colours are the page's. */
#include "report/change_report.h"
#include "report/html.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

/* In units of the picture, which are the pixels of a phone. */
enum {
	WIDTH = 360,
	HEIGHT = 190,
	LEFT = 54,
	RIGHT = 8,
	TOP = 14,
	BOTTOM = 30,
	TICKS = 4,
	TIME_TICKS = 3,
};

/* What one chart draws: the largest series of it. */
struct lines {
	enum chart chart;
	const struct trend *trends[CHART_MOST_LINES];
	size_t count, left_out;
	double top; /* of the axis */
};

static bool is_drawn(const struct trend *trend, enum chart chart)
{
	const struct series_def *def = series_find(trend->name);

	return def && def->chart == chart && trend->has_values;
}

/* Sorted by the largest value; series without subjects keep their order. */
static void insert(struct lines *lines, const struct trend *trend)
{
	bool is_sorted = trend->subject[0] != '\0';
	size_t at = lines->count;

	while (is_sorted && at > 0 &&
	       lines->trends[at - 1]->most_of_all < trend->most_of_all)
		at--;
	if (at == CHART_MOST_LINES) {
		lines->left_out++;
		return;
	}
	if (lines->count == CHART_MOST_LINES) {
		lines->count--;
		lines->left_out++;
	}
	for (size_t i = lines->count; i > at; i--)
		lines->trends[i] = lines->trends[i - 1];
	lines->trends[at] = trend;
	lines->count++;
}

/* The next of 1, 2, 2.5, 5, 10, ... so that the ticks are round. */
static double round_up(double value)
{
	static const double steps[] = { 1, 2, 2.5, 5, 10 };
	double scale = pow(10, floor(log10(value)));

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (value <= steps[i] * scale * (1 + 1e-9))
			return steps[i] * scale;
	}
	return 10 * scale;
}

static double find_top(const struct lines *lines)
{
	double most = 0, mebibyte = 1024.0 * 1024.0;

	for (size_t i = 0; i < lines->count; i++) {
		if (lines->trends[i]->most_of_all > most)
			most = lines->trends[i]->most_of_all;
	}
	if (chart_defs[lines->chart].unit == UNIT_SHARE)
		return most > 1 ? round_up(most) : 1;
	if (chart_defs[lines->chart].unit == UNIT_BYTES)
		return most > mebibyte ? round_up(most / mebibyte) * mebibyte : mebibyte;
	return most > 0 ? round_up(most) : 1;
}

/* --- places ----------------------------------------------------------------------- */

static double x_of(const struct trend_list *list, double seconds)
{
	double length = (double)(list->to - list->from) + 1;

	return LEFT + (WIDTH - LEFT - RIGHT) * (seconds - (double)list->from) / length;
}

static double y_of(const struct lines *lines, double value)
{
	return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / lines->top;
}

/* --- parts of the picture --------------------------------------------------------- */

static void add_value_axis(const struct lines *lines, struct text *text)
{
	for (int i = 0; i <= TICKS; i++) {
		double value = lines->top * i / TICKS;
		double y = y_of(lines, value);

		text_addf(
			text,
			"<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
			"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
			i == 0 ? "axis" : "grid", LEFT, WIDTH - RIGHT, y, y, LEFT - 5,
			y + 3.5);
		html_add_number(text, value, chart_defs[lines->chart].unit);
		text_add(text, "</text>");
	}
}

static void time_text(double seconds, double period, char *ret, size_t size)
{
	time_t time = (time_t)seconds;
	struct tm parts;

	ret[0] = '\0';
	if (localtime_r(&time, &parts))
		(void)strftime(ret, size, period > 3 * 86400.0 ? "%d %b" : "%d %b %H:%M",
			       &parts);
}

static void add_time_axis(const struct trend_list *list, struct text *text)
{
	static const char *const anchors[] = { "start", "middle", "end" };
	double period = (double)(list->to - list->from);

	for (int i = 0; i < TIME_TICKS; i++) {
		double seconds = (double)list->from + period * i / (TIME_TICKS - 1);
		char label[32];

		time_text(seconds, period, label, sizeof(label));
		text_addf(text, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>",
			  x_of(list, seconds), HEIGHT - BOTTOM + 14, anchors[i], label);
	}
}

/* A part in which nothing is known parts the line; a single part is a dot. */
static void add_path(const struct trend_list *list, const struct lines *lines,
		     size_t index, struct text *text)
{
	const struct trend *trend = lines->trends[index];
	double part = (double)(list->to - list->from + 1) / (double)list->parts;
	bool is_open = false;

	text_addf(text, "<path class=\"s%zu\" d=\"", index);
	for (size_t i = 0; i < list->parts; i++) {
		double x = x_of(list, (double)list->from + part * ((double)i + 0.5));

		if (isnan(trend->most[i])) {
			is_open = false;
			continue;
		}
		text_addf(text, "%s%.1f %.1f", is_open ? "L" : "M", x,
			  y_of(lines, trend->most[i]));
		if (!is_open && (i + 1 == list->parts || isnan(trend->most[i + 1])))
			text_add(text, "h.5");
		is_open = true;
	}
	text_add(text, "\"/>");
}

static void add_marks(const struct page *page, struct text *text)
{
	for (size_t i = 0; i < page->record_count; i++) {
		const struct record *record = page->records[i];
		char time[TIME_BYTES];
		double x = x_of(page->trends, record->taken);

		if (record->taken < (double)page->trends->from ||
		    record->taken > (double)page->trends->to)
			continue;
		record_time_text(record->taken, time);
		text_addf(
			text,
			"<g class=\"mark\"><title>change %" PRId64
			" was applied %s</title><line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
			"<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%" PRId64
			"</text></g>",
			record->id, time, x, x, TOP, HEIGHT - BOTTOM, x, TOP - 3,
			record->id);
	}
}

static const char *label_of(const struct trend *trend)
{
	return trend->subject[0] ? trend->subject : series_find(trend->name)->label;
}

static void add_description(const struct lines *lines, struct text *text)
{
	enum series_unit unit = chart_defs[lines->chart].unit;

	text_add(text, "<desc>");
	for (size_t i = 0; i < lines->count; i++) {
		text_add(text, i ? "; " : "");
		html_add_text(text, label_of(lines->trends[i]));
		text_add(text, ": now ");
		html_add_number(text, lines->trends[i]->latest, unit);
		text_add(text, ", at most ");
		html_add_number(text, lines->trends[i]->most_of_all, unit);
	}
	text_add(text, "</desc>");
}

static void add_picture(const struct page *page, const struct lines *lines,
			struct text *text)
{
	text_addf(text,
		  "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"c%d\">"
		  "<title id=\"c%d\">%s over time</title>",
		  WIDTH, HEIGHT, (int)lines->chart, (int)lines->chart,
		  chart_defs[lines->chart].title);
	add_description(lines, text);
	add_value_axis(lines, text);
	add_time_axis(page->trends, text);
	add_marks(page, text);
	for (size_t i = lines->count; i-- > 0;)
		add_path(page->trends, lines, i, text);
	text_add(text, "</svg>\n");
}

static void add_legend(const struct lines *lines, struct text *text)
{
	enum series_unit unit = chart_defs[lines->chart].unit;

	text_add(text, "<ul class=\"legend\">");
	for (size_t i = 0; i < lines->count; i++) {
		text_addf(text, "<li><i class=\"s%zu\"></i>", i);
		html_add_text(text, label_of(lines->trends[i]));
		text_add(text, ": <b>");
		html_add_number(text, lines->trends[i]->latest, unit);
		text_add(text, "</b> now, ");
		html_add_number(text, lines->trends[i]->most_of_all, unit);
		text_add(text, " at most</li>");
	}
	if (lines->left_out > 0)
		text_addf(text, "<li>and %zu smaller, not drawn</li>", lines->left_out);
	text_add(text, "</ul>");
}

bool html_add_chart(const struct page *page, enum chart chart, struct text *text)
{
	struct lines lines = { .chart = chart };

	for (size_t i = 0; i < page->trends->count; i++) {
		if (is_drawn(&page->trends->trends[i], chart))
			insert(&lines, &page->trends->trends[i]);
	}
	if (lines.count == 0)
		return false;
	lines.top = find_top(&lines);
	text_addf(text, "<figure><figcaption>%s</figcaption>\n", chart_defs[chart].title);
	add_picture(page, &lines, text);
	add_legend(&lines, text);
	text_add(text, "</figure>\n");
	return true;
}

/*
 * The page of a report: one HTML file that needs no network and no script. Whatever text
 * is added is made safe first, so that no name becomes markup.
 */
#pragma once

#include "apply/record.h"
#include "history/series.h"
#include "history/trend.h"
#include "report/news.h"

/*
 * records: changes that were applied in this namespace, of any boot; those in the period
 * are marks on the time axis. events: told in the period, the oldest first.
 */
struct page {
	const struct news *news;
	const char *release;
	const struct trend_list *trends;
	const struct event_list *events;
	const struct record *const *records;
	size_t record_count;
};

MUST_CHECK int html_add_page(const struct page *page, struct text *text,
			     struct error *err);

/* A text as content or as the value of an attribute in quotes. */
void html_add_text(struct text *text, const char *string);

/* "12.3 /s", "1.5 k", "93 %", "6 MiB", "not known" */
void html_add_number(struct text *text, double value, enum series_unit unit);

/* Lines that a chart draws; more are only counted. */
enum { CHART_MOST_LINES = 8 };

/* One chart with its legend; false, and nothing, when there is nothing to draw. */
bool html_add_chart(const struct page *page, enum chart chart, struct text *text);

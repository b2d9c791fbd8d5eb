/* How things went over a time: small pictures of trends for terminals, numbers for
 * programs. */
#pragma once

#include "history/trend.h"
#include "report/news.h"

struct trend_report {
	const struct news *news;
	const struct trend_list *trends;
};

/* Parts that fit a picture of one line in this layout. */
size_t trend_parts(const struct layout *layout);

/* What was told, what is open, and a line for each series that had a value but 0. */
void trend_add_text(const struct trend_report *report, struct prose *prose);

/* A member "trends" of an open object. */
void trend_add_json(const struct trend_report *report, struct json *json);

/*
 * A line of blocks, one for each value between 0 and most; a blank where nothing is
 * known.
 *
 * has_utf8: else ASCII stands for the blocks
 */
void sparkline_add(struct text *text, const double *values, size_t count, double most,
		   bool has_utf8);

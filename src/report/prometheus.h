/*
 * What a report saw, for Prometheus: the text format as node_exporter's textfile
 * collector reads it. docs/prometheus.md lists the metrics.
 */
#pragma once

#include "evidence/evidence.h"
#include "report/news.h"
#include "report/profile_stack.h"

/* Series of one metric at most; how many were left out is a metric itself. */
enum { PROMETHEUS_MOST_FINDINGS = 200, PROMETHEUS_MOST_SUBJECTS = 32 };

/*
 * drifted: keys that are no longer as apply left them. history_bytes: < 0 without a
 * history on the disk
 */
struct prometheus_report {
	const struct news *news;
	struct evidence *evidence;
	const struct profile_stack *stack;
	size_t drifted;
	int64_t history_bytes;
	double duration_seconds;
};

MUST_CHECK int prometheus_add(const struct prometheus_report *report, struct text *text,
			      struct error *err);

/* All that can be said when nothing was seen: the time, and that it failed. */
void prometheus_add_failure(const char *place, double now, struct text *text);

/* A label's value, escaped, without its quotes. */
void prometheus_add_label(struct text *text, const char *value);

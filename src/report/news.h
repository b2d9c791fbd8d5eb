/* What a report has to say: what is new, worse, better, resolved; for people and
 * programs. */
#pragma once

#include "base/kernel.h"
#include "history/findings.h"
#include "report/json.h"
#include "report/prose.h"

/* Version of docs/report.schema.json. Grows when a member is added or changes. */
enum { REPORT_SCHEMA_VERSION = 1 };

/*
 * host: "" when it is not known. now: seconds since 1970. window_seconds: < 0 without
 * one. problem: why there is no history, NULL when there is one. with_open: also how all
 * findings stand that are open, not only those of the events.
 */
struct news {
	const char *host;
	const char *place;
	int64_t now;
	double window_seconds;
	const struct event_list *events;
	const struct tracked_list *findings;
	const char *problem;
	bool with_open;
};

/* Is there nothing that anybody needs to hear? */
bool news_is_silent(const struct news *news);

void news_add_text(const struct news *news, struct prose *prose);
void news_add_markdown(const struct news *news, struct text *text);
void news_add_json(const struct news *news, struct json *json);

/* The parts that other reports have, too: open findings, and all members of the JSON. */
void news_add_open(const struct news *news, struct prose *prose);
void news_add_members(const struct news *news, struct json *json);

/* "2 new, 1 resolved"; "nothing new" */
void news_add_summary(const struct news *news, struct text *text);

/* The finding of an event; NULL for an event that is no finding's. */
const struct tracked *news_find(const struct news *news, const struct event *event);

/* "first seen 2026-11-25 10:46:03 +0000, seen 12 times; 44 drops a minute" */
void news_add_course(const struct tracked *tracked, struct text *text);

/* "WARNING", "CRITICAL", "info" */
const char *news_severity_word(int severity);

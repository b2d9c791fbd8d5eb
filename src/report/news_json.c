/* As docs/report.schema.json describes it. */
#include "report/news.h"
#include "rules/rule.h"

#include <math.h>

static void add_severity(struct json *json, int severity)
{
	json_add_string(json, "severity",
			severity >= SEVERITY_INFO && severity <= SEVERITY_CRITICAL
				? severity_text((enum severity)severity)
				: NULL);
}

static void add_event(const struct event *event, struct json *json)
{
	bool has_rule = event->rule[0];

	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "what", event_kind_text(event->kind));
	json_add_string(json, "id", has_rule ? event->rule : NULL);
	json_add_string(json, "subject", has_rule ? event->subject : NULL);
	add_severity(json, has_rule ? event->severity : -1);
	json_add_string(json, "says", event->says);
	json_close(json, JSON_OBJECT);
}

static void add_finding(const struct tracked *tracked, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_string(json, "kind", tracked->kind);
	json_add_string(json, "id", tracked->rule);
	json_add_string(json, "subject", tracked->subject);
	add_severity(json, tracked->severity);
	json_add_string(json, "says", tracked->says);
	json_add_string(json, "advice", tracked->advice);
	json_add_integer(json, "first_seen", tracked->first_seen);
	json_add_integer(json, "open_since", tracked->since);
	json_add_integer(json, "last_seen", tracked->last_seen);
	json_add_integer(json, "count", tracked->count);
	json_add_real(json, "level", tracked->level < 0 ? NAN : tracked->level);
	json_add_string(json, "unit", tracked->unit[0] ? tracked->unit : NULL);
	json_close(json, JSON_OBJECT);
}

void news_add_members(const struct news *news, struct json *json)
{
	json_add_integer(json, "schema_version", REPORT_SCHEMA_VERSION);
	json_add_string(json, "tcptune", TCPTUNE_VERSION);
	json_add_string(json, "host", news->host[0] ? news->host : NULL);
	json_add_string(json, "netns", news->place);
	json_add_integer(json, "taken", news->now);
	json_add_real(json, "window_seconds",
		      news->window_seconds < 0 ? NAN : news->window_seconds);
	json_add_string(json, "history_problem", news->problem);
	json_open(json, "events", JSON_ARRAY);
	for (size_t i = 0; i < news->events->count; i++)
		add_event(&news->events->events[i], json);
	json_close(json, JSON_ARRAY);
	json_open(json, "open_findings", JSON_ARRAY);
	for (size_t i = 0; i < news->findings->count; i++) {
		if (news->findings->items[i].is_open)
			add_finding(&news->findings->items[i], json);
	}
	json_close(json, JSON_ARRAY);
}

void news_add_json(const struct news *news, struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	news_add_members(news, json);
	json_close(json, JSON_OBJECT);
}

#include "report/news.h"

#include "report/change_report.h"
#include "report/words.h"
#include "rules/rule.h"

#include <inttypes.h>

bool news_is_silent(const struct news *news)
{
	return news->events->count == 0 && !news->with_open;
}

void news_add_summary(const struct news *news, struct text *text)
{
	const char *gap = "";

	for (int kind = EVENT_NEW; kind < EVENT_KINDS_; kind++) {
		size_t count = 0;

		for (size_t i = 0; i < news->events->count; i++)
			count += (int)news->events->events[i].kind == kind;
		if (count == 0)
			continue;
		text_addf(text, "%s%zu %s", gap, count,
			  event_kind_text((enum event_kind)kind));
		gap = ", ";
	}
	if (!gap[0])
		text_add(text, "nothing new");
}

const struct tracked *news_find(const struct news *news, const struct event *event)
{
	for (size_t i = 0; i < news->findings->count; i++) {
		const struct tracked *tracked = &news->findings->items[i];

		if (strcmp(tracked->rule, event->rule) == 0 &&
		    strcmp(tracked->subject, event->subject) == 0)
			return tracked;
	}
	return NULL;
}

void news_add_course(const struct tracked *tracked, struct text *text)
{
	char time[TIME_BYTES];

	record_time_text((double)tracked->first_seen, time);
	text_addf(text, "first seen %s", time);
	if (tracked->last_seen != tracked->first_seen) {
		record_time_text((double)tracked->last_seen, time);
		text_addf(text, ", last %s", time);
	}
	text_addf(text, ", in %" PRId64 " report%s", tracked->count,
		  words_plural((size_t)tracked->count));
	if (tracked->level >= 0 && tracked->unit[0])
		text_addf(text, "; %s: %.3g", tracked->unit, tracked->level);
}

const char *news_severity_word(int severity)
{
	switch (severity) {
	case SEVERITY_CRITICAL:
		return "CRITICAL";
	case SEVERITY_WARNING:
		return "WARNING";
	default:
		return "info";
	}
}

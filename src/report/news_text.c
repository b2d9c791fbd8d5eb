#include "report/change_report.h"
#include "report/news.h"
#include "report/words.h"
#include "rules/rule.h"

enum { HANG = 10 };

static const struct indent heading = { 0, HANG };
static const struct indent detail = { 2, HANG };
static const struct indent body = { HANG, HANG };

static enum style style_of(enum event_kind kind, int severity)
{
	if (kind == EVENT_RESOLVED || kind == EVENT_BETTER)
		return STYLE_GOOD;
	if (severity >= SEVERITY_CRITICAL)
		return STYLE_CRITICAL;
	return severity >= SEVERITY_WARNING ? STYLE_WARNING : STYLE_STRONG;
}

static void add_header(const struct news *news, struct prose *prose)
{
	AUTO(text_clear) struct text line = { 0 };
	char time[TIME_BYTES];

	record_time_text((double)news->now, time);
	news_add_summary(news, &line);
	if (news->host[0])
		text_addf(&line, " on %s", news->host);
	text_addf(&line, ", network namespace %s, %s", news->place, time);
	if (news->window_seconds >= 0) {
		text_add(&line, ", changes over ");
		words_add_seconds(&line, news->window_seconds);
	}
	if (line.has_failed)
		prose->text.has_failed = true;
	prose_add(prose, (struct indent){ 0, 2 }, STYLE_STRONG, "", text_string(&line));
}

static void add_course(const struct tracked *tracked, struct prose *prose)
{
	AUTO(text_clear) struct text line = { 0 };

	news_add_course(tracked, &line);
	if (line.has_failed)
		prose->text.has_failed = true;
	prose_add(prose, detail, STYLE_QUIET, "course", text_string(&line));
}

static void add_event(const struct news *news, const struct event *event,
		      struct prose *prose)
{
	const struct tracked *tracked = news_find(news, event);
	bool is_over = event->kind == EVENT_RESOLVED;

	prose_gap(prose);
	if (!event->rule[0]) {
		prose_add(prose, heading, style_of(event->kind, event->severity),
			  event_kind_text(event->kind), event->says);
		return;
	}
	prose_addf(prose, heading, style_of(event->kind, event->severity),
		   event_kind_text(event->kind), "%s %s: %s",
		   news_severity_word(event->severity), event->rule, event->subject);
	prose_addf(prose, body, STYLE_PLAIN, "", "%s%s", is_over ? "It was: " : "",
		   event->says);
	if (!tracked)
		return;
	if (tracked->advice[0] && !is_over)
		prose_add(prose, detail, STYLE_STRONG, "do", tracked->advice);
	add_course(tracked, prose);
}

void news_add_open(const struct news *news, struct prose *prose)
{
	size_t count = 0;

	for (size_t i = 0; i < news->findings->count; i++)
		count += news->findings->items[i].is_open;
	prose_gap(prose);
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_STRONG, "",
		   count ? "%zu finding%s open" : "No finding is open.", count,
		   words_plural(count));
	for (size_t i = 0; i < news->findings->count; i++) {
		const struct tracked *tracked = &news->findings->items[i];

		if (!tracked->is_open)
			continue;
		prose_gap(prose);
		prose_addf(prose, heading, style_of(EVENT_NEW, tracked->severity),
			   news_severity_word(tracked->severity), "%s: %s", tracked->rule,
			   tracked->subject);
		prose_add(prose, body, STYLE_PLAIN, "", tracked->says);
		add_course(tracked, prose);
	}
}

void news_add_text(const struct news *news, struct prose *prose)
{
	add_header(news, prose);
	for (size_t i = 0; i < news->events->count; i++)
		add_event(news, &news->events->events[i], prose);
	if (news->with_open)
		news_add_open(news, prose);
	if (news->problem) {
		prose_gap(prose);
		prose_addf(prose, heading, STYLE_WARNING, "history", "%s", news->problem);
	}
}

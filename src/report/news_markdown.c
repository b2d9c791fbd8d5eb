/* Markdown, for chats and tickets. Names cannot become markup. */
#include "report/change_report.h"
#include "report/news.h"
#include "rules/safe_text.h"

static void add_escaped(struct text *text, const char *string)
{
	AUTO(text_clear) struct text safe = { 0 };

	safe_text_add(&safe, string);
	if (safe.has_failed)
		text->has_failed = true;
	for (const char *at = text_string(&safe); *at; at++) {
		/* '<' and '&' too: HTML is part of Markdown, and so are its entities */
		if (strchr("\\`*_{}[]()<>#+-!|~&:@", *at))
			text_add_char(text, '\\');
		text_add_char(text, *at);
	}
}

static void add_item(const char *label, const char *rule, const char *subject,
		     const char *says, const struct tracked *tracked, bool with_advice,
		     struct text *text)
{
	AUTO(text_clear) struct text course = { 0 };

	text_addf(text, "- **%s**", label);
	if (rule[0]) {
		text_add_char(text, ' ');
		add_escaped(text, rule);
		text_add(text, " \\- ");
		add_escaped(text, subject);
	}
	text_add(text, "  \n  ");
	add_escaped(text, says);
	text_add_char(text, '\n');
	if (!tracked)
		return;
	if (with_advice && tracked->advice[0]) {
		text_add(text, "  - What to do: ");
		add_escaped(text, tracked->advice);
		text_add_char(text, '\n');
	}
	news_add_course(tracked, &course);
	text_add(text, "  - ");
	add_escaped(text, text_string(&course));
	text_add_char(text, '\n');
}

static void add_event(const struct news *news, const struct event *event,
		      struct text *text)
{
	AUTO(text_clear) struct text label = { 0 };

	text_add(&label, event_kind_text(event->kind));
	if (event->rule[0])
		text_addf(&label, " %s", news_severity_word(event->severity));
	add_item(text_string(&label), event->rule, event->subject, event->says,
		 news_find(news, event), event->kind != EVENT_RESOLVED, text);
}

void news_add_markdown(const struct news *news, struct text *text)
{
	AUTO(text_clear) struct text summary = { 0 };
	char time[TIME_BYTES];

	record_time_text((double)news->now, time);
	news_add_summary(news, &summary);
	text_add(text, "# tcptune: ");
	add_escaped(text, text_string(&summary));
	text_add(text, "\n\n");
	if (news->host[0]) {
		text_add(text, "Host ");
		add_escaped(text, news->host);
		text_add(text, ", ");
	}
	text_add(text, "network namespace ");
	add_escaped(text, news->place);
	text_add(text, ", ");
	add_escaped(text, time);
	text_add(text, "\n\n");
	for (size_t i = 0; i < news->events->count; i++)
		add_event(news, &news->events->events[i], text);
	if (news->with_open) {
		text_add(text, "\n## Open findings\n\n");
		for (size_t i = 0; i < news->findings->count; i++) {
			const struct tracked *tracked = &news->findings->items[i];

			if (tracked->is_open)
				add_item(news_severity_word(tracked->severity),
					 tracked->rule, tracked->subject, tracked->says,
					 tracked, false, text);
		}
	}
	if (news->problem) {
		text_add(text, "\n**history**: ");
		add_escaped(text, news->problem);
		text_add_char(text, '\n');
	}
}

#include "report/html.h"

#include "report/change_report.h"
#include "report/words.h"
#include "rules/rule.h"
#include "rules/safe_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

enum { MOST_EVENTS_SHOWN = 200 };

/*
 * Colours: each line is told from its neighbours by lightness, too, and has a contrast of
 * at least 3 to the background; text has at least 4.5.
 */
static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n";

static const char style[] =
	"<style>\n"
	":root{--back:#fff;--card:#f6f7f9;--ink:#1b1f24;--soft:#57606a;--line:#d5dae0;--bad:#b3141f;--warn:#8a5300;--good:#146c2e;"
	"--c0:#0b5cad;--c1:#b3490b;--c2:#1a7f37;--c3:#8b3fb8;--c4:#a8195f;--c5:#5c6f00;--c6:#00707e;--c7:#6b5048}\n"
	"@media(prefers-color-scheme:dark){:root{--back:#14171b;--card:#1d2127;--ink:#e8ebef;--soft:#a3adb8;--line:#3a424c;--bad:#ff8087;--warn:#f0b341;--good:#66d17f;"
	"--c0:#6cb2ff;--c1:#ff9f5c;--c2:#6bd68a;--c3:#d09bf5;--c4:#ff85bd;--c5:#c6d64a;--c6:#4fd3e0;--c7:#d3b5a8}}\n"
	"*{box-sizing:border-box}body{margin:0 auto;max-width:75rem;padding:1rem;background:var(--back);color:var(--ink);font:1rem/1.45 system-ui,sans-serif}\n"
	"h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.6rem 0 .6rem}p{margin:.3rem 0;overflow-wrap:anywhere}.soft{color:var(--soft)}\n"
	".bad{color:var(--bad)}.warn{color:var(--warn)}.good{color:var(--good)}\n"
	"article{background:var(--card);border-left:.3rem solid var(--line);padding:.6rem .8rem;margin:.6rem 0;border-radius:.3rem}article.bad{border-color:var(--bad)}article.warn{border-color:var(--warn)}article p{color:var(--ink)}article p.soft{color:var(--soft)}article h3{font-size:1rem;margin:0 0 .2rem;overflow-wrap:anywhere}\n"
	".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:1rem}\n"
	"figure{margin:0;background:var(--card);border-radius:.3rem;padding:.6rem;min-width:0}figcaption{font-weight:600;margin-bottom:.3rem}\n"
	"svg{width:100%;height:auto;display:block}svg text{font-size:11px;fill:var(--soft)}svg path{fill:none;stroke-width:1.8;stroke-linejoin:round}svg .grid{stroke:var(--line);stroke-width:.6}svg .axis{stroke:var(--soft)}svg .mark line{stroke:var(--ink);stroke-dasharray:3 3}svg .mark text{fill:var(--ink);font-weight:700}\n"
	".legend{list-style:none;margin:.4rem 0 0;padding:0;font-size:.85rem}.legend li{overflow-wrap:anywhere;padding-left:1.2rem;position:relative}.legend i{position:absolute;left:0;top:.45rem;width:.8rem;height:.35rem;border-radius:.2rem}\n"
	".s0{stroke:var(--c0);background:var(--c0)}.s1{stroke:var(--c1);background:var(--c1)}.s2{stroke:var(--c2);background:var(--c2)}.s3{stroke:var(--c3);background:var(--c3)}.s4{stroke:var(--c4);background:var(--c4)}.s5{stroke:var(--c5);background:var(--c5)}.s6{stroke:var(--c6);background:var(--c6)}.s7{stroke:var(--c7);background:var(--c7)}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}td.n,th.n{text-align:right;white-space:nowrap}td.t{white-space:nowrap}\n"
	"</style>\n";

void html_add_text(struct text *text, const char *string)
{
	AUTO(text_clear) struct text safe = { 0 };

	safe_text_add(&safe, string);
	if (safe.has_failed)
		text->has_failed = true;
	for (const char *at = text_string(&safe); *at; at++) {
		switch (*at) {
		case '&':
			text_add(text, "&amp;");
			break;
		case '<':
			text_add(text, "&lt;");
			break;
		case '>':
			text_add(text, "&gt;");
			break;
		case '"':
			text_add(text, "&quot;");
			break;
		case '\'':
			text_add(text, "&#39;");
			break;
		default:
			text_add_char(text, *at);
		}
	}
}

static void add_scaled(struct text *text, double value, double step,
		       const char *const *units, size_t count)
{
	size_t i = 0;

	while (i + 1 < count && fabs(value) >= step) {
		value /= step;
		i++;
	}
	text_addf(text, fabs(value) >= 1000 ? "%.0f%s" : "%.3g%s", value, units[i]);
}

void html_add_number(struct text *text, double value, enum series_unit unit)
{
	static const char *const bytes[] = { " B", " KiB", " MiB", " GiB", " TiB" };
	static const char *const counts[] = { "", " k", " M", " G" };
	static const char *const rates[] = { "/s", " k/s", " M/s", " G/s" };

	if (!isfinite(value)) {
		text_add(text, "not known");
		return;
	}
	switch (unit) {
	case UNIT_PER_SECOND:
		add_scaled(text, value, 1000, rates, ARRAY_SIZE(rates));
		break;
	case UNIT_COUNT:
		add_scaled(text, value, 1000, counts, ARRAY_SIZE(counts));
		break;
	case UNIT_BYTES:
		add_scaled(text, value, 1024, bytes, ARRAY_SIZE(bytes));
		break;
	case UNIT_SHARE:
		text_addf(text, "%.3g %%", 100 * value);
		break;
	}
}

static const char *class_of(int severity)
{
	if (severity >= SEVERITY_CRITICAL)
		return "bad";
	return severity >= SEVERITY_WARNING ? "warn" : "soft";
}

static void add_time(struct text *text, double seconds)
{
	char time[TIME_BYTES];

	record_time_text(seconds, time);
	html_add_text(text, time);
}

/* --- parts of the page ------------------------------------------------------------ */

static void add_header(const struct page *page, struct text *text)
{
	const struct news *news = page->news;

	text_add(text, head);
	text_add(text, "<title>tcptune: ");
	html_add_text(text, news->host[0] ? news->host : news->place);
	text_add(text, "</title>\n");
	text_add(text, style);
	text_add(text, "</head>\n<body>\n<header><h1>TCP on ");
	html_add_text(text, news->host[0] ? news->host : "this host");
	text_add(text, "</h1>\n<p class=\"soft\">network namespace ");
	html_add_text(text, news->place);
	if (page->release[0]) {
		text_add(text, ", Linux ");
		html_add_text(text, page->release);
	}
	text_add(text, ", as of ");
	add_time(text, (double)news->now);
	text_addf(text, ", tcptune %s</p></header>\n<main>\n", TCPTUNE_VERSION);
}

static size_t count_open(const struct news *news, int severity)
{
	size_t count = 0;

	for (size_t i = 0; i < news->findings->count; i++)
		count += news->findings->items[i].is_open &&
			 news->findings->items[i].severity == severity;
	return count;
}

static void add_state(const struct page *page, struct text *text)
{
	size_t critical = count_open(page->news, SEVERITY_CRITICAL);
	size_t warnings = count_open(page->news, SEVERITY_WARNING);

	text_add(text, "<section><h2>State now</h2>\n");
	if (critical + warnings == 0)
		text_add(text, "<p class=\"good\"><b>No problem is open.</b></p>\n");
	else
		text_addf(text,
			  "<p class=\"%s\"><b>%zu critical, %zu warning%s open</b></p>\n",
			  critical ? "bad" : "warn", critical, warnings,
			  words_plural(warnings));
	if (page->news->problem) {
		text_add(text, "<p class=\"warn\">No history: ");
		html_add_text(text, page->news->problem);
		text_add(text, "</p>\n");
	}
	text_addf(text, "<p class=\"soft\">%" PRId64 " reports from ",
		  page->trends->runs);
	add_time(text, (double)page->trends->from);
	text_add(text, " to ");
	add_time(text, (double)page->trends->to);
	text_add(text, ".</p></section>\n");
}

static void add_finding(const struct tracked *tracked, struct text *text)
{
	AUTO(text_clear) struct text course = { 0 };

	text_addf(text, "<article class=\"%s\"><h3>%s ", class_of(tracked->severity),
		  news_severity_word(tracked->severity));
	html_add_text(text, tracked->rule);
	text_add(text, ": ");
	html_add_text(text, tracked->subject);
	text_add(text, "</h3><p>");
	html_add_text(text, tracked->says);
	if (tracked->advice[0]) {
		text_add(text, "</p><p><b>What to do:</b> ");
		html_add_text(text, tracked->advice);
	}
	news_add_course(tracked, &course);
	text_add(text, "</p><p class=\"soft\">");
	html_add_text(text, text_string(&course));
	text_add(text, "</p></article>\n");
}

static void add_findings(const struct page *page, struct text *text)
{
	const struct tracked_list *list = page->news->findings;
	size_t count = 0;

	text_add(text, "<section><h2>Findings</h2>\n");
	for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_INFO; severity--) {
		for (size_t i = 0; i < list->count; i++) {
			if (!list->items[i].is_open ||
			    list->items[i].severity != severity)
				continue;
			add_finding(&list->items[i], text);
			count++;
		}
	}
	text_add(text, count ? "</section>\n" : "<p>None is open.</p></section>\n");
}

static void add_charts(const struct page *page, struct text *text)
{
	text_add(
		text,
		"<section><h2>Over time</h2>\n<p class=\"soft\">Each point is the most of its part of the time.");
	if (page->record_count > 0)
		text_add(text, " Dashed lines are changes that were applied, by number.");
	text_add(text, "</p>\n<div class=\"charts\">\n");
	for (int chart = 0; chart < CHART_COUNT_; chart++)
		(void)html_add_chart(page, (enum chart)chart, text);
	text_add(text, "</div></section>\n");
}

static void add_states(const struct page *page, struct text *text)
{
	bool is_first = true;

	for (size_t i = 0; i < page->trends->count; i++) {
		const struct trend *trend = &page->trends->trends[i];

		if (strcmp(trend->name, "sockets") != 0 || isnan(trend->latest))
			continue;
		if (is_first)
			text_add(
				text,
				"<section><h2>Sockets by state, now</h2>\n<div class=\"wide\"><table>"
				"<tr><th scope=\"col\">state</th><th scope=\"col\" class=\"n\">sockets</th></tr>\n");
		is_first = false;
		text_add(text, "<tr><td>");
		html_add_text(text, trend->subject);
		text_addf(text, "</td><td class=\"n\">%.0f</td></tr>\n", trend->latest);
	}
	if (!is_first)
		text_add(text, "</table></div></section>\n");
}

static size_t count_written(const struct record *record)
{
	size_t count = 0;

	for (size_t i = 0; i < record->key_count; i++)
		count += record->keys[i].role == ROLE_CHANGE;
	return count;
}

static void add_keys(const struct record *record, struct text *text)
{
	text_addf(text, "<details><summary>%zu key%s</summary>", count_written(record),
		  words_plural(count_written(record)));
	for (size_t i = 0; i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];

		if (key->role != ROLE_CHANGE)
			continue;
		text_add(text, "<p>");
		html_add_text(text, key->key);
		text_add(text, ": ");
		html_add_text(text, key->old ? key->old : "(not known)");
		text_add(text, " &rarr; ");
		html_add_text(text, key->after	  ? key->after
				    : key->wanted ? key->wanted
						  : "?");
		text_add(text, "</p>");
	}
	text_add(text, "</details>");
}

static void add_records(const struct page *page, struct text *text)
{
	if (page->record_count == 0)
		return;
	text_add(
		text,
		"<section><h2>Changes that were applied</h2>\n<div class=\"wide\"><table><tr><th scope=\"col\" class=\"n\">number</th>"
		"<th scope=\"col\">when</th><th scope=\"col\">state</th><th scope=\"col\">profiles</th><th scope=\"col\">keys</th></tr>\n");
	for (size_t i = 0; i < page->record_count; i++) {
		const struct record *record = page->records[i];

		text_addf(text, "<tr><td class=\"n\">%" PRId64 "</td><td class=\"t\">",
			  record->id);
		add_time(text, record->taken);
		text_addf(text, "</td><td>%s</td><td>", record_state_text(record->state));
		html_add_text(text, record->profiles ? record->profiles : "");
		text_add(text, "</td><td>");
		add_keys(record, text);
		text_add(text, "</td></tr>\n");
	}
	text_add(text, "</table></div></section>\n");
}

static void add_events(const struct page *page, struct text *text)
{
	size_t count = page->events->count;

	if (count == 0)
		return;
	text_add(
		text,
		"<section><h2>What was told</h2>\n<div class=\"wide\"><table><tr><th scope=\"col\">when</th><th scope=\"col\">what</th>"
		"<th scope=\"col\">finding</th></tr>\n");
	for (size_t i = count; i-- > 0 && count - i <= MOST_EVENTS_SHOWN;) {
		const struct event *event = &page->events->events[i];

		text_add(text, "<tr><td class=\"t\">");
		add_time(text, (double)event->taken);
		text_addf(text, "</td><td class=\"%s\">%s</td><td>",
			  event->kind == EVENT_RESOLVED || event->kind == EVENT_BETTER
				  ? "good"
				  : class_of(event->severity),
			  event_kind_text(event->kind));
		html_add_text(text, event->rule);
		text_add(text, event->rule[0] ? ": " : "");
		html_add_text(text, event->rule[0] ? event->subject : event->says);
		text_add(text, "</td></tr>\n");
	}
	text_add(text, "</table></div></section>\n");
}

int html_add_page(const struct page *page, struct text *text, struct error *err)
{
	add_header(page, text);
	add_state(page, text);
	add_findings(page, text);
	add_charts(page, text);
	add_states(page, text);
	add_records(page, text);
	add_events(page, text);
	text_add(text, "</main>\n</body>\n</html>\n");
	return text_check(text) < 0 ? error_set(err, -ENOMEM, "out of memory") : 0;
}

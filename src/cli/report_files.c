#include "cli/report_files.h"

#include "base/file_write.h"
#include "report/html.h"
#include "report/prometheus.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <time.h>

enum {
	FILE_MODE = 0644,
	PAGE_SECONDS = 7 * 24 * 60 * 60,
	PAGE_PARTS = 160,
	PAGE_MOST_EVENTS = 200,
	PAGE_MOST_RECORDS = 100,
};

static int write_file(const char *path, const struct text *text, struct error *err)
{
	auto_free char *for_folder = strdup(path);
	auto_free char *for_name = strdup(path);
	auto_close int folder = -1;
	int r = text_check(text);

	if (r < 0 || !for_folder || !for_name)
		return error_set(err, -ENOMEM, "out of memory");
	folder = open(dirname(for_folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = folder < 0 ? -errno
		       : file_replace(folder, basename(for_name), text_string(text),
				      text->length, FILE_MODE);
	return r < 0 ? error_set(err, r, "cannot write '%s': %s", path, strerror(-r)) : 0;
}

static double seconds_now(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int write_metrics(struct report_run *run, const struct news *news,
			 struct error *err)
{
	AUTO(text_clear) struct text text = { 0 };
	struct prometheus_report report = {
		.news = news,
		.evidence = &run->evidence,
		.stack = &run->stack,
		.drifted = run->drift.count,
		.history_bytes = -1,
		.duration_seconds = seconds_now(CLOCK_MONOTONIC) - run->begun,
	};
	int r = run->history.is_in_memory
			? 0
			: history_bytes(&run->history, &report.history_bytes, err);

	if (r == 0)
		r = prometheus_add(&report, &text, err);
	return r < 0 ? r : write_file(run->options.prometheus, &text, err);
}

/* Those of the same place, in whatever boot; the latest ones. */
static size_t find_records(const struct report_run *run, const struct record **ret)
{
	const struct record_list *list = &run->session.list;
	size_t count = 0;

	for (size_t i = list->count; i-- > 0 && count < PAGE_MOST_RECORDS;) {
		const struct record *record = &list->records[i];
		if (report_is_here(run, record))
			ret[count++] = record;
	}
	return count;
}

static int write_page(struct report_run *run, const struct news *news, struct error *err)
{
	AUTO(text_clear) struct text text = { 0 };
	AUTO(trend_list_clear) struct trend_list trends = { 0 };
	AUTO(event_list_clear) struct event_list events = { 0 };
	const struct record *records[PAGE_MOST_RECORDS];
	int64_t seconds =
		run->options.since_ms ? run->options.since_ms / 1000 : PAGE_SECONDS;
	int64_t first = 0, last = 0, from;
	int r = trend_period(&run->history, &first, &last, err);

	if (r < 0)
		return r;
	from = news->now - seconds > first ? news->now - seconds : first;
	r = trends_load(&run->history, from, news->now, PAGE_PARTS, &trends, err);
	if (r == 0)
		r = events_load(&run->history, from, PAGE_MOST_EVENTS, &events, err);
	if (r == 0) {
		const struct page page = {
			.news = news,
			.release = run->session.kernel.release,
			.trends = &trends,
			.events = &events,
			.records = records,
			.record_count = find_records(run, records),
		};

		r = html_add_page(&page, &text, err);
	}
	return r < 0 ? r : write_file(run->options.html, &text, err);
}

enum exit_status report_write_files(struct report_run *run, const struct news *news)
{
	enum exit_status status = STATUS_FINE;
	struct error err = { 0 };
	int r;

	if (run->options.prometheus) {
		r = write_metrics(run, news, &err);
		if (r < 0)
			status = console_fail(r, &err);
	}
	if (run->options.html) {
		r = write_page(run, news, &err);
		if (r < 0)
			status = console_fail(r, &err);
	}
	return status;
}

void report_write_failure(const struct report_run *run)
{
	AUTO(text_clear) struct text text = { 0 };
	struct error err = { 0 };

	if (!run->options.prometheus)
		return;
	prometheus_add_failure(run->options.netns
				       ? run->options.netns
				       : history_place_name(&run->session.kernel),
			       seconds_now(CLOCK_REALTIME), &text);
	if (write_file(run->options.prometheus, &text, &err) < 0)
		console_complain("%s", err.text);
}

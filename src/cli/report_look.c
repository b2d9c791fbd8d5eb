#include "cli/report_look.h"

#include "cli/report_files.h"
#include "report/applied_report.h"
#include "report/trend_report.h"

#include <errno.h>

enum { MOST_EVENTS = 1000 };

static int open_history(struct report_run *run, struct error *err)
{
	int r = report_open_kernel(run, err);

	if (r == 0)
		r = history_open_reading(run->options.state_path, &run->history, err);
	if (r == 0)
		r = history_find_place(&run->history, &run->session.kernel, err);
	return r;
}

static int load(struct report_run *run, int64_t from, int64_t now, size_t parts,
		struct trend_list *trends, struct error *err)
{
	int r = trends ? trends_load(&run->history, from, now, parts, trends, err) : 0;

	if (r == 0)
		r = findings_load(&run->history, &run->findings, err);
	if (r == 0)
		r = events_load(&run->history, from, MOST_EVENTS, &run->events, err);
	return r;
}

static enum exit_status print(const struct report_run *run,
			      const struct trend_report *report, struct prose *prose)
{
	AUTO(json_clear) struct json json = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	switch (run->options.format) {
	case REPORT_TEXT:
		trend_add_text(report, prose);
		return console_print(&prose->text, STATUS_FINE);
	case REPORT_JSON:
		json_open(&json, NULL, JSON_OBJECT);
		news_add_members(report->news, &json);
		trend_add_json(report, &json);
		json_close(&json, JSON_OBJECT);
		return console_print(&json.text, STATUS_FINE);
	case REPORT_MARKDOWN:
		news_add_markdown(report->news, &text);
		return console_print(&text, STATUS_FINE);
	}
	return STATUS_CANNOT;
}

static enum exit_status look_back(struct report_run *run)
{
	AUTO(trend_list_clear) struct trend_list trends = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();
	int64_t now = (int64_t)kernel_taken_seconds(&run->session.kernel);
	struct error err = { 0 };
	int r = load(run, now - run->options.since_ms / 1000, now,
		     trend_parts(&prose.layout), run->options.html ? NULL : &trends,
		     &err);
	const struct news news = {
		.host = "",
		.place = history_place_name(&run->session.kernel),
		.now = now,
		.window_seconds = -1,
		.events = &run->events,
		.findings = &run->findings,
		.with_open = true,
	};
	const struct trend_report report = { .news = &news, .trends = &trends };
	enum exit_status files = STATUS_FINE, status;

	if (r < 0)
		return console_fail(r, &err);
	if (run->options.html)
		files = report_write_files(run, &news);
	status = run->options.html ? STATUS_FINE : print(run, &report, &prose);
	return status == STATUS_FINE ? files : status;
}

/* --- whether a change helped ------------------------------------------------------ */

static int find_change(struct report_run *run, struct record **ret, struct error *err)
{
	int r = session_find(&run->session, run->options.applied, ret, err);

	if (r < 0 || report_is_here(run, *ret))
		return r;
	return error_set(
		err, -EINVAL,
		"change %s was applied in another network namespace ('%s'): give --netns",
		run->options.applied, (*ret)->netns ? (*ret)->netns : "init");
}

/* A change that was undone is judged until then. */
static int64_t end_of(const struct report_run *run, const struct record *record)
{
	bool is_over = record->state == RECORD_UNDONE || record->state == RECORD_PARTLY;

	return (int64_t)(is_over && record->finished > 0
				 ? record->finished
				 : kernel_taken_seconds(&run->session.kernel));
}

static enum exit_status print_applied(const struct report_run *run,
				      const struct applied_report *report)
{
	AUTO(json_clear) struct json json = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();

	if (run->options.format == REPORT_JSON) {
		applied_add_json(report, &json);
		return console_print(&json.text, STATUS_FINE);
	}
	applied_add_text(report, &prose);
	return console_print(&prose.text, STATUS_FINE);
}

static enum exit_status look_at_change(struct report_run *run)
{
	AUTO(applied_result_clear) struct applied_result result = { 0 };
	struct record *record = NULL;
	struct error err = { 0 };
	int r = find_change(run, &record, &err);

	if (r == 0)
		r = rules_load(NULL, &run->rules, &err);
	if (r == 0)
		r = findings_load(&run->history, &run->findings, &err);
	if (r == 0)
		r = applied_compare(&run->history, (int64_t)record->taken,
				    end_of(run, record), &result, &err);
	if (r < 0)
		return console_fail(r, &err);
	return print_applied(run, &(struct applied_report){ .record = record,
							    .result = &result,
							    .rules = &run->rules,
							    .findings = &run->findings });
}

enum exit_status report_look(struct report_run *run)
{
	struct error err = { 0 };
	int r = open_history(run, &err);

	if (r < 0)
		return console_fail(r, &err);
	return run->options.applied ? look_at_change(run) : look_back(run);
}

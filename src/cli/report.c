/* `tcptune report`: what runs unattended, keeps a history, and speaks when there is news.
 */
#include "cli/report_files.h"
#include "cli/report_look.h"
#include "cli/report_news.h"
#include "report/news.h"

#include <errno.h>
#include <sys/utsname.h>
#include <time.h>

static enum exit_status print_news(const struct report_run *run, const struct news *news)
{
	AUTO(json_clear) struct json json = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();
	AUTO(text_clear) struct text text = { 0 };

	switch (run->options.format) {
	case REPORT_TEXT:
		news_add_text(news, &prose);
		return console_print(&prose.text, STATUS_FINE);
	case REPORT_JSON:
		news_add_json(news, &json);
		return console_print(&json.text, STATUS_FINE);
	case REPORT_MARKDOWN:
		news_add_markdown(news, &text);
		return console_print(&text, STATUS_FINE);
	}
	return STATUS_CANNOT;
}

static struct news news_of(const struct report_run *run, const char *host)
{
	return (struct news){
		.host = host,
		.place = history_place_name(&run->session.kernel),
		.now = (int64_t)run->evidence.taken_now,
		.window_seconds = run->evidence.window_seconds,
		.events = &run->events,
		.findings = &run->findings,
		.problem = run->problem,
		.with_open = run->options.always,
	};
}

/* Files first: a printer that fails must not keep metrics from the others. */
static enum exit_status speak(struct report_run *run)
{
	struct utsname name = { 0 };
	const bool is_live = run->session.kernel.is_live;
	const struct news news =
		news_of(run, is_live && uname(&name) == 0 ? name.nodename : "");
	enum exit_status files = report_write_files(run, &news);
	enum exit_status status =
		news_is_silent(&news) ? STATUS_FINE : print_news(run, &news);

	run->has_unwritten = files != STATUS_FINE;
	return status;
}

static bool has_failed(const struct report_run *run)
{
	for (size_t i = 0; i < run->findings.count; i++) {
		const struct tracked *tracked = &run->findings.items[i];

		if (tracked->is_open && tracked->severity >= (int)run->options.fail_on)
			return true;
	}
	return false;
}

static int observe_and_store(struct report_run *run, struct error *err)
{
	int r = report_observe(run, err);

	if (r == 0)
		r = report_find_news(run, err);
	return r < 0 ? r : report_store(run, err);
}

/* A history that fails half-way is left out, and all is looked at again. */
static int observe(struct report_run *run, struct error *err)
{
	struct error why = { 0 };
	int r = observe_and_store(run, &why);

	if (r == 0)
		return 0;
	if (r == -ENOMEM || run->history.is_in_memory) {
		*err = why;
		return r;
	}
	error_prefix(&why, "history '%s/" HISTORY_FILE "'", run->options.state_path);
	r = report_lose_history(run, r, &why, err);
	return r < 0 ? r : observe_and_store(run, err);
}

/*
 * What is to be told is told before it is kept: when the program is killed in between, it
 * is told again rather than never.
 */
static enum exit_status finish(struct report_run *run)
{
	enum exit_status status = speak(run);
	struct error err = { 0 };

	if (status != STATUS_FINE)
		return status;
	if (!run->history.is_in_memory && history_commit(&run->history, &err) < 0)
		console_complain("this report is not kept: %s", err.text);
	if (run->has_unwritten)
		return STATUS_CANNOT;
	return has_failed(run) ? STATUS_FOUND : STATUS_FINE;
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(report_run_clear) struct report_run run = REPORT_RUN_NONE;
	struct error err = { 0 };
	struct timespec begun = { 0 };
	int r = report_options_read(arguments, &run.options, &err);

	(void)clock_gettime(CLOCK_MONOTONIC, &begun);
	run.begun = (double)begun.tv_sec + (double)begun.tv_nsec / 1e9;
	if (r < 0)
		return console_fail(r, &err);
	if (run.options.since_ms || run.options.applied)
		return report_look(&run);
	r = report_load(&run, &err);
	if (r == 0)
		r = report_open(&run, &err);
	if (r == 0)
		r = observe(&run, &err);
	if (r == 0)
		return finish(&run);
	report_write_failure(&run);
	return console_fail(r, &err);
}

const struct command command_report = {
	.name = "report",
	.summary =
		"For cron: keep a history, and speak only when something is new, worse or over",
	.arguments = "",
	.notes =
		"Exit status: 0 the work was done, whether there was news or not; 1 with --fail-on, while such a finding is open; 2 wrong use or a bad file; 3 could not look.",
	.options = report_option_defs,
	.run = run,
};

#include "report/prometheus.h"

#include "rules/rule.h"
#include "rules/safe_text.h"

#include <errno.h>
#include <math.h>

#define PREFIX "tcptune_"

/* One metric that is a query. Rows: a text for each label, then the value, biggest first.
 */
struct metric {
	const char *name;
	const char *help;
	const char *labels[2];
	const char *sql;
};

static const struct metric metrics[] = {
	{ "accept_queue_ratio",
	  "Connections that wait in an accept queue, as a share of its limit; above 1 it is full. Queues that are not empty.",
	  { "listener" },
	  "SELECT endpoint, max(1.0 * queue / max(queue_limit, 1)) AS share"
	  " FROM listener_change GROUP BY endpoint HAVING share > 0"
	  " ORDER BY share DESC, endpoint" },
	{ "ports_used_ratio",
	  "Local ports in use from one source address to one destination, as a share of those that connect() may use. From 0.01 on.",
	  { "source", "destination" },
	  "SELECT source, endpoint, share FROM port_use WHERE share >= 0.01"
	  " ORDER BY share DESC, source, endpoint" },
	{ "sockets",
	  "TCP sockets of this network namespace by state.",
	  { "state" },
	  "SELECT state, sum(sockets) FROM tcp_state_now GROUP BY state ORDER BY 2 DESC" },
	{ "table_used_ratio",
	  "Entries of a table of the kernel, as a share of its limit. Orphans are those of the whole machine.",
	  { "table" },
	  "SELECT 'time-wait', 1.0 * counter('sockstat.TCP.tw') /"
	  " nullif(sysctl('net.ipv4.tcp_max_tw_buckets'), 0)"
	  " UNION ALL SELECT 'orphans', 1.0 * counter('sockstat.TCP.orphan') /"
	  " nullif(sysctl('net.ipv4.tcp_max_orphans'), 0)"
	  " UNION ALL SELECT 'conntrack', 1.0 * counter('nf_conntrack.count') /"
	  " nullif(sysctl('net.netfilter.nf_conntrack_max'), 0)" },
	{ "tcp_memory_bytes",
	  "Memory in buffers of TCP, of the whole machine.",
	  { NULL },
	  "SELECT counter('sockstat.TCP.mem') * page_bytes()" },
	{ "tcp_memory_limit_bytes",
	  "The limit of that memory (net.ipv4.tcp_mem).",
	  { NULL },
	  "SELECT sysctl('net.ipv4.tcp_mem', 3) * page_bytes()" },
	{ "window_seconds",
	  "What the report counted changes over.",
	  { NULL },
	  "SELECT window_seconds()" },
};

/* --- the format ------------------------------------------------------------------- */

void prometheus_add_label(struct text *text, const char *value)
{
	AUTO(text_clear) struct text safe = { 0 };

	safe_text_add(&safe, value);
	if (safe.has_failed)
		text->has_failed = true;
	for (const char *at = text_string(&safe); *at; at++) {
		if (*at == '\\' || *at == '"')
			text_add_char(text, '\\');
		text_add_char(text, *at);
	}
}

static void begin_metric(struct text *text, const char *name, const char *help)
{
	text_addf(text, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s gauge\n", name, help,
		  name);
}

static void begin_series(struct text *text, const char *name, const char *place)
{
	text_addf(text, PREFIX "%s{netns=\"", name);
	prometheus_add_label(text, place);
	text_add_char(text, '"');
}

static void add_pair(struct text *text, const char *label, const char *value)
{
	text_addf(text, ",%s=\"", label);
	prometheus_add_label(text, value ? value : "");
	text_add_char(text, '"');
}

static void end_series(struct text *text, double value)
{
	text_addf(text, "} %.15g\n", value);
}

static void add_one(struct text *text, const char *name, const char *help,
		    const char *place, double value)
{
	begin_metric(text, name, help);
	begin_series(text, name, place);
	end_series(text, value);
}

/* --- queries ---------------------------------------------------------------------- */

static void add_row(const struct metric *metric, sqlite3_stmt *row, const char *place,
		    struct text *text)
{
	size_t labels = !!metric->labels[0] + !!metric->labels[1];

	begin_series(text, metric->name, place);
	for (size_t i = 0; i < labels; i++)
		add_pair(text, metric->labels[i],
			 (const char *)sqlite3_column_text(row, (int)i));
	end_series(text, sqlite3_column_double(row, (int)labels));
}

/* What is not known has no series. */
static bool is_known(const struct metric *metric, sqlite3_stmt *row)
{
	int column = !!metric->labels[0] + !!metric->labels[1];

	return sqlite3_column_type(row, column) != SQLITE_NULL;
}

static int add_metric(const struct prometheus_report *report, const struct metric *metric,
		      size_t *left_out, struct text *text, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	size_t count = 0;
	int r = evidence_prepare(report->evidence, metric->sql, &statement, err);

	if (r < 0)
		return r;
	while ((r = evidence_step(report->evidence, statement, err)) > 0) {
		if (!is_known(metric, statement))
			continue;
		if (count == 0)
			begin_metric(text, metric->name, metric->help);
		if (count++ < PROMETHEUS_MOST_SUBJECTS)
			add_row(metric, statement, report->news->place, text);
	}
	if (count > PROMETHEUS_MOST_SUBJECTS)
		*left_out += count - PROMETHEUS_MOST_SUBJECTS;
	return r;
}

/* --- findings --------------------------------------------------------------------- */

static void add_findings(const struct news *news, size_t *left_out, struct text *text)
{
	const struct tracked_list *list = news->findings;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct tracked *tracked = &list->items[i];

		if (!tracked->is_open)
			continue;
		if (count++ >= PROMETHEUS_MOST_FINDINGS) {
			(*left_out)++;
			continue;
		}
		if (count == 1)
			begin_metric(text, "finding", "1 for each finding that is open.");
		begin_series(text, "finding", news->place);
		add_pair(text, "id", tracked->rule);
		add_pair(text, "severity",
			 severity_text((enum severity)tracked->severity));
		add_pair(text, "subject", tracked->subject);
		end_series(text, 1);
	}
}

static void add_counts(const struct news *news, struct text *text)
{
	begin_metric(text, "findings", "How many findings are open, by severity.");
	for (int severity = SEVERITY_INFO; severity <= SEVERITY_CRITICAL; severity++) {
		size_t count = 0;

		for (size_t i = 0; i < news->findings->count; i++)
			count += news->findings->items[i].is_open &&
				 news->findings->items[i].severity == severity;
		begin_series(text, "findings", news->place);
		add_pair(text, "severity", severity_text((enum severity)severity));
		end_series(text, (double)count);
	}
}

static size_t count_differing(const struct profile_stack *stack,
			      const struct stacked_profile *profile)
{
	size_t count = 0;

	for (size_t i = 0; i < stack->row_count; i++)
		count += stack->rows[i].from == profile &&
			 stack->rows[i].comparison->verdict == VERDICT_DIFFERS;
	return count;
}

static void add_profiles(const struct prometheus_report *report, struct text *text)
{
	const struct profile_stack *stack = report->stack;

	add_one(text, "profile_drift",
		"Keys that are no longer what 'tcptune apply' has set.",
		report->news->place, (double)report->drifted);
	if (stack->count > 0)
		begin_metric(
			text, "profile_differing",
			"Keys that are not as a profile given with --profile wants them.");
	for (size_t i = 0; i < stack->count; i++) {
		begin_series(text, "profile_differing", report->news->place);
		add_pair(text, "profile", stack->profiles[i].profile.name);
		end_series(text, (double)count_differing(stack, &stack->profiles[i]));
	}
}

/* --- the report itself ------------------------------------------------------------ */

static void add_run(const char *place, double now, bool is_success, struct text *text)
{
	add_one(text, "report_success",
		"1 when the last report could look at the kernel, else 0.", place,
		is_success);
	add_one(text, "report_timestamp_seconds",
		"When the last report ran, in seconds since 1970.", place, now);
}

static void add_history(const struct prometheus_report *report, struct text *text)
{
	const char *place = report->news->place;

	add_one(text, "report_duration_seconds", "How long the last report took.", place,
		report->duration_seconds);
	add_one(text, "history_usable",
		"1 when reports have a history on the disk, else 0.", place,
		report->history_bytes >= 0);
	if (report->history_bytes >= 0)
		add_one(text, "history_bytes", "Size of the history.", place,
			(double)report->history_bytes);
	begin_metric(text, "build_info", "1, with the version of tcptune.");
	begin_series(text, "build_info", place);
	add_pair(text, "version", TCPTUNE_VERSION);
	end_series(text, 1);
}

int prometheus_add(const struct prometheus_report *report, struct text *text,
		   struct error *err)
{
	size_t left_out = 0;

	add_findings(report->news, &left_out, text);
	add_counts(report->news, text);
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		int r = add_metric(report, &metrics[i], &left_out, text, err);

		if (r < 0)
			return r;
	}
	add_profiles(report, text);
	add_one(text, "series_left_out",
		"Series that this file does not have because there would be too many.",
		report->news->place, (double)left_out);
	add_run(report->news->place, (double)report->news->now, true, text);
	add_history(report, text);
	return text_check(text) < 0 ? error_set(err, -ENOMEM, "out of memory") : 0;
}

void prometheus_add_failure(const char *place, double now, struct text *text)
{
	add_run(place, now, false, text);
}

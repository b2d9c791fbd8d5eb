/* `tcptune query`: ask the evidence in SQL. */
#include "cli/command.h"
#include "cli/observe.h"
#include "report/query_report.h"
#include "rules/query_needs.h"

#include <errno.h>

/* Indexes of the table, after those of observe.h. */
enum {
	OPTION_EVIDENCE = OBSERVE_OPTION_COUNT_,
	OPTION_FORMAT,
	OPTION_COUNT,
};

static const struct option_def options[] = {
	OBSERVE_OPTIONS,
	[OPTION_EVIDENCE] = { "evidence", "FILE",
			      "ask a file of 'tcptune collect' instead of this kernel; '-' is the standard input" },
	[OPTION_FORMAT] = { "format", "table|json|csv",
			    "a table for people (default), an array of objects, or CSV" },
	[OPTION_COUNT] = { 0 },
};

static int read_format(const struct arguments *arguments, enum query_format *ret,
		       struct error *err)
{
	static const char *const names[] = {
		[QUERY_TABLE] = "table",
		[QUERY_JSON] = "json",
		[QUERY_CSV] = "csv",
	};
	const char *value = arguments_value(arguments, OPTION_FORMAT);

	*ret = QUERY_TABLE;
	if (!value)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		*ret = (enum query_format)i;
		if (strcmp(names[i], value) == 0)
			return 0;
	}
	return error_set(err, -EINVAL, "--format knows no '%s': table, json or csv",
			 value);
}

/* What the query reads, told by preparing it where nothing is yet. */
static int find_needs(const char *sql, struct needs *needs, struct error *err)
{
	AUTO(evidence_close) struct evidence empty = { 0 };
	int r = evidence_open_memory(&empty, err);

	return r < 0 ? r : query_needs(&empty, sql, needs, err);
}

static int answer(const char *sql, enum query_format format, struct evidence *evidence,
		  struct text *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = evidence_prepare(evidence, sql, &statement, err);

	return r < 0 ? r : query_add(evidence, statement, format, ret, err);
}

static int query(const struct arguments *arguments, struct text *ret, struct error *err)
{
	AUTO(needs_clear) struct needs needs = { 0 };
	AUTO(observation_clear) struct observation seen = OBSERVATION_NONE;
	const char *sql = arguments->operands[0];
	struct observe_order order;
	enum query_format format;
	int r = read_format(arguments, &format, err);

	if (r == 0 && arguments->operand_count > 1)
		r = error_set(err, -EINVAL, "one query at a time: put it in quotes");
	if (r == 0)
		r = observe_options_read(arguments,
					 arguments_value(arguments, OPTION_EVIDENCE),
					 &order, err);
	if (r == 0)
		r = find_needs(sql, &needs, err);
	if (r == 0)
		r = observe(&order, &needs, &seen, err);
	return r != 0 ? r : answer(sql, format, &seen.evidence, ret, err);
}

static enum exit_status list_names(void)
{
	AUTO(evidence_close) struct evidence empty = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();
	struct error err = { 0 };
	int r = evidence_open_memory(&empty, &err);

	if (r == 0)
		r = query_add_names(&empty, &prose, &err);
	return r < 0 ? console_fail(r, &err) : console_print(&prose.text, STATUS_FINE);
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(text_clear) struct text text = { 0 };
	struct error err = { 0 };
	int r;

	if (arguments->operand_count == 0)
		return list_names();
	r = query(arguments, &text, &err);
	if (r > 0)
		return (enum exit_status)(SIGNAL_STATUS + r);
	/* a statement that may not be, or is no end of, is wrong use */
	return r < 0 ? console_fail(r == -EPERM || r == -ETIME ? -EINVAL : r, &err)
		     : console_print(&text, STATUS_FINE);
}

const struct command command_query = {
	.name = "query",
	.summary = "Ask in SQL what can be seen of TCP here",
	.arguments = "[SELECT]",
	.notes =
		"Without a query: the tables, columns and functions. Only what the query reads is collected. It can only read, and is stopped when it takes longer than 2 s. Exit status: 0 answered, also with no row; 2 wrong use, or a query that is refused; 3 could not look.",
	.options = options,
	.run = run,
};

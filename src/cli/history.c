/* `tcptune history`: every change that the journal knows. */
#include "cli/session.h"
#include "report/change_report.h"

enum { OPTION_STATE, OPTION_FORMAT, OPTION_COUNT };

static const struct option_def options[] = {
	[OPTION_STATE] = { "state", "FOLDER",
			   "the journal is here and not in /var/lib/tcptune" },
	[OPTION_FORMAT] = { "format", "text|json", "text for people (default), or JSON" },
	[OPTION_COUNT] = { 0 },
};

static enum exit_status print(const struct history_report *report, bool is_json)
{
	AUTO(json_clear) struct json json = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();

	if (is_json) {
		history_add_json(report, &json);
		return console_print(&json.text, STATUS_FINE);
	}
	history_add_text(report, &prose);
	return console_print(&prose.text, STATUS_FINE);
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(session_close) struct session session = SESSION_NONE;
	const struct session_order order = {
		.state_path = arguments_value(arguments, OPTION_STATE),
		.command = "history",
	};
	struct history_report report = { 0 };
	struct record *one = NULL;
	struct error err = { 0 };
	bool is_json = false;
	int r = session_read_format(arguments, OPTION_FORMAT, &is_json, &err);

	if (arguments->operand_count > 1) {
		console_complain("history takes the number of one change");
		return STATUS_USAGE;
	}
	if (r == 0)
		r = session_open(&order, &session, &err);
	if (r == 0 && arguments->operand_count == 1)
		r = session_find(&session, arguments->operands[0], &one, &err);
	if (r < 0)
		return console_fail(r, &err);
	report = (struct history_report){
		.records = one ? one : session.list.records,
		.count = one ? 1 : session.list.count,
		.boot_id = session.kernel.boot_id,
		.with_keys = one != NULL,
	};
	return print(&report, is_json);
}

const struct command command_history = {
	.name = "history",
	.summary = "List the changes of the journal, or one with all its keys",
	.arguments = "[ID]",
	.options = options,
	.run = run,
};

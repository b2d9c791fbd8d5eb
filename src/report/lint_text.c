/* Lint for people: "file:line:column: error: reason [id]", and the advice below it. */
#include "report/lint_report.h"
#include "report/words.h"

enum { ADVICE_INDENT = 4, USUAL_LINE = 500 };

static enum style style_of(enum lint_severity severity)
{
	static const enum style styles[] = {
		[LINT_NOTE] = STYLE_QUIET,
		[LINT_WARNING] = STYLE_WARNING,
		[LINT_ERROR] = STYLE_CRITICAL,
	};

	return styles[severity];
}

static void add_message(const struct lint_report *report,
			const struct lint_message *message, struct prose *prose)
{
	AUTO(text_clear) struct text line = { 0 };

	prose->text.has_failed |= !text_reserve(&line, USUAL_LINE);
	text_addf(&line, "%s:%u:%u: %s: %s [%s]",
		  report->subject->tree->files[message->file].path, message->line,
		  message->column, lint_severity_text(message->severity), message->text,
		  lint_rules[message->id].name);
	prose->text.has_failed |= line.has_failed;
	prose_add_line(prose, 0, style_of(message->severity), text_string(&line));
	if (message->advice)
		prose_add_line(prose, ADVICE_INDENT, STYLE_PLAIN, message->advice);
}

static void add_count(const struct lint_report *report, enum lint_severity severity,
		      struct text *text)
{
	size_t count = lint_count(report->result, severity);

	if (count > 0)
		text_addf(text, "%s%zu %s%s", text->length ? ", " : "", count,
			  lint_severity_text(severity), words_plural(count));
}

static void add_sum(const struct lint_report *report, struct prose *prose)
{
	AUTO(text_clear) struct text text = { 0 };

	add_count(report, LINT_ERROR, &text);
	add_count(report, LINT_WARNING, &text);
	add_count(report, LINT_NOTE, &text);
	if (text.length == 0)
		return;
	text_addf(&text, " (Linux %s)", report->subject->release_text);
	if (report->result->left_out > 0)
		text_addf(&text, "; %zu more are left out", report->result->left_out);
	prose->text.has_failed |= text.has_failed;
	prose_add_line(prose, 0, STYLE_PLAIN, text_string(&text));
}

void lint_add_text(const struct lint_report *report, struct prose *prose)
{
	for (size_t i = 0; i < report->result->count; i++) {
		if (!report->result->messages[i].waived)
			add_message(report, &report->result->messages[i], prose);
	}
	add_sum(report, prose);
}

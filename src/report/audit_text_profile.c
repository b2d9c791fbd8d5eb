/* Profiles in the text of an audit. */
#include "report/audit_text.h"
#include "report/words.h"

#include <errno.h>

enum { COLUMNS = 4, REASON_BYTES = 256 };

static const struct indent note = { 2, AUDIT_HANG };

static bool is_row_shown(const struct audit_report *report, const struct stacked_row *row)
{
	return report->show_all || row->comparison->verdict != VERDICT_OK;
}

/* The verdict in the last column: "not here: absent". The caller frees it. */
static char *verdict_cell(const struct comparison *comparison)
{
	const char *text = wanted_verdict_text(comparison->verdict);
	char *cell = NULL;

	if (asprintf(&cell, "%s%s%s", text, comparison->reason ? ": " : "",
		     comparison->reason ? comparison->reason : "") < 0)
		return NULL;
	return cell;
}

/* Cells of a table; the verdict of each row is owned by the table. */
struct cells {
	const char **texts;
	char **owned;
	size_t rows;
};

static void cells_clear(struct cells *cells)
{
	for (size_t i = 0; cells->owned && i < cells->rows; i++)
		free(cells->owned[i]);
	free(cells->owned);
	free(cells->texts);
	*cells = (struct cells){ 0 };
}

static const char *text_or_dash(const char *text)
{
	return text ? text : "-";
}

static int cells_add(struct cells *cells, const struct comparison *comparison)
{
	const char **row = cells->texts + cells->rows * COLUMNS;
	char *verdict = verdict_cell(comparison);

	if (!verdict)
		return -ENOMEM;
	cells->owned[cells->rows++] = verdict;
	row[0] = comparison->wanted->key;
	row[1] = text_or_dash(comparison->live);
	row[2] = text_or_dash(comparison->wanted_text);
	row[3] = verdict;
	return 0;
}

static int cells_build(const struct audit_report *report, struct cells *ret)
{
	static const char *const heading[COLUMNS] = { "key", "live", "wanted",
						      "verdict" };
	AUTO(cells_clear) struct cells cells = { 0 };
	size_t most = report->stack->row_count + 1;

	cells.texts = calloc(most * COLUMNS, sizeof(*cells.texts));
	cells.owned = calloc(most, sizeof(*cells.owned));
	if (!cells.texts || !cells.owned)
		return -ENOMEM;
	for (size_t i = 0; i < COLUMNS; i++)
		cells.texts[i] = heading[i];
	cells.rows = 1;
	for (size_t i = 0; i < report->stack->row_count; i++) {
		const struct stacked_row *row = &report->stack->rows[i];

		if (is_row_shown(report, row) && cells_add(&cells, row->comparison) < 0)
			return -ENOMEM;
	}
	*ret = cells;
	cells = (struct cells){ 0 };
	return 0;
}

static void add_names(const struct audit_report *report, struct prose *prose)
{
	AUTO(text_clear) struct text names = { 0 };
	const struct profile_stack *stack = report->stack;
	size_t differing = profile_stack_tally(stack, VERDICT_DIFFERS);

	for (size_t i = 0; i < stack->count; i++)
		text_addf(&names, "%s%s", i > 0 ? " + " : "",
			  stack->profiles[i].profile.name);
	if (names.has_failed)
		prose->text.has_failed = true;
	prose_gap(prose);
	prose_addf(prose, (struct indent){ 0, AUDIT_HANG },
		   differing ? STYLE_WARNING : STYLE_GOOD, "profile",
		   "%s: %zu of %zu key%s differ%s", text_string(&names), differing,
		   stack->row_count, words_plural(stack->row_count),
		   differing == 1 ? "s" : "");
}

static int add_table(const struct audit_report *report, struct prose *prose)
{
	AUTO(cells_clear) struct cells cells = { 0 };
	size_t hidden;
	int r = cells_build(report, &cells);

	if (r < 0)
		return r;
	hidden = report->stack->row_count - (cells.rows - 1);
	if (cells.rows > 1)
		prose_add_table(prose, 2,
				&(struct prose_table){ .cells = cells.texts,
						       .columns = COLUMNS,
						       .rows = cells.rows });
	if (hidden > 0)
		prose_addf(prose, (struct indent){ 2, 2 }, STYLE_QUIET, "",
			   "%zu key%s %s as wanted", hidden, words_plural(hidden),
			   hidden == 1 ? "is" : "are");
	return 0;
}

static void add_reasons(const struct audit_report *report, struct prose *prose)
{
	for (size_t i = 0; report->show_all && i < report->stack->row_count; i++) {
		const struct wanted *wanted = report->stack->rows[i].comparison->wanted;

		if (wanted->reason)
			prose_addf(prose, note, STYLE_QUIET, "why", "%s: %s", wanted->key,
				   wanted->reason);
	}
}

static void add_advice(const struct profile *profile, struct prose *prose)
{
	for (size_t i = 0; i < profile->program_count; i++)
		prose_addf(prose, note, STYLE_STRONG, "program", "%s: %s",
			   profile->programs[i].program, profile->programs[i].advice);
	for (size_t i = 0; i < profile->removed_count; i++)
		prose_addf(prose, note, STYLE_QUIET, "removed", "%s: %s",
			   profile->removed[i].key, profile->removed[i].text);
}

int audit_add_profiles(const struct audit_report *report, struct prose *prose,
		       struct error *err)
{
	if (report->stack->count == 0)
		return 0;
	add_names(report, prose);
	if (add_table(report, prose) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	prose_gap(prose);
	add_reasons(report, prose);
	for (size_t i = 0; i < report->stack->count; i++)
		add_advice(&report->stack->profiles[i].profile, prose);
	return 0;
}

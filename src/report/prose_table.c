/* Tables of prose.h. */
#include "base/utf8.h"
#include "report/prose.h"

/* The least room that the last column needs; blanks between two columns. */
enum { LAST_COLUMN = 14, COLUMN_GAP = 2, MOST_COLUMNS = 8 };

static const char *cell(const struct prose_table *table, size_t row, size_t column)
{
	return table->cells[row * table->columns + column];
}

static size_t column_width(const struct prose_table *table, size_t column)
{
	size_t widest = 0;

	for (size_t row = table->headless; row < table->rows; row++) {
		size_t width = utf8_columns(cell(table, row, column));

		if (width > widest)
			widest = width;
	}
	return widest;
}

/* Where the last column begins. */
static size_t measure(const struct prose_table *table, unsigned indent,
		      size_t widths[MOST_COLUMNS])
{
	size_t start = indent;

	for (size_t i = 0; i + 1 < table->columns && i < MOST_COLUMNS; i++) {
		widths[i] = column_width(table, i);
		start += widths[i] + COLUMN_GAP;
	}
	return start;
}

static void pad(struct text *text, size_t width, size_t used)
{
	for (; used < width + COLUMN_GAP; used++)
		text_add_char(text, ' ');
}

static void add_row(struct prose *prose, unsigned indent, const struct prose_table *table,
		    size_t row, const size_t *widths, size_t last_start)
{
	AUTO(text_clear) struct text label = { 0 };
	bool is_heading = row == 0;

	for (size_t i = 0; i + 1 < table->columns; i++) {
		text_add(&label, cell(table, row, i));
		pad(&label, widths[i], utf8_columns(cell(table, row, i)));
	}
	if (label.has_failed)
		prose->text.has_failed = true;
	while (label.length > 0 && label.data[label.length - 1] == ' ')
		label.data[--label.length] = '\0';
	prose_add(prose, (struct indent){ indent, (unsigned)last_start },
		  is_heading ? STYLE_QUIET : STYLE_PLAIN, text_string(&label),
		  cell(table, row, table->columns - 1));
}

/* "KEY" and below it "live: 4096; wanted: >= 16384; verdict: differs". */
static void add_stacked(struct prose *prose, unsigned indent,
			const struct prose_table *table, size_t row)
{
	AUTO(text_clear) struct text text = { 0 };

	for (size_t i = 1; i < table->columns; i++) {
		if (cell(table, row, i)[0] == '\0')
			continue;
		text_addf(&text, "%s%s%s%s", text.length ? "; " : "",
			  table->headless ? "" : cell(table, 0, i),
			  table->headless ? "" : ": ", cell(table, row, i));
	}
	if (text.has_failed)
		prose->text.has_failed = true;
	prose_add(prose, (struct indent){ indent, indent }, STYLE_PLAIN, "",
		  cell(table, row, 0));
	prose_add(prose, (struct indent){ indent + 4, indent + 4 }, STYLE_PLAIN, "",
		  text_string(&text));
}

void prose_add_table(struct prose *prose, unsigned indent,
		     const struct prose_table *table)
{
	size_t widths[MOST_COLUMNS] = { 0 };
	size_t last_start = measure(table, indent, widths);

	if (last_start + LAST_COLUMN > prose->layout.width) {
		for (size_t row = 1; row < table->rows; row++)
			add_stacked(prose, indent, table, row);
		return;
	}
	for (size_t row = table->headless; row < table->rows; row++)
		add_row(prose, indent, table, row, widths, last_start);
}

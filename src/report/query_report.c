#include "report/query_report.h"

#include "base/utf8.h"
#include "report/json.h"
#include "rules/safe_text.h"

#include <errno.h>
#include <string.h>

/* A row for which there is room: 1, 0 there are no more, or -errno. */
static int next_row(struct evidence *evidence, sqlite3_stmt *statement, size_t *count,
		    size_t bytes, struct error *err)
{
	int r = evidence_step(evidence, statement, err);

	if (r <= 0)
		return r;
	if (++*count > QUERY_MOST_ROWS)
		return error_set(err, -EFBIG, "there are more than %d rows: add a LIMIT",
				 QUERY_MOST_ROWS);
	if (bytes > QUERY_MOST_BYTES)
		return error_set(err, -EFBIG,
				 "the answer is larger than %d MiB: add a LIMIT",
				 QUERY_MOST_BYTES >> 20);
	return 1;
}

/* --- JSON --------------------------------------------------------------------------- */

static int check_names(sqlite3_stmt *statement, struct error *err)
{
	int count = sqlite3_column_count(statement);

	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(sqlite3_column_name(statement, i),
				   sqlite3_column_name(statement, j)) == 0)
				return error_set(
					err, -EINVAL,
					"two columns are called '%s': name one of them with AS",
					sqlite3_column_name(statement, i));
	return 0;
}

static void add_json_value(struct json *json, sqlite3_stmt *statement, int column)
{
	const char *name = sqlite3_column_name(statement, column);

	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		json_add_integer(json, name, sqlite3_column_int64(statement, column));
		break;
	case SQLITE_FLOAT:
		json_add_real(json, name, sqlite3_column_double(statement, column));
		break;
	default: /* NULL is NULL there */
		json_add_string(json, name,
				(const char *)sqlite3_column_text(statement, column));
	}
}

static int add_json(struct evidence *evidence, sqlite3_stmt *statement, struct text *ret,
		    struct error *err)
{
	AUTO(json_clear) struct json json = { 0 };
	size_t count = 0;
	int r = check_names(statement, err);

	if (r < 0)
		return r;
	json_open(&json, NULL, JSON_ARRAY);
	while ((r = next_row(evidence, statement, &count, json.text.length, err)) > 0) {
		json_open(&json, NULL, JSON_OBJECT);
		for (int i = 0; i < sqlite3_column_count(statement); i++)
			add_json_value(&json, statement, i);
		json_close(&json, JSON_OBJECT);
	}
	json_close(&json, JSON_ARRAY);
	*ret = json.text;
	json.text = (struct text){ 0 };
	return r;
}

/* --- CSV ---------------------------------------------------------------------------- */

static void add_csv_field(struct text *text, const char *field)
{
	if (!field)
		return;
	if (*field && !strpbrk(field, ",\"\r\n")) {
		text_add(text, field);
		return;
	}
	text_add_char(text, '"');
	for (; *field; field++) {
		if (*field == '"')
			text_add_char(text, '"');
		text_add_char(text, *field);
	}
	text_add_char(text, '"');
}

static int add_csv(struct evidence *evidence, sqlite3_stmt *statement, struct text *ret,
		   struct error *err)
{
	int columns = sqlite3_column_count(statement);
	size_t count = 0;
	int r;

	for (int i = 0; i < columns; i++) {
		add_csv_field(ret, sqlite3_column_name(statement, i));
		text_add_char(ret, i + 1 < columns ? ',' : '\n');
	}
	while ((r = next_row(evidence, statement, &count, ret->length, err)) > 0)
		for (int i = 0; i < columns; i++) {
			add_csv_field(ret,
				      (const char *)sqlite3_column_text(statement, i));
			text_add_char(ret, i + 1 < columns ? ',' : '\n');
		}
	return r;
}

/* --- a table ------------------------------------------------------------------------ */

/* Cells row by row, the names of the columns first. */
struct table {
	char **cells;
	size_t count, capacity;
	size_t *widths;
	bool *is_number; /* of a column: all of its values */
	size_t columns;
	size_t bytes;
};

static void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table->widths);
	free(table->is_number);
}

static int add_cell(struct table *table, const char *value)
{
	AUTO(text_clear) struct text safe = { 0 };
	size_t column = table->count % table->columns;
	size_t width;

	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? 2 * table->capacity : 64;
		char **grown = realloc(table->cells, capacity * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		table->cells = grown;
		table->capacity = capacity;
	}
	safe_text_add(&safe, value ? value : "NULL");
	text_add(&safe, "");
	if (text_check(&safe) < 0 || !safe.data)
		return -ENOMEM;
	width = utf8_columns(safe.data);
	table->bytes += safe.length;
	if (width > table->widths[column])
		table->widths[column] = width;
	table->cells[table->count++] = TAKE(safe.data);
	return 0;
}

static int add_cells(struct table *table, sqlite3_stmt *statement)
{
	int r = 0;

	for (int i = 0; r == 0 && i < (int)table->columns; i++) {
		int type = sqlite3_column_type(statement, i);

		if (type != SQLITE_INTEGER && type != SQLITE_FLOAT && type != SQLITE_NULL)
			table->is_number[i] = false;
		r = add_cell(table, (const char *)sqlite3_column_text(statement, i));
	}
	return r;
}

static int table_open(struct table *table, sqlite3_stmt *statement)
{
	int r = 0;

	table->columns = (size_t)sqlite3_column_count(statement);
	table->widths = calloc(table->columns, sizeof(*table->widths));
	table->is_number = calloc(table->columns, sizeof(*table->is_number));
	if (!table->widths || !table->is_number)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < table->columns; i++) {
		table->is_number[i] = true;
		r = add_cell(table, sqlite3_column_name(statement, (int)i));
	}
	return r;
}

static void add_blanks(struct text *text, size_t count)
{
	while (count-- > 0)
		text_add_char(text, ' ');
}

/* No blanks at the end of a line. */
static void print_table(const struct table *table, struct text *ret)
{
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;
		bool is_last = column + 1 == table->columns;
		size_t gap = table->widths[column] - utf8_columns(table->cells[i]);

		if (table->is_number[column])
			add_blanks(ret, gap);
		text_add(ret, table->cells[i]);
		if (!table->is_number[column] && !is_last)
			add_blanks(ret, gap);
		text_add(ret, is_last ? "\n" : "  ");
	}
}

static int add_table(struct evidence *evidence, sqlite3_stmt *statement, struct text *ret,
		     struct error *err)
{
	AUTO(table_clear) struct table table = { 0 };
	size_t count = 0;
	int r = table_open(&table, statement);

	while (r == 0) {
		r = next_row(evidence, statement, &count, table.bytes, err);
		if (r <= 0)
			break;
		r = add_cells(&table, statement);
	}
	if (r == 0)
		print_table(&table, ret);
	return r;
}

int query_add(struct evidence *evidence, sqlite3_stmt *statement,
	      enum query_format format, struct text *ret, struct error *err)
{
	switch (format) {
	case QUERY_TABLE:
		return add_table(evidence, statement, ret, err);
	case QUERY_JSON:
		return add_json(evidence, statement, ret, err);
	case QUERY_CSV:
		return add_csv(evidence, statement, ret, err);
	}
	return -EINVAL;
}

/* --- what can be asked -------------------------------------------------------------- */

static int add_relations(struct evidence *evidence, const char *type, const char *heading,
			 struct prose *prose, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *rows = NULL;
	int r = database_prepare(
		evidence->db,
		"SELECT s.name, (SELECT group_concat(name, ', ') FROM pragma_table_info(s.name))"
		" FROM sqlite_schema s WHERE s.type = ?1",
		&rows, err);

	if (r < 0)
		return r;
	sqlite3_bind_text(rows, 1, type, -1, SQLITE_STATIC);
	prose_gap(prose);
	prose_add(prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "", heading);
	prose_gap(prose);
	while (sqlite3_step(rows) == SQLITE_ROW)
		prose_add(prose, (struct indent){ 2, 22 }, STYLE_STRONG,
			  (const char *)sqlite3_column_text(rows, 0),
			  (const char *)sqlite3_column_text(rows, 1));
	return 0;
}

static void add_functions(struct prose *prose)
{
	const struct evidence_function *function;

	prose_gap(prose);
	prose_add(prose, (struct indent){ 0, 0 }, STYLE_PLAIN, "",
		  "Functions, of the latest sample; NULL when not known:");
	prose_gap(prose);
	for (size_t i = 0; (function = evidence_function_at(i)); i++) {
		char call[64];

		(void)snprintf(call, sizeof(call), "%s(%s)", function->name,
			       function->arguments);
		prose_add(prose, (struct indent){ 2, 22 }, STYLE_STRONG, call,
			  function->summary);
	}
}

int query_add_names(struct evidence *evidence, struct prose *prose, struct error *err)
{
	int r = add_relations(
		evidence, "view",
		"Views, of the latest sample and the change over the window:", prose,
		err);

	if (r == 0)
		r = add_relations(evidence, "table",
				  "Tables, of each sample; NULL is not known:", prose,
				  err);
	if (r == 0)
		add_functions(prose);
	return r;
}

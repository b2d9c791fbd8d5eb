#include "rules/rule_row.h"

#include <errno.h>
#include <string.h>

static int add_column(struct rule_row *row, const char *name, struct error *err)
{
	for (size_t i = 0; i < row->count; i++)
		if (strcmp(row->values[i].name, name) == 0)
			return error_set(err, -EINVAL, "two columns are named '%s'",
					 name);
	row->values[row->count++] = (struct template_value){ .name = name };
	return 0;
}

int rule_row_init(struct rule_row *row, const struct rule *rule, const double *thresholds,
		  sqlite3_stmt *statement, struct error *err)
{
	int columns = sqlite3_column_count(statement);

	row->count = 0;
	if (columns > RULE_MOST_COLUMNS)
		return error_set(err, -EINVAL, "the SELECT returns more than %d columns",
				 RULE_MOST_COLUMNS);
	for (int i = 0; i < columns; i++) {
		const char *name = sqlite3_column_name(statement, i);
		int r = name ? add_column(row, name, err)
			     : error_set(err, -ENOMEM, "out of memory");

		if (r < 0)
			return r;
	}
	row->column_count = row->count;
	for (size_t i = 0; i < rule->threshold_count; i++)
		row->values[row->count++] = (struct template_value){
			.name = rule->thresholds[i].name,
			.is_threshold = true,
			.kind = TEMPLATE_REAL,
			.real = thresholds[i],
		};
	return 0;
}

static void read_column(struct template_value *value, sqlite3_stmt *statement, int column)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		value->kind = TEMPLATE_INTEGER;
		value->integer = sqlite3_column_int64(statement, column);
		return;
	case SQLITE_FLOAT:
		value->kind = TEMPLATE_REAL;
		value->real = sqlite3_column_double(statement, column);
		return;
	case SQLITE_NULL:
		value->kind = TEMPLATE_UNKNOWN;
		return;
	default:
		value->text = (const char *)sqlite3_column_text(statement, column);
		value->kind = value->text ? TEMPLATE_TEXT : TEMPLATE_UNKNOWN;
		return;
	}
}

void rule_row_read(struct rule_row *row, sqlite3_stmt *statement)
{
	for (size_t i = 0; i < row->column_count; i++)
		read_column(&row->values[i], statement, (int)i);
}

#include "history/trend.h"

#include <errno.h>
#include <math.h>

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

void trend_list_clear(struct trend_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->trends[i].name);
		free(list->trends[i].subject);
		free(list->trends[i].mean);
		free(list->trends[i].most);
	}
	free(list->trends);
	*list = (struct trend_list){ 0 };
}

static int fail(struct history *history, int result, struct error *err)
{
	return error_set(err, database_errno(result), "%s", sqlite3_errmsg(history->db));
}

/* --- the series ------------------------------------------------------------------- */

static double *new_parts(size_t parts)
{
	double *values = malloc(parts * sizeof(*values));

	for (size_t i = 0; values && i < parts; i++)
		values[i] = NAN;
	return values;
}

static int add_series(struct trend_list *list, sqlite3_stmt *row, struct error *err)
{
	struct trend *grown =
		realloc(list->trends, (list->count + 1) * sizeof(*list->trends));
	const char *name = (const char *)sqlite3_column_text(row, 1);
	const char *subject = (const char *)sqlite3_column_text(row, 2);
	struct trend *trend;

	if (!grown)
		return no_memory(err);
	list->trends = grown;
	trend = &grown[list->count++];
	*trend = (struct trend){
		.series = sqlite3_column_int64(row, 0),
		.name = strdup(name ? name : ""),
		.subject = strdup(subject ? subject : ""),
		.mean = new_parts(list->parts),
		.most = new_parts(list->parts),
		.latest = NAN,
		.most_of_all = NAN,
	};
	return trend->name && trend->subject && trend->mean && trend->most
		       ? 0
		       : no_memory(err);
}

/* name NULL: all */
static int load_series(struct history *history, const char *name, const char *subject,
		       struct trend_list *list, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int result = SQLITE_DONE;
	int r = database_prepare(history->db,
				 "SELECT id, name, subject FROM series WHERE place = ?1"
				 " AND (?2 IS NULL OR (name = ?2 AND subject = ?3))"
				 " ORDER BY id",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	if (name) {
		sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 3, subject, -1, SQLITE_STATIC);
	}
	while (r == 0 && (result = sqlite3_step(statement)) == SQLITE_ROW)
		r = add_series(list, statement, err);
	return r == 0 && result != SQLITE_DONE ? fail(history, result, err) : r;
}

/* They are sorted by id. */
static struct trend *find(const struct trend_list *list, int64_t series)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (list->trends[middle].series < series)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->trends[low].series == series
		       ? &list->trends[low]
		       : NULL;
}

/* --- the runs --------------------------------------------------------------------- */

/* What is done with the values of one run, which are `latest` of each trend. */
typedef void run_callback(void *data, struct trend_list *list, int64_t taken);

/* At a key run a series without a point is not known. */
static void begin_run(struct trend_list *list, bool is_key)
{
	for (size_t i = 0; is_key && i < list->count; i++)
		list->trends[i].latest = NAN;
}

/* Columns: run, taken, is_key, series, value; a run without points has one row. */
static int walk_rows(struct history *history, sqlite3_stmt *rows, struct trend_list *list,
		     run_callback *callback, void *data, struct error *err)
{
	int64_t run = 0, taken = 0;
	int result;

	while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
		struct trend *trend;

		if (sqlite3_column_int64(rows, 0) != run) {
			if (run)
				callback(data, list, taken);
			run = sqlite3_column_int64(rows, 0);
			taken = sqlite3_column_int64(rows, 1);
			begin_run(list, sqlite3_column_int(rows, 2) != 0);
		}
		trend = find(list, sqlite3_column_int64(rows, 3));
		if (trend)
			trend->latest = sqlite3_column_type(rows, 4) == SQLITE_NULL
						? NAN
						: sqlite3_column_double(rows, 4);
	}
	if (run)
		callback(data, list, taken);
	return result == SQLITE_DONE ? 0 : fail(history, result, err);
}

/* From the last key run that is not after `from`: there all values are known. */
static int walk(struct history *history, struct trend_list *list, run_callback *callback,
		void *data, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = database_prepare(
		history->db,
		"SELECT r.id, r.taken, r.is_key, p.series, p.value FROM run r"
		" LEFT JOIN point p ON p.run = r.id WHERE r.place = ?1 AND r.taken <= ?3"
		" AND r.id >= coalesce((SELECT max(id) FROM run WHERE place = ?1 AND is_key"
		" AND taken <= ?2), 0) ORDER BY r.id",
		&statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	sqlite3_bind_int64(statement, 2, list->from);
	sqlite3_bind_int64(statement, 3, list->to);
	return walk_rows(history, statement, list, callback, data, err);
}

/* --- parts ------------------------------------------------------------------------ */

/* runs: in each part, of those in which the series has a value; parts of each trend */
struct adder {
	uint32_t *runs;
};

static void add_value(struct trend *trend, size_t part, uint32_t *runs)
{
	double value = trend->latest;

	if (isnan(value))
		return;
	(*runs)++;
	trend->has_values = true;
	trend->mean[part] =
		*runs == 1 ? value
			   : trend->mean[part] + (value - trend->mean[part]) / *runs;
	if (!(trend->most[part] >= value))
		trend->most[part] = value;
	if (!(trend->most_of_all >= value))
		trend->most_of_all = value;
}

static void add_run(void *data, struct trend_list *list, int64_t taken)
{
	struct adder *adder = data;
	double length = (double)(list->to - list->from) + 1;
	size_t part;

	if (taken < list->from || taken > list->to)
		return;
	part = (size_t)((double)(taken - list->from) / length * (double)list->parts);
	list->runs++;
	for (size_t i = 0; i < list->count; i++)
		add_value(&list->trends[i], part, &adder->runs[i * list->parts + part]);
}

/* Parts as long as one report and a half at least: shorter ones would be empty. */
static int limit_parts(struct history *history, struct trend_list *list,
		       struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	size_t most;
	int result;
	int r = database_prepare(history->db,
				 "SELECT count(*) FROM run WHERE place = ?"
				 " AND taken BETWEEN ? AND ?",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	sqlite3_bind_int64(statement, 2, list->from);
	sqlite3_bind_int64(statement, 3, list->to);
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW)
		return fail(history, result, err);
	most = (size_t)sqlite3_column_int64(statement, 0) * 2 / 3;
	if (list->parts > most)
		list->parts = most > 0 ? most : 1;
	return 0;
}

int trends_load(struct history *history, int64_t from, int64_t to, size_t parts,
		struct trend_list *ret, struct error *err)
{
	AUTO(trend_list_clear)
	struct trend_list list = { .parts = parts, .from = from, .to = to };
	auto_free uint32_t *runs = NULL;
	struct adder adder;
	int r = limit_parts(history, &list, err);

	if (r == 0)
		r = load_series(history, NULL, NULL, &list, err);
	if (r < 0)
		return r;
	runs = calloc(list.count * list.parts + 1, sizeof(*runs));
	if (!runs)
		return no_memory(err);
	adder.runs = runs;
	r = walk(history, &list, add_run, &adder, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct trend_list){ 0 };
	return 0;
}

/* --- one series ------------------------------------------------------------------- */

struct visitor {
	void (*visit)(void *data, int64_t taken, double value);
	void *data;
};

static void visit_run(void *data, struct trend_list *list, int64_t taken)
{
	const struct visitor *visitor = data;

	if (taken >= list->from && taken <= list->to)
		visitor->visit(visitor->data, taken, list->trends[0].latest);
}

int trend_visit(struct history *history, const char *name, const char *subject,
		int64_t from, int64_t to,
		void (*visit)(void *data, int64_t taken, double value), void *data,
		struct error *err)
{
	AUTO(trend_list_clear)
	struct trend_list list = { .parts = 1, .from = from, .to = to };
	struct visitor visitor = { visit, data };
	int r = load_series(history, name, subject, &list, err);

	if (r < 0 || list.count == 0)
		return r;
	return walk(history, &list, visit_run, &visitor, err);
}

int trend_period(struct history *history, int64_t *ret_first, int64_t *ret_last,
		 struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int result;
	int r = database_prepare(history->db,
				 "SELECT coalesce(min(taken), 0), coalesce(max(taken), 0)"
				 " FROM run WHERE place = ?",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW)
		return fail(history, result, err);
	*ret_first = sqlite3_column_int64(statement, 0);
	*ret_last = sqlite3_column_int64(statement, 1);
	return 0;
}

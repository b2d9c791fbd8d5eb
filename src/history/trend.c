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

/* Columns of points: run, series, value; those of other places have no trend here. */
static void take_point(sqlite3_stmt *points, struct trend_list *list)
{
	struct trend *trend = find(list, sqlite3_column_int64(points, 1));

	if (trend)
		trend->latest = sqlite3_column_type(points, 2) == SQLITE_NULL
					? NAN
					: sqlite3_column_double(points, 2);
}

/*
 * Both in the order of runs: one pass over each, where a join would look up the points of
 * every run.
 */
static int walk_rows(struct history *history, sqlite3_stmt *runs, sqlite3_stmt *points,
		     struct trend_list *list, run_callback *callback, void *data,
		     struct error *err)
{
	int result, point = sqlite3_step(points);

	while ((result = sqlite3_step(runs)) == SQLITE_ROW) {
		int64_t run = sqlite3_column_int64(runs, 0);

		begin_run(list, sqlite3_column_int(runs, 2) != 0);
		for (; point == SQLITE_ROW && sqlite3_column_int64(points, 0) <= run;
		     point = sqlite3_step(points))
			take_point(points, list);
		callback(data, list, sqlite3_column_int64(runs, 1));
	}
	if (point != SQLITE_ROW && point != SQLITE_DONE)
		return fail(history, point, err);
	return result == SQLITE_DONE ? 0 : fail(history, result, err);
}

/* From the last key run that is not after `from`: there all values are known. */
#define FIRST_RUN                                                                        \
	"coalesce((SELECT max(id) FROM run WHERE place = ?1 AND is_key"                  \
	" AND taken <= ?2), 0)"

static int prepare_walk(struct history *history, const struct trend_list *list,
			const char *sql, sqlite3_stmt **ret, struct error *err)
{
	int r = database_prepare(history->db, sql, ret, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(*ret, 1, history->place);
	sqlite3_bind_int64(*ret, 2, list->from);
	if (sqlite3_bind_parameter_count(*ret) > 2)
		sqlite3_bind_int64(*ret, 3, list->to);
	return 0;
}

static int walk(struct history *history, struct trend_list *list, run_callback *callback,
		void *data, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *runs = NULL;
	AUTO(database_finalize) sqlite3_stmt *points = NULL;
	int r = prepare_walk(history, list,
			     "SELECT id, taken, is_key FROM run WHERE place = ?1"
			     " AND id >= " FIRST_RUN " AND taken <= ?3 ORDER BY id",
			     &runs, err);

	if (r == 0)
		r = prepare_walk(
			history, list,
			"SELECT run, series, value FROM point WHERE run >= " FIRST_RUN
			" ORDER BY run",
			&points, err);
	return r < 0 ? r : walk_rows(history, runs, points, list, callback, data, err);
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

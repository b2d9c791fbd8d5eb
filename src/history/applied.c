#include "history/applied.h"

#include "history/series.h"
#include "history/trend.h"

#include <errno.h>
#include <math.h>

/*
 * Reports in a row are not independent, hence a high bar: 2.58 is one in a hundred for
 * those that are, and reached by six against six only when all of them differ.
 */
static const double SURE = 2.58;
static const double LESS = 0.7, MORE = 1.3, HALF = 0.5, TWICE = 2;
enum { PLAIN_RUNS = 12 };

static const char *const verdict_texts[] = {
	[APPLIED_NOT_ENOUGH] = "not enough evidence yet",
	[APPLIED_HELPED] = "helped",
	[APPLIED_NO_EFFECT] = "no effect",
	[APPLIED_WORSE] = "worse",
};

const char *applied_verdict_text(enum applied_verdict verdict)
{
	return verdict_texts[verdict];
}

void applied_result_clear(struct applied_result *result)
{
	for (size_t i = 0; i < result->count; i++) {
		free(result->findings[i].rule);
		free(result->findings[i].subject);
	}
	free(result->findings);
	*result = (struct applied_result){ 0 };
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

/* --- which is larger -------------------------------------------------------------- */

struct ranked {
	double value;
	bool is_after;
};

static int compare_ranked(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->value,
	       y = ((const struct ranked *)b)->value;

	return (x > y) - (x < y);
}

/* Sum of the ranks of the second row; equal values share theirs. ties: sum of t^3 - t */
static double sum_ranks(const struct ranked *ranked, size_t count, double *ret_ties)
{
	double sum = 0;

	*ret_ties = 0;
	for (size_t i = 0; i < count;) {
		size_t next = i;
		double equal, rank;

		while (next < count && ranked[next].value == ranked[i].value)
			next++;
		equal = (double)(next - i);
		rank = (double)i + (equal + 1) / 2;
		*ret_ties += equal * equal * equal - equal;
		for (; i < next; i++)
			sum += ranked[i].is_after ? rank : 0;
	}
	return sum;
}

double applied_separation(const double *before, size_t before_count, const double *after,
			  size_t after_count)
{
	size_t count = before_count + after_count;
	auto_free struct ranked *ranked = calloc(count + 1, sizeof(*ranked));
	double n = (double)before_count, m = (double)after_count, all = n + m;
	double ties, rank_sum, spread;

	if (!ranked || before_count == 0 || after_count == 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		ranked[i] = i < before_count
				    ? (struct ranked){ before[i], false }
				    : (struct ranked){ after[i - before_count], true };
	qsort(ranked, count, sizeof(*ranked), compare_ranked);
	rank_sum = sum_ranks(ranked, count, &ties);
	spread = n * m / 12 * (all + 1 - ties / (all * (all - 1)));
	if (!(spread > 0))
		return 0;
	return (rank_sum - m * (all + 1) / 2) / sqrt(spread);
}

/* --- one series ------------------------------------------------------------------- */

/* What is known of it on both sides. */
struct sides {
	int64_t at;
	double *values[2];
	size_t counts[2];
	bool has_failed;
};

static void sides_clear(struct sides *sides)
{
	free(sides->values[0]);
	free(sides->values[1]);
}

static void visit(void *data, int64_t taken, double value)
{
	struct sides *sides = data;
	int side = taken > sides->at;
	size_t count = sides->counts[side];
	double *grown = sides->values[side];

	/* in the second of the change nobody knows which came first */
	if (isnan(value) || taken == sides->at || sides->has_failed)
		return;
	if ((count & (count + 1)) == 0)
		grown = realloc(grown, (2 * count + 1) * sizeof(*grown));
	if (!grown) {
		sides->has_failed = true;
		return;
	}
	sides->values[side] = grown;
	grown[sides->counts[side]++] = value;
}

static int read_sides(struct history *history, const struct applied_result *result,
		      const char *name, const char *subject, struct sides *sides,
		      struct error *err)
{
	int r;

	sides->at = result->at;
	r = trend_visit(history, name, subject, result->begin, result->end, visit, sides,
			err);
	return r == 0 && sides->has_failed ? no_memory(err) : r;
}

static double mean_of(const struct sides *sides, int side)
{
	double sum = 0;

	for (size_t i = 0; i < sides->counts[side]; i++)
		sum += sides->values[side][i];
	return sides->counts[side] ? sum / (double)sides->counts[side] : 0;
}

static struct applied_side summarize(const struct sides *sides, int side)
{
	struct applied_side ret = { .runs = sides->counts[side],
				    .mean = mean_of(sides, side) };

	for (size_t i = 0; i < sides->counts[side]; i++)
		ret.seen += sides->values[side][i] > 0;
	return ret;
}

/* --- the verdict ------------------------------------------------------------------ */

static void judge(struct applied_finding *finding, const struct sides *sides, double load)
{
	const struct applied_side *before = &finding->before, *after = &finding->after;
	double separation = applied_separation(sides->values[0], sides->counts[0],
					       sides->values[1], sides->counts[1]);

	if (before->runs < APPLIED_LEAST_RUNS || after->runs < APPLIED_LEAST_RUNS) {
		finding->reason =
			"it takes 6 reports before and after that could judge it";
	} else if (separation <= -SURE && after->mean <= LESS * before->mean) {
		finding->verdict = APPLIED_HELPED;
		if (load >= 0 && load < HALF) {
			finding->verdict = APPLIED_NOT_ENOUGH;
			finding->reason =
				"there is less of it, but also less than half of the load";
		}
	} else if (separation >= SURE && after->mean >= MORE * before->mean) {
		finding->verdict = APPLIED_WORSE;
		if (load > TWICE) {
			finding->verdict = APPLIED_NOT_ENOUGH;
			finding->reason =
				"there is more of it, but also more than twice the load";
		}
	} else if (before->runs >= PLAIN_RUNS && after->runs >= PLAIN_RUNS &&
		   2 * before->seen >= before->runs) {
		finding->verdict = APPLIED_NO_EFFECT;
	} else {
		finding->reason =
			"it was not there often enough to tell a change from chance";
	}
}

static int add(struct applied_result *result, const char *series,
	       const struct sides *sides, struct error *err)
{
	struct applied_finding *grown =
		realloc(result->findings, (result->count + 1) * sizeof(*grown));
	size_t length = strcspn(series, " ");
	struct applied_finding finding = {
		.rule = strndup(series, length),
		.subject = strdup(series + length + (series[length] == ' ')),
		.before = summarize(sides, 0),
		.after = summarize(sides, 1),
	};

	if (grown)
		result->findings = grown;
	if (!grown || !finding.rule || !finding.subject) {
		free(finding.rule);
		free(finding.subject);
		return no_memory(err);
	}
	judge(&finding, sides, result->load);
	result->findings[result->count++] = finding;
	return 0;
}

static int compare_one(struct history *history, struct applied_result *result,
		       const char *series, struct error *err)
{
	AUTO(sides_clear) struct sides sides = { 0 };
	int r = read_sides(history, result, SERIES_OF_FINDINGS, series, &sides, err);

	if (r < 0 || summarize(&sides, 0).seen + summarize(&sides, 1).seen == 0)
		return r;
	return add(result, series, &sides, err);
}

static int compare_all(struct history *history, struct applied_result *result,
		       struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int result_code = SQLITE_DONE;
	int r = database_prepare(history->db,
				 "SELECT subject FROM series WHERE place = ?"
				 " AND name = '" SERIES_OF_FINDINGS "' ORDER BY subject",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	while (r == 0 && (result_code = sqlite3_step(statement)) == SQLITE_ROW)
		r = compare_one(history, result,
				(const char *)sqlite3_column_text(statement, 0), err);
	if (r == 0 && result_code != SQLITE_DONE)
		r = error_set(err, database_errno(result_code), "%s",
			      sqlite3_errmsg(history->db));
	return r;
}

/* --- the times -------------------------------------------------------------------- */

/* As long before as after; ends at the first reboot. */
static int find_times(struct history *history, int64_t at, int64_t end,
		      struct applied_result *result, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int64_t first = 0, last = 0, seconds;
	int r = trend_period(history, &first, &last, err);

	if (r == 0)
		r = database_prepare(history->db,
				     "SELECT min(taken) FROM event WHERE place = ? AND"
				     " what IN ('reboot', 'namespace') AND taken > ?",
				     &statement, err);
	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, history->place);
	sqlite3_bind_int64(statement, 2, at);
	if (sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_type(statement, 0) != SQLITE_NULL &&
	    sqlite3_column_int64(statement, 0) <= end)
		end = sqlite3_column_int64(statement, 0) - 1;
	if (end > last)
		end = last;
	seconds = end - at < at - first ? end - at : at - first;
	seconds = seconds < APPLIED_MOST_SECONDS ? seconds : APPLIED_MOST_SECONDS;
	seconds = seconds < 0 ? 0 : seconds;
	*result = (struct applied_result){
		.begin = at - seconds, .at = at, .end = at + seconds, .load = -1
	};
	return 0;
}

/* New connections, both ways; where there are none, nothing can be said of the load. */
static int find_load(struct history *history, struct applied_result *result,
		     struct error *err)
{
	static const char *const names[] = { "connections.opened",
					     "connections.accepted" };
	double sums[2] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		AUTO(sides_clear) struct sides sides = { 0 };
		int r = read_sides(history, result, names[i], "", &sides, err);

		if (r < 0)
			return r;
		sums[0] += mean_of(&sides, 0);
		sums[1] += mean_of(&sides, 1);
	}
	if (sums[0] > 0)
		result->load = sums[1] / sums[0];
	return 0;
}

int applied_compare(struct history *history, int64_t at, int64_t end,
		    struct applied_result *ret, struct error *err)
{
	AUTO(applied_result_clear) struct applied_result result = { 0 };
	int r = find_times(history, at, end, &result, err);

	if (r == 0)
		r = find_load(history, &result, err);
	if (r == 0)
		r = compare_all(history, &result, err);
	if (r < 0)
		return r;
	*ret = result;
	result = (struct applied_result){ 0 };
	return 0;
}

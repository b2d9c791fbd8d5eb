#include "history/series.h"

#include "base/text.h"

#include <errno.h>
#include <math.h>

int series_add_needs(struct needs *needs, struct error *err)
{
	for (size_t i = 0; i < series_def_count; i++) {
		for (const char *const *need = series_defs[i].needs; *need; need++) {
			int r = needs_add(needs, *need, err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* One series of the place, as the history has it. NAN: not known. */
struct known {
	int64_t id;
	char *name, *subject;
	double latest;
	double value; /* of this run */
	bool was_put;
};

struct writer {
	struct history *history;
	struct known *known;
	size_t count;
	sqlite3_stmt *add, *move, *point;
};

static void writer_clear(struct writer *writer)
{
	for (size_t i = 0; i < writer->count; i++) {
		free(writer->known[i].name);
		free(writer->known[i].subject);
	}
	free(writer->known);
	database_finalize(&writer->add);
	database_finalize(&writer->move);
	database_finalize(&writer->point);
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

static int remember(struct writer *writer, int64_t id, const char *name,
		    const char *subject, double latest, struct error *err)
{
	struct known *grown =
		realloc(writer->known, (writer->count + 1) * sizeof(*grown));

	if (!grown)
		return no_memory(err);
	writer->known = grown;
	grown[writer->count++] = (struct known){
		.id = id,
		.name = strdup(name ? name : ""),
		.subject = strdup(subject ? subject : ""),
		.latest = latest,
		.value = NAN,
	};
	return grown[writer->count - 1].name && grown[writer->count - 1].subject
		       ? 0
		       : no_memory(err);
}

static double column_real(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL
		       ? NAN
		       : sqlite3_column_double(row, column);
}

static int load_known(struct writer *writer, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int result = SQLITE_DONE;
	int r = database_prepare(writer->history->db,
				 "SELECT id, name, subject, latest FROM series"
				 " WHERE place = ? ORDER BY id",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, writer->history->place);
	while (r == 0 && (result = sqlite3_step(statement)) == SQLITE_ROW)
		r = remember(writer, sqlite3_column_int64(statement, 0),
			     (const char *)sqlite3_column_text(statement, 1),
			     (const char *)sqlite3_column_text(statement, 2),
			     column_real(statement, 3), err);
	if (r == 0 && result != SQLITE_DONE)
		r = error_set(err, database_errno(result), "%s",
			      sqlite3_errmsg(writer->history->db));
	return r;
}

static int prepare(struct writer *writer, struct error *err)
{
	sqlite3 *db = writer->history->db;
	int r = database_prepare(db, "INSERT INTO series VALUES (NULL,?,?,?,NULL,?)",
				 &writer->add, err);

	if (r == 0)
		r = database_prepare(
			db, "UPDATE series SET latest = ?, moved = ? WHERE id = ?",
			&writer->move, err);
	if (r == 0)
		r = database_prepare(db, "INSERT OR REPLACE INTO point VALUES (?,?,?)",
				     &writer->point, err);
	return r < 0 ? r : load_known(writer, err);
}

/* Noise in the fourth digit is not worth a row. */
static double round_value(double value)
{
	double scale;

	if (!isfinite(value) || value == 0)
		return value;
	scale = pow(10, 2 - floor(log10(fabs(value))));
	return round(value * scale) / scale;
}

static struct known *find(struct writer *writer, const char *name, const char *subject)
{
	for (size_t i = 0; i < writer->count; i++) {
		struct known *known = &writer->known[i];

		if (strcmp(known->name, name) == 0 &&
		    strcmp(known->subject, subject) == 0)
			return known;
	}
	return NULL;
}

/* The value of this run; a new series begins with its first value that is known. */
static int put(struct writer *writer, const char *name, const char *subject, double value,
	       struct error *err)
{
	struct known *known = find(writer, name, subject);
	int r;

	if (known) {
		known->value = round_value(value);
		known->was_put = true;
		return 0;
	}
	if (!isfinite(value) || writer->count >= SERIES_MOST)
		return 0;
	sqlite3_bind_int64(writer->add, 1, writer->history->place);
	sqlite3_bind_text(writer->add, 2, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(writer->add, 3, subject, -1, SQLITE_STATIC);
	sqlite3_bind_int64(writer->add, 4, writer->history->run);
	r = database_step(writer->add, err);
	if (r == 0)
		r = remember(writer, sqlite3_last_insert_rowid(writer->history->db), name,
			     subject, NAN, err);
	if (r == 0)
		writer->known[writer->count - 1].value = round_value(value);
	return r;
}

/* Were the sockets read at all? Then a subject that has no row has nothing. */
static int find_sockets_read(struct evidence *evidence, bool *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = database_prepare(evidence->db,
				 "SELECT 1 FROM source WHERE sample = ? AND name = 'tcp'"
				 " AND state = 'ok'",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, evidence->now);
	*ret = sqlite3_step(statement) == SQLITE_ROW;
	return 0;
}

static void put_nothing(struct writer *writer, const char *name)
{
	for (size_t i = 0; i < writer->count; i++) {
		struct known *known = &writer->known[i];

		if (!known->was_put && strcmp(known->name, name) == 0)
			known->value = 0;
	}
}

/* Returns: 1 when there may be more rows than were taken */
static int put_rows(struct writer *writer, struct evidence *evidence,
		    const struct series_def *def, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = evidence_prepare(evidence, def->sql, &statement, err);

	for (size_t i = 0; r == 0 && i < SERIES_MOST_SUBJECTS; i++) {
		const char *subject;

		r = evidence_step(evidence, statement, err);
		if (r <= 0)
			return r;
		subject = (const char *)sqlite3_column_text(statement, 0);
		r = put(writer, def->name, subject ? subject : "",
			column_real(statement, 1), err);
	}
	return r < 0 ? r : 1;
}

static int put_table(struct writer *writer, struct evidence *evidence, struct error *err)
{
	bool is_read = false;
	int r = find_sockets_read(evidence, &is_read, err);

	for (size_t i = 0; r >= 0 && i < series_def_count; i++) {
		r = put_rows(writer, evidence, &series_defs[i], err);
		if (r == 0 && is_read && series_defs[i].has_subjects)
			put_nothing(writer, series_defs[i].name);
	}
	return r < 0 ? r : 0;
}

static int put_findings(struct writer *writer, const struct tracked_list *findings,
			struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < findings->count; i++) {
		const struct tracked *tracked = &findings->items[i];
		AUTO(text_clear) struct text subject = { 0 };
		double value =
			tracked->last_seen == writer->history->now ? tracked->level : 0;

		if (!tracked->was_looked_at)
			continue; /* could not be judged: not known */
		text_addf(&subject, "%s %s", tracked->rule, tracked->subject);
		if (text_check(&subject) < 0)
			return no_memory(err);
		r = put(writer, SERIES_OF_FINDINGS, text_string(&subject),
			value < 0 ? 1 : value, err);
	}
	return r;
}

static bool has_moved(const struct known *known)
{
	if (isnan(known->value) || isnan(known->latest))
		return isnan(known->value) != isnan(known->latest);
	return known->value != known->latest;
}

static void bind_real(sqlite3_stmt *statement, int column, double value)
{
	if (isfinite(value))
		sqlite3_bind_double(statement, column, value);
	else
		sqlite3_bind_null(statement, column);
}

/* A key run has all series that have a value; those without need no point. */
static int write_one(struct writer *writer, const struct known *known, struct error *err)
{
	bool moved = has_moved(known);
	int r = 0;

	if (!moved && (!writer->history->is_key_run || isnan(known->value)))
		return 0;
	if (moved) {
		bind_real(writer->move, 1, known->value);
		sqlite3_bind_int64(writer->move, 2, writer->history->run);
		sqlite3_bind_int64(writer->move, 3, known->id);
		r = database_step(writer->move, err);
	}
	if (r < 0)
		return r;
	sqlite3_bind_int64(writer->point, 1, writer->history->run);
	sqlite3_bind_int64(writer->point, 2, known->id);
	bind_real(writer->point, 3, known->value);
	return database_step(writer->point, err);
}

int series_store(struct history *history, struct evidence *evidence,
		 const struct tracked_list *findings, struct error *err)
{
	AUTO(writer_clear) struct writer writer = { .history = history };
	int r = prepare(&writer, err);

	if (r == 0)
		r = put_table(&writer, evidence, err);
	if (r == 0)
		r = put_findings(&writer, findings, err);
	for (size_t i = 0; r == 0 && i < writer.count; i++)
		r = write_one(&writer, &writer.known[i], err);
	return r;
}

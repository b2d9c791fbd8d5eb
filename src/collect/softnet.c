/*
 * /proc/net/softnet_stat: a line of hexadecimal numbers for each online CPU, 11, 13 or 15
 * of them, each 32 bits wide. Counters that wrapped since the sample before go on beyond
 * 32 bits, so that changes are right.
 */
#include "base/file.h"
#include "collect/hex_table.h"
#include "collect/source.h"

#include <errno.h>
#include <stddef.h>

#define PATH "softnet_stat"

enum { FILE_LIMIT = 4 * 1024 * 1024, MOST_CPUS = 65536, LEAST_COLUMNS = 9 };

/* Where a column is in the file and in the row. is_total: it only grows. */
struct column {
	const char *name;
	size_t number, offset;
	bool is_total;
};

#define COLUMN(at, member, only_grows)                                                   \
	{                                                                                \
		"softnet." #member, (at), offsetof(struct softnet_row, member),          \
			(only_grows)                                                     \
	}

enum { COLUMN_CPU = 12 };

/* In the order of the columns of the table softnet. */
static const struct column columns[] = {
	COLUMN(0, processed, true),	    COLUMN(1, dropped, true),
	COLUMN(2, time_squeeze, true),	    COLUMN(9, received_rps, true),
	COLUMN(10, flow_limit_count, true), COLUMN(11, backlog_len, false),
	COLUMN(13, input_qlen, false),	    COLUMN(14, process_qlen, false),
};

/* The rows of the sample before, the sums of this one, and the first CPU that may follow.
 */
struct reading {
	sqlite3_stmt *before;
	int64_t next_cpu;
	int64_t sums[ARRAY_SIZE(columns)];
	bool has[ARRAY_SIZE(columns)];
};

static void reading_clear(struct reading *reading)
{
	database_finalize(&reading->before);
}

static int64_t *member(struct softnet_row *row, const struct column *column)
{
	return (int64_t *)((char *)row + column->offset);
}

static int prepare_before(struct collection *collection, struct reading *reading,
			  struct error *err)
{
	struct evidence *evidence = collection->evidence;
	int code = database_prepare(
		evidence->db,
		"SELECT processed, dropped, time_squeeze, received_rps, flow_limit_count"
		" FROM softnet WHERE sample = ? AND cpu = ?",
		&reading->before, err);

	if (code == 0)
		sqlite3_bind_int64(reading->before, 1, evidence->before);
	return code;
}

/* 32 bits that are known to have grown since a larger number was made of them. */
static int64_t carry_on(int64_t before, int64_t now)
{
	return before + (int64_t)(uint32_t)((uint64_t)now - (uint64_t)before);
}

static void carry_on_row(struct reading *reading, struct softnet_row *row)
{
	sqlite3_bind_int64(reading->before, 2, row->cpu);
	if (sqlite3_step(reading->before) == SQLITE_ROW) {
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
			int64_t *number = member(row, &columns[i]);

			if (columns[i].is_total && *number >= 0)
				*number = carry_on(
					sqlite3_column_int64(reading->before, (int)i),
					*number);
		}
	}
	sqlite3_reset(reading->before);
}

/* line: the number of the line, for kernels whose lines do not name the CPU */
static void fill_row(struct softnet_row *row, const uint64_t *numbers, size_t count,
		     int64_t line)
{
	row->cpu = count > COLUMN_CPU ? (int64_t)(uint32_t)numbers[COLUMN_CPU] : line;
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		*member(row, &columns[i]) =
			columns[i].number < count
				? (int64_t)(uint32_t)numbers[columns[i].number]
				: -1;
}

static void add_row(struct reading *reading, struct softnet_row *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		int64_t number = *member(row, &columns[i]);

		if (number < 0)
			continue;
		reading->has[i] = true;
		reading->sums[i] += number;
	}
}

static int store_sums(struct collection *collection, const struct reading *reading,
		      struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		size_t length = strlen(columns[i].name);
		int code;

		if (!reading->has[i] ||
		    !needs_has_counter(collection->needs, columns[i].name, length))
			continue;
		code = evidence_add_counter(collection->evidence, columns[i].name, length,
					    reading->sums[i], err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int store_line(struct collection *collection, struct reading *reading,
		      const char *text, int64_t line, struct source_result *result,
		      struct error *err)
{
	uint64_t numbers[HEX_TABLE_MOST_COLUMNS];
	size_t count = hex_line_read(text, numbers, ARRAY_SIZE(numbers));
	struct softnet_row row;

	if (count >= LEAST_COLUMNS)
		fill_row(&row, numbers, count, line);
	/* the kernel lists them in order, each once */
	if (count < LEAST_COLUMNS || row.cpu < reading->next_cpu) {
		source_is_partial(result, "'%s' is torn at line %lld", PATH,
				  (long long)line + 1);
		return 0;
	}
	reading->next_cpu = row.cpu + 1;
	if (collection->evidence->before)
		carry_on_row(reading, &row);
	add_row(reading, &row);
	return evidence_add_softnet(collection->evidence, &row, err);
}

static int read_softnet(struct collection *collection, struct source_result *result,
			struct error *err)
{
	AUTO(reading_clear) struct reading reading = { 0 };
	const char *text;
	int code =
		file_read(collection->kernel->net, PATH, FILE_LIMIT, &collection->buffer);

	if (code < 0)
		return source_cannot_read(result, PATH, code);
	code = prepare_before(collection, &reading, err);
	text = text_string(&collection->buffer);
	source_check_text(result, PATH, &collection->buffer);
	for (int64_t line = 0; code == 0 && *text && line < MOST_CPUS; line++) {
		code = store_line(collection, &reading, text, line, result, err);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return code < 0 ? code : store_sums(collection, &reading, err);
}

/* The rows are kept for the counters too: the next sample goes on from them. */
static bool needs_softnet(const struct needs *needs)
{
	return needs->wants_everything || needs->tables[TABLE_SOFTNET] ||
	       needs_has_counters_of(needs, "softnet.");
}

const struct source source_softnet_stat = {
	.name = "softnet_stat",
	.is_needed = needs_softnet,
	.read = read_softnet,
};

/*
 * Connection tracking: how many entries there are (/proc/sys/net/netfilter), and what
 * was dropped (/proc/net/stat/nf_conntrack: a heading, then one line of hexadecimal
 * numbers for each CPU). "entries" is the same total on every line.
 */
#include "base/file.h"
#include "base/parse.h"
#include "collect/source.h"

#include <errno.h>
#include <string.h>

#define STATISTICS "stat/nf_conntrack"
#define COUNT	   "net/netfilter/nf_conntrack_count"

enum { FILE_LIMIT = 4 * 1024 * 1024, MOST_COLUMNS = 64, NAME_BYTES = 64 };

/* The next word of a line, copied; false at its end or when it does not fit. */
static bool next_word(const char **cursor, char *ret, size_t size)
{
	size_t length;

	*cursor += strspn(*cursor, " \t");
	length = strcspn(*cursor, " \t\n");
	if (length == 0 || length >= size)
		return false;
	memcpy(ret, *cursor, length);
	ret[length] = '\0';
	*cursor += length;
	return true;
}

/* Add the numbers of one CPU to the sums; how many there were. */
static size_t add_line(const char *line, int64_t *sums)
{
	char word[24];
	uint64_t number;
	size_t count = 0;

	while (count < MOST_COLUMNS && next_word(&line, word, sizeof(word)) &&
	       parse_hex(word, &number) == 0)
		sums[count++] += (int64_t)number;
	return count;
}

static int store(struct collection *collection, const char *field, int64_t value,
		 struct error *err)
{
	char name[NAME_BYTES];

	(void)snprintf(name, sizeof(name), "nf_conntrack.%s", field);
	if (!needs_has_counter(collection->needs, name, strlen(name)))
		return 0;
	return evidence_add_counter(collection->evidence, name, strlen(name), value, err);
}

static int store_columns(struct collection *collection, const char *heading,
			 const int64_t *sums, size_t count, size_t lines,
			 struct error *err)
{
	char field[32];

	for (size_t i = 0; i < count && next_word(&heading, field, sizeof(field)); i++) {
		bool is_total = strcmp(field, "entries") == 0;
		int code = store(collection, field,
				 is_total ? sums[i] / (int64_t)lines : sums[i], err);

		if (code < 0)
			return code;
	}
	return 0;
}

static int read_statistics(struct collection *collection, struct source_result *result,
			   struct error *err)
{
	int64_t sums[MOST_COLUMNS] = { 0 };
	const char *heading, *line;
	size_t columns = MOST_COLUMNS, lines = 0;
	int code = file_read(collection->kernel->net, STATISTICS, FILE_LIMIT,
			     &collection->buffer);

	if (code < 0)
		return source_cannot_read(result, STATISTICS, code);
	heading = line = text_string(&collection->buffer);
	for (;;) {
		size_t count;

		line += strcspn(line, "\n");
		line += *line == '\n';
		if (!*line)
			break;
		count = add_line(line, sums);
		columns = count < columns ? count : columns;
		lines++;
	}
	if (lines == 0 || columns == 0) {
		source_is_partial(result, "'%s' has no line with numbers", STATISTICS);
		return 0;
	}
	return store_columns(collection, heading, sums, columns, lines, err);
}

static int read_count(struct collection *collection, struct source_result *result,
		      struct error *err)
{
	const char *cursor;
	int64_t count;
	int code = file_read(collection->kernel->sys, COUNT, FILE_LIMIT,
			     &collection->buffer);

	if (code < 0)
		return source_cannot_read(result, COUNT, code);
	cursor = text_string(&collection->buffer);
	if (parse_next_i64(&cursor, &count) < 0) {
		source_is_partial(result, "'%s' is no number", COUNT);
		return 0;
	}
	return store(collection, "count", count, err);
}

static int read_nf_conntrack(struct collection *collection, struct source_result *result,
			     struct error *err)
{
	int code = read_count(collection, result, err);

	if (code < 0 || result->state == SOURCE_ABSENT)
		return code;
	return read_statistics(collection, result, err);
}

static bool needs_nf_conntrack(const struct needs *needs)
{
	return needs_has_counters_of(needs, "nf_conntrack.");
}

const struct source source_nf_conntrack = {
	.name = "nf_conntrack",
	.is_needed = needs_nf_conntrack,
	.read = read_nf_conntrack,
};

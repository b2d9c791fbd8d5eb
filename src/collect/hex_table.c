#include "collect/hex_table.h"

#include "base/file.h"
#include "base/parse.h"

enum { FILE_LIMIT = 4 * 1024 * 1024, NAME_BYTES = 64 };

/* Sums of the columns. lines: of CPUs; columns: that every line has. */
struct table {
	int64_t sums[HEX_TABLE_MOST_COLUMNS];
	bool is_lost[HEX_TABLE_MOST_COLUMNS]; /* the sum does not fit */
	size_t columns, lines;
	size_t headings;
	bool is_torn; /* a line has more or fewer numbers than there are headings */
};

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

size_t hex_line_read(const char *line, uint64_t *ret, size_t most)
{
	char word[24];
	size_t count = 0;

	while (count < most && next_word(&line, word, sizeof(word)) &&
	       parse_hex(word, &ret[count]) == 0)
		count++;
	return count;
}

static size_t count_words(const char *line)
{
	char word[32];
	size_t count = 0;

	while (count < HEX_TABLE_MOST_COLUMNS && next_word(&line, word, sizeof(word)))
		count++;
	return count;
}

static void add_line(struct table *table, const char *line)
{
	uint64_t numbers[HEX_TABLE_MOST_COLUMNS];
	size_t count = hex_line_read(line, numbers, ARRAY_SIZE(numbers));

	for (size_t i = 0; i < count; i++)
		if (__builtin_add_overflow(table->sums[i], numbers[i], &table->sums[i]))
			table->is_lost[i] = true;
	table->columns = count < table->columns ? count : table->columns;
	table->is_torn |= count != table->headings;
	table->lines++;
}

static int store_column(struct collection *collection, const char *prefix,
			const char *field, int64_t value, struct error *err)
{
	char name[NAME_BYTES];
	int length = snprintf(name, sizeof(name), "%s.%s", prefix, field);

	if (length <= 0 || (size_t)length >= sizeof(name) ||
	    !needs_has_counter(collection->needs, name, (size_t)length))
		return 0;
	return evidence_add_counter(collection->evidence, name, (size_t)length, value,
				    err);
}

static int store_table(struct collection *collection, const char *prefix,
		       const char *heading, const struct table *table,
		       struct source_result *result, struct error *err)
{
	char field[32];

	for (size_t i = 0;
	     i < table->columns && next_word(&heading, field, sizeof(field)); i++) {
		bool is_total = strcmp(field, "entries") == 0;
		int code;

		if (table->is_lost[i]) {
			source_is_partial(result, "the sum of '%s.%s' does not fit",
					  prefix, field);
			continue;
		}
		code = store_column(collection, prefix, field,
				    is_total ? table->sums[i] / (int64_t)table->lines
					     : table->sums[i],
				    err);
		if (code < 0)
			return code;
	}
	return 0;
}

int hex_table_store(struct collection *collection, const char *path, const char *prefix,
		    struct source_result *result, struct error *err)
{
	struct table table = { .columns = HEX_TABLE_MOST_COLUMNS };
	const char *heading, *line;
	int code =
		file_read(collection->kernel->net, path, FILE_LIMIT, &collection->buffer);

	if (code < 0)
		return source_cannot_read(result, path, code);
	heading = line = text_string(&collection->buffer);
	table.headings = count_words(heading);
	for (;;) {
		line += strcspn(line, "\n");
		line += *line == '\n';
		if (!*line)
			break;
		add_line(&table, line);
	}
	if (table.lines == 0 || table.columns == 0) {
		source_is_partial(result, "'%s' has no line with numbers", path);
		return 0;
	}
	if (table.is_torn)
		source_is_partial(result, "'%s' has lines that do not fit its heading",
				  path);
	return store_table(collection, prefix, heading, &table, result, err);
}

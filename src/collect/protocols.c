/*
 * /proc/net/protocols: buffer memory of each protocol in pages, and whether it is under
 * memory pressure now. Both are of the whole machine, whoever reads the file.
 */
#include "base/file.h"
#include "base/parse.h"
#include "collect/source.h"

#include <errno.h>
#include <string.h>

enum { FILE_LIMIT = 1024 * 1024 };

/* The word number index of a line, counted from 0; NULL when there are fewer. */
static const char *find_word(const char *line, int index, size_t *ret_length)
{
	for (;;) {
		line += strspn(line, " \t");
		*ret_length = strcspn(line, " \t\n");
		if (*ret_length == 0)
			return NULL;
		if (index-- == 0)
			return line;
		line += *ret_length;
	}
}

/* Which column of the heading has a name; -1 when none has. */
static int find_column(const char *heading, const char *name)
{
	size_t length;
	const char *word;

	for (int i = 0; (word = find_word(heading, i, &length)); i++)
		if (length == strlen(name) && memcmp(word, name, length) == 0)
			return i;
	return -1;
}

static int store(struct collection *collection, const char *name, int64_t value,
		 struct error *err)
{
	if (!needs_has_counter(collection->needs, name, strlen(name)))
		return 0;
	return evidence_add_counter(collection->evidence, name, strlen(name), value, err);
}

static int store_tcp(struct collection *collection, const char *line, int memory_column,
		     int pressure_column, struct source_result *result, struct error *err)
{
	size_t length;
	const char *word = find_word(line, memory_column, &length);
	int64_t pages;
	int code;

	if (word && parse_next_i64(&word, &pages) == 0) {
		code = store(collection, "protocols.TCP.memory", pages, err);
		if (code < 0)
			return code;
	} else {
		source_is_partial(result, "'protocols' has no memory for TCP");
	}
	word = find_word(line, pressure_column, &length);
	if (!word)
		source_is_partial(result, "'protocols' has no pressure for TCP");
	/* "NI": the protocol does not count */
	if (!word || (*word != 'y' && *word != 'n'))
		return 0;
	return store(collection, "protocols.TCP.pressure", *word == 'y', err);
}

static int read_protocols(struct collection *collection, struct source_result *result,
			  struct error *err)
{
	const char *line;
	int memory_column, pressure_column;
	int code = file_read(collection->kernel->net, "protocols", FILE_LIMIT,
			     &collection->buffer);

	if (code < 0)
		return source_cannot_read(result, "protocols", code);
	line = text_string(&collection->buffer);
	memory_column = find_column(line, "memory");
	pressure_column = find_column(line, "press");
	if (memory_column < 0 || pressure_column < 0) {
		source_is_partial(result,
				  "'protocols' has no columns 'memory' and 'press'");
		return 0;
	}
	for (; *line; line += *line == '\n') {
		if (strncmp(line, "TCP ", 4) == 0)
			return store_tcp(collection, line, memory_column, pressure_column,
					 result, err);
		line += strcspn(line, "\n");
	}
	source_is_partial(result, "'protocols' has no line for TCP");
	return 0;
}

static bool needs_protocols(const struct needs *needs)
{
	return needs_has_counters_of(needs, "protocols.");
}

const struct source source_protocols = {
	.name = "protocols",
	.is_needed = needs_protocols,
	.read = read_protocols,
};

/*
 * /proc/net/sockstat and sockstat6: "TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1", and
 * /proc/net/snmp6: "Ip6InReceives  12". inuse, tw and used are of this namespace; orphan,
 * alloc and mem are of the whole machine.
 */
#include "base/file.h"
#include "base/parse.h"
#include "collect/source.h"

#include <errno.h>
#include <string.h>

enum { FILE_LIMIT = 1024 * 1024, NAME_BYTES = 96 };

/* Copy the next word; its length, 0 at the end of the line, the size when it is longer */
static size_t next_word(const char **cursor, char *ret, size_t size)
{
	size_t length;

	*cursor += strspn(*cursor, " \t");
	length = strcspn(*cursor, " \t\n");
	if (length >= size)
		return size;
	memcpy(ret, *cursor, length);
	ret[length] = '\0';
	*cursor += length;
	return length;
}

static int store(struct collection *collection, const char *name, int64_t value,
		 struct error *err)
{
	size_t length = strlen(name);

	if (!needs_has_counter(collection->needs, name, length))
		return 0;
	return evidence_add_counter(collection->evidence, name, length, value, err);
}

/* One line: a protocol with a colon, then names and numbers in turn. */
static int store_line(struct collection *collection, const char *file, const char *line,
		      struct source_result *result, struct error *err)
{
	char protocol[32], field[32], name[NAME_BYTES];
	size_t length = next_word(&line, protocol, sizeof(protocol));

	if (length == 0 || length >= sizeof(protocol) || protocol[length - 1] != ':') {
		source_is_partial(result, "'%s' has a line without a protocol", file);
		return 0;
	}
	protocol[length - 1] = '\0';
	while ((length = next_word(&line, field, sizeof(field))) > 0) {
		int64_t value;
		int code;

		if (length >= sizeof(field) || parse_next_i64(&line, &value) < 0) {
			source_is_partial(result,
					  "'%s' has no number for a field of '%s'", file,
					  protocol);
			return 0;
		}
		(void)snprintf(name, sizeof(name), "%s.%s.%s", file, protocol, field);
		code = store(collection, name, value, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int read_lines(struct collection *collection, const char *file,
		      int (*line_store)(struct collection *, const char *, const char *,
					struct source_result *, struct error *),
		      struct source_result *result, struct error *err)
{
	const char *line;
	int code =
		file_read(collection->kernel->net, file, FILE_LIMIT, &collection->buffer);

	if (code < 0)
		return source_cannot_read(result, file, code);
	for (line = text_string(&collection->buffer); *line;) {
		code = line_store(collection, file, line, result, err);
		if (code < 0)
			return code;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	source_check_text(result, file, &collection->buffer);
	return 0;
}

static int store_snmp6_line(struct collection *collection, const char *file,
			    const char *line, struct source_result *result,
			    struct error *err)
{
	char field[64], name[NAME_BYTES];
	size_t length = next_word(&line, field, sizeof(field));
	int64_t value;

	if (length == 0 || length >= sizeof(field) || parse_next_i64(&line, &value) < 0) {
		source_is_partial(result, "'%s' has a line without name and number",
				  file);
		return 0;
	}
	(void)snprintf(name, sizeof(name), "snmp6.%s", field);
	return store(collection, name, value, err);
}

static int read_sockstat(struct collection *collection, struct source_result *result,
			 struct error *err)
{
	return read_lines(collection, "sockstat", store_line, result, err);
}

static int read_sockstat6(struct collection *collection, struct source_result *result,
			  struct error *err)
{
	return read_lines(collection, "sockstat6", store_line, result, err);
}

static int read_snmp6(struct collection *collection, struct source_result *result,
		      struct error *err)
{
	return read_lines(collection, "snmp6", store_snmp6_line, result, err);
}

static bool needs_sockstat(const struct needs *needs)
{
	return needs_has_counters_of(needs, "sockstat.");
}

static bool needs_sockstat6(const struct needs *needs)
{
	return needs_has_counters_of(needs, "sockstat6.");
}

static bool needs_snmp6(const struct needs *needs)
{
	return needs_has_counters_of(needs, "snmp6.");
}

const struct source source_sockstat = {
	.name = "sockstat",
	.is_needed = needs_sockstat,
	.read = read_sockstat,
};

const struct source source_sockstat6 = {
	.name = "sockstat6",
	.is_needed = needs_sockstat6,
	.read = read_sockstat6,
};

const struct source source_snmp6 = {
	.name = "snmp6",
	.is_needed = needs_snmp6,
	.read = read_snmp6,
};

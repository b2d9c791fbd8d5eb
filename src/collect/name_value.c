/*
 * /proc/net/snmp and /proc/net/netstat: pairs of lines, names above values, each with the
 * protocol in front. Columns come and go with kernels, so everything goes by name.
 */
#include "base/file.h"
#include "base/parse.h"
#include "collect/source.h"

#include <errno.h>
#include <string.h>

enum { FILE_LIMIT = 1024 * 1024, NAME_BYTES = 96 };

/* Cut the next line out of a text; NULL at its end. */
static char *next_line(char **cursor)
{
	char *line = *cursor;
	char *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	if (end) {
		*end = '\0';
		*cursor = end + 1;
	} else {
		*cursor = line + strlen(line);
	}
	return line;
}

/* The next word of a line of names, and "Proto.Name" built of it; 0 at the end. */
static size_t next_name(const char **cursor, const char *protocol, char *ret)
{
	size_t length;
	int written;

	*cursor += strspn(*cursor, " \t");
	length = strcspn(*cursor, " \t");
	if (length == 0)
		return 0;
	written = snprintf(ret, NAME_BYTES, "%s.%.*s", protocol, (int)length, *cursor);
	*cursor += length;
	/* a name that does not fit is nobody's: it is skipped as unknown */
	return written > 0 && written < NAME_BYTES ? (size_t)written : NAME_BYTES;
}

static void skip_word(const char **cursor)
{
	*cursor += strspn(*cursor, " \t");
	*cursor += strcspn(*cursor, " \t");
}

/* Store one pair of lines, already without "Proto:" in front. */
static int store_pair(struct collection *collection, const char *protocol,
		      const char *names, const char *values, struct source_result *result,
		      struct error *err)
{
	char name[NAME_BYTES];
	size_t length;

	while ((length = next_name(&names, protocol, name)) > 0) {
		int64_t value;
		int code = parse_next_i64(&values, &value);

		if (code == -ERANGE) {
			source_is_partial(result, "%.*s has a value beyond 63 bits",
					  (int)(length < NAME_BYTES ? length : 0), name);
			skip_word(&values);
			continue;
		}
		if (code < 0) {
			source_is_partial(result, "'%s' has no number for '%.*s'",
					  protocol,
					  (int)(length < NAME_BYTES ? length : 0), name);
			return 0;
		}
		if (length == NAME_BYTES ||
		    !needs_has_counter(collection->needs, name, length))
			continue;
		code = evidence_add_counter(collection->evidence, name, length, value,
					    err);
		if (code < 0)
			return code;
	}
	if (values[strspn(values, " \t")] != '\0')
		source_is_partial(result, "'%s' has more values than names", protocol);
	return 0;
}

/* Split "Proto: rest" in place; NULL when there is no colon. */
static char *split_protocol(char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return NULL;
	*colon = '\0';
	return colon + 1;
}

static int store_pairs(struct collection *collection, const char *path, char *cursor,
		       struct source_result *result, struct error *err)
{
	unsigned line = 0;
	char *names;

	while ((names = next_line(&cursor))) {
		char *values = next_line(&cursor);
		char *name_list = split_protocol(names);
		char *value_list = values ? split_protocol(values) : NULL;
		int code;

		line += 2;
		if (!name_list || !value_list || strcmp(names, values) != 0) {
			source_is_partial(result, "'%s' is torn at line %u", path, line);
			return 0;
		}
		code = store_pair(collection, names, name_list, value_list, result, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int read_pairs(struct collection *collection, const char *path,
		      struct source_result *result, struct error *err)
{
	struct source_result whole = { 0 };
	int code =
		file_read(collection->kernel->net, path, FILE_LIMIT, &collection->buffer);

	if (code < 0)
		return source_cannot_read(result, path, code);
	source_check_text(&whole, path, &collection->buffer);
	if (collection->buffer.length > 0)
		code = store_pairs(collection, path, collection->buffer.data, result,
				   err);
	if (whole.state != SOURCE_OK)
		source_is_partial(result, "%s", whole.reason.text);
	return code;
}

static int read_snmp(struct collection *collection, struct source_result *result,
		     struct error *err)
{
	return read_pairs(collection, "snmp", result, err);
}

static int read_netstat(struct collection *collection, struct source_result *result,
			struct error *err)
{
	return read_pairs(collection, "netstat", result, err);
}

static bool needs_snmp(const struct needs *needs)
{
	return needs_has_counters_of(needs, "Tcp.") ||
	       needs_has_counters_of(needs, "Ip.") ||
	       needs_has_counters_of(needs, "Icmp.") ||
	       needs_has_counters_of(needs, "Udp.");
}

static bool needs_netstat(const struct needs *needs)
{
	return needs_has_counters_of(needs, "TcpExt.") ||
	       needs_has_counters_of(needs, "IpExt.") ||
	       needs_has_counters_of(needs, "MPTcpExt.");
}

const struct source source_snmp = {
	.name = "snmp",
	.is_needed = needs_snmp,
	.read = read_snmp,
};

const struct source source_netstat = {
	.name = "netstat",
	.is_needed = needs_netstat,
	.read = read_netstat,
};

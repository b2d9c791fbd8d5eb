/*
 * Connection tracking: how many entries there are (/proc/sys/net/netfilter), and what
 * was dropped (/proc/net/stat/nf_conntrack).
 */
#include "base/file.h"
#include "base/parse.h"
#include "collect/hex_table.h"
#include "collect/source.h"

#include <errno.h>
#include <string.h>

#define STATISTICS "stat/nf_conntrack"
#define COUNT	   "net/netfilter/nf_conntrack_count"

enum { FILE_LIMIT = 4 * 1024 * 1024 };

static int read_count(struct collection *collection, struct source_result *result,
		      struct error *err)
{
	static const char name[] = "nf_conntrack.count";
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
	if (!needs_has_counter(collection->needs, name, strlen(name)))
		return 0;
	return evidence_add_counter(collection->evidence, name, strlen(name), count, err);
}

static int read_nf_conntrack(struct collection *collection, struct source_result *result,
			     struct error *err)
{
	struct source_result statistics = { 0 };
	int code = read_count(collection, result, err);

	if (code == 0)
		code = hex_table_store(collection, STATISTICS, "nf_conntrack",
				       &statistics, err);
	if (code < 0)
		return code;
	/* one of the two is enough to know that there is connection tracking */
	if (result->state == SOURCE_OK && statistics.state != SOURCE_OK)
		source_is_partial(result, "%s", statistics.reason.text);
	else if (result->state != SOURCE_OK && statistics.state == SOURCE_OK)
		result->state = SOURCE_PARTIAL;
	return 0;
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

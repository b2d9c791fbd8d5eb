/* /proc/sys/fs/file-nr: open file handles of the whole machine, a 0, and their limit. */
#include "base/file.h"
#include "base/parse.h"
#include "collect/source.h"

#include <errno.h>

#define PATH "fs/file-nr"

enum { FILE_LIMIT = 4096 };

static int store(struct collection *collection, const char *name, int64_t value,
		 struct error *err)
{
	if (!needs_has_counter(collection->needs, name, strlen(name)))
		return 0;
	return evidence_add_counter(collection->evidence, name, strlen(name), value, err);
}

static int read_files(struct collection *collection, struct source_result *result,
		      struct error *err)
{
	const char *cursor;
	int64_t used, unused, most;
	int code =
		file_read(collection->kernel->sys, PATH, FILE_LIMIT, &collection->buffer);

	if (code < 0)
		return source_cannot_read(result, "/proc/sys/" PATH, code);
	cursor = text_string(&collection->buffer);
	if (parse_next_i64(&cursor, &used) < 0 || parse_next_i64(&cursor, &unused) < 0 ||
	    parse_next_i64(&cursor, &most) < 0) {
		source_is_partial(result, "'/proc/sys/%s' is not three numbers", PATH);
		return 0;
	}
	code = store(collection, "file.used", used - unused, err);
	return code < 0 ? code : store(collection, "file.max", most, err);
}

static bool needs_files(const struct needs *needs)
{
	return needs_has_counters_of(needs, "file.");
}

const struct source source_file_nr = {
	.name = "file-nr",
	.is_needed = needs_files,
	.read = read_files,
};

/*
 * Processes that own a listener whose program was looked up: how many descriptors they
 * have open, and how many they may.
 */
#include "base/file.h"
#include "base/parse.h"
#include "collect/source.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum {
	PATH_BYTES = 64,
	LIMITS_BYTES = 16 * 1024,
	MOST_PROCESSES = 256,
	MOST_COUNTED = 65536, /* descriptors of one process, a few ms */
};

/* Count the names in an open folder; -1 when there are too many, or that fails. */
static int64_t count_entries(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | FILE_OPEN_FLAGS);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int64_t count = 0;

	if (!listing) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (count <= MOST_COUNTED && (entry = readdir(listing)))
		count += isdigit((unsigned char)entry->d_name[0]) != 0;
	closedir(listing);
	return count <= MOST_COUNTED ? count : -1;
}

/*
 * Linux 6.2 and later tell the number of descriptors as the size of the folder; before,
 * it is 0.
 */
static int64_t count_descriptors(int proc, int64_t pid)
{
	auto_close int folder = -1;
	char path[PATH_BYTES];
	struct stat status;

	(void)snprintf(path, sizeof(path), "%lld/fd", (long long)pid);
	folder = file_open_folder(proc, path);
	if (folder < 0 || fstat(folder, &status) < 0)
		return -1;
	return status.st_size > 0 ? status.st_size : count_entries(folder);
}

/* "Max open files            1024                 524288               files" */
static int64_t read_limit(struct collection *collection, int64_t pid)
{
	static const char label[] = "\nMax open files";
	char path[PATH_BYTES];
	const char *line;
	int64_t limit;

	(void)snprintf(path, sizeof(path), "%lld/limits", (long long)pid);
	if (file_read(collection->kernel->proc, path, LIMITS_BYTES, &collection->buffer) <
	    0)
		return -1;
	line = strstr(text_string(&collection->buffer), label);
	if (!line)
		return -1;
	line += strlen(label);
	return parse_next_i64(&line, &limit) == 0 ? limit : -1;
}

static int store_process(struct collection *collection, sqlite3_stmt *listener,
			 struct source_result *result, struct error *err)
{
	int64_t pid = sqlite3_column_int64(listener, 0);
	const struct process_row row = {
		.pid = pid,
		.program = (const char *)sqlite3_column_text(listener, 1),
		.descriptors = count_descriptors(collection->kernel->proc, pid),
		.descriptors_limit = read_limit(collection, pid),
	};

	if (row.descriptors < 0 || row.descriptors_limit < 0)
		source_is_partial(result, "descriptors of process %lld cannot be counted",
				  (long long)pid);
	return evidence_add_process(collection->evidence, &row, err);
}

/* Listeners in trouble whose process was looked for in vain. */
static int note_unknown(struct collection *collection, struct source_result *result,
			struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int code = database_prepare(
		collection->evidence->db,
		"SELECT count(*) FROM listener WHERE sample = ? AND pid IS NULL"
		" AND (drops > 0 OR queue > 0)",
		&statement, err);

	if (code < 0)
		return code;
	sqlite3_bind_int64(statement, 1, collection->evidence->now);
	if (sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_int64(statement, 0) > 0)
		source_is_partial(result, "the processes of %lld listeners are not known",
				  (long long)sqlite3_column_int64(statement, 0));
	return 0;
}

/* Without the listeners nothing is known of their processes. */
static int find_listeners(struct collection *collection, struct source_result *result,
			  struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int code =
		database_prepare(collection->evidence->db,
				 "SELECT 1 FROM source WHERE sample = ? AND name = 'tcp'"
				 " AND state IN ('ok', 'partial')",
				 &statement, err);

	if (code < 0)
		return code;
	sqlite3_bind_int64(statement, 1, collection->evidence->now);
	if (sqlite3_step(statement) == SQLITE_ROW)
		return 0;
	result->state = SOURCE_ABSENT;
	(void)error_set(&result->reason, 0, "the listeners are not known");
	return 0;
}

static int read_processes(struct collection *collection, struct source_result *result,
			  struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int step = SQLITE_DONE;
	int code;

	if (!collection->kernel->is_live) {
		result->state = SOURCE_ABSENT;
		(void)error_set(&result->reason, 0, "a folder of dumps has no processes");
		return 0;
	}
	code = find_listeners(collection, result, err);
	if (code < 0 || result->state == SOURCE_ABSENT)
		return code;
	code = database_prepare(collection->evidence->db,
				"SELECT pid, max(program) FROM listener WHERE sample = ?1"
				" AND pid IS NOT NULL GROUP BY pid LIMIT ?2",
				&statement, err);
	if (code < 0)
		return code;
	sqlite3_bind_int64(statement, 1, collection->evidence->now);
	sqlite3_bind_int(statement, 2, MOST_PROCESSES);
	while (code == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW)
		code = store_process(collection, statement, result, err);
	if (code < 0)
		return code;
	if (step != SQLITE_DONE)
		return error_set(err, database_errno(step), "%s",
				 sqlite3_errmsg(collection->evidence->db));
	return note_unknown(collection, result, err);
}

static bool needs_processes(const struct needs *needs)
{
	return needs->wants_everything || needs->tables[TABLE_PROCESS];
}

const struct source source_process = {
	.name = "process",
	.is_needed = needs_processes,
	.read = read_processes,
};

#include "fuzz_support.h"

#include "base/utf8.h"
#include "folder.h"
#include "profile/wanted.h"

_Noreturn void fuzz_broken(const char *file, int line, const char *property)
{
	(void)fprintf(stderr, "%s:%d: not true: %s\n", file, line, property);
	abort();
}

char *fuzz_string(const uint8_t *data, size_t size)
{
	char *string = malloc(size + 1);

	ALWAYS(string);
	if (size)
		memcpy(string, data, size);
	string[size] = '\0';
	return string;
}

/* --- the folder: state of the process, as libFuzzer calls one function only -------- */

static struct folder folder;

static void remove_folder(void)
{
	folder_remove(&folder);
}

static const struct folder *get_folder(void)
{
	static const char *const folders[] = { "proc/net/stat/", "proc/sys/net/ipv4/",
					       "proc/sys/net/netfilter/", "netlink/",
					       "profiles/" };

	if (folder.path[0])
		return &folder;
	folder_make(&folder);
	(void)atexit(remove_folder);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		folder_make_way(&folder, folders[i]);
	return &folder;
}

const char *fuzz_folder(void)
{
	return get_folder()->path;
}

const struct kernel *fuzz_kernel(void)
{
	static struct kernel kernel = KERNEL_NONE;

	if (kernel.proc < 0)
		ALWAYS(kernel_open_folder(fuzz_folder(), &kernel, NULL) == 0);
	return &kernel;
}

void fuzz_put(const char *path, const uint8_t *data, size_t size)
{
	folder_put(get_folder(), path, data, size);
}

/* --- evidence ---------------------------------------------------------------------- */

static struct evidence evidence;

static void close_evidence(void)
{
	evidence_close(&evidence);
}

/* "DELETE FROM ..." of every table that the schema has. */
static void make_empty(void)
{
	static const char list[] = "SELECT group_concat('DELETE FROM ' || name, ';') "
				   "FROM sqlite_schema WHERE type = 'table'";
	static char empty[4096];
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;

	if (!empty[0]) {
		ALWAYS(database_prepare(evidence.db, list, &statement, NULL) == 0);
		ALWAYS(sqlite3_step(statement) == SQLITE_ROW);
		ALWAYS((size_t)snprintf(empty, sizeof(empty), "%s",
					sqlite3_column_text(statement, 0)) <
		       sizeof(empty));
	}
	database_finalize(&statement);
	ALWAYS(database_run(evidence.db, empty, NULL) == 0);
}

struct evidence *fuzz_evidence(void)
{
	if (!evidence.db) {
		ALWAYS(evidence_open_memory(&evidence, NULL) == 0);
		(void)atexit(close_evidence);
	}
	make_empty();
	return &evidence;
}

void fuzz_read(const struct source *source, struct evidence *ev)
{
	const struct needs needs = { .wants_everything = true };
	const struct sample sample = { .uptime = 1, .page_bytes = 4096 };
	struct collection collection = { .kernel = fuzz_kernel(),
					 .needs = &needs,
					 .evidence = ev };
	struct source_result result = { 0 };
	struct error err = { 0 };

	ALWAYS(source->is_needed(&needs));
	ALWAYS(evidence_begin_sample(ev, &sample, &err) == 0);
	ALWAYS(source->read(&collection, &result, &err) == 0);
	ALWAYS((result.state == SOURCE_OK) == (result.reason.text[0] == '\0'));
	ALWAYS(evidence_end_sample(ev, &err) == 0);
	text_clear(&collection.buffer);
}

int64_t fuzz_number(struct evidence *ev, const char *sql)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct error err = { 0 };
	int code = database_prepare(ev->db, sql, &statement, &err);

	if (code < 0)
		fuzz_broken(sql, 0, err.text);
	ALWAYS(sqlite3_step(statement) == SQLITE_ROW);
	return sqlite3_column_int64(statement, 0);
}

bool fuzz_is_safe(const char *text)
{
	while (*text) {
		uint32_t character;
		size_t length = utf8_decode(text, &character);

		if (length == 0 || character < 0x20 ||
		    (character >= 0x7f && character < 0xa0) ||
		    (character >= 0x202a && character <= 0x202e) ||
		    (character >= 0x2066 && character <= 0x2069) || character == 0x2028 ||
		    character == 0x2029)
			return false;
		text += length;
	}
	return true;
}

/* --- wanted values ------------------------------------------------------------------ */

static bool has_exact(const struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->elements[i].is_exact)
			return true;
	return false;
}

void fuzz_check_wanted(const struct wanted *wanted)
{
	AUTO(wanted_clear) struct wanted again = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	ALWAYS(wanted->count > 0 && wanted->count <= WANTED_MOST_ELEMENTS);
	if (wanted->is_guard)
		text_add(&text, "guard ");
	wanted_add_text(wanted, NULL, &text);
	ALWAYS(text_check(&text) == 0);
	if (has_exact(wanted))
		return;
	ALWAYS(wanted_parse(text_string(&text), &again, NULL) == 0);
	ALWAYS(again.count == wanted->count && again.is_guard == wanted->is_guard);
	for (size_t i = 0; i < again.count; i++) {
		const struct wanted_element *a = &wanted->elements[i],
					    *b = &again.elements[i];

		ALWAYS(a->op == b->op && a->is_expression == b->is_expression);
		ALWAYS(!a->text == !b->text &&
		       (!a->text || strcmp(a->text, b->text) == 0));
	}
}

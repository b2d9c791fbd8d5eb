#include "evidence/evidence.h"

#include "base/embedded.h"
#include "catalog/sysctl.h"
#include "evidence/functions.h"
#include "evidence/guard.h"

#include <errno.h>
#include <string.h>

/* Indexes of struct evidence.inserts. */
enum insert {
	INSERT_SOURCE,
	INSERT_SYSCTL,
	INSERT_COUNTER,
};

static const char *const insert_sql[] = {
	[INSERT_SOURCE] = "INSERT INTO source VALUES (?,?,?,?)",
	[INSERT_SYSCTL] = "INSERT OR REPLACE INTO sysctl VALUES (?,?,?,?)",
	[INSERT_COUNTER] = "INSERT OR REPLACE INTO counter VALUES (?,?,?)",
};
_Static_assert(ARRAY_SIZE(insert_sql) == EVIDENCE_INSERTS, "one statement a kind");

static const char *const source_states[] = {
	[SOURCE_OK] = "ok",
	[SOURCE_PARTIAL] = "partial",
	[SOURCE_UNREADABLE] = "unreadable",
	[SOURCE_ABSENT] = "absent",
	[SOURCE_SKIPPED] = "skipped",
};

const char *source_state_text(enum source_state state)
{
	return source_states[state];
}

int evidence_open_memory(struct evidence *ret, struct error *err)
{
	return evidence_open_image(embedded_database, embedded_database_size, ret, err);
}

int evidence_open_image(const void *image, size_t size, struct evidence *ret,
			struct error *err)
{
	struct evidence evidence = { .window_seconds = -1 };
	int code = database_open_image(image, size, &evidence.db, err);

	if (code == 0)
		code = evidence_add_functions(&evidence, err);
	if (code < 0) {
		evidence_close(&evidence);
		return code;
	}
	*ret = evidence;
	return 0;
}

void evidence_close(struct evidence *evidence)
{
	for (size_t i = 0; i < ARRAY_SIZE(evidence->inserts); i++)
		database_finalize(&evidence->inserts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(evidence->row_inserts); i++)
		database_finalize(&evidence->row_inserts[i]);
	evidence_free_functions(evidence);
	database_close(&evidence->db);
	*evidence = (struct evidence){ 0 };
}

static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, column);
}

/* A number, or NULL where it is below the least that means something. */
static void bind_number(sqlite3_stmt *statement, int column, int64_t number,
			int64_t least)
{
	if (number < least)
		sqlite3_bind_null(statement, column);
	else
		sqlite3_bind_int64(statement, column, number);
}

/* The prepared statement for one table, with the sample bound. NULL on failure. */
static sqlite3_stmt *insert_begin(struct evidence *evidence, enum insert insert,
				  struct error *err)
{
	sqlite3_stmt **statement = &evidence->inserts[insert];

	if (!*statement &&
	    database_prepare(evidence->db, insert_sql[insert], statement, err) < 0)
		return NULL;
	sqlite3_bind_int64(*statement, 1, evidence->now);
	return *statement;
}

/* Whether the sample before was taken in the same boot and namespace, earlier. */
static int find_sample_before(struct evidence *evidence, const struct sample *sample,
			      int64_t *ret_before, double *ret_seconds, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int code = database_prepare(
		evidence->db,
		"SELECT id, ?1 - uptime FROM sample WHERE uptime < ?1 AND boot_id IS ?2 "
		/* without a cookie (before 5.14) the name is all that tells them apart */
		"AND netns_cookie IS ?3 AND (?3 IS NOT NULL OR netns IS ?4) "
		"ORDER BY id DESC LIMIT 1",
		&statement, err);

	if (code < 0)
		return code;
	sqlite3_bind_double(statement, 1, sample->uptime);
	bind_text(statement, 2, sample->boot_id);
	bind_number(statement, 3, (int64_t)sample->netns_cookie, 1);
	bind_text(statement, 4, sample->netns);
	*ret_before = 0;
	*ret_seconds = -1;
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*ret_before = sqlite3_column_int64(statement, 0);
		*ret_seconds = sqlite3_column_double(statement, 1);
	}
	return 0;
}

static int insert_sample(struct evidence *evidence, const struct sample *sample,
			 struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int code = database_prepare(
		evidence->db, "INSERT INTO sample VALUES (NULL,?,?,?,?,?,?,?,?,?,?)",
		&statement, err);

	if (code < 0)
		return code;
	sqlite3_bind_double(statement, 1, sample->taken);
	sqlite3_bind_double(statement, 2, sample->uptime);
	bind_text(statement, 3, sample->boot_id);
	bind_text(statement, 4, sample->release);
	bind_text(statement, 5, sample->netns);
	bind_number(statement, 6, (int64_t)sample->netns_cookie, 1);
	sqlite3_bind_int(statement, 7, sample->is_init_netns);
	sqlite3_bind_int64(statement, 8, sample->page_bytes);
	bind_text(statement, 9, sample->host);
	bind_text(statement, 10, sample->tcptune);
	code = database_step(statement, err);
	if (code == 0)
		evidence->now = sqlite3_last_insert_rowid(evidence->db);
	return code;
}

static int set_window(struct evidence *evidence, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int code = database_run(evidence->db, "DELETE FROM window", err);

	if (code < 0)
		return code;
	code = database_prepare(evidence->db, "INSERT INTO window VALUES (?,?)",
				&statement, err);
	if (code < 0)
		return code;
	bind_number(statement, 1, evidence->before, 1);
	sqlite3_bind_int64(statement, 2, evidence->now);
	return database_step(statement, err);
}

/* The stored sample evidence->now is the present; before it, one of the same boot. */
static int look_at(struct evidence *evidence, const struct sample *sample, int64_t before,
		   double seconds, struct error *err)
{
	evidence->before = before;
	evidence->window_seconds = seconds;
	evidence->taken_now = sample->taken;
	evidence->uptime_now = sample->uptime;
	evidence->context->now = evidence->now;
	evidence->context->before = before;
	evidence->context->window_seconds = seconds;
	evidence->context->page_bytes = sample->page_bytes;
	return set_window(evidence, err);
}

int evidence_begin_sample(struct evidence *evidence, const struct sample *sample,
			  struct error *err)
{
	int64_t before;
	double seconds;
	int code = database_run(evidence->db, "BEGIN", err);

	if (code < 0)
		return code;
	code = find_sample_before(evidence, sample, &before, &seconds, err);
	if (code == 0)
		code = insert_sample(evidence, sample, err);
	return code < 0 ? code : look_at(evidence, sample, before, seconds, err);
}

int evidence_end_sample(struct evidence *evidence, struct error *err)
{
	return database_run(evidence->db, "COMMIT", err);
}

/* The latest sample; its texts live as long as the statement. */
static int find_latest(struct evidence *evidence, sqlite3_stmt **ret_statement,
		       int64_t *ret_id, struct sample *ret, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int code = database_prepare(
		evidence->db,
		"SELECT id, taken, uptime, boot_id, release, netns, netns_cookie,"
		" is_init_netns, page_bytes, host, tcptune"
		" FROM sample ORDER BY id DESC LIMIT 1",
		ret_statement, err);

	if (code < 0)
		return code;
	statement = *ret_statement;
	if (sqlite3_step(statement) != SQLITE_ROW)
		return error_set(err, -ENODATA, "there is no sample");
	*ret_id = sqlite3_column_int64(statement, 0);
	*ret = (struct sample){
		.taken = sqlite3_column_double(statement, 1),
		.uptime = sqlite3_column_double(statement, 2),
		.boot_id = (const char *)sqlite3_column_text(statement, 3),
		.release = (const char *)sqlite3_column_text(statement, 4),
		.netns = (const char *)sqlite3_column_text(statement, 5),
		.netns_cookie = (uint64_t)sqlite3_column_int64(statement, 6),
		.is_init_netns = sqlite3_column_int(statement, 7) != 0,
		.page_bytes = sqlite3_column_int64(statement, 8),
		.host = (const char *)sqlite3_column_text(statement, 9),
		.tcptune = (const char *)sqlite3_column_text(statement, 10),
	};
	return 0;
}

int evidence_use_latest(struct evidence *evidence, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct sample sample;
	int64_t before;
	double seconds;
	int code = find_latest(evidence, &statement, &evidence->now, &sample, err);

	if (code == 0)
		code = find_sample_before(evidence, &sample, &before, &seconds, err);
	return code < 0 ? code : look_at(evidence, &sample, before, seconds, err);
}

static void copy_text(char *ret, size_t size, const char *text)
{
	(void)snprintf(ret, size, "%s", text ? text : "");
}

int evidence_kernel(struct evidence *evidence, struct kernel *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct kernel kernel = KERNEL_NONE;
	struct sample sample;
	int64_t id;
	int code = find_latest(evidence, &statement, &id, &sample, err);

	if (code < 0)
		return code;
	copy_text(kernel.release, sizeof(kernel.release), sample.release);
	copy_text(kernel.boot_id, sizeof(kernel.boot_id), sample.boot_id);
	copy_text(kernel.netns_name, sizeof(kernel.netns_name), sample.netns);
	copy_text(kernel.host, sizeof(kernel.host), sample.host);
	kernel.netns_cookie = sample.netns_cookie;
	kernel.is_init_netns = sample.is_init_netns;
	kernel.page_bytes = sample.page_bytes;
	*ret = kernel;
	return 0;
}

int evidence_add_source(struct evidence *evidence, const char *name,
			enum source_state state, const char *reason, struct error *err)
{
	sqlite3_stmt *statement = insert_begin(evidence, INSERT_SOURCE, err);

	if (!statement)
		return -EIO;
	bind_text(statement, 2, name);
	bind_text(statement, 3, source_state_text(state));
	bind_text(statement, 4, reason);
	return database_step(statement, err);
}

int evidence_add_sysctl(struct evidence *evidence, const char *key, const char *value,
			const char *reason, struct error *err)
{
	const struct sysctl_def *def = sysctl_find(key);
	sqlite3_stmt *statement = insert_begin(evidence, INSERT_SYSCTL, err);

	if (!statement)
		return -EIO;
	if (def && def->is_secret && value) {
		value = NULL;
		reason = "secret";
	}
	evidence->context->ports.sample = 0;
	bind_text(statement, 2, key);
	if (value && strlen(value) > GUARD_TEXT_BYTES) {
		value = NULL;
		reason = "longer than 128 KiB";
	}
	bind_text(statement, 3, value);
	bind_text(statement, 4, value ? NULL : reason);
	return database_step(statement, err);
}

int evidence_add_counter(struct evidence *evidence, const char *name, size_t name_length,
			 int64_t value, struct error *err)
{
	sqlite3_stmt *statement = insert_begin(evidence, INSERT_COUNTER, err);

	if (!statement)
		return -EIO;
	evidence->context->ports.sample = 0;
	sqlite3_bind_text(statement, 2, name, (int)name_length, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 3, value);
	return database_step(statement, err);
}

#include "cli/live.h"

#include "base/database.h"
#include "collect/collect.h"

#include <errno.h>

static char *column_copy(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text ? strdup((const char *)text) : NULL;
}

/* sql: returns one row, value and reason, for the name in parameter 1 */
static int query(struct evidence *evidence, const char *sql, const char *name,
		 struct live_reading *ret, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	AUTO(live_reading_clear) struct live_reading reading = { .name = strdup(name) };
	int r = database_prepare(evidence->db, sql, &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		reading.value = column_copy(statement, 0);
		reading.reason = column_copy(statement, 1);
	}
	if (!reading.name)
		return error_set(err, -ENOMEM, "out of memory");
	*ret = reading;
	reading = (struct live_reading){ 0 };
	return 0;
}

static int read_one(const char *name, const char *sql, struct live_reading *ret,
		    struct error *err)
{
	AUTO(needs_clear) struct needs needs = { 0 };
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	struct evidence evidence;
	int r = needs_add(&needs, name, err);

	needs_finish(&needs);
	if (r == 0)
		r = kernel_open(&kernel, err);
	if (r == 0)
		r = evidence_open_memory(&evidence, err);
	if (r < 0)
		return r;
	r = collect_sample(&kernel, &needs, &evidence, err);
	if (r == 0)
		r = query(&evidence, sql, name, ret, err);
	evidence_close(&evidence);
	return r;
}

int live_read_sysctl(const char *key, struct live_reading *ret, struct error *err)
{
	return read_one(key, "SELECT value, reason FROM sysctl WHERE key = ?1", ret, err);
}

int live_read_counter(const char *name, struct live_reading *ret, struct error *err)
{
	return read_one(
		name,
		"SELECT (SELECT value FROM counter WHERE name = ?1),"
		" coalesce((SELECT reason FROM source WHERE state <> 'ok' LIMIT 1),"
		" 'this kernel does not show it')",
		ret, err);
}

void live_reading_clear(struct live_reading *reading)
{
	free(reading->name);
	free(reading->value);
	free(reading->reason);
	*reading = (struct live_reading){ 0 };
}

#include "evidence/guard.h"

#include "base/database_memory.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
	STEPS_A_CALL = 100,
	MEMORY_BYTES = 256 * 1024 * 1024,
	PATTERN_BYTES = 256,
};

/* SQLite's functions that reach outside the database or only waste memory. */
static bool is_harmless_function(const char *name)
{
	static const char *const refused[] = { "load_extension", "randomblob", "zeroblob",
					       "fts3_tokenizer" };

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (strcasecmp(name, refused[i]) == 0)
			return false;
	return true;
}

static bool is_allowed(int action, const char *second)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return true;
	case SQLITE_FUNCTION:
		return second && is_harmless_function(second);
	default:
		return false;
	}
}

static int authorize(void *data, int action, const char *first, const char *second,
		     const char *database, const char *trigger)
{
	struct guard *guard = data;

	(void)first;
	(void)database;
	(void)trigger;
	if (!guard->is_on || is_allowed(action, second))
		return SQLITE_OK;
	guard->has_refused = true;
	return SQLITE_DENY;
}

static int64_t now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) < 0)
		return 0;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int count_steps(void *data)
{
	struct guard *guard = data;

	if (!guard->is_on)
		return 0;
	guard->steps += STEPS_A_CALL;
	return guard->steps > GUARD_STEPS || now_ms() > guard->deadline_ms;
}

void guard_restart(struct guard *guard)
{
	guard->has_refused = false;
	guard->steps = 0;
	guard->deadline_ms = now_ms() + GUARD_MS;
}

int guard_install(sqlite3 *db, struct guard *guard, struct error *err)
{
	if (sqlite3_set_authorizer(db, authorize, guard) != SQLITE_OK)
		return error_set(err, -EIO, "%s", sqlite3_errmsg(db));
	sqlite3_progress_handler(db, STEPS_A_CALL, count_steps, guard);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, GUARD_TEXT_BYTES);
	sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN_BYTES);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	database_memory_limit(MEMORY_BYTES);
	return 0;
}

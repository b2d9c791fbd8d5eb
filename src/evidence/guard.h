/* Limits for SQL that comes from outside. */
#pragma once

#include "evidence/evidence.h"

#include <stdbool.h>

/*
 * What one statement may take: steps of SQLite's machine (some tenths of a second), and
 * time, since one step may be a long search.
 */
enum { GUARD_STEPS = 20 * 1000 * 1000, GUARD_MS = 2000 };

/*
 * The longest text that evidence holds: one step may be a search of one text in another,
 * which takes the product of both.
 */
enum { GUARD_TEXT_BYTES = 128 * 1024 };

/* State of the guard of one database; lives as long as it. */
struct guard {
	bool is_on;
	bool has_refused; /* since it was set to false last */
	int64_t steps;
	int64_t deadline_ms; /* of the monotonic clock */
};

/* Begin to count for a new statement. */
void guard_restart(struct guard *guard);

/* Set limits, authorizer and step counter on a database; off until guard->is_on. */
MUST_CHECK int guard_install(sqlite3 *db, struct guard *guard, struct error *err);

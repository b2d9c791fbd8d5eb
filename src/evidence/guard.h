/* Limits for SQL that comes from outside. */
#pragma once

#include "evidence/evidence.h"

#include <stdbool.h>

/* Steps of SQLite's machine that one statement may take: some tenths of a second. */
enum { GUARD_STEPS = 20 * 1000 * 1000 };

/* State of the guard of one database; lives as long as it. */
struct guard {
	bool is_on;
	bool has_refused; /* since it was set to false last */
	int64_t steps;
};

/* Set limits, authorizer and step counter on a database; off until guard->is_on. */
MUST_CHECK int guard_install(sqlite3 *db, struct guard *guard, struct error *err);

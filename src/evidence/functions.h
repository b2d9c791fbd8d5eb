/* The SQL functions that rules and expressions use; evidence.h lists them. */
#pragma once

#include "evidence/evidence.h"
#include "evidence/guard.h"

/*
 * Local ports for outgoing connections, as the sysctls of a sample say. sample: 0: of
 * none. usable, reserved: < 0: not known. reuses_*: a TIME_WAIT that is old enough does
 * not occupy its port, in general, or where an end is a loopback address.
 */
struct ports {
	int64_t sample, before;
	int64_t usable, reserved;
	bool reuses_all, reuses_loopback;
	bool is_refused; /* the peers were seen not to take part in it */
};

/*
 * What the functions work on. It stays where it is for the life of the database; the
 * struct evidence that owns it may move.
 */
struct evidence_context {
	struct guard guard;
	sqlite3_stmt *sysctl; /* value of key ?2 in sample ?1 */
	sqlite3_stmt *counter;
	int64_t now, before;
	double window_seconds;
	int64_t page_bytes;
	struct ports ports; /* use ports_now() */
};

/* Make the context, register the functions, install the guard. */
MUST_CHECK int evidence_add_functions(struct evidence *evidence, struct error *err);
void evidence_free_functions(struct evidence *evidence);

/*
 * A value in the latest sample, NULL when it is not known. It is valid until the caller
 * resets context->sysctl, which it must do.
 */
const char *evidence_find_sysctl(struct evidence_context *context, const char *key);

/* What change(NAME) is; false when that is not known. */
bool evidence_find_change(struct evidence_context *context, const char *name,
			  int64_t *ret);

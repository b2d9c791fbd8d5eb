/* The SQL functions that rules and expressions use; evidence.h lists them. */
#pragma once

#include "evidence/evidence.h"
#include "evidence/guard.h"

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
};

/* Make the context, register the functions, install the guard. */
MUST_CHECK int evidence_add_functions(struct evidence *evidence, struct error *err);
void evidence_free_functions(struct evidence *evidence);

/* The answer to a query, in three forms. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "report/prose.h"

/* More is refused: a query can say LIMIT. */
enum { QUERY_MOST_ROWS = 100 * 1000, QUERY_MOST_BYTES = 64 * 1024 * 1024 };

enum query_format {
	QUERY_TABLE, /* for people: aligned, safe for a terminal, NULL is the word */
	QUERY_JSON,  /* an array of objects */
	QUERY_CSV,   /* as RFC 4180, with LF; NULL is empty, an empty text is "" */
};

/*
 * Run a statement of evidence_prepare() and add all its rows.
 *
 * Fails:  -EINVAL two columns of one name, in JSON; -EFBIG too many rows or bytes; -ETIME
 */
MUST_CHECK int query_add(struct evidence *evidence, sqlite3_stmt *statement,
			 enum query_format format, struct text *ret, struct error *err);

/* What can be asked: tables and views with their columns, and functions. */
MUST_CHECK int query_add_names(struct evidence *evidence, struct prose *prose,
			       struct error *err);

/* What a query from outside reads, so that just that is collected. */
#pragma once

#include "evidence/evidence.h"
#include "evidence/needs.h"

/* What functions and views read without naming it in a query. */
struct hidden_read {
	const char *name;
	const char *reads;
};
extern const struct hidden_read hidden_reads[];
extern const size_t hidden_read_count;

/*
 * Ask for what a query reads: its tables, below views too, and the counters and sysctls
 * whose names stand in it. One that reads the tables of counters or sysctls, or computes
 * a name, asks for all of them.
 *
 * evidence: with nothing in it
 * Fails:    as evidence_prepare()
 */
MUST_CHECK int query_needs(struct evidence *evidence, const char *sql,
			   struct needs *needs, struct error *err);

/* Whether the latest sample holds what a rule needs, and if not, why. */
#pragma once

#include "base/text.h"
#include "evidence/evidence.h"
#include "evidence/needs.h"
#include "rules/rule.h"

/* What is known of one need, looked up once for all rules that have it. */
struct need_answer;

enum { NEED_BUCKETS = 256 };

/* Lookups in the latest sample, prepared once for all rules. */
struct need_check {
	struct evidence *evidence;
	struct need_answer *answers[NEED_BUCKETS]; /* lists, by hash of the name */
	sqlite3_stmt *source;
	sqlite3_stmt *counter;
	sqlite3_stmt *sysctl;
	sqlite3_stmt *pattern;	 /* any of "net.ipv4.conf.*.rp_filter" */
	char release[65];	 /* of the kernel in the sample; "" when not known */
	const bool *lacks_table; /* the evidence's */
	bool is_looked_at[TABLE_COUNT_];
	bool is_empty[TABLE_COUNT_];
};

/* The names of needs are not copied: rules must stay as long as the check. */
MUST_CHECK int need_check_open(struct evidence *evidence, struct need_check *ret,
			       struct error *err);
void need_check_clear(struct need_check *check);

/* The source of src/collect that reads a counter; "" for a counter that is not known. */
const char *need_counter_source(const char *name);

/*
 * ret_is_partial: something of what it needs is there in part
 * ret_reason:     when it lacks something: "needs TcpExt.BeyondWindow, which this kernel
 *                 (6.1.0) does not have"
 * Returns: 1 all is there, 0 something is not
 * Fails:   an error of the database
 */
MUST_CHECK int need_check_rule(struct need_check *check, const struct rule *rule,
			       bool *ret_is_partial, struct text *ret_reason,
			       struct error *err);

/*
 * Whether there is nothing to judge, so that the query need not run: the rule judges
 * changes and none of the totals that it needs has moved, or it needs tables and all of
 * them are empty in both samples. Call it after need_check_rule() said that all is there.
 *
 * Returns: 1 nothing to judge, 0 run it
 * Fails:   an error of the database
 */
MUST_CHECK int need_check_is_quiet(struct need_check *check, const struct rule *rule,
				   struct error *err);

/*
 * Conditions without which a rule's query finds nothing, so that it need not be prepared:
 * "change('TcpExt.PAWSEstab') >= :least", which costs a hundredth of preparing the query,
 * and "EXISTS (SELECT 1 FROM link WHERE rx_dropped > 0)", worth it beside a heavy query.
 */
#pragma once

#include "evidence/evidence.h"
#include "rules/rule.h"

enum { CONDITION_MOST = 16, CONDITION_NAME_BYTES = 1024 };

enum condition_reader {
	READS_CHANGE,
	READS_COUNTER,
	READS_SYSCTL,
	READS_ROWS,
};

enum condition_test {
	TEST_EQUAL,
	TEST_NOT_EQUAL,
	TEST_LESS,
	TEST_LESS_OR_EQUAL,
	TEST_MORE,
	TEST_MORE_OR_EQUAL,
};

/*
 * threshold: index of the one that the value is compared with; < 0: with number. name: of
 * the counter or sysctl; for READS_ROWS a query that must have a row, and nothing is
 * compared.
 */
struct rule_condition {
	enum condition_reader reader;
	enum condition_test test;
	int threshold;
	double number;
	const char *name;
};

/* The same, with room for its name. */
struct found_condition {
	struct rule_condition condition;
	char name[CONDITION_NAME_BYTES];
};

/*
 * Find the conditions of a rule's query: those that stand alone between the ANDs of its
 * outermost WHERE. None where their failing may leave a row: in a UNION, beside an OR, or
 * where an aggregate makes a row of nothing. An EXISTS that reads columns of the query
 * around it is found, too, and always said to hold. What is not understood is no
 * condition.
 *
 * ret: CONDITION_MOST of them; name of each condition points into it
 * Returns: how many
 */
size_t conditions_find(const struct rule *rule, struct found_condition *ret);

/*
 * thresholds: by index, as they are bound to the query
 * Returns:    false where one of the rule's conditions does not hold
 */
bool conditions_may_hold(const struct rule *rule, struct evidence *evidence,
			 const double *thresholds);

/* What is known of one key, counter, rule or topic, beside what this host shows. */
#pragma once

#include "catalog/counter.h"
#include "catalog/sysctl.h"
#include "report/prose.h"
#include "rules/rule.h"

/*
 * A value of this host, as it was read. name: the key or counter in full. value: NULL
 * when it is not known; reason then says why.
 */
struct live_value {
	const char *name;
	const char *value;
	const char *reason;
};

/*
 * lives: the key, or for a family of per-interface keys those that were read; may be
 *        empty. Values of secret keys are never shown, whatever the caller gives.
 */
void explain_sysctl(const struct sysctl_def *def, const struct live_value *lives,
		    size_t live_count, struct prose *prose);

/* live: NULL when it was not looked at */
void explain_counter(const struct counter_def *def, const struct live_value *live,
		     struct prose *prose);

/* shows_sql: with the query */
void explain_rule(const struct rule *rule, bool shows_sql, struct prose *prose);

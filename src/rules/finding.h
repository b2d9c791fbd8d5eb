/* What the rules found in the evidence. */
#pragma once

#include "evidence/evidence.h"
#include "evidence/needs.h"
#include "rules/rule.h"

/* One column of the row that proves a finding. value NULL: not known. */
struct finding_fact {
	char *name;
	char *value;
	bool is_number;
};

/* A sysctl of the remedy, its expressions computed. */
struct finding_set {
	char *key;
	char *value; /* "10240 65535", ">= 8192" */
};

/* The finding that explains another: its rule, and its own string subject. */
struct finding_cause {
	const struct rule *rule; /* NULL: nothing explains it */
	const char *subject;
};

/*
 * One row of a rule, in words. severity is the rule's, or info when the rule judges
 * changes and there is no window: then is_history is set. confidence is the rule's, or
 * one step lower when what it needs was read in part. sets: those whose expressions have
 * a value here. waived_by: the reason of a waiver that silences it, NULL when none does.
 * cause: one that no other explains; what it explains is info.
 */
struct finding {
	const struct rule *rule;
	enum severity severity;
	enum confidence confidence;
	bool is_history;
	char *subject;
	char *says;
	char *advice;
	struct finding_fact *facts;
	size_t fact_count;
	struct finding_set *sets;
	size_t set_count;
	char *waived_by;
	struct finding_cause cause;
};

/*
 * A rule that could not judge here, or not all, and why: "needs TcpExt.BeyondWindow,
 * which this kernel (6.1.0) does not have", "found 1234 rows; the first 100 are shown".
 */
struct cannot_tell {
	const struct rule *rule;
	char *reason;
};

enum { RULE_MOST_FINDINGS = 100 };

/*
 * findings: the most severe first, then by id and subject; of one rule the first
 * RULE_MOST_FINDINGS at most. unknowns: by id. Both point into the list of rules. Texts
 * are safe to show: no control characters, valid UTF-8. query_count: the rules that had to
 * be queried, since something there might be a finding.
 */
struct verdict {
	struct finding *findings;
	size_t finding_count;
	struct cannot_tell *unknowns;
	size_t unknown_count;
	size_t query_count;
};

/* A threshold that a profile overrides: rule id and name. */
struct threshold_override {
	const char *rule;
	const char *name;
	double value;
};

/* /etc/tcptune/waivers.ini, see waiver.h */
struct waiver_list;

/* Whether the first finding explains the second. */
bool finding_explains(const struct finding *cause, const struct finding *finding);

/* Ask for what the rules need, use and set. Broken rules ask for nothing. */
MUST_CHECK int rules_add_needs(const struct rule_list *list, struct needs *needs,
			       struct error *err);

/*
 * Run every rule over the evidence.
 *
 * overrides: may be NULL with count 0; one of a rule that is not in the list is of no
 *            effect, one of a threshold that its rule does not have is an unknown
 * waivers:   may be NULL
 * Fails:     -ENOMEM, or an error of the database before the first rule; a rule that
 *            fails becomes an unknown with the reason
 */
MUST_CHECK int rules_run(const struct rule_list *list, struct evidence *evidence,
			 const struct threshold_override *overrides,
			 size_t override_count, const struct waiver_list *waivers,
			 struct verdict *ret, struct error *err);

void verdict_clear(struct verdict *verdict);

/* One rule: a query over the evidence and what to say of each row that it returns. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { RULE_MOST_BYTES = 64 * 1024, RULE_MOST_THRESHOLDS = 16, RULE_MOST_COLUMNS = 64 };

enum severity {
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
};

/* What would help. */
enum remedy {
	REMEDY_NONE, /* seen, named, harmless */
	REMEDY_SYSCTL,
	REMEDY_PROGRAM,
	REMEDY_NETWORK,
};

/* What a rule looks at. */
enum rule_judges {
	JUDGES_NOW,    /* levels and sockets: one sample is enough */
	JUDGES_CHANGE, /* counters over a window; without a window it is history, and info
			  at most */
};

enum confidence {
	CONFIDENCE_LOW,
	CONFIDENCE_MEDIUM,
	CONFIDENCE_HIGH,
};

/*
 * "-- threshold: NAME = NUMBER  words": bound as :NAME, a real number; profiles may
 * override it. text: the words, "" when there are none.
 */
struct rule_threshold {
	char *name;
	double value;
	char *text;
};

/* "-- set KEY: VALUE": a sysctl that the remedy sets. VALUE as in a profile. */
struct rule_set {
	char *key;
	char *value;
	unsigned line;
};

/*
 * "-- because: ID on COLUMN": a finding of that rule explains one of this, if both have
 * the same value in the column; column NULL: whatever they are about.
 */
struct rule_cause {
	char *id;
	char *column;
};

struct rule_condition; /* condition.h */

/*
 * A loaded rule. id: the file's name without ".sql". needs: names that must be known in
 * the evidence, or the rule cannot tell; uses: collected if possible, may be NULL.
 * says, advice, subject: templates. problem: why a broken rule cannot run, NULL when it
 * can; a broken rule stays in the list so that it can be named. is_built_in: all it points
 * to is part of the program (src/embed_rules.c, which must write every member).
 * conditions: of built-in rules only; a query from a file is prepared to find its errors.
 */
struct rule {
	char *id;
	char *file;
	enum severity severity;
	enum remedy remedy;
	enum rule_judges judges;
	enum confidence confidence;
	char *subject;
	char *says;
	char *advice;
	char *source;
	char **needs;
	size_t need_count;
	char **uses;
	size_t use_count;
	struct rule_threshold *thresholds;
	size_t threshold_count;
	struct rule_set *sets;
	size_t set_count;
	struct rule_cause *causes;
	size_t cause_count;
	char *sql;
	unsigned sql_line; /* line of the file where the SELECT begins */
	char *problem;
	bool is_built_in;
	const struct rule_condition *conditions;
	size_t condition_count;
};

/* sorted by id */
struct rule_list {
	struct rule *rules;
	size_t count;
};

/*
 * Parse one rule file.
 *
 * id, file: for the result and for messages ("FILE:LINE: reason")
 * Fails:    -EINVAL with file, line and reason; -ENOMEM
 */
MUST_CHECK int rule_parse(const char *id, const char *file, const char *data,
			  size_t length, struct rule *ret, struct error *err);

/*
 * Load every rule: the built-in ones, overridden by files of the same name in
 * /usr/share/tcptune/rules and those by /etc/tcptune/rules. A broken file becomes a rule
 * with a problem; the others still load.
 *
 * folders: to search after the built-in ones, in order, later wins; ends with NULL; NULL
 *          = the two above
 */
MUST_CHECK int rules_load(const char *const *folders, struct rule_list *ret,
			  struct error *err);

const struct rule *rules_find(const struct rule_list *list, const char *id);

void rule_clear(struct rule *rule);
void rules_clear(struct rule_list *list);

const char *severity_text(enum severity severity);
const char *remedy_text(enum remedy remedy);
const char *judges_text(enum rule_judges judges);
const char *confidence_text(enum confidence confidence);
MUST_CHECK int severity_parse(const char *text, enum severity *ret);
MUST_CHECK int remedy_parse(const char *text, enum remedy *ret);
MUST_CHECK int judges_parse(const char *text, enum rule_judges *ret);
MUST_CHECK int confidence_parse(const char *text, enum confidence *ret);

/* The threshold of a name that need not end with NUL; NULL when there is none. */
const struct rule_threshold *rule_find_threshold(const struct rule *rule,
						 const char *name, size_t length);

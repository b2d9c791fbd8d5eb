/* What a host should look like: wanted sysctl values with reasons, out of INI files. */
#pragma once

#include "base/error.h"
#include "catalog/value.h"
#include "evidence/evidence.h"
#include "evidence/needs.h"

/* Per element of a value. */
enum wanted_operator {
	WANTED_EQUAL,	 /* exactly this */
	WANTED_AT_LEAST, /* ">= N": raise, never lower */
	WANTED_AT_MOST,	 /* "<= N": lower, never raise */
	WANTED_KEEP,	 /* "keep": as it is */
};

/*
 * A number, a word, or an expression in braces that becomes one when it is computed.
 * text: "16384", "bbr", "min(33554432, 2 * :bdp)" without the braces; NULL for "keep".
 * is_exact: written as "exactly 16384": may lower a value of which more is better.
 */
struct wanted_element {
	enum wanted_operator op;
	char *text;
	bool is_expression;
	bool is_exact;
};

enum { WANTED_MOST_ELEMENTS = 8 };

/*
 * One wanted key. is_guard: repeats a default on purpose, to hold it against an old value
 * elsewhere. file and line: where it was written.
 */
struct wanted {
	char *key;
	struct wanted_element elements[WANTED_MOST_ELEMENTS];
	size_t count;
	bool is_guard;
	char *reason;
	char *file;
	unsigned line;
};

struct profile_parameter {
	char *name;
	char *value;
};

/* A key of [removed]: explained, never written. */
struct profile_removed {
	char *key;
	char *text;
};

struct profile_program {
	char *program;
	char *advice;
};

struct profile_threshold {
	char *rule, *name;
	double value;
};

/*
 * A profile with its parents merged in; the child wins per key. recommend: SELECT of
 * [recommend], NULL when none.
 */
struct profile {
	char *name;
	char *file;
	char *summary;
	char **parents;
	size_t parent_count;
	char *recommend;
	struct wanted *wanted;
	size_t wanted_count;
	struct profile_parameter *parameters;
	size_t parameter_count;
	struct profile_removed *removed;
	size_t removed_count;
	struct profile_program *programs;
	size_t program_count;
	struct profile_threshold *thresholds;
	size_t threshold_count;
};

/*
 * Load a profile by name ("nginx-proxy": /etc/tcptune/profiles, then
 * /usr/share/tcptune/profiles, then built in) or by a path (with a slash), with
 * everything it inherits. The second one looks into other folders, which end with NULL.
 *
 * Fails:  -ENOENT no such profile; -EINVAL with file, line and reason (unknown key with
 *         the nearest one, removed key outside [removed], operator on a word, cycle of
 *         inheritance, missing reason, ...); -ENOMEM
 */
MUST_CHECK int profile_load(const char *name, struct profile *ret, struct error *err);
MUST_CHECK int profile_load_from(const char *const *folders, const char *name,
				 struct profile *ret, struct error *err);
void profile_clear(struct profile *profile);

/* Ask for the keys of the profile and of its expressions. */
MUST_CHECK int profile_add_needs(const struct profile *profile, struct needs *needs,
				 struct error *err);

/* Ask for what its [recommend] looks at; nothing where there is none. */
MUST_CHECK int profile_add_recommend_needs(const struct profile *profile,
					   struct needs *needs, struct error *err);

/*
 * Does the evidence speak for this profile: does its [recommend] return a row?
 *
 * ret_why: first column of the row, NULL when the profile is not recommended
 */
MUST_CHECK int profile_recommend(const struct profile *profile, struct evidence *evidence,
				 char **ret_why, struct error *err);

/* What a key of a profile comes to on this host. */
enum wanted_verdict {
	VERDICT_OK,		/* is as wanted */
	VERDICT_DIFFERS,	/* a change is wanted */
	VERDICT_KEPT_HIGHER,	/* is above what is wanted at least: left alone */
	VERDICT_KEPT_LOWER,	/* is below what is wanted at most: left alone */
	VERDICT_NOT_HERE,	/* the key does not exist here; the reason says why */
	VERDICT_UNREADABLE,	/* it may exist, and its value is not known */
	VERDICT_CANNOT_COMPUTE, /* its expression has no value here */
};

/* live and target: texts as the kernel takes them; NULL when not known */
struct comparison {
	const struct wanted *wanted;
	enum wanted_verdict verdict;
	char *live;
	char *wanted_text; /* ">= 16384", with expressions computed */
	char *target;	   /* the value a write would set */
	char *reason;	   /* of NOT_HERE, UNREADABLE and CANNOT_COMPUTE */
};

struct comparison_list {
	struct comparison *rows;
	size_t count;
};

/*
 * Compare a profile with the latest sample, key by key.
 *
 * parameters: NAME=VALUE overrides of [parameters]; may be NULL with count 0
 * Fails:      -EINVAL a parameter that the profile does not have, or an expression that
 *             is no SQL; -ENOMEM. A key without a value here is a verdict, not a failure.
 */
MUST_CHECK int profile_compare(const struct profile *profile, struct evidence *evidence,
			       const struct profile_parameter *parameters,
			       size_t parameter_count, struct comparison_list *ret,
			       struct error *err);
void comparison_list_clear(struct comparison_list *list);

const char *wanted_verdict_text(enum wanted_verdict verdict);

/* Names of all profiles that can be loaded, sorted; each once. */
struct profile_names {
	char **names;
	size_t count;
};
MUST_CHECK int profile_names_load(struct profile_names *ret, struct error *err);
MUST_CHECK int profile_names_load_from(const char *const *folders,
				       struct profile_names *ret, struct error *err);
void profile_names_clear(struct profile_names *names);

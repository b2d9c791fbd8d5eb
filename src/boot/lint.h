/*
 * What is wrong with sysctl files, line by line, on one kernel. The ids and severities
 * are a contract with those who waive and count them; docs/lint.md explains each.
 */
#pragma once

#include "boot/module.h"
#include "boot/tree.h"

#include "catalog/release.h"

enum { LINT_MOST_MESSAGES = 10000 };

enum lint_severity {
	LINT_NOTE,    /* harmless, but without the effect that people expect */
	LINT_WARNING, /* takes effect and does harm, or is not what will be set */
	LINT_ERROR,   /* no such key, refused, or it breaks the host */
};

enum lint_id {
	LINT_REMOVED_KEY,
	LINT_UNKNOWN_KEY,
	LINT_VENDOR_KEY,
	LINT_ABSENT_HERE,
	LINT_NO_EFFECT_KEY,
	LINT_REFUSED_VALUE,
	LINT_NONSENSE_VALUE,
	LINT_UNIT_MISTAKE,
	LINT_HARMFUL_VALUE,
	LINT_LOWERS_DEFAULT,
	LINT_CONTRADICTION,
	LINT_PORT_RANGE_CONFLICT,
	LINT_MISBELIEF,
	LINT_DUPLICATE_KEY,
	LINT_SHADOWED_LINE,
	LINT_INLINE_COMMENT,
	LINT_QUOTED_VALUE,
	LINT_SYNTAX,
	LINT_LOADER_DIFFERENCE,
	LINT_NOT_READ,
};

#define LINT_ID_COUNT (LINT_NOT_READ + 1)

/* name: "removed-key"; severity: the usual one; says: in one sentence, for lists of rules
 */
struct lint_rule {
	const char *name;
	enum lint_severity severity;
	const char *says;
};

extern const struct lint_rule lint_rules[LINT_ID_COUNT];

/* "error", "warning", "note" */
const char *lint_severity_text(enum lint_severity severity);

/*
 * What the messages are about.
 *
 * modules:   NULL: which modules come early is not known
 * sys:       descriptor of the /proc/sys that the files are for; -1: only the release is
 *            known
 * release:   of that kernel; never 0. release_text: as it was given
 * memory_bytes: of the host; 0: not known
 * listeners: ports of TCP that programs listen on
 * is_host:   the tree is a host's, so that the order of files and what is not read count
 */
struct lint_subject {
	const struct boot_tree *tree;
	const struct boot_modules *modules;
	int sys;
	uint32_t release;
	const char *release_text;
	bool is_init_netns;
	double memory_bytes;
	const uint16_t *listeners;
	size_t listener_count;
	bool is_host;
};

/*
 * file:    number in the tree. line, column, end_column: from 1, columns in characters
 * key:     NULL when it is about no key
 * text:    the reason; advice: what to do. One line each.
 * waived:  the reason of the comment that allows it; NULL: not allowed
 */
struct lint_message {
	size_t file;
	unsigned line, column, end_column;
	enum lint_id id;
	enum lint_severity severity;
	char *key, *text, *advice, *waived;
};

/* A comment that was meant for us and is not understood. */
struct lint_complaint {
	size_t file;
	unsigned line;
	const char *text;
};

/* messages: in order of files, lines and columns; left_out: beyond LINT_MOST_MESSAGES */
struct lint_result {
	struct lint_message *messages;
	size_t count, capacity;
	size_t left_out;
	struct lint_complaint *complaints;
	size_t complaint_count;
};

/* Fails: -ENOMEM; -EFBIG more keys than any host has */
MUST_CHECK int lint_run(const struct lint_subject *subject, struct lint_result *ret,
			struct error *err);
void lint_result_clear(struct lint_result *result);

/* How many messages of a severity are not waived. */
size_t lint_count(const struct lint_result *result, enum lint_severity severity);

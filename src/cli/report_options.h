/* What `tcptune report` is asked to do. */
#pragma once

#include "cli/option.h"
#include "report/audit_report.h"

#include <stdint.h>

enum { REPORT_MOST_PROFILES = 16 };

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_MARKDOWN,
};

/*
 * Texts belong to the command line. since_ms: 0 = this run, else look back and store
 * nothing. applied: the number of a change to judge, NULL = none. fail_on: FAIL_ON_NEVER
 * unless it was given.
 */
struct report_options {
	const char *state_path;
	const char *netns;
	const char *root;
	const char *profiles[REPORT_MOST_PROFILES];
	size_t profile_count;
	enum report_format format;
	enum fail_on fail_on;
	bool always;
	int64_t since_ms;
	const char *applied;
	const char *prometheus;
	const char *html;
};

extern const struct option_def report_option_defs[];

/* Fails: -EINVAL a value or combination that makes no sense, with the reason */
MUST_CHECK int report_options_read(const struct arguments *arguments,
				   struct report_options *ret, struct error *err);

/* What `tcptune audit` is asked to do. */
#pragma once

#include "cli/observe.h"
#include "profile/profile.h"
#include "report/audit_report.h"

#include <stdint.h>

enum { AUDIT_MOST_PROFILES = 16, AUDIT_MOST_SETS = 64, AUDIT_MOST_FILES = 256 };

enum audit_format {
	AUDIT_TEXT,
	AUDIT_JSON,
};

/*
 * profiles, order, files, save: belong to the command line. save: NULL = keep nothing.
 * files: evidence files; of a single one order knows, too.
 */
struct audit_options {
	const char *profiles[AUDIT_MOST_PROFILES];
	size_t profile_count;
	struct profile_parameter sets[AUDIT_MOST_SETS];
	size_t set_count;
	struct observe_order order;
	const char *files[AUDIT_MOST_FILES];
	size_t file_count;
	bool all_netns;
	const char *save;
	enum audit_format format;
	enum fail_on fail_on;
	bool show_all;
	bool is_quick;
};

/* The table of its options; ends with an entry without a name. */
extern const struct option_def audit_option_defs[];

/* Fails: -EINVAL a value or combination that makes no sense, with the reason; -ENOMEM */
MUST_CHECK int audit_options_read(const struct arguments *arguments,
				  struct audit_options *ret, struct error *err);
void audit_options_clear(struct audit_options *options);

/* What `tcptune apply` is asked to do. */
#pragma once

#include "cli/option.h"
#include "profile/profile.h"

#include <stdint.h>

enum { APPLY_MOST_PROFILES = 16, APPLY_MOST_FIXES = 16, APPLY_MOST_SETS = 1024 };

/*
 * The strings belong to the command line. key_sets: "net.core.somaxconn=4096";
 * parameters: "rtt_ms=80", which a sysctl never looks like. window_ms: 0 = no
 * confirmation is asked for; interval_ms: 0 = one sample.
 */
struct apply_options {
	const char *profiles[APPLY_MOST_PROFILES];
	size_t profile_count;
	const char *fixes[APPLY_MOST_FIXES];
	size_t fix_count;
	const char *key_sets[APPLY_MOST_SETS];
	size_t key_set_count;
	struct profile_parameter *parameters;
	size_t parameter_count;
	const char *only, *netns, *state_path;
	int64_t window_ms, interval_ms;
	bool is_dry_run, persists, is_yes, allows_irreversible, is_json;
};

extern const struct option_def apply_option_defs[];

/* Fails: -EINVAL a value or a combination that makes no sense, with the reason; -ENOMEM
 */
MUST_CHECK int apply_options_read(const struct arguments *arguments,
				  struct apply_options *ret, struct error *err);
void apply_options_clear(struct apply_options *options);

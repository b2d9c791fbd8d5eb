/* Getting evidence: from this kernel, from folders of dumps, or from an evidence file. */
#pragma once

#include "base/kernel.h"
#include "cli/option.h"
#include "evidence/evidence.h"

#include <stdint.h>

enum { OBSERVE_MOST_ROOTS = 2 };

/* What a command returns that a signal ended: this and the signal's number. */
enum { SIGNAL_STATUS = 128 };

/*
 * Where to look; nothing in it is owned. netns: NULL = the one that the program is in.
 * interval_ms: 0 = one sample. roots, file: instead of this kernel. state_path: folder of
 * the history whose latest sample begins the window of a single one; NULL: none does.
 */
struct observe_order {
	const char *netns;
	int64_t interval_ms;
	const char *roots[OBSERVE_MOST_ROOTS];
	size_t root_count;
	const char *file;
	const char *state_path;
};

/* Options of commands that look: a table begins with them, in this order. */
enum observe_option {
	OBSERVE_INTERVAL,
	OBSERVE_NETNS,
	OBSERVE_ROOT,
	OBSERVE_OPTION_COUNT_,
};

/* clang-format off */
#define OBSERVE_OPTIONS \
	[OBSERVE_INTERVAL] = { "interval", "TIME", \
		"look twice, this long apart (100ms to 24h), and judge what happened in between" }, \
	[OBSERVE_NETNS] = { "netns", "NETNS", \
		"look at this network namespace: a name of 'ip netns', a path, or pid:N" }, \
	[OBSERVE_ROOT] = { "root", "FOLDER", \
		"read FOLDER/proc/net and FOLDER/proc/sys instead of this kernel; a second time: the same host later" }
/* clang-format on */

/*
 * Read these options. file: see struct observe_order; may be NULL.
 *
 * Fails:  -EINVAL a value or combination that makes no sense
 */
MUST_CHECK int observe_options_read(const struct arguments *arguments, const char *file,
				    struct observe_order *ret, struct error *err);

/*
 * What was seen. kernel: of a file, what the file tells of it; file: its name, NULL for a
 * kernel.
 */
struct observation {
	struct kernel kernel;
	struct evidence evidence;
	bool has_evidence;
	const char *file;
};

#define OBSERVATION_NONE                                                                 \
	{                                                                                \
		.kernel = KERNEL_NONE                                                    \
	}

/*
 * Look once or twice. *ret is observation_clear()ed by the caller in any case.
 *
 * Returns: 0, or the number of a signal that asks to stop
 * Fails:   -errno of entering, collecting or loading
 */
MUST_CHECK int observe(const struct observe_order *order, const struct needs *needs,
		       struct observation *ret, struct error *err);
void observation_clear(struct observation *observation);

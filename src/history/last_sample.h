/* The latest sample of a place, which the next one is compared with. */
#pragma once

#include "evidence/evidence.h"
#include "history/history.h"

enum {
	LAST_SAMPLE_LEAST_SECONDS = 10,
	LAST_SAMPLE_MOST_SECONDS = 24 * 60 * 60,
};

/*
 * What became of the sample before. netns_changed: the same name is another namespace now
 */
enum last_sample_state {
	LAST_SAMPLE_NONE,
	LAST_SAMPLE_SAME,
	LAST_SAMPLE_REBOOTED,
	LAST_SAMPLE_NETNS_CHANGED,
};

/* taken: of that sample, seconds since 1970 */
struct last_sample {
	enum last_sample_state state;
	double taken;
};

/*
 * Open evidence that begins with the latest sample of this kernel, if that is of the same
 * boot and namespace and at least so old; else it begins empty.
 *
 * most_seconds: older ones do not count
 * ret_last:     may be NULL
 */
MUST_CHECK int last_sample_open(struct history *history, const struct kernel *kernel,
				double least_seconds, double most_seconds,
				struct evidence *ret, struct last_sample *ret_last,
				struct error *err);

/* Keep the latest sample of the evidence, which holds no other after this. */
MUST_CHECK int last_sample_store(struct history *history, const struct kernel *kernel,
				 struct evidence *evidence, struct error *err);

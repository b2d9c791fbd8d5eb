/* Kernel releases and what is known of when a thing appeared or went away. */
#pragma once

#include "base/macros.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A mainline release as one comparable number: 6.18 is KERNEL(6, 18). 0 is "unknown".
 * Stable updates and vendors carry changes over, so a comparison of releases is a hint;
 * whether a file exists on the running kernel is the proof.
 */
#define KERNEL(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))

/*
 * When something changed, as an interval of releases: the last release seen before the
 * change and the first seen after it. Either may be 0 (not known). EXACTLY() is a change
 * known to the release.
 */
struct release_span {
	uint32_t before; /* the last release known to be before the change */
	uint32_t after;	 /* the first release known to be after it */
	bool is_exact;	 /* the change came in `after` itself */
};

#define EXACTLY(major, minor)                                                            \
	{                                                                                \
		.after = KERNEL(major, minor), .is_exact = true                          \
	}
/* seen in this release already; nothing older was looked at */
#define NOT_AFTER(major, minor)                                                          \
	{                                                                                \
		.after = KERNEL(major, minor)                                            \
	}
#define BETWEEN(major1, minor1, major2, minor2)                                          \
	{                                                                                \
		.before = KERNEL(major1, minor1), .after = KERNEL(major2, minor2)        \
	}
/* not in this release yet; the first that has it is not known */
#define LATER_THAN(major, minor)                                                         \
	{                                                                                \
		.before = KERNEL(major, minor)                                           \
	}

/* The answer about one release, where the interval allows one. */
enum release_answer {
	RELEASE_UNKNOWN,
	RELEASE_BEFORE, /* the release is before the change */
	RELEASE_AFTER,	/* the change is in the release */
};

/*
 * Parse "6.18.44-amd64", "6.18" or "4.9": the two leading numbers.
 *
 * Fails:  -EINVAL when the text does not begin with NUMBER.NUMBER
 */
MUST_CHECK int release_parse(const char *text, uint32_t *ret_release);

/* Where a release stands against a change; UNKNOWN inside the interval. */
enum release_answer release_compare(const struct release_span *change, uint32_t release);

/* "6.18", into at least 16 bytes. */
void release_text(uint32_t release, char *buffer, size_t size);

/*
 * The interval in words, for people: "4.12", "between 3.14 and 4.14", "3.2 or earlier",
 * "after 6.18"; "unknown" when nothing is known.
 *
 * size:   of buffer; 48 bytes hold every text
 */
void release_span_text(const struct release_span *change, char *buffer, size_t size);

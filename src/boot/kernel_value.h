/*
 * What the kernel makes of the bytes that a loader writes: it takes the numbers that it
 * wants, and does not look at what stands behind them.
 */
#pragma once

#include "boot/slice.h"

#include "base/text.h"
#include "catalog/value.h"

/* Ranges of the catalog were measured on this release and later ones. */
#define KERNEL_VALUE_MEASURED KERNEL(6, 0)

/* As a kernel reads numbers out of a text. */
struct kernel_numbers {
	size_t count;
	struct value_number numbers[VALUE_MOST_NUMBERS];
	bool is_refused; /* at least one of those wanted is no number, or none is there */
	struct slice rest; /* what stands behind, or where it stopped; blanks taken off */
};

/* wanted: how many numbers the key has, at most VALUE_MOST_NUMBERS */
void kernel_numbers_read(struct slice text, size_t wanted, struct kernel_numbers *ret);

enum kernel_answer {
	KERNEL_TAKES,
	KERNEL_REFUSES,
	KERNEL_MAYBE, /* it depends on what is not known here */
};

/*
 * Write to a key.
 *
 * def:     NULL: nothing is known of the key, so that the text is what it holds
 * release: 0: not known
 * before:  what the key held, as ret gives it; NULL is not known
 * ret:     what it holds now, in one form: numbers in decimal with one blank between,
 *          lists in order. KERNEL_MAYBE: the likeliest, or empty. KERNEL_REFUSES: as it
 * was reason:  why it does not, or why that is not known; NULL otherwise
 */
enum kernel_answer kernel_value_write(const struct sysctl_def *def, uint32_t release,
				      struct slice written, const char *before,
				      struct text *ret, const char **reason);

/* The same form for a value that was read: "4096 131072 6291456". */
void kernel_value_normalize(const struct sysctl_def *def, const char *text,
			    struct text *ret);

/* Is it a number of bytes, pages, or whatever else a number is? */
bool kernel_value_is_numeric(const struct sysctl_def *def);

/* Values of sysctls: parsed and compared by type, never by text. */
#pragma once

#include "base/error.h"
#include "catalog/sysctl_def.h"

#include <stdbool.h>
#include <stdint.h>

enum { VALUE_MOST_NUMBERS = 8 };

/* One number of any sysctl: from -2^63 to 2^64-1. */
struct value_number {
	bool is_negative;
	uint64_t magnitude;
};

/*
 * A parsed value. Of number types: count numbers. Of all types the text, blanks at both
 * ends taken off; it points into the text that was parsed, and is not ended by a NUL.
 */
struct value {
	bool is_numeric;
	size_t count;
	struct value_number numbers[VALUE_MOST_NUMBERS];
	const char *text;
	size_t length;
};

/*
 * Parse one value as the kernel shows it, or as a person writes it: tabs and blanks are
 * alike, "0x10" and "010" are 16 and 8 as the kernel takes them. A vector needs all its
 * numbers. Whether a number is in the range of the key is not looked at.
 *
 * def:    NULL for an unknown key: one to eight decimal numbers are numeric, all else
 *         text, also "010", which may be octal, decimal or a mask
 * Fails:  -EINVAL does not fit the type or the arity, with the reason; the text of a
 *         secret value is never in it
 */
MUST_CHECK int value_parse(const struct sysctl_def *def, const char *text,
			   struct value *ret, struct error *err);

/*
 * Equal by type: order does not matter in lists, nor leading zeros or blanks in numbers,
 * nor how ranges are cut ("1-3" is "1,2,3"). Booleans are compared as numbers: 2 and 1
 * are not equal, though both mean yes, because undo has to bring the 2 back.
 */
bool value_is_equal(const struct sysctl_def *def, const struct value *a,
		    const struct value *b);

/* <0, 0, >0 as a is less than, equal to, or greater than b. */
int value_number_compare(struct value_number a, struct value_number b);
struct value_number value_number_from_i64(int64_t number);

/* For sums and ratios; exact up to 2^53. */
double value_number_double(struct value_number number);

/* Decimal, into at least 24 bytes. */
void value_number_text(struct value_number number, char *buffer, size_t size);

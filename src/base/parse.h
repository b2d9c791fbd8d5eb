/* Numbers, sizes and durations out of text: the whole text, or failure. */
#pragma once

#include "base/macros.h"

#include <stdint.h>

/*
 * Decimal, with an optional sign; no blanks, nothing after it.
 *
 * Fails:  -EINVAL not a number, -ERANGE does not fit
 */
MUST_CHECK int parse_i64(const char *text, int64_t *ret);
MUST_CHECK int parse_u64(const char *text, uint64_t *ret);
MUST_CHECK int parse_double(const char *text, double *ret);

/* Hexadecimal without a prefix, as in /proc/net/softnet_stat. */
MUST_CHECK int parse_hex(const char *text, uint64_t *ret);

/*
 * "5s", "250ms", "2m", "1h", "7d"; a bare number is seconds; "1.5s" is fine.
 *
 * ret_ms: milliseconds
 * Fails:  -EINVAL not a duration or negative, -ERANGE beyond 100 years
 */
MUST_CHECK int parse_duration(const char *text, int64_t *ret_ms);

/*
 * A number that stands at *cursor with blanks before it; moves the cursor behind it.
 * For tables of numbers in /proc, where strtoll per field would hide errors.
 *
 * Fails:  -ENODATA the line ended, -EINVAL not a number, -ERANGE does not fit
 */
MUST_CHECK int parse_next_i64(const char **cursor, int64_t *ret);

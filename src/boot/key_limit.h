/* Keys whose writes depend on each other, or change each other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel refuses a write after which the first number of `low` would be above the
 * first of `high`. Paths below /proc/sys; the defaults hold while nothing was written.
 */
struct key_limit {
	const char *low, *high;
	double low_default, high_default;
	const char *source;
};

extern const struct key_limit key_limits[];
extern const size_t key_limit_count;

/* Does a write to one path change what another one holds? Both below /proc/sys. */
bool key_write_changes(const char *written, const char *other);

/* Does a write to it change any other key? */
bool key_write_has_effects(const char *written);

#include "catalog/release.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* Most digits of one number of a release; three keep it far from 2^16. */
enum { MOST_DIGITS = 3 };

/* One number of a release; moves the cursor behind it. */
static int parse_part(const char **cursor, uint32_t *ret)
{
	const char *at = *cursor;
	uint32_t number = 0;

	while (isdigit((unsigned char)*at)) {
		if (at - *cursor == MOST_DIGITS)
			return -EINVAL;
		number = number * 10 + (uint32_t)(*at++ - '0');
	}
	if (at == *cursor)
		return -EINVAL;
	*cursor = at;
	*ret = number;
	return 0;
}

int release_parse(const char *text, uint32_t *ret_release)
{
	uint32_t major, minor;
	int r;

	r = parse_part(&text, &major);
	if (r < 0)
		return r;
	if (*text++ != '.')
		return -EINVAL;
	r = parse_part(&text, &minor);
	if (r < 0)
		return r;
	*ret_release = KERNEL(major, minor);
	return 0;
}

enum release_answer release_compare(const struct release_span *change, uint32_t release)
{
	if (release == 0)
		return RELEASE_UNKNOWN;
	if (change->after && release >= change->after)
		return RELEASE_AFTER;
	if (change->after && change->is_exact)
		return RELEASE_BEFORE;
	if (release <= change->before)
		return RELEASE_BEFORE;
	return RELEASE_UNKNOWN;
}

void release_text(uint32_t release, char *buffer, size_t size)
{
	(void)snprintf(buffer, size, "%u.%u", release >> 16, release & 0xffff);
}

void release_span_text(const struct release_span *change, char *buffer, size_t size)
{
	char before[16], after[16];

	release_text(change->before, before, sizeof(before));
	release_text(change->after, after, sizeof(after));
	if (change->after && change->is_exact)
		(void)snprintf(buffer, size, "%s", after);
	else if (change->before && change->after)
		(void)snprintf(buffer, size, "between %s and %s", before, after);
	else if (change->after)
		(void)snprintf(buffer, size, "%s or earlier", after);
	else if (change->before)
		(void)snprintf(buffer, size, "after %s", before);
	else
		(void)snprintf(buffer, size, "unknown");
}

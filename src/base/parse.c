#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* strtoll() and its kin skip blanks and accept "0x"; a value that begins so is no number
 */
static bool begins_like_number(const char *text)
{
	if (*text == '-' || *text == '+')
		text++;
	return isdigit((unsigned char)*text);
}

int parse_i64(const char *text, int64_t *ret)
{
	char *end;
	long long value;

	if (!begins_like_number(text))
		return -EINVAL;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno)
		return -errno;
	if (*end)
		return -EINVAL;
	*ret = value;
	return 0;
}

int parse_u64(const char *text, uint64_t *ret)
{
	char *end;
	unsigned long long value;

	if (*text == '-' || !begins_like_number(text))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return -errno;
	if (*end)
		return -EINVAL;
	*ret = value;
	return 0;
}

int parse_double(const char *text, double *ret)
{
	char *end;
	double value;

	if (!begins_like_number(text) || strpbrk(text, "xXnNiI"))
		return -EINVAL;
	errno = 0;
	value = strtod(text, &end);
	if (errno)
		return -errno;
	if (*end || !isfinite(value))
		return -EINVAL;
	*ret = value;
	return 0;
}

int parse_hex(const char *text, uint64_t *ret)
{
	char *end;
	unsigned long long value;

	if (!isxdigit((unsigned char)text[0]) || strpbrk(text, "xX"))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 16);
	if (errno)
		return -errno;
	if (*end)
		return -EINVAL;
	*ret = value;
	return 0;
}

int parse_duration(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {
		{ "", 1000 },	    { "ms", 1 },	  { "s", 1000 },
		{ "m", 60 * 1000 }, { "h", 3600 * 1000 }, { "d", 86400.0 * 1000 },
	};
	const double most = 100 * 365.25 * 86400 * 1000;
	char *end;
	double value;

	if (!begins_like_number(text) || *text == '-' || strpbrk(text, "xX"))
		return -EINVAL;
	errno = 0;
	value = strtod(text, &end);
	if (errno)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		if (value * units[i].ms > most)
			return -ERANGE;
		*ret_ms = (int64_t)(value * units[i].ms + 0.5);
		return 0;
	}
	return -EINVAL;
}

int parse_next_i64(const char **cursor, int64_t *ret)
{
	const char *at = *cursor;
	char *end;
	long long value;

	while (*at == ' ' || *at == '\t')
		at++;
	if (*at == '\0' || *at == '\n')
		return -ENODATA;
	if (!begins_like_number(at))
		return -EINVAL;
	errno = 0;
	value = strtoll(at, &end, 10);
	if (errno)
		return -errno;
	if (*end && !isspace((unsigned char)*end))
		return -EINVAL;
	*ret = value;
	*cursor = end;
	return 0;
}

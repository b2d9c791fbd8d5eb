#include "boot/pattern.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>

/* Each brace may double the number of patterns; no key needs more than a few. */
enum { MOST_BRACES = 4, MOST_STARS = 16, MOST_LENGTH = 400 };

static size_t count_of(const char *text, char wanted)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == wanted;
	return count;
}

static bool is_bounded(const char *pattern)
{
	return strlen(pattern) <= MOST_LENGTH && count_of(pattern, '{') <= MOST_BRACES &&
	       count_of(pattern, ',') <= 4 * MOST_BRACES &&
	       count_of(pattern, '*') <= MOST_STARS && !strstr(pattern, "..");
}

/* Only systemd-sysctl takes braces for alternatives. */
static int glob_flags(enum loader loader)
{
	return loader == LOADER_SYSTEMD ? GLOB_BRACE | GLOB_NOSORT : 0;
}

int pattern_expand(enum loader loader, int sys, const char *pattern,
		   int (*visit)(void *data, const char *path), void *data)
{
	auto_free char *whole = NULL;
	size_t prefix;
	glob_t found;
	int r;

	if (!is_bounded(pattern))
		return -E2BIG;
	if (asprintf(&whole, "/proc/self/fd/%d/%s", sys, pattern) < 0) {
		whole = NULL;
		return -ENOMEM;
	}
	prefix = strlen(whole) - strlen(pattern);
	r = glob(whole, glob_flags(loader), NULL, &found);
	if (r != 0)
		return r == GLOB_NOMATCH ? 0 : r == GLOB_NOSPACE ? -ENOMEM : -EIO;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		if (strlen(found.gl_pathv[i]) > prefix)
			r = visit(data, found.gl_pathv[i] + prefix);
	}
	globfree(&found);
	return r;
}

bool pattern_matches(enum loader loader, const char *pattern, const char *path)
{
	/* braces are rare enough to leave them to those who have the files */
	if (!is_bounded(pattern) || (loader == LOADER_SYSTEMD && strchr(pattern, '{')))
		return false;
	return fnmatch(pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0;
}

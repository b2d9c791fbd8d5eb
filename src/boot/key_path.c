#include "boot/key_path.h"

#include <errno.h>

/* Drop the last part of a path that was resolved so far; false when there is none. */
static bool drop_part(const char *path, size_t *length)
{
	if (*length == 0)
		return false;
	while (*length > 0 && path[--*length] != '/')
		;
	return true;
}

int key_path_resolve(const char *path, char *ret, size_t size)
{
	size_t filled = 0;

	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			if (!drop_part(ret, &filled))
				return -EINVAL;
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			if (filled + length + 2 > size)
				return -ENAMETOOLONG;
			if (filled > 0)
				ret[filled++] = '/';
			memcpy(ret + filled, path, length);
			filled += length;
		}
		path += length;
		path += *path == '/';
	}
	if (filled == 0)
		return -EINVAL;
	ret[filled] = '\0';
	return 0;
}

void key_path_dotted(const char *path, char *ret, size_t size)
{
	size_t i;

	/* dots before any slash would be taken for separators: then the path stays */
	if (path[strcspn(path, "/.")] == '.') {
		(void)snprintf(ret, size, "%s", path);
		return;
	}
	for (i = 0; path[i] && i + 1 < size; i++) {
		ret[i] = path[i];
		if (path[i] == '/')
			ret[i] = '.';
		else if (path[i] == '.')
			ret[i] = '/';
	}
	ret[i] = '\0';
}

bool key_path_is_pattern(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}

const struct sysctl_def *key_path_find(const char *path)
{
	/* without a slash it would be read as a key with dots */
	return strchr(path, '/') && path[strcspn(path, "/.")] == '/' ? sysctl_find(path)
								     : NULL;
}

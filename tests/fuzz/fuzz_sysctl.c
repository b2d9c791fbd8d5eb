/* The name of a sysctl, as people write it. */
#include "fuzz_support.h"

#include "catalog/counter.h"
#include "catalog/sysctl.h"

#include <errno.h>

static void check_path(const char *key)
{
	char path[256], again[256], small[8];
	int code = sysctl_path(key, path, sizeof(path));

	if (code < 0) {
		ALWAYS(code == -EINVAL || code == -ENAMETOOLONG);
		return;
	}
	ALWAYS(path[0] != '\0' && path[0] != '/' && strcmp(path, "..") != 0);
	ALWAYS(!strstr(path, "/../") && !strstr(path, "//") &&
	       strncmp(path, "../", 3) != 0);
	ALWAYS(strlen(path) == strlen(key));
	/* a path is its own path, as soon as it has a slash */
	if (strchr(path, '/') && path[strcspn(path, "./")] == '/') {
		ALWAYS(sysctl_path(path, again, sizeof(again)) == 0);
		ALWAYS(strcmp(path, again) == 0);
		ALWAYS(sysctl_find(path) == sysctl_find(key));
	}
	if (strlen(path) >= sizeof(small))
		ALWAYS(sysctl_path(key, small, sizeof(small)) == -ENAMETOOLONG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *key = fuzz_string(data, size);
	const struct sysctl_def *def = sysctl_find(key);
	const struct sysctl_def *near = sysctl_nearest(key);
	const struct counter_def *counter = counter_find(key);

	check_path(key);
	if (def)
		ALWAYS(sysctl_find(def->name) == def);
	if (near)
		ALWAYS(sysctl_find(near->name) == near);
	if (counter)
		ALWAYS(counter_find_loosely(key) == counter);
	(void)counter_find_loosely(key);
	return 0;
}

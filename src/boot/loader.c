#include "boot/loader.h"

#include "base/macros.h"

static const struct {
	const char *id, *name, *version;
} loaders[] = {
	[LOADER_SYSTEMD] = { "systemd", "systemd-sysctl", "systemd 252" },
	[LOADER_PROCPS] = { "procps", "sysctl --system", "procps 4.0.2" },
};

_Static_assert(ARRAY_SIZE(loaders) == LOADER_COUNT, "a row for each loader");

const char *loader_id(enum loader loader)
{
	return loaders[loader].id;
}

const char *loader_name(enum loader loader)
{
	return loaders[loader].name;
}

const char *loader_version(enum loader loader)
{
	return loaders[loader].version;
}

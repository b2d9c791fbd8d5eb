/* Paths of control groups, whose names anyone may choose who may make one. */
#include "fuzz_support.h"

#include "collect/cgroups.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = fuzz_string(data, size);
	char service[CGROUPS_SERVICE_BYTES], small[8];

	memset(service, 'x', sizeof(service));
	cgroup_service(path, service, sizeof(service));
	ALWAYS(memchr(service, '\0', sizeof(service)));
	/* a whole part of the path, or nothing */
	ALWAYS(!strchr(service, '/') && strstr(path, service));
	cgroup_service(path, small, sizeof(small));
	ALWAYS(memchr(small, '\0', sizeof(small)));
	free(path);
	return 0;
}

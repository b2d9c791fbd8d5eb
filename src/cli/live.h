/* Single values of this host, read the way an audit reads them. */
#pragma once

#include "base/error.h"

/* value: NULL when it is not known; reason then says why */
struct live_reading {
	char *name;
	char *value;
	char *reason;
};

/* Fails: -ENOENT a name that the catalog does not know; -ENOMEM; errors of collecting */
MUST_CHECK int live_read_sysctl(const char *key, struct live_reading *ret,
				struct error *err);
MUST_CHECK int live_read_counter(const char *name, struct live_reading *ret,
				 struct error *err);
void live_reading_clear(struct live_reading *reading);

/* Whether the next boot will bring about what was put into our file. */
#pragma once

#include "report/persist_report.h"

/*
 * Follow the loaders of this host for every key of a record that is kept.
 *
 * ret:    its rows; the rest of it is the caller's
 * Fails:  -ENOMEM; -errno of the host's files
 */
MUST_CHECK int persist_follow_boot(const struct record *record,
				   struct persist_report *ret, struct error *err);

/*
 * The modules that have to be named in modules-load.d, so that all keys of a record are
 * there when the loaders come.
 *
 * Fails:  -ENOMEM; -errno of the host's files
 */
MUST_CHECK int persist_find_modules(const struct record *record, struct text *ret,
				    struct error *err);

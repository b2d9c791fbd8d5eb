/*
 * Findings that someone has looked at and accepted: /etc/tcptune/waivers.ini.
 *
 *   [NAME]
 *   rule    = close-wait-leak
 *   subject = java*
 *   reason  = known, the vendor's ticket is 4711
 *   expires = 2026-12-31
 *
 * subject is a glob over what the rule found, and left out: whatever it found. expires is
 * the last day of the waiver, and left out: it has none.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAIVER_FILE "/etc/tcptune/waivers.ini"

/* subject, expires: NULL when left out. One that has expired silences nothing. */
struct waiver {
	char *name;
	char *rule;
	char *subject;
	char *reason;
	char *expires;
	bool has_expired;
	unsigned line; /* of its first key */
};

/* Zeroed is empty. In the order of the file. */
struct waiver_list {
	struct waiver *waivers;
	size_t count;
};

/*
 * Load a file of waivers. No file is no waiver.
 *
 * now:    seconds since 1970; waivers expire by the local date
 * Fails:  -EINVAL no regular file, or with file, line and reason; -EFBIG; -ENOMEM;
 *         -errno of open() and read()
 */
MUST_CHECK int waivers_load(const char *path, int64_t now, struct waiver_list *ret,
			    struct error *err);
void waivers_clear(struct waiver_list *list);

/* As waivers_load(), out of memory. name: of the file, for messages. */
MUST_CHECK int waivers_parse(const char *name, const char *data, size_t length,
			     int64_t now, struct waiver_list *ret, struct error *err);

/* The first waiver in force for a finding; NULL when there is none. list may be NULL. */
const struct waiver *waivers_find(const struct waiver_list *list, const char *rule,
				  const char *subject);

/* What stands in the files of ours that the next boot reads: pure. */
#pragma once

#include "apply/record.h"
#include "base/text.h"

#define PERSIST_SYSCTL_PATH "/etc/sysctl.d/98-tcptune.conf"
#define PERSIST_MODULES_PATH "/etc/modules-load.d/tcptune.conf"

/*
 * The sysctl file of all records that are persistent, in the order in which they were
 * written; of two for one key the later counts. Empty: there is nothing to keep.
 *
 * Fails: -ENOMEM
 */
MUST_CHECK int persist_add_sysctls(const struct record_list *list, struct text *ret);

/* The same for the modules that have to be there first. */
MUST_CHECK int persist_add_modules(const struct record_list *list, struct text *ret);

/* The key of a persistent record that counts for the next boot; NULL when none does. */
const struct record_key *persist_find(const struct record_list *list, const char *key);

/* Is it a key that a file can hold for the next boot? */
bool persist_takes(const struct record_key *key);

/* May it be in a file at all? Fails: -EPERM with the reason: secret, or a pattern */
MUST_CHECK int persist_check_key(const char *key, struct error *err);

/* Writing the changes of a record, one after another, or none of them. */
#pragma once

#include "apply/restore.h"

/*
 * How it went. code: 0, or the -errno of the first write that failed; -ERANGE when the
 * kernel kept another value than the one written, which is in `got`.
 * failed: index of that key. not_restored: how many keys the way back could not restore.
 */
struct write_result {
	int code;
	size_t failed;
	bool is_reading; /* it is the reading back that failed */
	char got[128];
	size_t not_restored;
};

/*
 * Write the keys of ROLE_CHANGE in their order and read each back; then read all keys of
 * the record into `after`. After the first failure, a lack of memory too, everything is
 * put back by `restore`, which was made before the first write.
 *
 * texts:   what to write, one for each change; a secret's is not in the record
 * Returns: result->code
 */
MUST_CHECK int write_changes(struct record *record, const char *const *texts,
			     const struct sysctl_door *door, struct restore *restore,
			     struct write_result *result);

/* Make ready to restore every key of a record. Fails: -ENOMEM; -EINVAL */
MUST_CHECK int write_prepare_restore(const struct record *record, struct restore *ret);

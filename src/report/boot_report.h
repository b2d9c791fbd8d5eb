/* What the next boot will set, for people and for machines. */
#pragma once

#include "boot/outcome.h"
#include "boot/owner.h"
#include "report/json.h"
#include "report/prose.h"

enum { BOOT_SCHEMA_VERSION = 1 };

struct boot_report {
	const struct boot_tree *tree;
	const struct boot_outcome *outcome;
	const struct boot_owners *owners;
	const char *release; /* "" when not known */
};

/* Another program that writes a key at boot; NULL when `index` is beyond the last. */
const struct boot_owner *boot_report_owner(const struct boot_report *report,
					   const struct boot_key *key, size_t index);

/* How many keys hold something else now than the host's loader will set. */
size_t boot_report_drifted(const struct boot_report *report);

void boot_add_text(const struct boot_report *report, struct prose *prose);
void boot_add_json(const struct boot_report *report, struct json *json);

/* Every write that a loader tries, in its order. */
void boot_add_writes_text(const struct boot_report *report, enum loader loader,
			  struct prose *prose);
void boot_add_writes_json(const struct boot_report *report, enum loader loader,
			  struct json *json);

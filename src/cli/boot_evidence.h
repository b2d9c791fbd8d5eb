/* What boot sets, put into the evidence of an audit. */
#pragma once

#include "base/kernel.h"
#include "evidence/evidence.h"

/*
 * Fill the table boot_setting for the sample taken last. Files of sysctls are for the
 * initial network namespace: of any other, nothing is set at boot.
 *
 * root:  the root folder of another host; NULL: this host
 * Fails: -errno when going on makes no sense (memory, database)
 */
MUST_CHECK int boot_evidence_add(struct evidence *evidence, const struct kernel *kernel,
				 const char *root, struct error *err);

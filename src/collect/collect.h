/* Kernel -> evidence: one sample of everything that is needed. */
#pragma once

#include "base/kernel.h"
#include "evidence/evidence.h"
#include "evidence/needs.h"

/*
 * Read the kernel once and store what was seen as a sample. A source that cannot be read
 * is no failure: it becomes a row of the table source.
 *
 * Fails:  -ENOMEM, or an error of the database; the evidence is then of no use
 */
MUST_CHECK int collect_sample(const struct kernel *kernel, const struct needs *needs,
			      struct evidence *evidence, struct error *err);

/* Which profiles the evidence speaks for. */
#pragma once

#include "evidence/evidence.h"
#include "report/audit_report.h"

struct proposal_list {
	struct proposal *rows;
	size_t count;
};

/*
 * Ask the [recommend] of every profile. A host with few connections is asked nothing:
 * there is nothing to tell it by. A profile that does not load, or whose query fails, is
 * named on the error output and left out.
 */
MUST_CHECK int propose_profiles(struct evidence *evidence, struct proposal_list *ret,
				struct error *err);
void proposals_clear(struct proposal_list *list);

/* A plan and what became of it, for people and for programs. */
#pragma once

#include "apply/apply.h"
#include "plan/plan.h"
#include "report/json.h"
#include "report/persist_report.h"
#include "report/prose.h"

/* Version of docs/apply.schema.json. Grows when a member is added or changes. */
enum { CHANGE_SCHEMA_VERSION = 1 };

/*
 * outcome: NULL when nothing was to be written, or was not to be yet. problem: why
 * nothing was written, or why all was put back; NULL when nothing went wrong.
 */
struct plan_report {
	const struct plan *plan;
	const struct apply_outcome *outcome;
	const char *problem;
	bool is_dry_run;
	const struct persist_report *persisted; /* NULL: not asked for */
};

/* The table, what an undo would leave behind, and how many there are of each kind. */
MUST_CHECK int plan_add_text(const struct plan *plan, struct prose *prose);

/* What was done. */
void outcome_add_text(const struct plan *plan, const struct apply_outcome *outcome,
		      struct prose *prose);

/* All of it. */
void plan_add_json(const struct plan_report *report, struct json *json);

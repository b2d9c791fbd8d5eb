/* What lint found: for people as a compiler says it, for machines as JSON and SARIF. */
#pragma once

#include "boot/lint.h"
#include "report/json.h"
#include "report/prose.h"

enum { LINT_SCHEMA_VERSION = 1 };

struct lint_report {
	const struct lint_subject *subject;
	const struct lint_result *result;
};

void lint_add_text(const struct lint_report *report, struct prose *prose);
/* As docs/lint.schema.json describes it. */
void lint_add_json(const struct lint_report *report, struct json *json);
/* SARIF 2.1.0: what CI systems take for annotations. */
void lint_add_sarif(const struct lint_report *report, struct json *json);

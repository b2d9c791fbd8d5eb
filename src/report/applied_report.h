/* Whether a change helped, for people and for programs. */
#pragma once

#include "apply/record.h"
#include "history/applied.h"
#include "report/news.h"
#include "rules/rule.h"

/* rules: tell which findings the change was for; findings: what a measure counts */
struct applied_report {
	const struct record *record;
	const struct applied_result *result;
	const struct rule_list *rules;
	const struct tracked_list *findings;
};

void applied_add_text(const struct applied_report *report, struct prose *prose);
void applied_add_json(const struct applied_report *report, struct json *json);

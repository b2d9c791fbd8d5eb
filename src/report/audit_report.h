/* What an audit came to, and its two forms: text for people, JSON for programs. */
#pragma once

#include "base/kernel.h"
#include "report/json.h"
#include "report/profile_stack.h"
#include "report/prose.h"
#include "rules/finding.h"

/* Version of docs/audit.schema.json. Grows when a member is added or changes. */
enum { AUDIT_SCHEMA_VERSION = 2 };

/* From which severity on a finding counts for the exit status. */
enum fail_on {
	FAIL_ON_INFO = SEVERITY_INFO,
	FAIL_ON_WARNING = SEVERITY_WARNING,
	FAIL_ON_CRITICAL = SEVERITY_CRITICAL,
	FAIL_ON_NEVER,
};

/* A profile that fits what the evidence shows, and why. */
struct proposal {
	char *profile, *why;
};

/*
 * Nothing in it is owned. file: the evidence file that it is about, NULL for a kernel or
 * a folder of dumps. show_all: of the text: what it leaves out for brevity.
 */
struct audit_report {
	const struct kernel *kernel;
	struct evidence *evidence;
	const struct rule_list *rules;
	const struct verdict *verdict;
	const struct profile_stack *stack;
	const struct proposal *proposals;
	size_t proposal_count;
	const char *file;
	bool show_all;
};

/* "2026-11-25T14:30:00Z"; "" when the time cannot be one. seconds: since 1970 */
enum { AUDIT_TIME_BYTES = 32 };
void audit_time(double seconds, char *ret);

/* One source of the latest sample. reason: "" when there is none. */
typedef int audit_source_callback(void *data, const char *name, const char *state,
				  const char *reason);

/* Call for each source of the latest sample; stops at the first negative answer. */
MUST_CHECK int audit_sources(const struct audit_report *report,
			     audit_source_callback *callback, void *data,
			     struct error *err);

/*
 * Is there something to look at: a finding from this severity on that nobody waived, or a
 * profile that differs? With FAIL_ON_NEVER there never is.
 */
bool audit_has_failed(const struct audit_report *report, enum fail_on fail_on);

MUST_CHECK int audit_add_text(const struct audit_report *report, struct prose *prose,
			      struct error *err);
MUST_CHECK int audit_add_json(const struct audit_report *report, struct json *json,
			      struct error *err);

/* What the next boot will make of values that were put into our file. */
#pragma once

#include "apply/persist.h"
#include "boot/loader.h"
#include "report/json.h"
#include "report/prose.h"

enum persist_verdict {
	PERSIST_HOLDS,	     /* the next boot sets the value */
	PERSIST_LOST,	     /* it sets another one: `where` says who */
	PERSIST_CANNOT_TELL, /* reason */
};

/*
 * One key under one loader. value: what it will hold, NULL when not known. file, line:
 * what sets it; NULL and 0 when nothing does. reason: NULL without
 */
struct persist_row {
	const struct record_key *key;
	enum loader loader;
	enum persist_verdict verdict;
	char *value;
	char *file;
	unsigned line;
	char *reason;
};

/*
 * record: NULL when nothing was kept for the next boot. problem: why, NULL when nothing
 * went wrong. The rows belong to it, the rest to others.
 */
struct persist_report {
	const struct record *record;
	struct persist_row *rows;
	size_t count;
	const char *problem;
};

void persist_report_clear(struct persist_report *report);

/* How many rows have a verdict. */
size_t persist_report_tally(const struct persist_report *report,
			    enum persist_verdict verdict);

void persist_add_text(const struct persist_report *report, struct prose *prose);

/* What an earlier change keeps for the next boot, and a new one set otherwise for now. */
void persist_add_covered(const struct record_list *list, const struct record *record,
			 struct prose *prose);

/* A document of its own, and the member of the document of an apply. */
void persist_add_document(const struct persist_report *report, struct json *json);
void persist_add_member(const struct persist_report *report, struct json *json);

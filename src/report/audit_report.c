#include "report/audit_report.h"

#include "base/database.h"

#include <time.h>

/* Of the year 9999, the last that has four digits. */
static const double last_second = 253402300799.0;

void audit_time(double seconds, char *ret)
{
	time_t whole = 0;
	struct tm parts;

	ret[0] = '\0';
	if (!(seconds >= 0 && seconds <= last_second))
		return;
	whole = (time_t)seconds;
	if (gmtime_r(&whole, &parts))
		(void)strftime(ret, AUDIT_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

int audit_sources(const struct audit_report *report, audit_source_callback *callback,
		  void *data, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	int r = database_prepare(report->evidence->db,
				 "SELECT name, state, coalesce(reason, '') FROM source "
				 "WHERE sample = ? ORDER BY rowid",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, report->evidence->now);
	while (r == 0 && sqlite3_step(statement) == SQLITE_ROW)
		r = callback(data, (const char *)sqlite3_column_text(statement, 0),
			     (const char *)sqlite3_column_text(statement, 1),
			     (const char *)sqlite3_column_text(statement, 2));
	return r;
}

bool audit_has_failed(const struct audit_report *report, enum fail_on fail_on)
{
	if (fail_on == FAIL_ON_NEVER)
		return false;
	for (size_t i = 0; i < report->verdict->finding_count; i++) {
		const struct finding *finding = &report->verdict->findings[i];

		if ((int)finding->severity >= (int)fail_on && !finding->waived_by &&
		    !finding->cause.rule)
			return true;
	}
	return profile_stack_tally(report->stack, VERDICT_DIFFERS) > 0;
}

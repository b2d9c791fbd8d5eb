#include "cli/report_news.h"

#include "catalog/counter.h"
#include "history/measure.h"
#include "report/change_report.h"
#include "report/words.h"

#include <errno.h>
#include <inttypes.h>

enum { MOST_NAMES = 5 };

static int64_t now_of(const struct report_run *run)
{
	return (int64_t)run->evidence.taken_now;
}

static int see(struct report_run *run, const struct observation *seen, struct error *err)
{
	return findings_see(&run->findings, seen, now_of(run), &run->events, err);
}

/* --- findings of rules ------------------------------------------------------------ */

/* Of what happened some time since boot nobody knows when: it is no news. */
static int see_finding(struct report_run *run, const struct finding *finding,
		       struct error *err)
{
	struct measure measure = measure_of(finding, run->evidence.window_seconds);
	const struct observation seen = {
		.kind = "rule",
		.rule = finding->rule->id,
		.subject = finding->subject,
		.says = finding->says,
		.advice = finding->advice,
		.unit = measure.unit,
		.severity = (int)finding->severity,
		.level = measure.level,
		.is_silenced = finding->waived_by != NULL,
	};

	return finding->is_history ? 0 : see(run, &seen, err);
}

/* --- values that someone else changed --------------------------------------------- */

static int see_drift(struct report_run *run, const struct drift *drift, struct error *err)
{
	AUTO(text_clear) struct text says = { 0 }, advice = { 0 };
	char time[TIME_BYTES];
	const struct observation seen = {
		.kind = "drift",
		.rule = "drift",
		.subject = drift->key->key,
		.unit = "",
		.severity = SEVERITY_WARNING,
		.level = -1,
	};
	struct observation full = seen;

	record_time_text(drift->last_right, time);
	text_addf(&says,
		  "%s is %s; change %" PRId64
		  " had set it to %s, and it was last seen so at %s.",
		  drift->key->key, drift->live ? drift->live : "gone", drift->record->id,
		  drift->key->after, time);
	text_addf(
		&advice,
		"Find out who changed it ('tcptune boot' knows who sets it at boot). 'tcptune status' compares; 'tcptune undo %" PRId64
		"' leaves it alone.",
		drift->record->id);
	if (text_check(&says) < 0 || text_check(&advice) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	full.says = text_string(&says);
	full.advice = text_string(&advice);
	return see(run, &full, err);
}

/* --- profiles --------------------------------------------------------------------- */

static size_t name_differing(const struct report_run *run,
			     const struct stacked_profile *profile, struct text *names)
{
	size_t count = 0;

	for (size_t i = 0; i < run->stack.row_count; i++) {
		const struct stacked_row *row = &run->stack.rows[i];

		if (row->from != profile || row->comparison->verdict != VERDICT_DIFFERS)
			continue;
		if (count++ < MOST_NAMES)
			text_addf(names, "%s%s (%s, wanted %s)", count > 1 ? ", " : "",
				  row->comparison->wanted->key,
				  row->comparison->live ? row->comparison->live : "?",
				  row->comparison->wanted_text);
	}
	if (count > MOST_NAMES)
		text_addf(names, " and %zu more", count - MOST_NAMES);
	return count;
}

static int see_profile(struct report_run *run, const struct stacked_profile *profile,
		       struct error *err)
{
	AUTO(text_clear) struct text says = { 0 }, names = { 0 }, advice = { 0 };
	size_t count = name_differing(run, profile, &names);
	struct observation seen = {
		.kind = "profile",
		.rule = "profile",
		.subject = profile->profile.name,
		.unit = "keys that differ",
		.severity = SEVERITY_WARNING,
		.level = (double)count,
	};

	if (count == 0)
		return 0;
	text_addf(&says, "%zu key%s not as the profile wants: %s.", count,
		  count == 1 ? " is" : "s are", text_string(&names));
	text_addf(&advice, "'tcptune apply --profile %s --dry-run' shows the change.",
		  profile->profile.name);
	if (text_check(&says) < 0 || text_check(&advice) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	seen.says = text_string(&says);
	seen.advice = text_string(&advice);
	return see(run, &seen, err);
}

/* --- what was not seen ------------------------------------------------------------ */

static bool rule_could_judge(const struct report_run *run, const struct tracked *tracked)
{
	const struct rule *rule = rules_find(&run->rules, tracked->rule);

	if (!rule)
		return true; /* it will not be found again */
	if (rule->problem ||
	    (rule->judges == JUDGES_CHANGE && run->evidence.window_seconds < 0))
		return false;
	for (size_t i = 0; i < run->verdict.unknown_count; i++) {
		if (run->verdict.unknowns[i].rule == rule)
			return false;
	}
	return true;
}

static bool profile_was_given(const struct report_run *run, const char *name)
{
	for (size_t i = 0; i < run->stack.count; i++) {
		if (strcmp(run->stack.profiles[i].profile.name, name) == 0)
			return true;
	}
	return false;
}

static bool could_judge(void *data, const struct tracked *tracked)
{
	const struct report_run *run = data;

	if (strcmp(tracked->kind, "rule") == 0)
		return rule_could_judge(run, tracked);
	if (strcmp(tracked->kind, "profile") == 0)
		return profile_was_given(run, tracked->subject);
	return run->session.has_journal;
}

/* --- counters that began anew ----------------------------------------------------- */

static int tell(struct report_run *run, enum event_kind kind, struct text *says,
		struct error *err)
{
	if (text_check(says) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return event_add(&run->events, kind, now_of(run), "", "", 0, text_string(says),
			 err);
}

static int tell_restart(struct report_run *run, struct error *err)
{
	AUTO(text_clear) struct text says = { 0 };
	char time[TIME_BYTES];

	record_time_text(run->last.taken, time);
	if (run->last.state == LAST_SAMPLE_REBOOTED) {
		text_addf(
			&says,
			"the machine was started anew since the last report (%s): it is up for ",
			time);
		words_add_seconds(&says, run->evidence.uptime_now);
		text_add(
			&says,
			". Counters begin at 0; changes made by 'tcptune apply' are gone.");
		return tell(run, EVENT_REBOOT, &says, err);
	}
	if (run->last.state == LAST_SAMPLE_NETNS_CHANGED) {
		text_addf(
			&says,
			"this is another network namespace than the one of the last report (%s): counters begin anew.",
			time);
		return tell(run, EVENT_NETNS, &says, err);
	}
	return 0;
}

static int tell_reset(struct report_run *run, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	AUTO(text_clear) struct text says = { 0 };
	size_t count = 0;
	int r = database_prepare(
		run->evidence.db,
		"SELECT n.name FROM counter n JOIN counter b USING (name)"
		" WHERE n.sample = ?1 AND b.sample = ?2"
		" AND n.value < b.value ORDER BY n.name",
		&statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, run->evidence.now);
	sqlite3_bind_int64(statement, 2, run->evidence.before);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(statement, 0);
		const struct counter_def *def = name ? counter_find(name) : NULL;

		if (!def || def->kind != COUNTER_TOTAL)
			continue;
		if (++count <= MOST_NAMES)
			text_addf(&says, "%s%s", count > 1 ? ", " : "", name);
	}
	if (count == 0)
		return 0;
	if (count > MOST_NAMES)
		text_addf(&says, " and %zu more", count - MOST_NAMES);
	text_add(
		&says,
		count == 1
			? " went backwards without a restart of the machine: somebody set it back, or its module was loaded anew. Rules cannot judge it over this window."
			: " went backwards without a restart of the machine: somebody set them back, or their module was loaded anew. Rules cannot judge them over this window.");
	return tell(run, EVENT_RESET, &says, err);
}

int report_find_news(struct report_run *run, struct error *err)
{
	int r = tell_restart(run, err);

	if (r == 0 && run->evidence.before)
		r = tell_reset(run, err);
	for (size_t i = 0; r == 0 && i < run->verdict.finding_count; i++)
		r = see_finding(run, &run->verdict.findings[i], err);
	for (size_t i = 0; r == 0 && i < run->drift.count; i++)
		r = see_drift(run, &run->drift.drifts[i], err);
	for (size_t i = 0; r == 0 && i < run->stack.count; i++)
		r = see_profile(run, &run->stack.profiles[i], err);
	if (r == 0)
		r = findings_miss(&run->findings, now_of(run), could_judge, run,
				  &run->events, err);
	return r;
}

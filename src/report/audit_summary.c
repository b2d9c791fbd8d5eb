#include "report/audit_summary.h"

#include "report/words.h"

#include <errno.h>
#include <string.h>

enum { COLUMNS = 3 };

static const char *const severity_words[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "WARNING",
	[SEVERITY_CRITICAL] = "CRITICAL",
};

static void place_clear(struct audit_place *place)
{
	for (size_t i = 0; i < place->finding_count; i++)
		free(place->findings[i]);
	free(place->findings);
	free(place->name);
	free(place->seen);
	free(place->problem);
}

void audit_summary_clear(struct audit_summary *summary)
{
	for (size_t i = 0; i < summary->count; i++)
		place_clear(&summary->places[i]);
	free(summary->places);
	*summary = (struct audit_summary){ 0 };
}

/* --- a place ------------------------------------------------------------------------ */

static bool has_finding(const struct audit_place *place, const char *finding)
{
	for (size_t i = 0; i < place->finding_count; i++)
		if (strcmp(place->findings[i], finding) == 0)
			return true;
	return false;
}

static int add_finding(struct audit_place *place, const struct finding *finding)
{
	auto_free char *text = NULL;
	char **grown;

	if (finding->waived_by || finding->is_history)
		return 0;
	place->warnings += finding->severity > SEVERITY_INFO;
	place->infos += finding->severity == SEVERITY_INFO;
	if (asprintf(&text, "%s %s", severity_words[finding->severity],
		     finding->rule->id) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	if (has_finding(place, text))
		return 0;
	grown = realloc(place->findings, (place->finding_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	place->findings = grown;
	grown[place->finding_count++] = TAKE(text);
	return 0;
}

static char *describe(const struct audit_report *report)
{
	AUTO(text_clear) struct text text = { 0 };
	char taken[AUDIT_TIME_BYTES];

	text_addf(&text, "Linux %s",
		  report->kernel->release[0] ? report->kernel->release : "(unknown)");
	audit_time(report->evidence->taken_now, taken);
	if (report->file && taken[0])
		text_addf(&text, ", %s", taken);
	if (report->evidence->window_seconds >= 0) {
		text_add(&text, ", over ");
		words_add_seconds(&text, report->evidence->window_seconds);
	}
	return text_check(&text) < 0 ? NULL : TAKE(text.data);
}

static int fill_place(struct audit_place *place, const struct audit_report *report)
{
	int r = 0;

	place->seen = describe(report);
	place->differs = profile_stack_tally(report->stack, VERDICT_DIFFERS);
	for (size_t i = 0; r == 0 && i < report->verdict->finding_count; i++)
		r = add_finding(place, &report->verdict->findings[i]);
	return place->seen ? r : -ENOMEM;
}

int audit_summary_add(struct audit_summary *summary, const char *name,
		      const struct audit_report *report, const char *problem)
{
	struct audit_place *grown =
		realloc(summary->places, (summary->count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	summary->places = grown;
	grown += summary->count++;
	*grown = (struct audit_place){ .name = strdup(name) };
	if (problem)
		grown->problem = strdup(problem);
	if (!grown->name || (problem && !grown->problem))
		return -ENOMEM;
	return report ? fill_place(grown, report) : 0;
}

/* --- text --------------------------------------------------------------------------- */

/* "2 problems: accept-queue-program; 3 keys differ", or what hindered */
static char *outcome_of(const struct audit_place *place)
{
	AUTO(text_clear) struct text text = { 0 };

	if (place->problem) {
		text_addf(&text, "could not be looked at: %s", place->problem);
	} else {
		text_addf(&text, "%zu problem%s", place->warnings,
			  words_plural(place->warnings));
		if (place->infos > 0)
			text_addf(&text, ", %zu harmless", place->infos);
		if (place->differs > 0)
			text_addf(&text, ", %zu key%s", place->differs,
				  place->differs == 1 ? " differs" : "s differ");
		for (size_t i = 0; i < place->finding_count; i++)
			text_addf(&text, "%s%s", i == 0 ? ": " : ", ",
				  place->findings[i]);
	}
	return text_check(&text) < 0 ? NULL : TAKE(text.data);
}

static int add_table(const struct audit_summary *summary, char **outcomes,
		     struct prose *prose)
{
	struct prose_table table = { .columns = COLUMNS, .rows = summary->count + 1 };
	auto_free const char **cells = calloc(table.rows * COLUMNS, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	cells[0] = summary->heading;
	cells[1] = "seen";
	cells[2] = "found";
	for (size_t i = 0; i < summary->count; i++) {
		const struct audit_place *place = &summary->places[i];
		const char **row = cells + (i + 1) * COLUMNS;

		outcomes[i] = outcome_of(place);
		row[0] = place->name;
		row[1] = place->seen ? place->seen : "-";
		row[2] = outcomes[i] ? outcomes[i] : "";
	}
	table.cells = cells;
	prose_add_table(prose, 0, &table);
	return 0;
}

static bool was_named_before(const struct audit_summary *summary, size_t place,
			     const char *finding)
{
	for (size_t i = 0; i < place; i++)
		if (has_finding(&summary->places[i], finding))
			return true;
	return false;
}

/* "WARNING accept-queue-program: web1, web2", where several have it */
static void add_shared(const struct audit_summary *summary, size_t first,
		       const char *finding, struct prose *prose)
{
	AUTO(text_clear) struct text names = { 0 };
	size_t count = 0;

	for (size_t i = first; i < summary->count; i++) {
		if (!has_finding(&summary->places[i], finding))
			continue;
		text_addf(&names, "%s%s", count++ > 0 ? ", " : "",
			  summary->places[i].name);
	}
	if (names.has_failed)
		prose->text.has_failed = true;
	if (count > 1)
		prose_addf(prose, (struct indent){ 0, 10 }, STYLE_STRONG, "", "%s: %s",
			   finding, text_string(&names));
}

int audit_summary_add_text(const struct audit_summary *summary, struct prose *prose)
{
	auto_free char **outcomes = calloc(summary->count + 1, sizeof(*outcomes));
	int r = outcomes ? add_table(summary, outcomes, prose) : -ENOMEM;

	for (size_t i = 0; outcomes && i < summary->count; i++)
		free(outcomes[i]);
	if (r < 0)
		return r;
	prose_gap(prose);
	for (size_t i = 0; i < summary->count; i++) {
		const struct audit_place *place = &summary->places[i];

		for (size_t j = 0; j < place->finding_count; j++)
			if (!was_named_before(summary, i, place->findings[j]))
				add_shared(summary, i, place->findings[j], prose);
	}
	return 0;
}

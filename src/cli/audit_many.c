/* An audit of many places: every network namespace, or many evidence files. */
#include "cli/audit.h"
#include "cli/boot_evidence.h"
#include "cli/places.h"
#include "cli/wait.h"
#include "collect/collect.h"
#include "report/audit_summary.h"

#include <errno.h>
#include <sched.h>

/* What is built up while one place after the other is judged. */
struct many {
	struct audit *audit;
	struct audit_summary summary;
	struct prose body;
	struct json json;
	enum exit_status status;
};

static void many_clear(struct many *many)
{
	audit_summary_clear(&many->summary);
	prose_clear(&many->body);
	json_clear(&many->json);
}

/* Anything but memory costs one place. */
static int add_failed(struct many *many, const char *name, int code,
		      const struct error *err)
{
	if (code == -ENOMEM)
		return code;
	console_complain("%s", err->text);
	many->status = STATUS_CANNOT;
	return audit_summary_add(&many->summary, name, NULL, err->text);
}

/* In text only those that have something to say, but --all. */
static int add_report(struct many *many, const char *name,
		      const struct audit_report *report, struct error *err)
{
	struct audit_place *place;
	int r = audit_summary_add(&many->summary, name, report, NULL);

	if (r < 0)
		return r;
	if (many->status == STATUS_FINE &&
	    audit_has_failed(report, many->audit->options.fail_on))
		many->status = STATUS_FOUND;
	if (many->audit->options.format == AUDIT_JSON)
		return audit_add_json(report, &many->json, err);
	place = &many->summary.places[many->summary.count - 1];
	if (!report->show_all && place->finding_count + place->differs == 0)
		return 0;
	prose_gap(&many->body);
	prose_addf(&many->body, (struct indent){ 0, 0 }, STYLE_STRONG, "", "--- %s",
		   name);
	return audit_add_text(report, &many->body, err);
}

/* What is seen of a place becomes part of the report; seen is empty after it. */
static int judge_place(struct many *many, const char *name, struct observation *seen)
{
	struct audit *audit = many->audit;
	struct error err = { 0 };
	struct audit_report report;
	int r;

	audit->seen = *seen;
	*seen = (struct observation)OBSERVATION_NONE;
	r = audit_judge(audit, &err);
	report = audit_report_of(audit);
	if (r == 0)
		r = add_report(many, name, &report, &err);
	else
		r = add_failed(many, name, r, &err);
	proposals_clear(&audit->proposals);
	verdict_clear(&audit->verdict);
	observation_clear(&audit->seen);
	return r;
}

/* --- files ---------------------------------------------------------------------------
 */

static int judge_file(struct many *many, const char *file)
{
	AUTO(observation_clear) struct observation seen = OBSERVATION_NONE;
	const struct observe_order order = { .file = file };
	struct error err = { 0 };
	int r = observe(&order, &many->audit->needs, &seen, &err);
	char host[sizeof(seen.kernel.host)];

	if (r < 0) {
		r = add_failed(many, file, r, &err);
		many->status = r < 0 ? many->status : STATUS_USAGE;
		return r;
	}
	(void)snprintf(host, sizeof(host), "%s", seen.kernel.host);
	return judge_place(many, host[0] ? host : file, &seen);
}

static int judge_files(struct many *many)
{
	const struct audit_options *options = &many->audit->options;
	int r = 0;

	many->summary.heading = "host";
	for (size_t i = 0; r == 0 && i < options->file_count; i++)
		r = judge_file(many, options->files[i]);
	return r;
}

/* --- namespaces -----------------------------------------------------------------------
 */

/* Look at a place, the first time or again. */
static int look(struct many *many, const struct place *place, struct observation *seen,
		struct error *err)
{
	int r = 0;

	if (setns(place->fd, CLONE_NEWNET) < 0)
		return error_set(err, -errno, "cannot enter network namespace '%s': %s",
				 place->about, strerror(errno));
	if (!seen->has_evidence) {
		r = kernel_open(&seen->kernel, err);
		if (r < 0)
			return r;
		(void)snprintf(seen->kernel.netns_name, sizeof(seen->kernel.netns_name),
			       "%s", place->name);
		r = evidence_open_memory(&seen->evidence, err);
		seen->has_evidence = r == 0;
	}
	if (r == 0)
		r = collect_sample(&seen->kernel, &many->audit->needs, &seen->evidence,
				   err);
	if (r == 0 && many->audit->needs.tables[TABLE_BOOT_SETTING])
		r = boot_evidence_add(&seen->evidence, &seen->kernel, NULL, err);
	return r;
}

/* All of them, then the wait, then all of them again. problems: one a place, "" is none
 */
static int look_at_all(struct many *many, const struct place_list *list,
		       struct observation *seen, struct error *problems)
{
	int64_t interval_ms = many->audit->options.order.interval_ms;
	int r = 0;

	for (int turn = 0; turn < (interval_ms > 0 ? 2 : 1); turn++) {
		if (turn > 0)
			r = wait_ms(interval_ms);
		for (size_t i = 0; r == 0 && i < list->count; i++) {
			if (problems[i].text[0])
				continue;
			r = look(many, &list->places[i], &seen[i], &problems[i]);
			/* the text says it; another place may be seen all the same */
			if (r < 0 && r != -ENOMEM && problems[i].text[0])
				r = 0;
		}
	}
	return r;
}

static int judge_places(struct many *many, const struct place_list *list,
			struct observation *seen, const struct error *problems)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->count; i++) {
		const char *about = list->places[i].about;
		const char *name = about[0] ? about : "this one";

		if (problems[i].text[0])
			r = add_failed(many, name, -EIO, &problems[i]);
		else
			r = judge_place(many, name, &seen[i]);
	}
	return r;
}

static int judge_namespaces(struct many *many, struct error *err)
{
	AUTO(places_clear) struct place_list list = { 0 };
	auto_free struct observation *seen = NULL;
	auto_free struct error *problems = NULL;
	int r = places_find(&list, err);

	if (r < 0)
		return r;
	many->summary.heading = "network namespace";
	seen = calloc(list.count, sizeof(*seen));
	problems = calloc(list.count, sizeof(*problems));
	if (!seen || !problems)
		return -ENOMEM;
	for (size_t i = 0; i < list.count; i++)
		seen[i] = (struct observation)OBSERVATION_NONE;
	r = look_at_all(many, &list, seen, problems);
	if (r == 0)
		r = judge_places(many, &list, seen, problems);
	for (size_t i = 0; i < list.count; i++)
		observation_clear(&seen[i]);
	if (r == 0 && list.hidden > 0)
		console_complain(
			"of %zu process%s this user may not see the network namespace: there may be more",
			list.hidden, list.hidden == 1 ? "" : "es");
	return r;
}

/* --- both -----------------------------------------------------------------------------
 */

static void open_json(struct json *json)
{
	json_open(json, NULL, JSON_OBJECT);
	json_add_integer(json, "schema_version", AUDIT_SCHEMA_VERSION);
	json_add_string(json, "tcptune", TCPTUNE_VERSION);
	json_open(json, "audits", JSON_ARRAY);
}

/* Places that could not be looked at are named apart: they have no audit. */
static void close_json(struct many *many)
{
	struct json *json = &many->json;

	json_close(json, JSON_ARRAY);
	json_open(json, "failed", JSON_ARRAY);
	for (size_t i = 0; i < many->summary.count; i++) {
		const struct audit_place *place = &many->summary.places[i];

		if (!place->problem)
			continue;
		json_open(json, NULL, JSON_OBJECT);
		json_add_string(json, "name", place->name);
		json_add_string(json, "reason", place->problem);
		json_close(json, JSON_OBJECT);
	}
	json_close(json, JSON_ARRAY);
	json_close(json, JSON_OBJECT);
}

static enum exit_status print(struct many *many)
{
	AUTO(prose_clear) struct prose head = console_prose();

	if (many->audit->options.format == AUDIT_JSON) {
		close_json(many);
		return console_print(&many->json.text, many->status);
	}
	if (audit_summary_add_text(&many->summary, &head) < 0)
		head.text.has_failed = true;
	text_add(&head.text, text_string(&many->body.text));
	if (many->body.text.has_failed)
		head.text.has_failed = true;
	return console_print(&head.text, many->status);
}

enum exit_status audit_many(struct audit *audit)
{
	AUTO(many_clear) struct many many = { .audit = audit, .body = console_prose() };
	struct error err = { 0 };
	int r;

	open_json(&many.json);
	r = audit->options.all_netns ? judge_namespaces(&many, &err) : judge_files(&many);
	if (r > 0)
		return (enum exit_status)(SIGNAL_STATUS + r);
	return r < 0 ? console_fail(r, &err) : print(&many);
}

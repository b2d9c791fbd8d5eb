/* `tcptune status`: what is in force here, by which change, and what drifted since. */
#include "apply/persist.h"
#include "cli/session.h"
#include "plan/fingerprint.h"
#include "report/change_report.h"

#include <errno.h>
#include <time.h>

enum { OPTION_NETNS, OPTION_STATE, OPTION_FORMAT, OPTION_COUNT };

static const struct option_def options[] = {
	[OPTION_NETNS] = { "netns", "NETNS",
			   "of this network namespace: a name of 'ip netns', a path, or pid:N" },
	[OPTION_STATE] = { "state", "FOLDER",
			   "the journal is here and not in /var/lib/tcptune" },
	[OPTION_FORMAT] = { "format", "text|json", "text for people (default), or JSON" },
	[OPTION_COUNT] = { 0 },
};

/* Everything that one status holds. */
struct run {
	struct session session;
	struct layers layers;
	enum profile_state *profiles;
	struct drift_list drift;
	struct persist_file files[PERSIST_FILE_COUNT];
	bool is_json;
};

static void run_clear(struct run *run)
{
	drift_list_clear(&run->drift);
	free(run->profiles);
	layers_clear(&run->layers);
	session_close(&run->session);
}

static int add_profile(char *name, struct fingerprint *fingerprint)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	int r = profile_load(name, &profile, NULL);

	return r < 0 ? r : fingerprint_add(fingerprint, &profile);
}

static enum profile_state judge_profiles(const struct record *record)
{
	auto_free char *names = record->profiles ? strdup(record->profiles) : NULL;
	struct fingerprint fingerprint = { 0 };
	char text[FINGERPRINT_BYTES];
	char *name, *rest = names;

	if (!names || !names[0])
		return PROFILE_NONE;
	while ((name = strsep(&rest, "\n"))) {
		if (add_profile(name, &fingerprint) < 0)
			return PROFILE_LOST;
	}
	fingerprint_text(&fingerprint, text);
	return record->fingerprint && strcmp(text, record->fingerprint) == 0
		       ? PROFILE_SAME
		       : PROFILE_CHANGED;
}

static int judge_all(struct run *run, struct error *err)
{
	const struct sysctl_door door = door_of_kernel(&run->session.kernel);

	if (layers_of(&run->session.list, &run->session.kernel, &run->layers) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	run->profiles = calloc(run->layers.count + 1, sizeof(*run->profiles));
	if (!run->profiles)
		return error_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < run->layers.count; i++)
		run->profiles[i] = judge_profiles(run->layers.records[i]);
	return drift_find(&run->layers, &door, (double)time(NULL), &run->drift, err);
}

/* What was seen now is remembered for the next time, where that can be. */
static void remember(struct run *run)
{
	struct error err = { 0 };

	if (!run->session.has_journal || run->session.journal.is_read_only ||
	    run->layers.count == 0)
		return;
	if (state_lock(&run->session.state, "status", NULL) < 0)
		return;
	if (drift_store(&run->session.journal, &run->layers, &err) < 0)
		console_complain("what was seen is not remembered: %s", err.text);
}

static size_t count_elsewhere(const struct run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->session.list.count; i++) {
		const struct record *record = &run->session.list.records[i];

		count += record_is_active(record) &&
			 record_is_of_boot(record, &run->session.kernel) &&
			 !record_is_of(record, &run->session.kernel);
	}
	return count;
}

static enum exit_status status_of(const struct run *run)
{
	for (size_t i = 0; i < run->layers.count; i++) {
		if (record_is_cut_off(run->layers.records[i]) ||
		    run->layers.records[i]->state == RECORD_PARTLY)
			return STATUS_FOUND;
	}
	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++) {
		if (run->files[i].state != PERSIST_NONE &&
		    run->files[i].state != PERSIST_RIGHT)
			return STATUS_FOUND;
	}
	return run->drift.count > 0 ? STATUS_FOUND : STATUS_FINE;
}

static enum exit_status print(const struct run *run)
{
	struct status_report report = {
		.layers = &run->layers,
		.profiles = run->profiles,
		.drift = &run->drift,
		.elsewhere = count_elsewhere(run),
		.now_ms = deadline_now_ms(),
	};
	AUTO(json_clear) struct json json = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();

	memcpy(report.files, run->files, sizeof(report.files));
	if (run->is_json) {
		status_add_json(&report, &json);
		return console_print(&json.text, status_of(run));
	}
	status_add_text(&report, &prose);
	return console_print(&prose.text, status_of(run));
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(run_clear) struct run run = { .session = SESSION_NONE };
	const struct session_order order = {
		.state_path = arguments_value(arguments, OPTION_STATE),
		.netns = arguments_value(arguments, OPTION_NETNS),
		.command = "status",
	};
	struct error err = { 0 };
	int r = session_read_format(arguments, OPTION_FORMAT, &run.is_json, &err);

	if (r == 0)
		r = session_open(&order, &run.session, &err);
	if (r == 0)
		r = judge_all(&run, &err);
	if (r == 0 && run.session.has_journal)
		r = persist_look(&run.session.journal, run.files, &err);
	if (r < 0)
		return console_fail(r, &err);
	remember(&run);
	return print(&run);
}

const struct command command_status = {
	.name = "status",
	.summary = "Show what tcptune has set here, what waits, and what drifted since",
	.arguments = "",
	.notes =
		"Exit status: 0 all is as it was left; 1 a value drifted, or a change was cut off; 3 could not look.",
	.options = options,
	.run = run,
};

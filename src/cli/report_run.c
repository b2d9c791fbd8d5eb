#include "cli/report_run.h"

#include "cli/console.h"
#include "collect/collect.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

/* A report a week apart from the last one still has a window; a second apart it has none.
 */
enum { LEAST_WINDOW_SECONDS = 1, MOST_WINDOW_SECONDS = 400 * 24 * 60 * 60 };

static void clear_observed(struct report_run *run)
{
	event_list_clear(&run->events);
	tracked_list_clear(&run->findings);
	verdict_clear(&run->verdict);
	if (run->evidence.db)
		evidence_close(&run->evidence);
	run->evidence = (struct evidence){ 0 };
}

void report_run_clear(struct report_run *run)
{
	clear_observed(run);
	history_close(&run->history);
	free(run->problem);
	drift_list_clear(&run->drift);
	layers_clear(&run->layers);
	session_close(&run->session);
	needs_clear(&run->needs);
	profile_stack_clear(&run->stack);
	waivers_clear(&run->waivers);
	rules_clear(&run->rules);
}

/* --- loading ---------------------------------------------------------------------- */

static int load_waivers(struct report_run *run)
{
	struct error err = { 0 };
	int r = waivers_load(WAIVER_FILE, time(NULL), &run->waivers, &err);

	if (r < 0)
		console_complain("waivers are left out: %s", err.text);
	return r == -ENOMEM ? r : 0;
}

int report_load(struct report_run *run, struct error *err)
{
	int r = rules_load(NULL, &run->rules, err);

	for (size_t i = 0; r == 0 && i < run->rules.count; i++) {
		if (run->rules.rules[i].problem)
			console_complain("rule '%s' is left out: %s",
					 run->rules.rules[i].id,
					 run->rules.rules[i].problem);
	}
	if (r == 0)
		r = load_waivers(run);
	if (r == 0)
		r = profile_stack_load(run->options.profiles, run->options.profile_count,
				       &run->stack, err);
	if (r == 0)
		r = rules_add_needs(&run->rules, &run->needs, err);
	if (r == 0)
		r = profile_stack_add_needs(&run->stack, &run->needs, err);
	if (r == 0)
		r = series_add_needs(&run->needs, err);
	needs_finish(&run->needs);
	return r;
}

/* --- opening ---------------------------------------------------------------------- */

/* A folder of dumps has no changes that could be overdue: its journal is only read. */
static int open_root(struct report_run *run, struct error *err)
{
	struct session *session = &run->session;
	int r = kernel_open_folder(run->options.root, &session->kernel, err);

	if (r < 0)
		return r;
	if (state_open(run->options.state_path, false, &session->state, NULL) < 0 ||
	    journal_open(&session->state, false, &session->journal, NULL) < 0)
		return 0;
	session->has_journal = true;
	return journal_load(&session->journal, &session->list, err);
}

int report_open_kernel(struct report_run *run, struct error *err)
{
	const struct session_order order = {
		.state_path = run->options.state_path,
		.netns = run->options.netns,
		.command = "report",
	};
	struct error why = { 0 };
	int r;

	if (run->options.root)
		return open_root(run, err);
	r = session_open(&order, &run->session, &why);
	if (r == 0)
		return 0;
	/* what tcptune did here is not known, but the kernel can be looked at */
	r = session_enter(order.netns, &run->session.kernel, err);
	if (r == 0)
		console_complain("changes are left out: %s", why.text);
	return r;
}

static int use_memory(struct report_run *run, const char *why, struct error *err)
{
	free(run->problem);
	run->problem = strdup(why);
	if (!run->problem)
		return error_set(err, -ENOMEM, "out of memory");
	console_complain("this report has no history: %s", why);
	history_close(&run->history);
	return history_open_memory(&run->history, err);
}

static int open_folder(struct report_run *run, char *ret_path, struct error *err)
{
	AUTO(state_close) struct state state = STATE_NONE;
	int r = state_open(run->options.state_path, true, &state, err);

	if (r == 0 && (size_t)snprintf(ret_path, PATH_MAX, "%s", state.path) >= PATH_MAX)
		r = error_set(err, -ENAMETOOLONG, "the path is too long");
	return r;
}

static int open_history(struct report_run *run, struct error *err)
{
	struct error why = { 0 };
	char path[PATH_MAX];
	int r = open_folder(run, path, &why);

	if (r == 0)
		r = history_open(path, &run->history, &why);
	if (r == -EBUSY)
		return error_set(err, r, "another report is at work: %s", why.text);
	return r < 0 ? report_lose_history(run, r, &why, err) : 0;
}

int report_lose_history(struct report_run *run, int code, const struct error *why,
			struct error *err)
{
	struct error aside = { 0 };
	char name[HISTORY_NAME_BYTES];
	AUTO(text_clear) struct text text = { 0 };

	clear_observed(run);
	history_close(&run->history);
	text_add(&text, why->text);
	if (code == -EUCLEAN) {
		if (history_put_aside(run->options.state_path, name, &aside) == 0)
			text_addf(
				&text,
				"; it is moved aside to '%s', and the next report begins a new one",
				name);
		else
			text_addf(&text, "; %s", aside.text);
	}
	return use_memory(run, text_string(&text), err);
}

int report_open(struct report_run *run, struct error *err)
{
	int r = report_open_kernel(run, err);

	if (r == 0 &&
	    layers_of(&run->session.list, &run->session.kernel, &run->layers) < 0)
		r = error_set(err, -ENOMEM, "out of memory");
	return r < 0 ? r : open_history(run, err);
}

bool report_is_here(const struct report_run *run, const struct record *record)
{
	struct kernel there = { .is_init_netns = record->is_init_netns };

	(void)snprintf(there.netns_name, sizeof(there.netns_name), "%s",
		       record->netns ? record->netns : "");
	return strcmp(history_place_name(&there),
		      history_place_name(&run->session.kernel)) == 0;
}

/* --- looking ---------------------------------------------------------------------- */

static int judge(struct report_run *run, struct error *err)
{
	auto_free struct threshold_override *thresholds = NULL;
	size_t threshold_count = 0;
	int r = profile_stack_thresholds(&run->stack, &thresholds, &threshold_count);

	if (r == 0)
		r = rules_run(&run->rules, &run->evidence, thresholds, threshold_count,
			      &run->waivers, &run->verdict, err);
	if (r == 0)
		r = profile_stack_compare(&run->stack, &run->evidence, NULL, 0, err);
	return r;
}

static int find_drift(struct report_run *run, double now, struct error *err)
{
	const struct sysctl_door door = door_of_kernel(&run->session.kernel);

	drift_list_clear(&run->drift);
	return drift_find(&run->layers, &door, now, &run->drift, err);
}

int report_observe(struct report_run *run, struct error *err)
{
	const struct kernel *kernel = &run->session.kernel;
	int r = last_sample_open(&run->history, kernel, LEAST_WINDOW_SECONDS,
				 MOST_WINDOW_SECONDS, &run->evidence, &run->last, err);

	if (r == 0)
		r = collect_sample(kernel, &run->needs, &run->evidence, err);
	if (r == 0)
		r = judge(run, err);
	if (r == 0)
		r = find_drift(run, run->evidence.taken_now, err);
	if (r == 0)
		r = history_begin_run(&run->history, kernel, run->evidence.taken_now,
				      run->evidence.window_seconds, err);
	if (r == 0)
		r = findings_load(&run->history, &run->findings, err);
	return r;
}

int report_store(struct report_run *run, struct error *err)
{
	int r = series_store(&run->history, &run->evidence, &run->findings, err);

	if (r == 0)
		r = findings_store(&run->history, &run->findings, &run->events, err);
	if (r == 0)
		r = last_sample_store(&run->history, &run->session.kernel, &run->evidence,
				      err);
	return r < 0 ? r : history_retain(&run->history, 0, 0, err);
}

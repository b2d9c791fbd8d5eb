#include "cli/observe.h"

#include "base/parse.h"
#include "cli/boot_evidence.h"
#include "cli/console.h"
#include "cli/session.h"
#include "cli/wait.h"
#include "collect/collect.h"
#include "evidence/evidence_file.h"
#include "history/last_sample.h"

#include <errno.h>

enum { SHORTEST_INTERVAL_MS = 100, LONGEST_INTERVAL_MS = 24 * 60 * 60 * 1000 };

static int read_interval(const struct arguments *arguments, int64_t *ret,
			 struct error *err)
{
	const char *value = arguments_value(arguments, OBSERVE_INTERVAL);
	int64_t ms;

	if (!value)
		return 0;
	if (parse_duration(value, &ms) < 0)
		return error_set(err, -EINVAL,
				 "--interval: '%s' is no time such as 5s or 2m", value);
	if (ms < SHORTEST_INTERVAL_MS || ms > LONGEST_INTERVAL_MS)
		return error_set(err, -EINVAL,
				 "--interval: '%s' is not within 100ms and 24h", value);
	*ret = ms;
	return 0;
}

static int check_together(const struct observe_order *order, struct error *err)
{
	if (order->file &&
	    (order->root_count > 0 || order->netns || order->interval_ms > 0))
		return error_set(
			err, -EINVAL,
			"an evidence file is as it is: --interval, --netns and --root do not go with it");
	if (order->root_count > 0 && order->interval_ms > 0)
		return error_set(
			err, -EINVAL,
			"--interval does not go with --root: give --root a second folder of the same host, taken later");
	if (order->root_count > 0 && order->netns)
		return error_set(err, -EINVAL, "--netns does not go with --root");
	return 0;
}

int observe_options_read(const struct arguments *arguments, const char *file,
			 struct observe_order *ret, struct error *err)
{
	struct observe_order order = { .file = file };
	int r = read_interval(arguments, &order.interval_ms, err);

	order.netns = arguments_value(arguments, OBSERVE_NETNS);
	order.root_count = arguments_values(arguments, OBSERVE_ROOT, order.roots,
					    OBSERVE_MOST_ROOTS);
	if (r == 0 && order.root_count > OBSERVE_MOST_ROOTS)
		r = error_set(err, -EINVAL, "--root may be given %d times",
			      OBSERVE_MOST_ROOTS);
	if (r == 0)
		r = check_together(&order, err);
	if (r == 0)
		*ret = order;
	return r;
}

/*
 * What a report has kept gives rules on changes a window. Where that is not there, not of
 * this boot and namespace, or not to be read, there is none.
 */
static int open_evidence(const struct observe_order *order, struct observation *seen,
			 struct error *err)
{
	AUTO(history_close) struct history history = { 0 };
	int r = order->interval_ms == 0 && order->state_path
			? history_open_reading(order->state_path, &history, NULL)
			: -ENOENT;

	if (r == 0)
		r = last_sample_open(&history, &seen->kernel, LAST_SAMPLE_LEAST_SECONDS,
				     LAST_SAMPLE_MOST_SECONDS, &seen->evidence, NULL,
				     NULL);
	if (r < 0)
		r = evidence_open_memory(&seen->evidence, err);
	seen->has_evidence = r == 0;
	return r;
}

/* Returns: 0, or the number of a signal that asks to stop */
static int observe_live(const struct observe_order *order, const struct needs *needs,
			struct observation *seen, struct error *err)
{
	int r = session_enter(order->netns, &seen->kernel, err);

	if (r == 0)
		r = open_evidence(order, seen, err);
	if (r == 0)
		r = collect_sample(&seen->kernel, needs, &seen->evidence, err);
	if (r < 0 || order->interval_ms == 0)
		return r;
	r = wait_ms(order->interval_ms);
	if (r != 0)
		return r;
	return collect_sample(&seen->kernel, needs, &seen->evidence, err);
}

static int observe_folders(const struct observe_order *order, const struct needs *needs,
			   struct observation *seen, struct error *err)
{
	int opened = evidence_open_memory(&seen->evidence, err);

	seen->has_evidence = opened == 0;
	if (opened < 0)
		return opened;
	for (size_t i = 0; i < order->root_count; i++) {
		int r;

		kernel_close(&seen->kernel);
		r = kernel_open_folder(order->roots[i], &seen->kernel, err);
		if (r == 0)
			r = collect_sample(&seen->kernel, needs, &seen->evidence, err);
		if (r < 0)
			return r;
	}
	if (order->root_count > 1 && seen->evidence.window_seconds < 0)
		console_complain(
			"'%s' is not the same boot as '%s', later: the changes between them are not known",
			order->roots[1], order->roots[0]);
	return 0;
}

static int observe_file(const char *file, struct observation *seen, struct error *err)
{
	int r = evidence_load(file, &seen->evidence, err);

	if (r < 0)
		return r;
	seen->has_evidence = true;
	seen->file = file;
	return evidence_kernel(&seen->evidence, &seen->kernel, err);
}

/* The last folder is the host as it is now. */
static int add_boot(const struct observe_order *order, const struct needs *needs,
		    struct observation *seen, struct error *err)
{
	size_t count = order->root_count;

	if (!needs->tables[TABLE_BOOT_SETTING])
		return 0;
	return boot_evidence_add(&seen->evidence, &seen->kernel,
				 count > 0 ? order->roots[count - 1] : NULL, err);
}

int observe(const struct observe_order *order, const struct needs *needs,
	    struct observation *ret, struct error *err)
{
	int r;

	if (order->file)
		return observe_file(order->file, ret, err);
	r = order->root_count > 0 ? observe_folders(order, needs, ret, err)
				  : observe_live(order, needs, ret, err);
	return r == 0 ? add_boot(order, needs, ret, err) : r;
}

void observation_clear(struct observation *observation)
{
	if (observation->has_evidence)
		evidence_close(&observation->evidence);
	kernel_close(&observation->kernel);
	*observation = (struct observation)OBSERVATION_NONE;
}

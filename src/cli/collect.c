/* `tcptune collect`: look at everything, and put it into a file. */
#include "cli/command.h"
#include "cli/observe.h"
#include "evidence/evidence_file.h"
#include "rules/finding.h"

#include <errno.h>

/* Indexes of the table, after those of observe.h. */
enum {
	OPTION_OUTPUT = OBSERVE_OPTION_COUNT_,
	OPTION_FORCE,
	OPTION_COUNT,
};

static const struct option_def options[] = {
	OBSERVE_OPTIONS,
	[OPTION_OUTPUT] = { "output", "FILE",
			    "the evidence file to write; '-' is the standard output",
			    'o' },
	[OPTION_FORCE] = { "force", NULL,
			   "overwrite also a file that is no evidence file" },
	[OPTION_COUNT] = { 0 },
};

static int read_output(const struct arguments *arguments, const char **ret,
		       struct error *err)
{
	const char *output = arguments_value(arguments, OPTION_OUTPUT);

	if (!output || !*output)
		return error_set(err, -EINVAL,
				 "say where to put the evidence: --output FILE");
	if (strcmp(output, "-") == 0 && isatty(STDOUT_FILENO))
		return error_set(err, -EINVAL,
				 "evidence is binary: it is not written to a terminal");
	*ret = output;
	return 0;
}

/*
 * Everything, and what the rules name besides: keys of one interface, of which it is
 * known then that they do not exist.
 */
static int add_needs(struct needs *needs, struct error *err)
{
	struct rule_list rules = { 0 };
	int r = needs_add_everything(needs, err);

	if (r == 0)
		r = rules_load(NULL, &rules, err);
	if (r == 0)
		r = rules_add_needs(&rules, needs, err);
	rules_clear(&rules);
	needs_finish(needs);
	return r;
}

static int collect(const struct arguments *arguments, struct error *err)
{
	AUTO(needs_clear) struct needs needs = { 0 };
	AUTO(observation_clear) struct observation seen = OBSERVATION_NONE;
	bool force = arguments_has(arguments, OPTION_FORCE);
	struct observe_order order;
	const char *output = NULL;
	int r = observe_options_read(arguments, NULL, &order, err);

	if (r == 0)
		r = read_output(arguments, &output, err);
	/* before the wait, not after it */
	if (r == 0)
		r = evidence_file_check(output, force, err);
	if (r == 0)
		r = add_needs(&needs, err);
	if (r == 0)
		r = observe(&order, &needs, &seen, err);
	return r != 0 ? r : evidence_save(&seen.evidence, output, force, err);
}

static enum exit_status run(const struct arguments *arguments)
{
	struct error err = { 0 };
	int r = collect(arguments, &err);

	if (r > 0)
		return (enum exit_status)(SIGNAL_STATUS + r);
	return r < 0 ? console_fail(r, &err) : STATUS_FINE;
}

const struct command command_collect = {
	.name = "collect",
	.summary = "Put all that can be seen of TCP here into an evidence file",
	.arguments = "",
	.notes =
		"'tcptune audit --evidence FILE' judges it, here or elsewhere; 'tcptune query --evidence FILE' asks it. With --interval it holds what happened in between. It names addresses, ports, programs and settings of this host, never keys; only its owner may read it. A sysctl without an entry in the catalog is not in it. Exit status: 0 done; 2 wrong use, or a file that is left as it is; 3 could not do it.",
	.options = options,
	.run = run,
};

#include "cli/apply_options.h"

#include "base/parse.h"
#include "cli/session.h"

#include <errno.h>

enum {
	SHORTEST_WINDOW_MS = 1000,
	LONGEST_WINDOW_MS = 24 * 60 * 60 * 1000,
	SHORTEST_INTERVAL_MS = 100,
};

/* Indexes of the table. */
enum {
	OPTION_PROFILE,
	OPTION_FIX,
	OPTION_SET,
	OPTION_ONLY,
	OPTION_NETNS,
	OPTION_DRY_RUN,
	OPTION_CONFIRM_WITHIN,
	OPTION_PERSIST,
	OPTION_YES,
	OPTION_IRREVERSIBLE,
	OPTION_INTERVAL,
	OPTION_STATE,
	OPTION_FORMAT,
	OPTION_COUNT,
};

const struct option_def apply_option_defs[] = {
	[OPTION_PROFILE] = { "profile", "PROFILE",
			     "bring about a profile, by name or path; may be given again, later ones win key by key" },
	[OPTION_FIX] = { "fix", "FINDING",
			 "set what a finding of audit says, by its id; may be given again" },
	[OPTION_SET] = { "set", "NAME=VALUE",
			 "a sysctl and its value, or a parameter of the profiles; may be given again" },
	[OPTION_ONLY] = { "only", "GLOB",
			  "of all this only keys that match: 'net.core.*'" },
	[OPTION_NETNS] = { "netns", "NETNS",
			   "in this network namespace: a name of 'ip netns', a path, or pid:N" },
	[OPTION_DRY_RUN] = { "dry-run", NULL,
			     "show the plan and write nothing; exit with 1 when something would change" },
	[OPTION_CONFIRM_WITHIN] = { "confirm-within", "TIME",
				    "put everything back, unless 'tcptune confirm' comes within 1s to 24h" },
	[OPTION_PERSIST] = { "persist", NULL,
			     "keep the values for the next boot, too, in a file of ours below /etc/sysctl.d" },
	[OPTION_YES] = { "yes", NULL, "do not ask" },
	[OPTION_IRREVERSIBLE] = { "irreversible", NULL,
				  "write also what cannot be undone; the plan says what would be lost" },
	[OPTION_INTERVAL] = { "interval", "TIME",
			      "for --fix: look twice, this long apart, as audit does" },
	[OPTION_STATE] = { "state", "FOLDER",
			   "keep the journal here in place of /var/lib/tcptune" },
	[OPTION_FORMAT] = { "format", "text|json", "text for people (default), or JSON" },
	[OPTION_COUNT] = { 0 },
};

_Static_assert((int)OPTION_COUNT <= (int)OPTIONS_MOST,
	       "more options than a command may have");

static int read_list(const struct arguments *arguments, size_t option,
		     const char **values, size_t most, size_t *ret_count,
		     struct error *err)
{
	size_t count = arguments_values(arguments, option, values, most);

	if (count > most)
		return error_set(err, -EINVAL, "--%s may be given %zu times",
				 apply_option_defs[option].name, most);
	*ret_count = count;
	return 0;
}

static int read_time(const struct arguments *arguments, size_t option, int64_t least_ms,
		     int64_t *ret, struct error *err)
{
	const char *value = arguments_value(arguments, option);
	int64_t ms;

	if (!value)
		return 0;
	if (parse_duration(value, &ms) < 0)
		return error_set(err, -EINVAL, "--%s: '%s' is no time such as 5s or 2m",
				 apply_option_defs[option].name, value);
	if (ms < least_ms || ms > LONGEST_WINDOW_MS)
		return error_set(err, -EINVAL, "--%s: '%s' is not within %.3gs and 24h",
				 apply_option_defs[option].name, value,
				 (double)least_ms / 1000);
	*ret = ms;
	return 0;
}

/* Parameters are words without dots and slashes; sysctls have one or the other. */
static bool is_key(const char *set)
{
	size_t length = strcspn(set, "=");

	return strcspn(set, "./") < length;
}

static int add_parameter(struct apply_options *options, const char *set,
			 struct error *err)
{
	const char *equals = strchr(set, '=');
	struct profile_parameter *row = &options->parameters[options->parameter_count];

	if (!equals || equals == set || equals[1] == '\0')
		return error_set(err, -EINVAL, "--set: '%s' is not NAME=VALUE", set);
	options->parameter_count++;
	row->name = strndup(set, (size_t)(equals - set));
	row->value = strdup(equals + 1);
	return row->name && row->value ? 0 : error_set(err, -ENOMEM, "out of memory");
}

/* Sort the uses of --set into sysctls and parameters. */
static int read_sets(const struct arguments *arguments, struct apply_options *options,
		     struct error *err)
{
	const char *sets[APPLY_MOST_SETS];
	size_t count = 0;
	int r = read_list(arguments, OPTION_SET, sets, APPLY_MOST_SETS, &count, err);

	options->parameters = calloc(count + 1, sizeof(*options->parameters));
	if (!options->parameters)
		return error_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (is_key(sets[i]))
			options->key_sets[options->key_set_count++] = sets[i];
		else
			r = add_parameter(options, sets[i], err);
	}
	return r;
}

static int check_together(const struct apply_options *options, struct error *err)
{
	if (options->profile_count + options->fix_count + options->key_set_count == 0)
		return error_set(
			err, -EINVAL,
			"nothing to apply: give --profile, --fix or --set KEY=VALUE");
	if (options->parameter_count > 0 && options->profile_count == 0)
		return error_set(err, -EINVAL, "--set %s: a parameter needs a --profile",
				 options->parameters[0].name);
	if (options->persists && options->window_ms > 0)
		return error_set(
			err, -EINVAL,
			"--persist does not go with --confirm-within: nothing is kept for the next boot before it is confirmed; 'tcptune persist' does that then");
	if (options->persists && options->netns)
		return error_set(
			err, -EINVAL,
			"--persist does not go with --netns: the next boot sets no other network namespace");
	if (options->window_ms > 0 && options->allows_irreversible)
		return error_set(
			err, -EINVAL,
			"--confirm-within does not go with --irreversible: what cannot be undone cannot be put back");
	return 0;
}

int apply_options_read(const struct arguments *arguments, struct apply_options *ret,
		       struct error *err)
{
	AUTO(apply_options_clear)
	struct apply_options options = {
		.only = arguments_value(arguments, OPTION_ONLY),
		.netns = arguments_value(arguments, OPTION_NETNS),
		.state_path = arguments_value(arguments, OPTION_STATE),
		.is_dry_run = arguments_has(arguments, OPTION_DRY_RUN),
		.persists = arguments_has(arguments, OPTION_PERSIST),
		.is_yes = arguments_has(arguments, OPTION_YES),
		.allows_irreversible = arguments_has(arguments, OPTION_IRREVERSIBLE),
	};
	int r = session_read_format(arguments, OPTION_FORMAT, &options.is_json, err);

	if (r == 0)
		r = read_list(arguments, OPTION_PROFILE, options.profiles,
			      APPLY_MOST_PROFILES, &options.profile_count, err);
	if (r == 0)
		r = read_list(arguments, OPTION_FIX, options.fixes, APPLY_MOST_FIXES,
			      &options.fix_count, err);
	if (r == 0)
		r = read_sets(arguments, &options, err);
	if (r == 0)
		r = read_time(arguments, OPTION_CONFIRM_WITHIN, SHORTEST_WINDOW_MS,
			      &options.window_ms, err);
	if (r == 0)
		r = read_time(arguments, OPTION_INTERVAL, SHORTEST_INTERVAL_MS,
			      &options.interval_ms, err);
	if (r == 0)
		r = check_together(&options, err);
	if (r < 0)
		return r;
	*ret = options;
	options = (struct apply_options){ 0 };
	return 0;
}

void apply_options_clear(struct apply_options *options)
{
	for (size_t i = 0; i < options->parameter_count; i++) {
		free(options->parameters[i].name);
		free(options->parameters[i].value);
	}
	free(options->parameters);
	*options = (struct apply_options){ 0 };
}

#include "cli/report_options.h"

#include "apply/state.h"
#include "base/parse.h"

#include <errno.h>

enum { LONGEST_DAYS = 3660 };
#define MS_A_DAY INT64_C(86400000)

enum {
	OPTION_STATE,
	OPTION_NETNS,
	OPTION_PROFILE,
	OPTION_FORMAT,
	OPTION_ALWAYS,
	OPTION_FAIL_ON,
	OPTION_SINCE,
	OPTION_PROMETHEUS,
	OPTION_HTML,
	OPTION_APPLIED,
	OPTION_ROOT,
	OPTION_COUNT,
};

const struct option_def report_option_defs[] = {
	[OPTION_STATE] = { "state", "FOLDER",
			   "history and journal are here and not in " STATE_FOLDER },
	[OPTION_NETNS] = { "netns", "NETNS",
			   "look at this network namespace: a name of 'ip netns', a path, or pid:N" },
	[OPTION_PROFILE] = { "profile", "PROFILE",
			     "also tell when keys no longer are as a profile wants them; may be given again" },
	[OPTION_FORMAT] = { "format", "text|json|markdown",
			    "text for people (default), JSON, or Markdown" },
	[OPTION_ALWAYS] = { "always", NULL,
			    "speak even when nothing is new, and show all open findings" },
	[OPTION_FAIL_ON] = { "fail-on", "LEVEL",
			     "exit with 1 while a finding of this severity is open: critical, warning, info, or never (default)" },
	[OPTION_SINCE] = { "since", "TIME",
			   "only look at what the history holds of this time (7d): nothing is read or stored" },
	[OPTION_PROMETHEUS] = { "prometheus", "FILE",
				"write metrics for node_exporter's textfile collector, which reads FOLDER/NAME.prom" },
	[OPTION_HTML] = { "html", "FILE",
			  "write one page with the state, the findings and charts of 7 days or of --since" },
	[OPTION_APPLIED] = { "applied", "ID",
			     "only say whether a change of 'tcptune history' helped, from the reports before and after it" },
	[OPTION_ROOT] = { "root", "FOLDER",
			  "read FOLDER/proc/net and FOLDER/proc/sys instead of this kernel; FOLDER/taken says when they were" },
	[OPTION_COUNT] = { 0 },
};

static int read_word(const struct arguments *arguments, size_t option,
		     const char *const *words, size_t count, size_t *ret,
		     struct error *err)
{
	const char *value = arguments_value(arguments, option);

	for (size_t i = 0; value && i < count; i++) {
		if (strcmp(words[i], value) == 0) {
			*ret = i;
			return 0;
		}
	}
	return value ? error_set(err, -EINVAL, "--%s knows no '%s'",
				 report_option_defs[option].name, value)
		     : 0;
}

static int read_words(const struct arguments *arguments, struct report_options *options,
		      struct error *err)
{
	static const char *const formats[] = {
		[REPORT_TEXT] = "text",
		[REPORT_JSON] = "json",
		[REPORT_MARKDOWN] = "markdown",
	};
	static const char *const levels[] = {
		[FAIL_ON_INFO] = "info",
		[FAIL_ON_WARNING] = "warning",
		[FAIL_ON_CRITICAL] = "critical",
		[FAIL_ON_NEVER] = "never",
	};
	size_t format = REPORT_TEXT, fail_on = FAIL_ON_NEVER;
	int r = read_word(arguments, OPTION_FORMAT, formats, ARRAY_SIZE(formats), &format,
			  err);

	if (r == 0)
		r = read_word(arguments, OPTION_FAIL_ON, levels, ARRAY_SIZE(levels),
			      &fail_on, err);
	options->format = (enum report_format)format;
	options->fail_on = (enum fail_on)fail_on;
	return r;
}

static int read_since(const struct arguments *arguments, int64_t *ret, struct error *err)
{
	const char *value = arguments_value(arguments, OPTION_SINCE);
	int64_t ms;

	if (!value)
		return 0;
	if (parse_duration(value, &ms) < 0)
		return error_set(err, -EINVAL,
				 "--since: '%s' is no time such as 7d or 12h", value);
	if (ms < 1000 || ms > LONGEST_DAYS * MS_A_DAY)
		return error_set(err, -EINVAL, "--since: '%s' is not within 1s and %dd",
				 value, LONGEST_DAYS);
	*ret = ms;
	return 0;
}

static int read_profiles(const struct arguments *arguments,
			 struct report_options *options, struct error *err)
{
	options->profile_count = arguments_values(
		arguments, OPTION_PROFILE, options->profiles, REPORT_MOST_PROFILES);
	if (options->profile_count > REPORT_MOST_PROFILES)
		return error_set(err, -EINVAL, "--profile may be given %d times",
				 REPORT_MOST_PROFILES);
	return 0;
}

int report_options_read(const struct arguments *arguments, struct report_options *ret,
			struct error *err)
{
	struct report_options options = {
		.state_path = arguments_value(arguments, OPTION_STATE),
		.netns = arguments_value(arguments, OPTION_NETNS),
		.root = arguments_value(arguments, OPTION_ROOT),
		.prometheus = arguments_value(arguments, OPTION_PROMETHEUS),
		.html = arguments_value(arguments, OPTION_HTML),
		.applied = arguments_value(arguments, OPTION_APPLIED),
		.always = arguments_has(arguments, OPTION_ALWAYS),
	};
	int r = read_words(arguments, &options, err);

	if (r == 0)
		r = read_since(arguments, &options.since_ms, err);
	if (r == 0)
		r = read_profiles(arguments, &options, err);
	if (r < 0)
		return r;
	if (options.root && options.netns)
		return error_set(err, -EINVAL, "--netns does not go with --root");
	if (options.applied && (options.since_ms || options.prometheus || options.html ||
				options.format == REPORT_MARKDOWN))
		return error_set(
			err, -EINVAL,
			"--applied goes with --state, --netns and --format text or json only");
	if (options.prometheus && options.since_ms)
		return error_set(err, -EINVAL, "--prometheus does not go with --since");
	if (!options.state_path)
		options.state_path = STATE_FOLDER;
	*ret = options;
	return 0;
}

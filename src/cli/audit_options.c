#include "cli/audit_options.h"

#include "base/nearest.h"
#include "base/parse.h"

#include <errno.h>

#define STATE_DEFAULT "/var/lib/tcptune"

enum { SHORTEST_INTERVAL_MS = 100, LONGEST_INTERVAL_MS = 24 * 60 * 60 * 1000 };

/* Indexes of the table. */
enum {
	OPTION_PROFILE,
	OPTION_SET,
	OPTION_INTERVAL,
	OPTION_QUICK,
	OPTION_NETNS,
	OPTION_FORMAT,
	OPTION_FAIL_ON,
	OPTION_ALL,
	OPTION_ROOT,
	OPTION_STATE,
	OPTION_COUNT,
};

const struct option_def audit_option_defs[] = {
	[OPTION_PROFILE] = { "profile", "PROFILE",
			     "compare with a profile, by name or path; may be given again, later ones win key by key" },
	[OPTION_SET] = { "set", "NAME=VALUE",
			 "a parameter of the profiles; may be given again" },
	[OPTION_INTERVAL] = { "interval", "TIME",
			      "look twice, this long apart (100ms to 24h), and judge what happened in between" },
	[OPTION_QUICK] = { "quick", NULL,
			   "with very many connections: look at listeners and sockets that open or close, and count the others by gauges" },
	[OPTION_NETNS] = { "netns", "NETNS",
			   "look at this network namespace: a name of 'ip netns', a path, or pid:N" },
	[OPTION_FORMAT] = { "format", "text|json", "text for people (default), or JSON" },
	[OPTION_FAIL_ON] = { "fail-on", "LEVEL",
			     "exit with 1 from this severity on: critical, warning (default), info, or never" },
	[OPTION_ALL] = { "all", NULL,
			 "leave nothing out: rows that are as wanted, history, rules that cannot tell" },
	[OPTION_ROOT] = { "root", "FOLDER",
			  "read FOLDER/proc/net and FOLDER/proc/sys instead of this kernel; a second time: the same host later" },
	[OPTION_STATE] = { "state", "FOLDER",
			   "the history that changes are counted from, where 'tcptune report' keeps one, is here and not in " STATE_DEFAULT },
	[OPTION_COUNT] = { 0 },
};

static const char *const format_names[] = {
	[AUDIT_TEXT] = "text",
	[AUDIT_JSON] = "json",
};

static const char *const fail_on_names[] = {
	[FAIL_ON_INFO] = "info",
	[FAIL_ON_WARNING] = "warning",
	[FAIL_ON_CRITICAL] = "critical",
	[FAIL_ON_NEVER] = "never",
};

/* The index of a word in a list; `otherwise` when the option was not given. */
static int read_word(const struct arguments *arguments, size_t option,
		     const char *const *words, size_t count, size_t otherwise,
		     size_t *ret, struct error *err)
{
	const char *value = arguments_value(arguments, option);
	struct nearest nearest = { .word = value };

	if (!value) {
		*ret = otherwise;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i], value) == 0) {
			*ret = i;
			return 0;
		}
		nearest_offer(&nearest, words[i]);
	}
	return error_set(err, -EINVAL, "--%s knows no '%s'%s%s%s",
			 audit_option_defs[option].name, value,
			 nearest.name ? "; the nearest is '" : "",
			 nearest.name ? nearest.name : "", nearest.name ? "'" : "");
}

static int read_list(const struct arguments *arguments, size_t option,
		     const char **values, size_t most, size_t *ret_count,
		     struct error *err)
{
	size_t count = arguments_values(arguments, option, values, most);

	if (count > most)
		return error_set(err, -EINVAL, "--%s may be given %zu times",
				 audit_option_defs[option].name, most);
	*ret_count = count;
	return 0;
}

static int read_interval(const struct arguments *arguments, int64_t *ret,
			 struct error *err)
{
	const char *value = arguments_value(arguments, OPTION_INTERVAL);
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

static int read_set(const char *text, struct profile_parameter *ret, struct error *err)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text || equals[1] == '\0')
		return error_set(err, -EINVAL, "--set: '%s' is not NAME=VALUE", text);
	ret->name = strndup(text, (size_t)(equals - text));
	ret->value = strdup(equals + 1);
	return ret->name && ret->value ? 0 : error_set(err, -ENOMEM, "out of memory");
}

static int read_sets(const struct arguments *arguments, struct audit_options *options,
		     struct error *err)
{
	const char *values[AUDIT_MOST_SETS];
	size_t count = 0;
	int r = read_list(arguments, OPTION_SET, values, AUDIT_MOST_SETS, &count, err);

	for (size_t i = 0; r == 0 && i < count; i++) {
		options->set_count++;
		r = read_set(values[i], &options->sets[i], err);
	}
	return r;
}

static int read_words(const struct arguments *arguments, struct audit_options *options,
		      struct error *err)
{
	size_t format = AUDIT_TEXT, fail_on = FAIL_ON_WARNING;
	int r = read_word(arguments, OPTION_FORMAT, format_names,
			  ARRAY_SIZE(format_names), AUDIT_TEXT, &format, err);

	if (r == 0)
		r = read_word(arguments, OPTION_FAIL_ON, fail_on_names,
			      ARRAY_SIZE(fail_on_names), FAIL_ON_WARNING, &fail_on, err);
	options->format = (enum audit_format)format;
	options->fail_on = (enum fail_on)fail_on;
	return r;
}

static int check_together(const struct audit_options *options, struct error *err)
{
	if (options->root_count > 0 && options->interval_ms > 0)
		return error_set(
			err, -EINVAL,
			"--interval does not go with --root: give --root a second folder of the same host, taken later");
	if (options->root_count > 0 && options->netns)
		return error_set(err, -EINVAL, "--netns does not go with --root");
	if (options->set_count > 0 && options->profile_count == 0)
		return error_set(err, -EINVAL, "--set needs a --profile");
	return 0;
}

int audit_options_read(const struct arguments *arguments, struct audit_options *ret,
		       struct error *err)
{
	AUTO(audit_options_clear) struct audit_options options = { 0 };
	int r = read_words(arguments, &options, err);

	if (r == 0)
		r = read_list(arguments, OPTION_PROFILE, options.profiles,
			      AUDIT_MOST_PROFILES, &options.profile_count, err);
	if (r == 0)
		r = read_list(arguments, OPTION_ROOT, options.roots, AUDIT_MOST_ROOTS,
			      &options.root_count, err);
	if (r == 0)
		r = read_interval(arguments, &options.interval_ms, err);
	if (r == 0)
		r = read_sets(arguments, &options, err);
	options.netns = arguments_value(arguments, OPTION_NETNS);
	options.state_path = arguments_value(arguments, OPTION_STATE);
	if (!options.state_path)
		options.state_path = STATE_DEFAULT;
	options.show_all = arguments_has(arguments, OPTION_ALL);
	options.is_quick = arguments_has(arguments, OPTION_QUICK);
	if (r == 0)
		r = check_together(&options, err);
	if (r < 0)
		return r;
	*ret = options;
	options = (struct audit_options){ 0 };
	return 0;
}

void audit_options_clear(struct audit_options *options)
{
	for (size_t i = 0; i < options->set_count; i++) {
		free(options->sets[i].name);
		free(options->sets[i].value);
	}
	*options = (struct audit_options){ 0 };
}

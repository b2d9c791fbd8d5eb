#include "cli/audit_options.h"

#include "base/nearest.h"

#include <errno.h>

#define STATE_DEFAULT "/var/lib/tcptune"

/* Indexes of the table, after those of observe.h. */
enum {
	OPTION_EVIDENCE = OBSERVE_OPTION_COUNT_,
	OPTION_ALL_NETNS,
	OPTION_SAVE,
	OPTION_PROFILE,
	OPTION_SET,
	OPTION_QUICK,
	OPTION_FORMAT,
	OPTION_FAIL_ON,
	OPTION_ALL,
	OPTION_STATE,
	OPTION_COUNT,
};

const struct option_def audit_option_defs[] = {
	OBSERVE_OPTIONS,
	[OPTION_EVIDENCE] = { "evidence", "FILE",
			      "judge a file of 'tcptune collect' instead of this kernel; '-' is the standard input; given again, one report of all" },
	[OPTION_ALL_NETNS] = { "all-netns", NULL,
			       "look at every network namespace: this one, those of 'ip netns' and of processes" },
	[OPTION_SAVE] = { "save", "FILE",
			  "look at everything, and keep what was judged as an evidence file" },
	[OPTION_PROFILE] = { "profile", "PROFILE",
			     "compare with a profile, by name or path; may be given again, later ones win key by key" },
	[OPTION_SET] = { "set", "NAME=VALUE",
			 "a parameter of the profiles; may be given again" },
	[OPTION_QUICK] = { "quick", NULL,
			   "with very many connections: look at listeners and sockets that open or close, and count the others by gauges" },
	[OPTION_FORMAT] = { "format", "text|json", "text for people (default), or JSON" },
	[OPTION_FAIL_ON] = { "fail-on", "LEVEL",
			     "exit with 1 from this severity on: critical, warning (default), info, or never" },
	[OPTION_ALL] = { "all", NULL,
			 "leave nothing out: rows that are as wanted, history, rules that cannot tell" },
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

static int check_many(const struct audit_options *options, bool saves, struct error *err)
{
	if (options->all_netns && (options->order.netns ||
				   options->order.root_count > 0 || options->order.file))
		return error_set(
			err, -EINVAL,
			"--all-netns does not go with --netns, --root or --evidence");
	if (options->all_netns && saves)
		return error_set(
			err, -EINVAL,
			"--save keeps one namespace: it does not go with --all-netns");
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
		r = observe_options_read(arguments,
					 arguments_value(arguments, OPTION_EVIDENCE),
					 &options.order, err);
	if (r == 0)
		r = read_sets(arguments, &options, err);
	options.order.state_path = arguments_value(arguments, OPTION_STATE);
	if (!options.order.state_path)
		options.order.state_path = STATE_DEFAULT;
	options.all_netns = arguments_has(arguments, OPTION_ALL_NETNS);
	options.is_quick = arguments_has(arguments, OPTION_QUICK);
	if (r == 0)
		r = read_list(arguments, OPTION_EVIDENCE, options.files, AUDIT_MOST_FILES,
			      &options.file_count, err);
	if (r == 0)
		r = check_many(&options, arguments_has(arguments, OPTION_SAVE), err);
	options.save = arguments_value(arguments, OPTION_SAVE);
	if (r == 0 && options.save && options.order.file)
		r = error_set(err, -EINVAL, "--save does not go with --evidence");
	if (r == 0 && options.save && strcmp(options.save, "-") == 0)
		r = error_set(
			err, -EINVAL,
			"--save needs a file: the report is on the standard output");
	options.show_all = arguments_has(arguments, OPTION_ALL);
	if (r == 0 && options.set_count > 0 && options.profile_count == 0)
		r = error_set(err, -EINVAL, "--set needs a --profile");
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

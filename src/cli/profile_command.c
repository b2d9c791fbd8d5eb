/* `tcptune profile`: which profiles there are, what is in them, are they sound. */
#include "cli/command.h"
#include "report/profile_text.h"

#include <errno.h>
#include <limits.h>

enum { OPTION_FLAT, OPTION_COUNT };

static const struct option_def options[] = {
	[OPTION_FLAT] = { "flat", NULL,
			  "of show: as one file, with everything that it inherits" },
	[OPTION_COUNT] = { 0 },
};

/* Returns the status: a profile that does not load is named, and the rest is listed. */
static enum exit_status list_one(const char *name, struct prose *prose)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	struct error err = { 0 };
	int r = profile_load(name, &profile, &err);

	if (r < 0)
		return console_fail(r, &err);
	prose_add(prose, (struct indent){ 0, 20 }, STYLE_STRONG, name,
		  profile.summary ? profile.summary : "");
	return STATUS_FINE;
}

static enum exit_status list(const struct arguments *arguments, char *const *operands,
			     size_t operand_count)
{
	AUTO(profile_names_clear) struct profile_names names = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();
	enum exit_status status = STATUS_FINE;
	struct error err = { 0 };
	int r = profile_names_load(&names, &err);

	(void)arguments;
	(void)operands;
	(void)operand_count;
	if (r < 0)
		return console_fail(r, &err);
	for (size_t i = 0; i < names.count; i++) {
		enum exit_status one = list_one(names.names[i], &prose);

		status = one != STATUS_FINE ? one : status;
	}
	return console_print(&prose.text, status);
}

static enum exit_status show(const struct arguments *arguments, char *const *operands,
			     size_t operand_count)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();
	struct error err = { 0 };
	int r = profile_load(operands[0], &profile, &err);

	(void)operand_count;
	if (r == 0 && arguments_has(arguments, OPTION_FLAT))
		profile_add_flat(&profile, &prose.text);
	else if (r == 0)
		r = profile_add_text(&profile, &prose, &err);
	return r < 0 ? console_fail(r, &err) : console_print(&prose.text, STATUS_FINE);
}

/* An expression is SQL: an evidence without rows tells whether it can be run. */
static int check_expressions(const struct profile *profile, struct error *err)
{
	AUTO(comparison_list_clear) struct comparison_list comparisons = { 0 };
	const struct sample nothing = { .page_bytes = 4096 };
	auto_free char *why = NULL;
	struct evidence evidence;
	int r = evidence_open_memory(&evidence, err);

	if (r < 0)
		return r;
	r = evidence_begin_sample(&evidence, &nothing, err);
	if (r == 0)
		r = evidence_end_sample(&evidence, err);
	if (r == 0)
		r = profile_compare(profile, &evidence, NULL, 0, &comparisons, err);
	if (r == 0)
		r = profile_recommend(profile, &evidence, &why, err);
	evidence_close(&evidence);
	return r;
}

/* A file name without a slash would be taken for the name of a profile. */
static int load_file(const char *file, struct profile *ret, struct error *err)
{
	char path[PATH_MAX];
	int length =
		snprintf(path, sizeof(path), "%s%s", strchr(file, '/') ? "" : "./", file);

	if (length < 0 || (size_t)length >= sizeof(path))
		return error_set(err, -EINVAL, "'%.40s...' is too long for a path", file);
	return profile_load(path, ret, err);
}

static enum exit_status check_one(const char *file)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	struct error err = { 0 };
	int r = load_file(file, &profile, &err);

	if (r == 0)
		r = check_expressions(&profile, &err);
	return r < 0 ? console_fail(r, &err) : STATUS_FINE;
}

static enum exit_status check(const struct arguments *arguments, char *const *operands,
			      size_t operand_count)
{
	enum exit_status status = STATUS_FINE;

	(void)arguments;
	for (size_t i = 0; i < operand_count; i++) {
		enum exit_status one = check_one(operands[i]);

		status = one != STATUS_FINE ? one : status;
	}
	return status;
}

static const struct action actions[] = {
	{ "list", 0, 0, list },
	{ "show", 1, 1, show },
	{ "check", 1, SIZE_MAX, check },
};

static enum exit_status run(const struct arguments *arguments)
{
	return action_run(actions, ARRAY_SIZE(actions), arguments);
}

const struct command command_profile = {
	.name = "profile",
	.summary = "List the profiles, show one, or check profile files",
	.arguments = "list | show NAME | check FILE...",
	.options = options,
	.run = run,
};

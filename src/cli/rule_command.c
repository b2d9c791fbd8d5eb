/* `tcptune rule`: which rules there are, what is in them, are they sound. */
#include "base/file.h"
#include "cli/command.h"
#include "report/explain.h"
#include "rules/rule_check.h"

#include <errno.h>
#include <fcntl.h>

static const struct option_def options[] = { { 0 } };

static enum exit_status list(const struct arguments *arguments, char *const *operands,
			     size_t operand_count)
{
	AUTO(rules_clear) struct rule_list rules = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();
	struct error err = { 0 };
	int r = rules_load(NULL, &rules, &err);

	(void)arguments;
	(void)operands;
	(void)operand_count;
	if (r < 0)
		return console_fail(r, &err);
	for (size_t i = 0; i < rules.count; i++) {
		const struct rule *rule = &rules.rules[i];

		prose_addf(&prose, (struct indent){ 0, 32 }, STYLE_STRONG, rule->id,
			   rule->problem ? "broken: %s%s" : "%s, remedy: %s",
			   rule->problem ? rule->problem : severity_text(rule->severity),
			   rule->problem ? "" : remedy_text(rule->remedy));
	}
	return console_print(&prose.text, STATUS_FINE);
}

static enum exit_status show(const struct arguments *arguments, char *const *operands,
			     size_t operand_count)
{
	AUTO(rules_clear) struct rule_list rules = { 0 };
	AUTO(prose_clear) struct prose prose = console_prose();
	struct error err = { 0 };
	const struct rule *rule;
	int r = rules_load(NULL, &rules, &err);

	(void)arguments;
	(void)operand_count;
	if (r < 0)
		return console_fail(r, &err);
	rule = rules_find(&rules, operands[0]);
	if (!rule) {
		console_complain("there is no rule '%s'; 'rule list' has them all",
				 operands[0]);
		return STATUS_USAGE;
	}
	explain_rule(rule, true, &prose);
	return console_print(&prose.text, STATUS_FINE);
}

/* An evidence with one sample and no rows: enough to prepare every query. */
static int open_empty_evidence(struct evidence *ret, struct error *err)
{
	const struct sample nothing = { .page_bytes = 4096 };
	struct evidence evidence;
	int r = evidence_open_memory(&evidence, err);

	if (r < 0)
		return r;
	r = evidence_begin_sample(&evidence, &nothing, err);
	if (r == 0)
		r = evidence_end_sample(&evidence, err);
	if (r < 0)
		evidence_close(&evidence);
	else
		*ret = evidence;
	return r;
}

static enum exit_status check_rule(const struct rule *rule, struct evidence *evidence)
{
	struct error err = { 0 };
	int r = rule_check(rule, evidence, &err);

	return r < 0 ? console_fail(r, &err) : STATUS_FINE;
}

static enum exit_status check_installed(struct evidence *evidence)
{
	AUTO(rules_clear) struct rule_list rules = { 0 };
	enum exit_status status = STATUS_FINE;
	struct error err = { 0 };
	int r = rules_load(NULL, &rules, &err);

	if (r < 0)
		return console_fail(r, &err);
	for (size_t i = 0; i < rules.count; i++) {
		enum exit_status one = check_rule(&rules.rules[i], evidence);

		status = one != STATUS_FINE ? one : status;
	}
	return status;
}

/* "accept-queue-program" of "rules/accept-queue-program.sql"; the caller frees it. */
static char *id_of_file(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	const char *dot = strrchr(name, '.');

	return strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

static int load_file(const char *file, struct rule *ret, struct error *err)
{
	AUTO(text_clear) struct text data = { 0 };
	auto_free char *id = id_of_file(file);
	int r = file_read(AT_FDCWD, file, RULE_MOST_BYTES, &data);

	if (r < 0)
		return error_set(err, r, "cannot read '%s': %s", file, strerror(-r));
	if (!id)
		return error_set(err, -ENOMEM, "out of memory");
	return rule_parse(id, file, text_string(&data), data.length, ret, err);
}

static enum exit_status check_file(const char *file, struct evidence *evidence)
{
	AUTO(rule_clear) struct rule rule = { 0 };
	struct error err = { 0 };
	int r = load_file(file, &rule, &err);

	return r < 0 ? console_fail(r, &err) : check_rule(&rule, evidence);
}

static enum exit_status check(const struct arguments *arguments, char *const *operands,
			      size_t operand_count)
{
	enum exit_status status = STATUS_FINE;
	struct evidence evidence;
	struct error err = { 0 };
	int r = open_empty_evidence(&evidence, &err);

	(void)arguments;
	if (r < 0)
		return console_fail(r, &err);
	if (operand_count == 0)
		status = check_installed(&evidence);
	for (size_t i = 0; i < operand_count; i++) {
		enum exit_status one = check_file(operands[i], &evidence);

		status = one != STATUS_FINE ? one : status;
	}
	evidence_close(&evidence);
	return status;
}

static const struct action actions[] = {
	{ "list", 0, 0, list },
	{ "show", 1, 1, show },
	{ "check", 0, SIZE_MAX, check },
};

static enum exit_status run(const struct arguments *arguments)
{
	return action_run(actions, ARRAY_SIZE(actions), arguments);
}

const struct command command_rule = {
	.name = "rule",
	.summary = "List the rules, show one, or check rule files",
	.arguments = "list | show ID | check [FILE...]",
	.notes = "check without a file checks every rule that audit would use.",
	.options = options,
	.run = run,
};

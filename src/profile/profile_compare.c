/* A profile against the latest sample: what each key is, and what it would become. */
#include "base/text.h"
#include "catalog/sysctl.h"
#include "profile/profile_parts.h"
#include "profile/wanted.h"

#include <errno.h>

/* What the comparison of each key needs to know. release: 0 when not known. */
struct compare {
	struct evidence *evidence;
	struct parameter_set parameters;
	sqlite3_stmt *lookup;
	uint32_t release;
	bool is_init_netns;
};

static void compare_clear(struct compare *compare)
{
	database_finalize(&compare->lookup);
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

static bool has_parameter(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->parameter_count; i++)
		if (strcmp(profile->parameters[i].name, name) == 0)
			return true;
	return false;
}

static int check_overrides(const struct parameter_set *parameters, struct error *err)
{
	for (size_t i = 0; i < parameters->override_count; i++)
		if (!has_parameter(parameters->profile, parameters->overrides[i].name))
			return error_set(
				err, -EINVAL, "profile '%s' has no parameter '%s'",
				parameters->profile->name, parameters->overrides[i].name);
	return 0;
}

static int compare_init(struct compare *compare, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *sample = NULL;
	const char *release;
	int code = check_overrides(&compare->parameters, err);

	if (code == 0)
		code = database_prepare(compare->evidence->db,
					"SELECT release, is_init_netns FROM sample "
					"WHERE id = (SELECT now FROM window)",
					&sample, err);
	if (code == 0)
		code = database_prepare(compare->evidence->db,
					"SELECT value, reason FROM sysctl WHERE key = ? "
					"AND sample = (SELECT now FROM window)",
					&compare->lookup, err);
	if (code < 0 || sqlite3_step(sample) != SQLITE_ROW)
		return code;
	release = (const char *)sqlite3_column_text(sample, 0);
	if (!release || release_parse(release, &compare->release) < 0)
		compare->release = 0;
	compare->is_init_netns = sqlite3_column_int(sample, 1);
	return 0;
}

/* Why a key is not here, as well as the catalog and the sample tell. */
static char *explain_absence(const struct compare *compare, const struct sysctl_def *def)
{
	AUTO(text_clear) struct text text = { 0 };
	char span[48];

	release_span_text(def->kind == KIND_REMOVED ? &def->removed : &def->since, span,
			  sizeof(span));
	if (def->kind == KIND_REMOVED)
		text_addf(&text, "removed: %s", span);
	else if (def->scope == SCOPE_INIT_ONLY && !compare->is_init_netns)
		text_add(&text, "only in the initial network namespace");
	else if (def->scope == SCOPE_GLOBAL && !compare->is_init_netns)
		text_add(&text, "one for the machine, and not shown in this namespace");
	else if (compare->release &&
		 release_compare(&def->since, compare->release) == RELEASE_BEFORE)
		text_addf(&text, "newer than this kernel (since: %s)", span);
	else if (def->module)
		text_addf(&text, "needs the kernel module '%s'", def->module);
	else if (def->kind == KIND_VENDOR)
		text_add(&text, "only in the kernels of some vendors");
	else
		text_add(&text, "not in this kernel");
	return TAKE(text.data);
}

static int set_verdict(struct comparison *row, enum wanted_verdict verdict,
		       const char *reason, struct error *err)
{
	row->verdict = verdict;
	row->reason = strdup(reason);
	return row->reason ? 0 : no_memory(err);
}

/*
 * The live value of the row. Without one the verdict and the reason are set; collectors
 * begin the reason of a key that is not there with the word of SOURCE_ABSENT.
 */
static int find_live(const struct compare *compare, const struct sysctl_def *def,
		     struct comparison *row, struct error *err)
{
	const char *absent = source_state_text(SOURCE_ABSENT);
	const char *value = NULL, *reason = NULL;
	bool is_found;
	int code = 0;

	sqlite3_bind_text(compare->lookup, 1, row->wanted->key, -1, SQLITE_STATIC);
	is_found = sqlite3_step(compare->lookup) == SQLITE_ROW;
	if (is_found) {
		value = (const char *)sqlite3_column_text(compare->lookup, 0);
		reason = (const char *)sqlite3_column_text(compare->lookup, 1);
	}
	if (value) {
		row->live = strdup(value);
		code = row->live ? 0 : no_memory(err);
		for (char *c = row->live; c && *c; c++)
			if (*c == '\t') /* how the kernel prints vectors */
				*c = ' ';
	} else if (reason && strncmp(reason, absent, strlen(absent)) == 0) {
		row->verdict = VERDICT_NOT_HERE;
		row->reason = explain_absence(compare, def);
		code = row->reason ? 0 : no_memory(err);
	} else {
		code = set_verdict(row, VERDICT_UNREADABLE,
				   reason     ? reason
				   : is_found ? "no reason known"
					      : "was not collected",
				   err);
	}
	sqlite3_reset(compare->lookup);
	return code;
}

static bool is_lower(struct value_number a, struct value_number b)
{
	return value_number_compare(a, b) < 0;
}

/* The number that one element makes of the live one. */
static struct value_number choose(enum wanted_operator op, struct value_number live,
				  struct value_number wanted)
{
	switch (op) {
	case WANTED_EQUAL:
		return wanted;
	case WANTED_AT_LEAST:
		return is_lower(live, wanted) ? wanted : live;
	case WANTED_AT_MOST:
		return is_lower(wanted, live) ? wanted : live;
	case WANTED_KEEP:
		return live;
	}
	return live;
}

/* Element by element: the target, and the verdict; a difference outweighs all else. */
static int compare_numbers(struct comparison *row, const struct sysctl_def *def,
			   const struct value *live, const struct computed *computed,
			   struct error *err)
{
	AUTO(text_clear) struct text target = { 0 };
	enum wanted_verdict verdict = VERDICT_OK;

	for (size_t i = 0; i < row->wanted->count; i++) {
		enum wanted_operator op = row->wanted->elements[i].op;
		struct value_number wanted = live->numbers[i], chosen;
		char number[24];

		if (op != WANTED_KEEP &&
		    wanted_parse_number(def, computed->texts[i], &wanted, err) < 0)
			return -EINVAL;
		chosen = choose(op, live->numbers[i], wanted);
		if (value_number_compare(chosen, live->numbers[i]) != 0)
			verdict = VERDICT_DIFFERS;
		else if (value_number_compare(chosen, wanted) != 0 &&
			 verdict == VERDICT_OK)
			verdict = op == WANTED_AT_MOST ? VERDICT_KEPT_LOWER
						       : VERDICT_KEPT_HIGHER;
		value_number_text(chosen, number, sizeof(number));
		text_addf(&target, "%s%s", i > 0 ? " " : "", number);
	}
	if (text_check(&target) < 0)
		return no_memory(err);
	row->target = TAKE(target.data);
	row->verdict = verdict;
	return 0;
}

static int compare_words(struct comparison *row, const struct sysctl_def *def,
			 const struct value *live, struct error *err)
{
	struct value wanted;
	int code = value_parse(def, row->wanted_text, &wanted, err);

	if (code < 0)
		return code;
	row->target = strdup(row->wanted_text);
	if (!row->target)
		return no_memory(err);
	row->verdict = value_is_equal(def, live, &wanted) ? VERDICT_OK : VERDICT_DIFFERS;
	return 0;
}

static int compare_live(struct comparison *row, const struct sysctl_def *def,
			const struct computed *computed, struct error *err)
{
	struct error reason = { 0 };
	struct value live;
	int code = value_parse(def, row->live, &live, &reason);

	if (code < 0)
		return set_verdict(row, VERDICT_UNREADABLE, reason.text, err);
	if (wanted_is_numeric(def->type))
		return compare_numbers(row, def, &live, computed, err);
	return compare_words(row, def, &live, err);
}

static int set_wanted_text(struct comparison *row, const struct computed *computed,
			   struct error *err)
{
	AUTO(text_clear) struct text text = { 0 };

	wanted_add_text(row->wanted, computed->texts, &text);
	if (text_check(&text) < 0)
		return no_memory(err);
	row->wanted_text = TAKE(text.data);
	return 0;
}

static int compare_one(const struct compare *compare, struct comparison *row,
		       struct error *err)
{
	AUTO(computed_clear) struct computed computed = { 0 };
	const struct sysctl_def *def = sysctl_find(row->wanted->key);
	struct error reason = { 0 };
	int code;

	if (!def)
		return error_set(err, -EINVAL, "unknown sysctl '%s'", row->wanted->key);
	code = find_live(compare, def, row, err);
	if (code == 0 && row->live)
		code = computed_fill(compare->evidence, &compare->parameters, row->wanted,
				     &computed, &reason, err);
	if (code == 0)
		code = set_wanted_text(row, &computed, err);
	if (code < 0 || !row->live)
		return code;
	if (reason.text[0] != '\0')
		return set_verdict(row, VERDICT_CANNOT_COMPUTE, reason.text, err);
	return compare_live(row, def, &computed, err);
}

int profile_compare(const struct profile *profile, struct evidence *evidence,
		    const struct profile_parameter *parameters, size_t parameter_count,
		    struct comparison_list *ret, struct error *err)
{
	AUTO(comparison_list_clear) struct comparison_list list = { 0 };
	AUTO(compare_clear)
	struct compare compare = {
		.evidence = evidence,
		.parameters = { profile, parameters, parameter_count },
	};
	int code = compare_init(&compare, err);

	if (code < 0)
		return code;
	list.rows = calloc(profile->wanted_count + 1, sizeof(*list.rows));
	if (!list.rows)
		return no_memory(err);
	for (size_t i = 0; code == 0 && i < profile->wanted_count; i++) {
		list.rows[list.count].wanted = &profile->wanted[i];
		code = compare_one(&compare, &list.rows[list.count++], err);
	}
	if (code < 0)
		return code;
	*ret = list;
	list = (struct comparison_list){ 0 };
	return 0;
}

int profile_recommend(const struct profile *profile, struct evidence *evidence,
		      char **ret_why, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	const char *why;
	char *copy;
	int code = 0;

	if (profile->recommend)
		code = evidence_prepare(evidence, profile->recommend, &statement, err);
	if (code == 0 && statement)
		code = evidence_step(evidence, statement, err);
	if (code < 0) {
		error_prefix(err, "%s: [recommend]", profile->file);
		return code;
	}
	if (code == 0) {
		*ret_why = NULL;
		return 0;
	}
	why = (const char *)sqlite3_column_text(statement, 0);
	copy = strdup(why ? why : "");
	if (!copy)
		return no_memory(err);
	*ret_why = copy;
	return 0;
}

void comparison_list_clear(struct comparison_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct comparison *row = &list->rows[i];

		free(row->live);
		free(row->wanted_text);
		free(row->target);
		free(row->reason);
	}
	free(list->rows);
	*list = (struct comparison_list){ 0 };
}

#include "report/profile_text.h"

#include "profile/wanted.h"

#include <errno.h>
#include <string.h>

static void add_parents(const struct profile *profile, struct prose *prose)
{
	struct text parents = { 0 };

	for (size_t i = 0; i < profile->parent_count; i++)
		text_addf(&parents, "%s%s", i > 0 ? ", " : "", profile->parents[i]);
	prose_take_fact(prose, "inherits", &parents);
}

static void add_head(const struct profile *profile, struct prose *prose)
{
	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_STRONG, profile->name, "%s",
		   profile->summary ? profile->summary : "");
	prose_add_fact(prose, "file", profile->file);
	add_parents(profile, prose);
	prose_add_fact(prose, "when", profile->recommend);
	for (size_t i = 0; i < profile->parameter_count; i++)
		prose_addf_fact(prose, "parameter", "%s = %s (--set %s=VALUE)",
				profile->parameters[i].name, profile->parameters[i].value,
				profile->parameters[i].name);
}

static bool is_inherited(const struct profile *profile, const struct wanted *wanted)
{
	return wanted->file && strcmp(wanted->file, profile->file) != 0;
}

/* As it was written, with "guard" and "exactly". */
static void add_written_value(const struct wanted *wanted, struct text *text)
{
	if (wanted->is_guard)
		text_add(text, "guard ");
	for (size_t i = 0; i < wanted->count; i++) {
		const struct wanted element = { .elements = { wanted->elements[i] },
						.count = 1 };

		text_add(text, i > 0 ? " " : "");
		text_add(text, wanted->elements[i].is_exact ? "exactly " : "");
		wanted_add_text(&element, NULL, text);
	}
}

static void add_wanted(const struct profile *profile, const struct wanted *wanted,
		       struct prose *prose)
{
	AUTO(text_clear) struct text value = { 0 };
	const struct indent line = { 2, 4 }, reason = { 6, 6 };

	add_written_value(wanted, &value);
	if (value.has_failed)
		prose->text.has_failed = true;
	prose_addf(prose, line, STYLE_STRONG, wanted->key, "= %s", text_string(&value));
	if (wanted->reason)
		prose_add(prose, reason, STYLE_PLAIN, "", wanted->reason);
	if (is_inherited(profile, wanted))
		prose_addf(prose, reason, STYLE_QUIET, "", "(from %s:%u)", wanted->file,
			   wanted->line);
}

static void add_rest(const struct profile *profile, struct prose *prose)
{
	for (size_t i = 0; i < profile->removed_count; i++)
		prose_addf_fact(prose, "removed", "%s: %s", profile->removed[i].key,
				profile->removed[i].text);
	for (size_t i = 0; i < profile->program_count; i++)
		prose_addf_fact(prose, "program", "%s: %s", profile->programs[i].program,
				profile->programs[i].advice);
	for (size_t i = 0; i < profile->threshold_count; i++)
		prose_addf_fact(prose, "threshold", "%s.%s = %.15g",
				profile->thresholds[i].rule, profile->thresholds[i].name,
				profile->thresholds[i].value);
}

int profile_add_text(const struct profile *profile, struct prose *prose,
		     struct error *err)
{
	add_head(profile, prose);
	prose_gap(prose);
	for (size_t i = 0; i < profile->wanted_count; i++)
		add_wanted(profile, &profile->wanted[i], prose);
	prose_gap(prose);
	add_rest(profile, prose);
	return text_check(&prose->text) < 0 ? error_set(err, -ENOMEM, "out of memory")
					    : 0;
}

/*
 * "KEY = VALUE" as base/ini.h reads it again: what would end a value, or vanish at its
 * ends, is put in quotes. A value from a file never holds both kinds of quotes.
 */
static void add_ini_line(struct text *text, const char *key, const char *value)
{
	const char *quote = strpbrk(value, ";#\"'") ? "'" : "";

	if (strchr(value, '\''))
		quote = "\"";
	text_addf(text, "%s = %s%s%s\n", key, quote, value, quote);
}

static void add_flat_head(const struct profile *profile, struct text *text)
{
	text_add(text, "[profile]\n");
	add_ini_line(text, "summary", profile->summary ? profile->summary : "");
	if (profile->recommend) {
		text_add(text, "\n[recommend]\n");
		add_ini_line(text, "when", profile->recommend);
	}
	if (profile->parameter_count > 0)
		text_add(text, "\n[parameters]\n");
	for (size_t i = 0; i < profile->parameter_count; i++)
		add_ini_line(text, profile->parameters[i].name,
			     profile->parameters[i].value);
}

static void add_flat_wanted(const struct profile *profile, struct text *text)
{
	text_add(text, "\n[sysctl]\n");
	for (size_t i = 0; i < profile->wanted_count; i++) {
		AUTO(text_clear) struct text value = { 0 };

		add_written_value(&profile->wanted[i], &value);
		add_ini_line(text, profile->wanted[i].key, text_string(&value));
		text->has_failed |= value.has_failed;
	}
	text_add(text, "\n[reason]\n");
	for (size_t i = 0; i < profile->wanted_count; i++) {
		if (profile->wanted[i].reason)
			add_ini_line(text, profile->wanted[i].key,
				     profile->wanted[i].reason);
	}
}

static void add_flat_rest(const struct profile *profile, struct text *text)
{
	if (profile->removed_count > 0)
		text_add(text, "\n[removed]\n");
	for (size_t i = 0; i < profile->removed_count; i++)
		add_ini_line(text, profile->removed[i].key, profile->removed[i].text);
	if (profile->program_count > 0)
		text_add(text, "\n[program]\n");
	for (size_t i = 0; i < profile->program_count; i++)
		add_ini_line(text, profile->programs[i].program,
			     profile->programs[i].advice);
	if (profile->threshold_count > 0)
		text_add(text, "\n[thresholds]\n");
	for (size_t i = 0; i < profile->threshold_count; i++)
		text_addf(text, "%s.%s = %.15g\n", profile->thresholds[i].rule,
			  profile->thresholds[i].name, profile->thresholds[i].value);
}

void profile_add_flat(const struct profile *profile, struct text *text)
{
	add_flat_head(profile, text);
	add_flat_wanted(profile, text);
	add_flat_rest(profile, text);
}

#include "report/explain.h"

#include "report/words.h"

#include <string.h>

static void add_live(const struct sysctl_def *def, const struct live_value *live,
		     struct prose *prose)
{
	const char *reason = live->reason ? live->reason : "not known";

	if (def->is_secret)
		prose_addf(prose, (struct indent){ 0, 2 }, STYLE_STRONG, live->name,
			   "(secret: never shown)");
	else if (live->value)
		prose_addf(prose, (struct indent){ 0, 2 }, STYLE_STRONG, live->name,
			   "= %s", live->value);
	else
		prose_addf(prose, (struct indent){ 0, 2 }, STYLE_STRONG, live->name,
			   "(on this host: %s)", reason);
}

static void add_title(const struct sysctl_def *def, const struct live_value *lives,
		      size_t live_count, struct prose *prose)
{
	for (size_t i = 0; i < live_count; i++)
		add_live(def, &lives[i], prose);
	if (live_count == 0)
		prose_add(prose, (struct indent){ 0, 2 }, STYLE_STRONG, "", def->name);
}

static void add_release(struct prose *prose, const char *label,
			const struct release_span *change)
{
	struct text text = { 0 };

	words_add_release(&text, change);
	prose_take_fact(prose, label, &text);
}

static void add_effect(const struct sysctl_def *def, struct prose *prose)
{
	struct text text = { 0 };

	if (def->effect == EFFECT_UNKNOWN && !def->effect_note)
		return;
	if (def->effect != EFFECT_UNKNOWN)
		text_add(&text, sysctl_effect_text(def->effect));
	if (def->effect_note)
		text_addf(&text, "%s%s", text.length ? "; " : "", def->effect_note);
	prose_take_fact(prose, "takes effect", &text);
}

static const char *better_words(enum better better)
{
	switch (better) {
	case BETTER_NEITHER:
		break;
	case BETTER_HIGHER:
		return "higher, in general; an old guide's number may lower it";
	case BETTER_LOWER:
		return "lower, in general";
	}
	return NULL;
}

static void add_nature(const struct sysctl_def *def, struct prose *prose)
{
	struct text type = { 0 }, meanings = { 0 }, scope = { 0 };

	words_add_type(&type, def);
	words_add_meanings(&meanings, def);
	words_add_scope(&scope, def);
	prose_add_fact(prose, "default", def->initial ? def->initial : "not known");
	prose_take_fact(prose, "type", &type);
	prose_take_fact(prose, "meanings", &meanings);
	prose_take_fact(prose, "scope", &scope);
	add_effect(def, prose);
	prose_add_fact(prose, "better", better_words(def->better));
	prose_add_fact(prose, "coupled with", def->coupled);
	prose_add_fact(prose, "a write also", def->side_effects);
	prose_add_fact(prose, "module", def->module);
}

static void add_history(const struct sysctl_def *def, struct prose *prose)
{
	add_release(prose, "appeared", &def->since);
	prose_add_fact(prose, "history", def->changed);
	prose_add_fact(prose, "source", def->source);
}

/* What became of a key that no current kernel has; nothing of one that is there. */
static void add_fate(const struct sysctl_def *def, struct text *text)
{
	switch (def->kind) {
	case KIND_LIVE:
	case KIND_MISSPELLED: /* the summary says it */
		break;
	case KIND_REMOVED:
		text_add(text, "Gone from the kernel");
		if (def->removed.before || def->removed.after)
			text_add(text, ": removed ");
		words_add_release(text, &def->removed);
		text_add_char(text, '.');
		break;
	case KIND_VENDOR:
		text_add(text, "Only ever in the kernels of some vendors.");
		break;
	}
}

static void add_summary(const struct sysctl_def *def, struct prose *prose)
{
	AUTO(text_clear) struct text fate = { 0 };
	const struct indent paragraph = { 2, 2 };

	add_fate(def, &fate);
	if (fate.has_failed)
		prose->text.has_failed = true;
	if (fate.length > 0)
		prose_add(prose, paragraph, STYLE_WARNING, "", text_string(&fate));
	if (def->summary)
		prose_add(prose, paragraph, STYLE_PLAIN, "", def->summary);
	if (def->instead)
		prose_add(prose, paragraph, STYLE_STRONG, "Now:", def->instead);
}

void explain_sysctl(const struct sysctl_def *def, const struct live_value *lives,
		    size_t live_count, struct prose *prose)
{
	add_title(def, lives, live_count, prose);
	add_summary(def, prose);
	prose_gap(prose);
	if (def->kind == KIND_LIVE)
		add_nature(def, prose);
	add_history(def, prose);
}

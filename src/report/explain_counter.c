#include "report/explain.h"

#include "report/words.h"

static void add_title(const struct counter_def *def, const struct live_value *live,
		      struct prose *prose)
{
	const struct indent title = { 0, 2 };

	if (live && live->value)
		prose_addf(prose, title, STYLE_STRONG, def->name, "= %s%s%s", live->value,
			   def->unit ? " " : "", def->unit ? def->unit : "");
	else if (live)
		prose_addf(prose, title, STYLE_STRONG, def->name, "(on this host: %s)",
			   live->reason ? live->reason : "not known");
	else
		prose_add(prose, title, STYLE_STRONG, "", def->name);
}

void explain_counter(const struct counter_def *def, const struct live_value *live,
		     struct prose *prose)
{
	struct text since = { 0 };

	add_title(def, live, prose);
	if (def->meaning)
		prose_add(prose, (struct indent){ 2, 2 }, STYLE_PLAIN, "", def->meaning);
	prose_gap(prose);
	prose_add_fact(prose, "healthy", def->healthy);
	prose_add_fact(prose, "pitfall", def->pitfall);
	prose_add_fact(prose, "kind", words_counter_kind(def->kind));
	prose_add_fact(prose, "counts", words_counter_scope(def->scope));
	prose_add_fact(prose, "related keys", def->related);
	words_add_release(&since, &def->since);
	prose_take_fact(prose, "appeared", &since);
	prose_add_fact(prose, "file", def->file);
}

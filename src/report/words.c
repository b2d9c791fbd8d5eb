#include "report/words.h"

#include "rules/template.h"

void words_add_seconds(struct text *text, double seconds)
{
	const struct template_value value = {
		.name = "seconds",
		.kind = TEMPLATE_REAL,
		.real = seconds,
	};
	const struct template_row row = { &value, 1 };

	if (template_fill("{seconds:seconds}", &row, text, NULL) < 0)
		text->has_failed = true;
}

void words_add_release(struct text *text, const struct release_span *change)
{
	char before[16], after[16];

	release_text(change->before, before, sizeof(before));
	release_text(change->after, after, sizeof(after));
	if (change->after && change->is_exact)
		text_addf(text, "in Linux %s", after);
	else if (change->before && change->after)
		text_addf(text, "between Linux %s and %s", before, after);
	else if (change->after)
		text_addf(text, "in Linux %s or earlier", after);
	else if (change->before)
		text_addf(text, "after Linux %s", before);
}

static const char *inheritance_words(enum sysctl_inheritance inherits)
{
	switch (inherits) {
	case INHERITS_UNKNOWN:
	case INHERITS_NOTHING:
		return "";
	case INHERITS_DEFAULT:
		return ", and starts with the kernel's default, whatever the host has set";
	case INHERITS_INIT:
		return ", and starts with what the initial namespace has when the container is made";
	case INHERITS_DEVCONF:
		return "; what a new one starts with, net.core.devconf_inherit_init_net says";
	}
	return "";
}

void words_add_scope(struct text *text, const struct sysctl_def *def)
{
	static const char *const texts[] = {
		[SCOPE_UNKNOWN] = "not known",
		[SCOPE_NETNS] =
			"one value for each network namespace: a container has its own",
		[SCOPE_NETNS_INTERFACE] =
			"one value for each interface of each network namespace: a container has its own",
		[SCOPE_GLOBAL] =
			"one value for the whole machine; a container that sees it sees the same",
		[SCOPE_INIT_ONLY] =
			"one value for the whole machine; the file is in the initial network namespace only, so a container neither sees nor sets it",
	};

	_Static_assert(ARRAY_SIZE(texts) == SCOPE_INIT_ONLY + 1, "a text for each value");
	text_add(text, texts[def->scope]);
	text_add(text, inheritance_words(def->inherits));
}

/* Does a key take whatever fits into a 32-bit integer? */
static bool takes_any_number(const struct value_range *range)
{
	return (range->lowest == INT32_MIN && range->highest == INT32_MAX) ||
	       (range->lowest == 0 && range->highest == UINT32_MAX);
}

static void add_ranges(struct text *text, const struct sysctl_def *def)
{
	if (def->accepted.is_known && takes_any_number(&def->accepted))
		text_add(text, "; the kernel takes any number");
	else if (def->accepted.is_known)
		text_addf(text, "; the kernel takes %.15g to %.15g", def->accepted.lowest,
			  def->accepted.highest);
	if (def->sane.is_known)
		text_addf(text, "; %.15g to %.15g makes sense", def->sane.lowest,
			  def->sane.highest);
}

void words_add_type(struct text *text, const struct sysctl_def *def)
{
	if (def->arity > 1)
		text_addf(text, "%u numbers: ", def->arity);
	text_add(text,
		 def->type == VALUE_UNKNOWN ? "not known" : value_type_text(def->type));
	if (def->unit)
		text_addf(text, ", in %s", def->unit);
	if (def->is_write_only)
		text_add(text, ", write-only");
	if (def->is_read_only)
		text_add(text, ", read-only");
	else
		add_ranges(text, def);
}

void words_add_meanings(struct text *text, const struct sysctl_def *def)
{
	for (const char *at = def->meanings; at && *at;) {
		size_t length = strcspn(at, ";");
		size_t name = strcspn(at, "=;");

		text_addf(text, "%s%.*s", at > def->meanings ? "; " : "", (int)name, at);
		if (at[name] == '=')
			text_addf(text, " = %.*s", (int)(length - name - 1),
				  at + name + 1);
		at += length + (at[length] == ';');
	}
}

const char *words_counter_kind(enum counter_kind kind)
{
	static const char *const texts[] = {
		[COUNTER_TOTAL] =
			"a total that only grows: judge its change over a window",
		[COUNTER_GAUGE] = "a level: judge its value now",
		[COUNTER_CONST] = "a constant, no measurement",
	};

	_Static_assert(ARRAY_SIZE(texts) == COUNTER_CONST + 1, "a text for each value");
	return texts[kind];
}

const char *words_counter_scope(enum counter_scope scope)
{
	static const char *const texts[] = {
		[COUNTED_UNKNOWN] = "not known",
		[COUNTED_NETNS] = "this network namespace alone",
		[COUNTED_GLOBAL] =
			"all network namespaces of the machine together, whoever reads it",
	};

	_Static_assert(ARRAY_SIZE(texts) == COUNTED_GLOBAL + 1, "a text for each value");
	return texts[scope];
}

const char *words_plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* `tcptune explain`: a key, a counter, a rule or a topic in words. */
#include "report/explain.h"

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/live.h"
#include "report/topic.h"

#include <errno.h>

enum { OPTION_ALL, OPTION_COUNT };

static const struct option_def options[] = {
	[OPTION_ALL] = { "all", NULL, "of a rule: with its query" },
	[OPTION_COUNT] = { 0 },
};

/* One run. rules: loaded when a word asks for them. */
struct explanation {
	struct prose prose;
	struct rule_list rules;
	bool has_rules;
	bool shows_all;
};

static void explanation_clear(struct explanation *explanation)
{
	rules_clear(&explanation->rules);
	prose_clear(&explanation->prose);
}

/* The interfaces of a family whose values stand for all. */
static const char *const usual_interfaces[] = { "all", "default" };

/* "net.ipv4.conf.all.rp_filter" for "net.ipv4.conf.*.rp_filter" and "all" */
static char *fill_interface(const char *family, const char *interface)
{
	const char *star = strchr(family, '*');
	char *key = NULL;

	if (asprintf(&key, "%.*s%s%s", (int)(star - family), family, interface,
		     star + 1) < 0)
		return NULL;
	return key;
}

static struct live_value view(const struct live_reading *reading)
{
	return (struct live_value){ reading->name, reading->value, reading->reason };
}

/* A family: the values that are here, of its usual interfaces. */
static int explain_family(struct explanation *explanation, const struct sysctl_def *def,
			  struct error *err)
{
	struct live_reading readings[ARRAY_SIZE(usual_interfaces)] = { 0 };
	struct live_value lives[ARRAY_SIZE(usual_interfaces)];
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(readings); i++) {
		auto_free char *key = fill_interface(def->name, usual_interfaces[i]);

		r = key ? live_read_sysctl(key, &readings[i], err)
			: error_set(err, -ENOMEM, "out of memory");
		if (r == 0 && readings[i].value)
			lives[count++] = view(&readings[i]);
	}
	if (r == 0)
		explain_sysctl(def, lives, count, &explanation->prose);
	for (size_t i = 0; i < ARRAY_SIZE(readings); i++)
		live_reading_clear(&readings[i]);
	return r < 0 ? r : 1;
}

/* key: as the user wrote it, or as the catalog does */
static int explain_key(struct explanation *explanation, const struct sysctl_def *def,
		       const char *key, struct error *err)
{
	AUTO(live_reading_clear) struct live_reading reading = { 0 };
	struct live_value live;
	int r;

	prose_gap(&explanation->prose);
	if (strchr(key, '*'))
		return explain_family(explanation, def, err);
	r = live_read_sysctl(key, &reading, err);
	if (r < 0)
		return r;
	live = view(&reading);
	explain_sysctl(def, &live, 1, &explanation->prose);
	return 1;
}

/*
 * The kinds of things that a word may be.
 *
 * Returns: 1 explained, 0 not of this kind
 */
static int try_topic(struct explanation *explanation, const char *word, struct error *err)
{
	const struct embedded_file *topic = topic_find(word);

	(void)err;
	if (!topic)
		return 0;
	prose_gap(&explanation->prose);
	topic_add(topic, &explanation->prose);
	return 1;
}

static int try_key(struct explanation *explanation, const char *word, struct error *err)
{
	const struct sysctl_def *def = sysctl_find(word);

	return def ? explain_key(explanation, def, word, err) : 0;
}

static const char *leaf_of(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

/* "tcp_fin_timeout"; several keys may end so ("forwarding"). */
static int try_short_key(struct explanation *explanation, const char *word,
			 struct error *err)
{
	int found = 0;

	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);
		int r;

		if (strcmp(leaf_of(def->name), word) != 0)
			continue;
		r = explain_key(explanation, def, def->name, err);
		if (r < 0)
			return r;
		found = 1;
	}
	return found;
}

static int try_counter(struct explanation *explanation, const char *word,
		       struct error *err)
{
	const struct counter_def *def = counter_find_loosely(word);
	AUTO(live_reading_clear) struct live_reading reading = { 0 };
	struct live_value live;
	int r;

	if (!def)
		return 0;
	r = live_read_counter(def->name, &reading, err);
	if (r < 0)
		return r;
	live = view(&reading);
	prose_gap(&explanation->prose);
	explain_counter(def, &live, &explanation->prose);
	return 1;
}

static int load_rules(struct explanation *explanation, struct error *err)
{
	int r = explanation->has_rules ? 0 : rules_load(NULL, &explanation->rules, err);

	explanation->has_rules = r == 0;
	return r;
}

static int try_rule(struct explanation *explanation, const char *word, struct error *err)
{
	int r = load_rules(explanation, err);
	const struct rule *rule = r == 0 ? rules_find(&explanation->rules, word) : NULL;

	if (!rule)
		return r;
	prose_gap(&explanation->prose);
	explain_rule(rule, explanation->shows_all, &explanation->prose);
	return 1;
}

/* In this order: the exact ones first. */
static int (*const kinds[])(struct explanation *explanation, const char *word,
			    struct error *err) = {
	try_topic, try_key, try_short_key, try_rule, try_counter,
};

static void offer_keys(struct nearest *nearest)
{
	const struct sysctl_def *def = sysctl_nearest(nearest->word);

	if (def)
		nearest_offer(nearest, def->name);
	for (size_t i = 0; i < sysctl_count(); i++) {
		if (sysctl_at(i)->kind != KIND_MISSPELLED)
			nearest_offer(nearest, leaf_of(sysctl_at(i)->name));
	}
}

static int fail_unknown(const struct explanation *explanation, const char *word,
			struct error *err)
{
	struct nearest nearest = { .word = word };

	for (size_t i = 0; i < embedded_topic_count; i++)
		nearest_offer(&nearest, embedded_topics[i].name);
	for (size_t i = 0; i < explanation->rules.count; i++)
		nearest_offer(&nearest, explanation->rules.rules[i].id);
	offer_keys(&nearest);
	for (size_t i = 0; i < counter_table_count; i++) {
		nearest_offer(&nearest, counter_table[i].name);
		nearest_offer(&nearest, leaf_of(counter_table[i].name));
	}
	if (nearest.name)
		return error_set(err, -EINVAL,
				 "nothing is known of '%s'; the nearest is '%s'", word,
				 nearest.name);
	return error_set(err, -EINVAL,
			 "nothing is known of '%s': no key, counter, rule or topic",
			 word);
}

static int explain_word(struct explanation *explanation, const char *word,
			struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int r = kinds[i](explanation, word, err);

		if (r != 0)
			return r;
	}
	return fail_unknown(explanation, word, err);
}

static void list_topics(struct prose *prose)
{
	const struct indent flat = { 0, 0 };

	prose_add(prose, flat, STYLE_PLAIN, "",
		  "Topics; beside them, every key, counter and rule can be explained:");
	prose_gap(prose);
	for (size_t i = 0; i < embedded_topic_count; i++) {
		const char *title;
		size_t length = topic_title(&embedded_topics[i], &title);

		prose_addf(prose, (struct indent){ 2, 14 }, STYLE_STRONG,
			   embedded_topics[i].name, "%.*s", (int)length, title);
	}
	prose_gap(prose);
	prose_add(prose, flat, STYLE_PLAIN, "",
		  "Examples: tcptune explain tcp_rmem; tcptune explain ListenOverflows");
}

/* Each word that is known is explained, also when another is not. */
static enum exit_status run(const struct arguments *arguments)
{
	AUTO(explanation_clear) struct explanation explanation = { 0 };
	enum exit_status status = STATUS_FINE;

	explanation.prose = console_prose();
	explanation.shows_all = arguments_has(arguments, OPTION_ALL);
	if (arguments->operand_count == 0)
		list_topics(&explanation.prose);
	for (size_t i = 0; i < arguments->operand_count; i++) {
		struct error err = { 0 };
		int r = explain_word(&explanation, arguments->operands[i], &err);

		if (r < 0)
			status = console_fail(r, &err);
	}
	return console_print(&explanation.prose.text, status);
}

const struct command command_explain = {
	.name = "explain",
	.summary = "Explain a key, a counter, a rule or a topic",
	.arguments = "[WORD...]",
	.notes =
		"Short names will do: tcp_rmem, ListenOverflows. Without a word, the topics are listed.",
	.options = options,
	.run = run,
};

#include "cli/persist_boot.h"

#include "cli/boot_host.h"
#include "plan/reach.h"
#include "plan/rounding.h"

#include <errno.h>

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

/* --- one key under one loader ----------------------------------------------------- */

static const struct boot_key *find_key(const struct boot_outcome *outcome,
				       const char *path)
{
	for (size_t i = 0; i < outcome->key_count; i++) {
		if (strcmp(outcome->keys[i].path, path) == 0)
			return &outcome->keys[i];
	}
	return NULL;
}

static int set_text(char **place, const char *text)
{
	return record_set_text(place, text);
}

static int judge(const struct boot_subject *subject, const struct boot_outcome *outcome,
		 const struct boot_value *value, struct persist_row *row)
{
	const struct simulation *simulation = &outcome->simulations[row->loader];
	const struct boot_claim *claim =
		value->is_set ? &simulation->claims[value->claim] : NULL;
	int r = set_text(&row->value, value->value);

	if (r == 0)
		r = set_text(&row->reason, value->reason);
	if (r == 0 && claim)
		r = set_text(&row->file, subject->tree.files[claim->file].path);
	row->line = claim ? claim->line : 0;
	row->verdict = PERSIST_LOST;
	if (value->is_unknown)
		row->verdict = PERSIST_CANNOT_TELL;
	else if (value->value && rounding_is_equal_text(row->key->def, row->key->wanted,
							value->value))
		row->verdict = PERSIST_HOLDS;
	if (r == 0 && row->verdict == PERSIST_CANNOT_TELL && !row->reason)
		r = set_text(&row->reason, "it cannot be known");
	return r;
}

/* Programs that write after the loaders have the last word. */
static int judge_owners(const struct boot_subject *subject, const char *path,
			struct persist_row *row)
{
	for (size_t i = 0; i < subject->owners.count; i++) {
		const struct boot_owner *owner = &subject->owners.owners[i];
		int r;

		if (owner->order != OWNER_AFTER || strcmp(owner->path, path) != 0 ||
		    (owner->value && rounding_is_equal_text(
					     row->key->def, row->key->wanted,
					     owner->value)))
			continue;
		row->verdict = PERSIST_LOST;
		row->line = owner->line;
		r = set_text(&row->value, owner->value);
		if (r == 0)
			r = set_text(&row->file, owner->file);
		free(row->reason);
		row->reason = NULL;
		if (r < 0 || asprintf(&row->reason, "%s does so after %s", owner->owner,
				      loader_name(row->loader)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_row(const struct boot_subject *subject, const struct boot_outcome *outcome,
		   const struct record_key *key, enum loader loader,
		   struct persist_report *report)
{
	struct persist_row *row = &report->rows[report->count++];
	char path[KEY_PATH_SIZE];
	const struct boot_key *boot;
	int r = sysctl_path(key->key, path, sizeof(path));

	*row = (struct persist_row){ .key = key, .loader = loader };
	boot = r == 0 ? find_key(outcome, path) : NULL;
	if (!boot) {
		row->verdict = PERSIST_CANNOT_TELL;
		return set_text(&row->reason, "it cannot be followed");
	}
	r = judge(subject, outcome, &boot->values[loader], row);
	return r < 0 ? r : judge_owners(subject, path, row);
}

/* --- all of them ------------------------------------------------------------------ */

static int fill(const struct record *record, const struct boot_subject *subject,
		const struct boot_outcome *outcome, struct persist_report *report)
{
	int r = 0;

	report->rows = calloc(record->key_count * LOADER_COUNT + 1,
			      sizeof(*report->rows));
	if (!report->rows)
		return -ENOMEM;
	for (size_t i = 0; i < record->key_count; i++) {
		for (enum loader loader = 0; loader < LOADER_COUNT; loader++) {
			if (r == 0 && persist_takes(&record->keys[i]) &&
			    subject->tree.runs[loader])
				r = add_row(subject, outcome, &record->keys[i], loader,
					    report);
		}
	}
	return r;
}

/* The keys as boot/ wants them; the texts are new. */
static int list_keys(const struct record *record, struct key_list *ret)
{
	char path[KEY_PATH_SIZE], dotted[KEY_PATH_SIZE];
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->key_count; i++) {
		if (!persist_takes(&record->keys[i]))
			continue;
		r = sysctl_path(record->keys[i].key, path, sizeof(path));
		key_path_dotted(r == 0 ? path : "", dotted, sizeof(dotted));
		if (r == 0)
			r = key_list_add(ret, dotted);
	}
	return r;
}

int persist_follow_boot(const struct record *record, struct persist_report *ret,
			struct error *err)
{
	AUTO(boot_subject_clear) struct boot_subject subject = BOOT_SUBJECT_NONE;
	AUTO(outcome_clear) struct boot_outcome outcome = { 0 };
	AUTO(key_list_clear) struct key_list keys = { 0 };
	struct boot_host host;
	int r = boot_subject_load(NULL, &subject, err);

	if (r < 0)
		return r;
	if (list_keys(record, &keys) < 0)
		return no_memory(err);
	if (keys.count == 0)
		return 0;
	host = boot_subject_host(&subject);
	r = outcome_build(&host, keys.keys, keys.count, &outcome, err);
	if (r < 0)
		return r;
	return fill(record, &subject, &outcome, ret) < 0 ? no_memory(err) : 0;
}

/* --- modules ---------------------------------------------------------------------- */

/* One that can be loaded, and is not there anyway. Other people's lists do not count:
 * they may go. */
static bool is_needed(const struct boot_modules *modules, const char *module)
{
	return name_table_find(&modules->loadable, module) != NAME_NONE &&
	       name_table_find(&modules->built_in, module) == NAME_NONE;
}

int persist_find_modules(const struct record *record, struct text *ret, struct error *err)
{
	AUTO(boot_subject_clear) struct boot_subject subject = BOOT_SUBJECT_NONE;
	AUTO(key_list_clear) struct key_list names = { 0 };
	int r = boot_subject_load(NULL, &subject, err);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < record->key_count; i++) {
		const struct record_key *key = &record->keys[i];
		const char *module = key->def ? key->def->module : NULL;

		if (persist_takes(key) && module && is_needed(&subject.modules, module))
			r = key_list_add(&names, module);
	}
	for (size_t i = 0; i < names.count; i++)
		text_addf(ret, "%s\n", names.keys[i]);
	return r < 0 || text_check(ret) < 0 ? no_memory(err) : 0;
}

#include "apply/record.h"

#include <errno.h>

static const char *const state_texts[] = {
	[RECORD_PLANNED] = "planned", [RECORD_WRITING] = "writing",
	[RECORD_WAITING] = "waiting", [RECORD_KEPT] = "kept",
	[RECORD_UNDOING] = "undoing", [RECORD_PARTLY] = "partly undone",
	[RECORD_UNDONE] = "undone",
};

static const char *const role_texts[] = {
	[ROLE_CHANGE] = "change",
	[ROLE_REACH] = "reach",
	[ROLE_CLAIM] = "claim",
};

static const char *const fate_texts[] = {
	[FATE_OPEN] = "open",	    [FATE_RESTORE] = "restore", [FATE_HOLD] = "hold",
	[FATE_FOREIGN] = "foreign", [FATE_DONE] = "done",
};

_Static_assert(ARRAY_SIZE(state_texts) == RECORD_STATE_COUNT, "a text for each state");
_Static_assert(ARRAY_SIZE(role_texts) == ROLE_CLAIM + 1, "a text for each role");
_Static_assert(ARRAY_SIZE(fate_texts) == FATE_DONE + 1, "a text for each fate");

static void key_clear(struct record_key *key)
{
	free(key->key);
	free(key->old);
	free(key->wanted);
	free(key->after);
	free(key->origin);
	free(key->reason);
	free(key->note);
	free(key->hold);
}

void record_clear(struct record *record)
{
	for (size_t i = 0; i < record->key_count; i++)
		key_clear(&record->keys[i]);
	free(record->keys);
	free(record->note);
	free(record->boot_id);
	free(record->netns);
	free(record->sudo_user);
	free(record->tty);
	free(record->command);
	free(record->profiles);
	free(record->fingerprint);
	free(record->modules);
	*record = (struct record){ 0 };
}

void record_list_clear(struct record_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		record_clear(&list->records[i]);
	free(list->records);
	*list = (struct record_list){ 0 };
}

struct record_key *record_add_key(struct record *record)
{
	struct record_key *grown =
		realloc(record->keys, (record->key_count + 1) * sizeof(*grown));

	if (!grown)
		return NULL;
	record->keys = grown;
	grown[record->key_count] = (struct record_key){ 0 };
	return &grown[record->key_count++];
}

struct record_key *record_find_key(const struct record *record, const char *key)
{
	for (size_t i = 0; i < record->key_count; i++) {
		if (strcmp(record->keys[i].key, key) == 0)
			return &record->keys[i];
	}
	return NULL;
}

int record_set_text(char **place, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return -ENOMEM;
	free(*place);
	*place = copy;
	return 0;
}

const char *record_state_text(enum record_state state)
{
	return state_texts[state];
}

const char *key_role_text(enum key_role role)
{
	return role_texts[role];
}

const char *key_fate_text(enum key_fate fate)
{
	return fate_texts[fate];
}

static int find_text(const char *const *texts, size_t count, const char *text)
{
	for (size_t i = 0; text && i < count; i++) {
		if (strcmp(texts[i], text) == 0)
			return (int)i;
	}
	return -EINVAL;
}

int record_state_parse(const char *text, enum record_state *ret)
{
	int index = find_text(state_texts, ARRAY_SIZE(state_texts), text);

	if (index < 0)
		return index;
	*ret = (enum record_state)index;
	return 0;
}

int key_role_parse(const char *text, enum key_role *ret)
{
	int index = find_text(role_texts, ARRAY_SIZE(role_texts), text);

	if (index < 0)
		return index;
	*ret = (enum key_role)index;
	return 0;
}

int key_fate_parse(const char *text, enum key_fate *ret)
{
	int index = find_text(fate_texts, ARRAY_SIZE(fate_texts), text);

	if (index < 0)
		return index;
	*ret = (enum key_fate)index;
	return 0;
}

bool record_is_active(const struct record *record)
{
	return record->state != RECORD_UNDONE;
}

bool record_is_cut_off(const struct record *record)
{
	return record->state == RECORD_PLANNED || record->state == RECORD_WRITING ||
	       record->state == RECORD_UNDOING;
}

bool record_is_of_boot(const struct record *record, const struct kernel *kernel)
{
	return kernel->boot_id[0] && strcmp(record->boot_id, kernel->boot_id) == 0;
}

static bool has_cookie(const struct record *record, const struct kernel *kernel)
{
	return record->netns_cookie != 0 || kernel->netns_cookie != 0;
}

bool record_is_of(const struct record *record, const struct kernel *kernel)
{
	if (!record_is_of_boot(record, kernel))
		return false;
	if (has_cookie(record, kernel))
		return record->netns_cookie == kernel->netns_cookie;
	if (record->is_init_netns || kernel->is_init_netns)
		return record->is_init_netns && kernel->is_init_netns;
	return kernel->netns_name[0] && record->netns &&
	       strcmp(record->netns, kernel->netns_name) == 0;
}

bool record_may_be_of(const struct record *record, const struct kernel *kernel)
{
	return record_is_of_boot(record, kernel) && !has_cookie(record, kernel) &&
	       !record->is_init_netns && !kernel->is_init_netns &&
	       !(record->netns && record->netns[0]) && !kernel->netns_name[0];
}

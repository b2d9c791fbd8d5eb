/* Records out of the journal. */
#include "apply/journal.h"

#include <errno.h>

/* Remembers the first lack of memory in *code. */
static void take_text(sqlite3_stmt *row, int column, char **place, int *code)
{
	int r = record_set_text(place, (const char *)sqlite3_column_text(row, column));

	if (r < 0)
		*code = r;
}

static int take_record(sqlite3_stmt *row, struct record *ret, struct error *err)
{
	int r = record_state_parse((const char *)sqlite3_column_text(row, 1),
				   &ret->state);

	ret->id = sqlite3_column_int64(row, 0);
	if (r < 0)
		return error_set(err, -EUCLEAN, "change %lld has an unknown state",
				 (long long)ret->id);
	take_text(row, 2, &ret->note, &r);
	ret->taken = sqlite3_column_double(row, 3);
	ret->finished = sqlite3_column_double(row, 4);
	take_text(row, 5, &ret->boot_id, &r);
	ret->netns_cookie = (uint64_t)sqlite3_column_int64(row, 6);
	take_text(row, 7, &ret->netns, &r);
	ret->is_init_netns = sqlite3_column_int(row, 8);
	ret->uid = sqlite3_column_int64(row, 9);
	take_text(row, 10, &ret->sudo_user, &r);
	take_text(row, 11, &ret->tty, &r);
	take_text(row, 12, &ret->command, &r);
	take_text(row, 13, &ret->profiles, &r);
	take_text(row, 14, &ret->fingerprint, &r);
	ret->deadline_ms = sqlite3_column_int64(row, 15);
	ret->window_ms = sqlite3_column_int64(row, 16);
	ret->is_persistent = sqlite3_column_int(row, 17);
	take_text(row, 18, &ret->modules, &r);
	return r < 0 ? error_set(err, r, "out of memory") : 0;
}

static int take_key(sqlite3_stmt *row, struct record_key *ret, struct error *err)
{
	int r = key_role_parse((const char *)sqlite3_column_text(row, 1), &ret->role);

	if (r == 0)
		r = key_fate_parse((const char *)sqlite3_column_text(row, 7), &ret->fate);
	if (r < 0)
		return error_set(err, -EUCLEAN, "a key has an unknown role or fate");
	take_text(row, 0, &ret->key, &r);
	take_text(row, 2, &ret->old, &r);
	take_text(row, 3, &ret->wanted, &r);
	take_text(row, 4, &ret->after, &r);
	take_text(row, 5, &ret->origin, &r);
	take_text(row, 6, &ret->note, &r);
	take_text(row, 8, &ret->hold, &r);
	take_text(row, 11, &ret->reason, &r);
	ret->seen_right = sqlite3_column_double(row, 9);
	ret->drift_since = sqlite3_column_double(row, 10);
	if (r < 0 || !ret->key)
		return error_set(err, r < 0 ? r : -EUCLEAN, "a key cannot be read");
	ret->def = sysctl_find(ret->key);
	return 0;
}

/* Call for each row of a statement. */
static int for_each(sqlite3_stmt *statement,
		    int (*take)(void *data, sqlite3_stmt *row, struct error *err),
		    void *data, struct error *err)
{
	int result, r = 0;

	while (r == 0 && (result = sqlite3_step(statement)) != SQLITE_DONE) {
		if (result != SQLITE_ROW)
			r = error_set(err, database_errno(result), "%s",
				      sqlite3_errmsg(sqlite3_db_handle(statement)));
		else
			r = take(data, statement, err);
	}
	sqlite3_reset(statement);
	return r;
}

static int add_record(void *data, sqlite3_stmt *row, struct error *err)
{
	struct record_list *list = data;
	struct record *grown = realloc(list->records, (list->count + 1) * sizeof(*grown));

	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	list->records = grown;
	grown[list->count] = (struct record){ 0 };
	return take_record(row, &grown[list->count++], err);
}

static int add_key(void *data, sqlite3_stmt *row, struct error *err)
{
	struct record_key *key = record_add_key(data);

	return key ? take_key(row, key, err) : error_set(err, -ENOMEM, "out of memory");
}

static int load_keys(struct journal *journal, struct record_list *list, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *select = NULL;
	int r = database_prepare(
		journal->db,
		"SELECT key, role, old, wanted, read_back, origin, note, fate, hold, seen_right,"
		" drift_since, reason FROM change_key WHERE change=? ORDER BY position",
		&select, err);

	for (size_t i = 0; r == 0 && i < list->count; i++) {
		sqlite3_bind_int64(select, 1, list->records[i].id);
		r = for_each(select, add_key, &list->records[i], err);
	}
	return r;
}

static int load(struct journal *journal, struct record_list *list, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *select = NULL;
	int r = database_prepare(
		journal->db,
		"SELECT id, state, note, taken, finished, boot_id, netns_cookie, netns,"
		" is_init_netns, uid, sudo_user, tty, command, profiles, fingerprint, deadline_ms,"
		" window_ms, is_persistent, modules FROM change ORDER BY id",
		&select, err);

	if (r == 0)
		r = for_each(select, add_record, list, err);
	return r < 0 ? r : load_keys(journal, list, err);
}

int journal_load(struct journal *journal, struct record_list *ret, struct error *err)
{
	AUTO(record_list_clear) struct record_list list = { 0 };
	/* one view of the file, whatever is written meanwhile */
	int r = database_run(journal->db, "BEGIN", err);

	if (r == 0)
		r = load(journal, &list, err);
	journal_abandon(journal);
	if (r < 0) {
		error_prefix(err, "journal");
		return r == -EINVAL ? -EUCLEAN : r; /* not the user's mistake */
	}
	*ret = list;
	list = (struct record_list){ 0 };
	return 0;
}

#include "apply/apply_record.h"

#include "apply/deadline.h"
#include "plan/rounding.h"

#include <errno.h>
#include <time.h>

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

/* The name of the terminal that the command came from; NULL when from none. */
static const char *find_tty(void)
{
	const char *name = NULL;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && !name; fd++)
		name = ttyname(fd);
	return name;
}

static int fill_head(const struct apply_order *order, const struct kernel *kernel,
		     struct record *record)
{
	int r = record_set_text(&record->boot_id, kernel->boot_id);

	record->state = RECORD_PLANNED;
	record->taken = (double)time(NULL);
	record->netns_cookie = kernel->netns_cookie;
	record->is_init_netns = kernel->is_init_netns;
	record->uid = getuid();
	record->window_ms = order->window_ms;
	record->deadline_ms = order->window_ms ? deadline_now_ms() + order->window_ms : 0;
	if (r == 0)
		r = record_set_text(&record->netns, kernel->netns_name);
	if (r == 0)
		r = record_set_text(&record->sudo_user, getenv("SUDO_USER"));
	if (r == 0)
		r = record_set_text(&record->tty, find_tty());
	if (r == 0)
		r = record_set_text(&record->command, order->command);
	if (r == 0)
		r = record_set_text(&record->profiles, order->profiles);
	return r < 0 ? r : record_set_text(&record->fingerprint, order->fingerprint);
}

static const struct change *find_change(const struct plan *plan, const char *key)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (strcmp(plan->changes[i].key, key) == 0)
			return &plan->changes[i];
	}
	return NULL;
}

/* The old value. A key that is not there is not saved; nor is a secret ever read. */
static int read_old(const struct sysctl_door *door, char *buffer, struct record_key *key,
		    struct error *err)
{
	char path[256];
	int r = sysctl_path(key->key, path, sizeof(path));

	if (!key->def || key->def->is_secret)
		return 0;
	if (r == 0)
		r = door->read(door->data, path, buffer, DOOR_VALUE_BYTES);
	if (r == -ENOENT && key->role != ROLE_CHANGE)
		return 0;
	if (r < 0)
		return error_set(err, r, "cannot save the old value of '%s': %s",
				 key->key, strerror(-r));
	return record_set_text(&key->old, buffer) < 0 ? no_memory(err) : 0;
}

/* Between the plan and now someone else may have written. */
static int check_old(const struct change *change, const struct record_key *key,
		     struct error *err)
{
	if (!change->now || !key->old ||
	    rounding_is_equal_text(change->def, change->now, key->old))
		return 0;
	return error_set(err, -EAGAIN,
			 "'%s' changed while the plan was made; run it again", key->key);
}

static int add_key(const char *name, enum key_role role, const struct change *change,
		   const struct sysctl_door *door, char *buffer, struct record *record,
		   struct error *err)
{
	struct record_key *key = record_add_key(record);
	int r = key ? record_set_text(&key->key, name) : -ENOMEM;

	if (r < 0)
		return no_memory(err);
	key->def = sysctl_find(name);
	key->role = role;
	if (change && (record_set_text(&key->wanted, change->will_be) < 0 ||
		       record_set_text(&key->origin, change->origin) < 0 ||
		       record_set_text(&key->reason, change->reason) < 0 ||
		       record_set_text(&key->note, change->undo.note) < 0))
		return no_memory(err);
	r = read_old(door, buffer, key, err);
	return r < 0 || !change ? r : check_old(change, key, err);
}

static int fill_keys(const struct plan *plan, const struct sysctl_door *door,
		     char *buffer, struct record *record, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->count; i++) {
		if (plan->changes[i].state == CHANGE_WRITE)
			r = add_key(plan->changes[i].key, ROLE_CHANGE, &plan->changes[i],
				    door, buffer, record, err);
	}
	for (size_t i = 0; r == 0 && i < plan->saved.count; i++) {
		const struct change *change = find_change(plan, plan->saved.keys[i]);

		if (!change || change->state != CHANGE_WRITE)
			r = add_key(plan->saved.keys[i], ROLE_REACH, NULL, door, buffer,
				    record, err);
	}
	for (size_t i = 0; r == 0 && i < plan->count; i++) {
		const struct change *change = &plan->changes[i];

		if ((change->state == CHANGE_ALREADY || change->state == CHANGE_KEPT) &&
		    !record_find_key(record, change->key))
			r = add_key(change->key, ROLE_CLAIM, change, door, buffer, record,
				    err);
	}
	return r;
}

int record_fill(const struct apply_order *order, const struct kernel *kernel,
		const struct sysctl_door *door, char *buffer, struct record *ret,
		struct error *err)
{
	AUTO(record_clear) struct record record = { 0 };
	int r = fill_head(order, kernel, &record);

	if (r < 0)
		return no_memory(err);
	if (!kernel->boot_id[0])
		return error_set(err, -ENOTSUP,
				 "the boot id of the kernel cannot be read");
	r = fill_keys(order->plan, door, buffer, &record, err);
	if (r < 0)
		return r;
	*ret = record;
	record = (struct record){ 0 };
	return 0;
}

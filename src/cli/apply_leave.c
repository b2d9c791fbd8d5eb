#include "cli/apply_leave.h"

#include "apply/apply.h"
#include "cli/persist.h"

#include <errno.h>
#include <inttypes.h>

int apply_check_waiting(const struct session *session, struct error *err)
{
	const struct record *waiting =
		deadline_find_waiting(&session->list, &session->kernel);

	if (!waiting)
		return 0;
	if (waiting->state == RECORD_WAITING)
		return error_set(
			err, -EBUSY,
			"change %" PRId64
			" waits for its confirmation, and nothing else is applied before 'tcptune confirm %" PRId64
			"' or 'tcptune undo %" PRId64 "'",
			waiting->id, waiting->id, waiting->id);
	return error_set(err, -EBUSY,
			 "change %" PRId64 " was cut off: 'tcptune undo %" PRId64
			 "' puts everything back; then apply again",
			 waiting->id, waiting->id);
}

/* Whoever puts a change back has to find its namespace again. */
static int check_namespace(const struct kernel *kernel, struct error *err)
{
	if (kernel->netns_cookie != 0 || kernel->is_init_netns || kernel->netns_name[0])
		return 0;
	return error_set(
		err, -ENOTSUP,
		"--confirm-within cannot be kept here: this kernel (before Linux 5.14) does not tell which network namespace this is");
}

static int refuse_all(const struct plan *plan, size_t refused, struct error *err)
{
	const struct change *first = plan->changes;

	while (first->state != CHANGE_REFUSED)
		first++;
	if (refused == 1)
		return error_set(err, -EPERM, "nothing is written: '%s' is refused: %s",
				 first->key, first->note);
	return error_set(err, -EPERM,
			 "nothing is written: %zu keys are refused, the first is '%s': %s",
			 refused, first->key, first->note);
}

int apply_check_leave(const struct apply_options *options, const struct plan *plan,
		      struct session *session, struct error *err)
{
	const struct sysctl_door door = door_of_kernel(&session->kernel);
	size_t refused = plan_tally(plan, CHANGE_REFUSED);
	int r;

	if (refused > 0)
		return refuse_all(plan, refused, err);
	r = apply_probe(plan, &door, err);
	if (r == -EACCES && geteuid() != 0)
		error_prefix(err, "this needs root");
	if (r == 0 && options->persists)
		r = persist_check_plan(plan, err);
	if (r == 0)
		r = apply_check_waiting(session, err);
	if (r == 0 && options->window_ms > 0)
		r = check_namespace(&session->kernel, err);
	return r == 0 && options->persists ? persist_check(session, err) : r;
}

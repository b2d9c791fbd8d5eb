#include "apply/deadline.h"

#include <errno.h>
#include <time.h>

int64_t deadline_now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool deadline_is_over(const struct record *record, const struct kernel *kernel,
		      int64_t now_ms)
{
	return record->deadline_ms > 0 && record->deadline_ms <= now_ms &&
	       record_is_of_boot(record, kernel) &&
	       (record->state == RECORD_WAITING || record_is_cut_off(record));
}

struct record *deadline_find_waiting(const struct record_list *list,
				     const struct kernel *kernel)
{
	for (size_t i = list->count; i-- > 0;) {
		struct record *record = &list->records[i];

		if (record_is_of_boot(record, kernel) &&
		    (record->state == RECORD_WAITING || record_is_cut_off(record)))
			return record;
	}
	return NULL;
}

int deadline_undo_expired(struct journal *journal, struct record_list *list,
			  const struct kernel *kernel,
			  void (*told)(void *data, const struct undo_outcome *outcome),
			  void *data, struct error *err)
{
	static const struct undo_order order = {
		.is_overdue = true,
		.reason = "not confirmed in time",
	};
	int64_t now_ms = deadline_now_ms();
	int count = 0, first_error = 0;

	for (size_t i = list->count; i-- > 0;) {
		AUTO(undo_outcome_clear) struct undo_outcome outcome = { 0 };
		struct record *record = &list->records[i];
		int r;

		if (!deadline_is_over(record, kernel, now_ms))
			continue;
		r = undo_record(journal, list, record, &order, &outcome,
				first_error < 0 ? NULL : err);
		if (outcome.record)
			told(data, &outcome);
		if (r < 0 && first_error == 0)
			first_error = r;
		count++;
	}
	return first_error < 0 ? first_error : count;
}

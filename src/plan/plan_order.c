/* The order of the writes. */
#include "plan/coupling.h"
#include "plan/plan.h"

/* 0: spreads over others, so it goes first; 1: any other write; 2: no write. */
static int rank(const struct change *change)
{
	if (change->state != CHANGE_WRITE)
		return 2;
	return reach_spreads(change->key) ? 0 : 1;
}

/* Must b be written before a, though a has the lesser rank or stands first? */
static bool is_coupled_before(const struct change *a, const struct change *b)
{
	for (size_t i = 0; i < coupling_count; i++) {
		const struct coupling *coupling = &couplings[i];
		char partner[KEY_BYTES];
		bool is_lesser;

		if (!coupling_partner(coupling, a->key, partner) ||
		    strcmp(partner, b->key) != 0)
			continue;
		/* a first is wrong if a's new value does not fit b's old one */
		is_lesser = coupling_is_lesser(coupling, a->key);
		if (!coupling_holds(coupling, is_lesser ? a->will_be : b->now,
				    is_lesser ? b->now : a->will_be))
			return true;
	}
	return false;
}

static bool is_before(const struct change *a, const struct change *b)
{
	int rank_a = rank(a), rank_b = rank(b);

	if (rank_a != rank_b)
		return rank_a < rank_b;
	if (rank_a == 0) /* both spread: the one that changes the other goes first */
		return reach_changes(a->key, b->key) && !reach_changes(b->key, a->key);
	return rank_a == 1 && is_coupled_before(b, a);
}

/* By insertion, so that equal ones stay in their order; pairs alone move. */
void plan_order(struct plan *plan)
{
	for (size_t i = 1; i < plan->count; i++) {
		size_t to = i;
		struct change moved = plan->changes[i];

		/* behind the last one that it need not go before */
		for (size_t j = i; j-- > 0;) {
			if (is_before(&moved, &plan->changes[j]))
				to = j;
		}
		memmove(&plan->changes[to + 1], &plan->changes[to],
			(i - to) * sizeof(*plan->changes));
		plan->changes[to] = moved;
	}
}

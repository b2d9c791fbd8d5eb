#include "plan/plan.h"

#include "plan/coupling.h"
#include "plan/rounding.h"

#include <errno.h>
#include <fnmatch.h>

enum { LIVE_BYTES = 4096 };

/* One plan in the making. */
struct build {
	struct evidence *evidence;
	const struct interfaces *interfaces;
	const struct bound_host *host;
	const struct plan_options *options;
	struct plan plan;
};

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

static void change_clear(struct change *change)
{
	free(change->key);
	free(change->now);
	free(change->wanted);
	free(change->will_be);
	free(change->secret_text);
	free(change->reason);
	free(change->origin);
	free(change->note);
	*change = (struct change){ 0 };
}

void plan_clear(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		change_clear(&plan->changes[i]);
	free(plan->changes);
	key_list_clear(&plan->saved);
	*plan = (struct plan){ 0 };
}

static int copy(char **place, const char *text, struct error *err)
{
	free(*place);
	*place = text ? strdup(text) : NULL;
	return text && !*place ? no_memory(err) : 0;
}

/* --- wishes into changes ---------------------------------------------------------- */

static int set_state(struct change *change, enum change_state state, const char *note,
		     struct error *err)
{
	change->state = state;
	return copy(&change->note, note, err);
}

/* The words of a wish, as they would be written; a secret has no comparison. */
static int join_elements(const struct wanted *wanted, char **place, struct error *err)
{
	AUTO(text_clear) struct text text = { 0 };

	for (size_t i = 0; i < wanted->count; i++)
		text_addf(&text, "%s%s", i > 0 ? " " : "",
			  wanted->elements[i].text ? wanted->elements[i].text : "");
	if (text_check(&text) < 0)
		return no_memory(err);
	*place = TAKE(text.data);
	return 0;
}

static int set_secret(struct change *change, const struct plan_request *request,
		      struct error *err)
{
	int r = join_elements(request->comparison->wanted, &change->secret_text, err);

	return r < 0 ? r : set_state(change, CHANGE_WRITE, NULL, err);
}

/* A verdict on a wish as a state of a change. */
static int set_from_verdict(struct change *change, const struct plan_request *request,
			    struct error *err)
{
	const struct comparison *row = request->comparison;
	bool is_same;

	switch (row->verdict) {
	case VERDICT_OK:
		return set_state(change, CHANGE_ALREADY, NULL, err);
	case VERDICT_KEPT_HIGHER:
	case VERDICT_KEPT_LOWER:
		return set_state(change, CHANGE_KEPT, NULL, err);
	case VERDICT_NOT_HERE:
	case VERDICT_CANNOT_COMPUTE:
		return set_state(change, CHANGE_NOT_HERE, row->reason, err);
	case VERDICT_UNREADABLE:
		if (change->def->is_secret)
			return set_secret(change, request, err);
		return set_state(change, CHANGE_REFUSED, row->reason, err);
	case VERDICT_DIFFERS:
		is_same = rounding_is_equal_text(change->def, row->target, row->live);
		return set_state(change, is_same ? CHANGE_ALREADY : CHANGE_WRITE, NULL,
				 err);
	}
	return 0;
}

static int fill(struct change *change, const struct plan_request *request,
		struct error *err)
{
	const struct comparison *row = request->comparison;
	int r;

	change->def = sysctl_find(row->wanted->key);
	if (!change->def)
		return error_set(err, -EINVAL, "unknown sysctl '%s'", row->wanted->key);
	r = copy(&change->key, row->wanted->key, err);
	if (r == 0)
		r = copy(&change->now, row->live, err);
	if (r == 0)
		r = copy(&change->wanted,
			 change->def->is_secret ? NULL : row->wanted_text, err);
	if (r == 0)
		r = copy(&change->will_be, row->target, err);
	if (r == 0)
		r = copy(&change->reason, row->wanted->reason, err);
	if (r == 0)
		r = copy(&change->origin, request->origin, err);
	if (r == 0)
		r = set_from_verdict(change, request, err);
	if (r == 0 && change->state == CHANGE_WRITE && request->is_locked)
		r = set_state(
			change, CHANGE_NOT_HERE,
			change->def->scope == SCOPE_GLOBAL ||
					change->def->scope == SCOPE_INIT_ONLY
				? "read-only here: it is set in the initial network namespace"
				: "read-only here",
			err);
	return r;
}

static bool is_floor(const struct comparison *row)
{
	return row->wanted->count == 1 &&
	       row->wanted->elements[0].op == WANTED_AT_LEAST && row->target;
}

/* Is `later` a floor below another floor? */
static bool is_lower_floor(const struct comparison *later,
			   const struct comparison *before)
{
	const struct sysctl_def *def = sysctl_find(later->wanted->key);
	struct value a, b;

	return is_floor(later) && is_floor(before) &&
	       value_parse(def, later->target, &a, NULL) == 0 &&
	       value_parse(def, before->target, &b, NULL) == 0 && a.is_numeric &&
	       value_number_compare(a.numbers[0], b.numbers[0]) < 0;
}

/* The request that counts for the key of request number index; index when it does. */
static size_t which_counts(const struct plan_request *requests, size_t count,
			   size_t index)
{
	const char *key = requests[index].comparison->wanted->key;
	size_t best = count;

	for (size_t i = 0; i < count; i++) {
		const struct comparison *row = requests[i].comparison;

		if (strcmp(row->wanted->key, key) == 0 &&
		    (best == count || !is_lower_floor(row, requests[best].comparison)))
			best = i;
	}
	return best;
}

static bool is_wanted(const struct build *build, const struct plan_request *request)
{
	const char *only = build->options->only;

	return !only || fnmatch(only, request->comparison->wanted->key, 0) == 0;
}

static int add_changes(struct build *build, const struct plan_request *requests,
		       size_t count, struct error *err)
{
	struct plan *plan = &build->plan;
	int r = 0;

	plan->changes = calloc(count + 1, sizeof(*plan->changes));
	if (!plan->changes)
		return no_memory(err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (is_wanted(build, &requests[i]) &&
		    which_counts(requests, count, i) == i)
			r = fill(&plan->changes[plan->count++], &requests[i], err);
	}
	return r;
}

/* --- what may not be written ------------------------------------------------------ */

static struct change *find_change(struct plan *plan, const char *key)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (strcmp(plan->changes[i].key, key) == 0)
			return &plan->changes[i];
	}
	return NULL;
}

/* The value that a key will have when all is written; false when it is not known. */
static bool value_after(struct build *build, const char *key, char *ret)
{
	const struct change *change = find_change(&build->plan, key);

	if (change && change->state == CHANGE_WRITE && change->will_be &&
	    strlen(change->will_be) < LIVE_BYTES) {
		(void)snprintf(ret, LIVE_BYTES, "%s", change->will_be);
		return true;
	}
	return evidence_sysctl(build->evidence, key, ret, LIVE_BYTES);
}

static int refuse(struct change *change, struct error *err, const char *format, ...)
	PRINTF(3, 4);

static int refuse(struct change *change, struct error *err, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return set_state(change, CHANGE_REFUSED, text, err);
}

static int check_bounds(struct build *build, struct change *change, struct error *err)
{
	struct value wanted, live;
	struct error reason = { 0 };
	bool has_live =
		change->now && value_parse(change->def, change->now, &live, NULL) == 0;

	if (!change->will_be)
		return 0;
	if (value_parse(change->def, change->will_be, &wanted, &reason) == 0 &&
	    bound_check(change->def, &wanted, has_live ? &live : NULL, build->host,
			&reason) == 0)
		return 0;
	return refuse(change, err, "%s", reason.text);
}

static int check_couplings(struct build *build, struct change *change, struct error *err)
{
	for (size_t i = 0; i < coupling_count; i++) {
		char partner[KEY_BYTES], other[LIVE_BYTES];
		bool is_lesser = coupling_is_lesser(&couplings[i], change->key);

		if (!change->will_be ||
		    !coupling_partner(&couplings[i], change->key, partner) ||
		    !value_after(build, partner, other) ||
		    coupling_holds(&couplings[i], is_lesser ? change->will_be : other,
				   is_lesser ? other : change->will_be))
			continue;
		return refuse(change, err, "it may not be %s %s, which is %s then",
			      is_lesser ? "above" : "below", partner, other);
	}
	return 0;
}

/* Two names of one value in one plan: which of them is meant? */
static int check_aliases(struct build *build, struct change *change, struct error *err)
{
	for (size_t i = 0; i < build->plan.count; i++) {
		const struct change *other = &build->plan.changes[i];

		if (other != change && other->state == CHANGE_WRITE &&
		    reach_is_alias(change->key, other->key))
			return refuse(change, err, "%s is another name of the same value",
				      other->key);
	}
	return 0;
}

/* Does it spread over interfaces that differ now? ret: false when it is not known. */
static int find_mixed(struct build *build, const struct change *change, bool *ret)
{
	AUTO(key_list_clear) struct key_list reached = { 0 };
	const struct sysctl_def *def = NULL;
	char first[LIVE_BYTES] = "", value[LIVE_BYTES];
	int r = reach_add(change->key, build->interfaces, &reached);

	*ret = false;
	for (size_t i = 0; r == 0 && i < reached.count; i++) {
		const struct sysctl_def *other = sysctl_find(reached.keys[i]);

		/* the first family that it reaches: "forwarding" of each interface */
		if (!other || interface_family_of(other) == FAMILY_COUNT ||
		    (def && other != def) ||
		    !evidence_sysctl(build->evidence, reached.keys[i], value,
				     sizeof(value)))
			continue;
		if (def && strcmp(first, value) != 0)
			*ret = true;
		def = other;
		(void)snprintf(first, sizeof(first), "%s", value);
	}
	return r;
}

static int check_undo(struct build *build, struct change *change, struct error *err)
{
	bool is_mixed;
	int r = find_mixed(build, change, &is_mixed);

	if (r < 0)
		return no_memory(err);
	change->undo = undo_classify(change->def, change->key, change->will_be, is_mixed);
	if (change->undo.class != UNDO_IMPOSSIBLE || build->options->allows_irreversible)
		return 0;
	return refuse(change, err, "cannot be undone: %s (--irreversible writes it)",
		      change->undo.note);
}

static bool is_writable_kind(const struct sysctl_def *def)
{
	return !def->is_read_only && !def->is_write_only && def->effect != EFFECT_ACTION;
}

static int check_change(struct build *build, struct change *change, struct error *err)
{
	int r = 0;

	if (!is_writable_kind(change->def))
		return refuse(change, err, "nothing that can be set");
	r = check_bounds(build, change, err);
	if (r == 0 && change->state == CHANGE_WRITE)
		r = check_couplings(build, change, err);
	if (r == 0 && change->state == CHANGE_WRITE)
		r = check_aliases(build, change, err);
	if (r == 0 && change->state == CHANGE_WRITE)
		r = check_undo(build, change, err);
	return r;
}

static int check_all(struct build *build, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < build->plan.count; i++) {
		if (build->plan.changes[i].state == CHANGE_WRITE)
			r = check_change(build, &build->plan.changes[i], err);
	}
	return r;
}

static int add_saved(struct build *build, struct error *err)
{
	for (size_t i = 0; i < build->plan.count; i++) {
		const struct change *change = &build->plan.changes[i];

		if (change->state == CHANGE_WRITE &&
		    reach_add(change->key, build->interfaces, &build->plan.saved) < 0)
			return no_memory(err);
	}
	return 0;
}

static void build_clear(struct build *build)
{
	plan_clear(&build->plan);
}

int plan_build(const struct plan_request *requests, size_t count,
	       struct evidence *evidence, const struct interfaces *interfaces,
	       const struct bound_host *host, const struct plan_options *options,
	       struct plan *ret, struct error *err)
{
	AUTO(build_clear)
	struct build build = {
		.evidence = evidence,
		.interfaces = interfaces,
		.host = host,
		.options = options,
	};
	int r = add_changes(&build, requests, count, err);

	if (r == 0)
		r = check_all(&build, err);
	if (r == 0)
		r = add_saved(&build, err);
	if (r < 0)
		return r;
	plan_order(&build.plan);
	*ret = build.plan;
	build.plan = (struct plan){ 0 };
	return 0;
}

int plan_add_needs(const char *key, const struct interfaces *interfaces,
		   struct needs *needs, struct error *err)
{
	AUTO(key_list_clear) struct key_list keys = { 0 };
	char partner[KEY_BYTES];
	int r = reach_add(key, interfaces, &keys);

	for (size_t i = 0; r == 0 && i < coupling_count; i++) {
		if (coupling_partner(&couplings[i], key, partner))
			r = key_list_add(&keys, partner);
	}
	for (size_t i = 0; r == 0 && i < keys.count; i++) {
		r = needs_add(needs, keys.keys[i], err);
		if (r == -ENOENT) /* a key that the catalog does not know is not needed */
			r = 0;
	}
	return r == -ENOMEM ? no_memory(err) : r;
}

size_t plan_tally(const struct plan *plan, enum change_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->changes[i].state == state;
	return count;
}

const char *change_state_text(enum change_state state)
{
	static const char *const texts[] = {
		[CHANGE_WRITE] = "change",     [CHANGE_ALREADY] = "already",
		[CHANGE_KEPT] = "kept higher", [CHANGE_NOT_HERE] = "not here",
		[CHANGE_REFUSED] = "refused",
	};

	_Static_assert(ARRAY_SIZE(texts) == CHANGE_REFUSED + 1, "a text for each state");
	return texts[state];
}

#include "history/track.h"

#include <errno.h>

enum { SECONDS_A_DAY = 24 * 60 * 60, WORSE_FACTOR = 2 };

static const char *const kind_texts[] = {
	[EVENT_NOTHING] = "nothing",   [EVENT_NEW] = "new",
	[EVENT_WORSE] = "worse",       [EVENT_BETTER] = "better",
	[EVENT_RESOLVED] = "resolved", [EVENT_REBOOT] = "reboot",
	[EVENT_NETNS] = "namespace",   [EVENT_RESET] = "reset",
};
_Static_assert(ARRAY_SIZE(kind_texts) == EVENT_KINDS_, "a word for each kind");

const char *event_kind_text(enum event_kind kind)
{
	return kind_texts[kind];
}

static int clamp_patience(int patience)
{
	if (patience < PATIENCE_LEAST)
		return PATIENCE_LEAST;
	return patience > PATIENCE_MOST ? PATIENCE_MOST : patience;
}

/* A clock that was set back is no day of silence. */
static int64_t silent_days(const struct tracked *tracked, int64_t now)
{
	return now > tracked->last_told ? (now - tracked->last_told) / SECONDS_A_DAY : 0;
}

static int patience_now(const struct tracked *tracked, int64_t now)
{
	int64_t days = silent_days(tracked, now);

	return clamp_patience(days > 8 ? PATIENCE_LEAST : tracked->patience >> days);
}

static enum event_kind tell(struct tracked *tracked, enum event_kind kind, int64_t now)
{
	int patience = patience_now(tracked, now);
	bool is_again = tracked->last_told > 0 && silent_days(tracked, now) == 0;

	tracked->patience = clamp_patience(is_again ? 2 * patience : patience);
	tracked->last_told = now;
	tracked->is_told = kind != EVENT_RESOLVED;
	tracked->above = tracked->below = 0;
	return kind;
}

static int replace(char **place, const char *text)
{
	char *copy;

	if (*place && strcmp(*place, text) == 0)
		return 0;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(*place);
	*place = copy;
	return 0;
}

static int replace_texts(struct tracked *tracked, const struct observation *seen)
{
	int r = replace(&tracked->kind, seen->kind);

	if (r == 0)
		r = replace(&tracked->rule, seen->rule);
	if (r == 0)
		r = replace(&tracked->subject, seen->subject);
	if (r == 0)
		r = replace(&tracked->says, seen->says);
	if (r == 0)
		r = replace(&tracked->advice, seen->advice);
	return r < 0 ? r : replace(&tracked->unit, seen->unit);
}

/* Count the runs beyond a bound; edge: the value of them that is nearest to it. */
static void count_beyond(struct tracked *tracked, bool is_above, bool is_below)
{
	bool is_first = is_above ? tracked->above == 0 : tracked->below == 0;
	double level = tracked->level;

	if (is_above || is_below)
		tracked->edge = is_first ? level
				: is_above
					? (level < tracked->edge ? level : tracked->edge)
					: (level > tracked->edge ? level : tracked->edge);
	tracked->above = is_above ? tracked->above + 1 : 0;
	tracked->below = is_below ? tracked->below + 1 : 0;
}

static enum event_kind compare_levels(struct tracked *tracked, int64_t now)
{
	double level = tracked->level, reference = tracked->reference;
	enum event_kind kind = EVENT_NOTHING;

	if (level < 0 || reference <= 0)
		return EVENT_NOTHING;
	count_beyond(tracked, level >= WORSE_FACTOR * reference,
		     level * WORSE_FACTOR <= reference);
	if (tracked->above >= patience_now(tracked, now))
		kind = EVENT_WORSE;
	else if (tracked->below >= patience_now(tracked, now))
		kind = EVENT_BETTER;
	if (kind != EVENT_NOTHING) {
		tracked->reference = tracked->edge;
		kind = tell(tracked, kind, now);
	}
	return kind;
}

static void begin(struct tracked *tracked, int64_t now)
{
	tracked->is_open = true;
	tracked->is_told = false;
	tracked->since = now;
	if (tracked->first_seen == 0)
		tracked->first_seen = now;
	tracked->above = tracked->below = 0;
}

int track_seen(struct tracked *tracked, const struct observation *seen, int64_t now)
{
	int r = replace_texts(tracked, seen);

	if (r < 0)
		return r;
	if (!tracked->is_open)
		begin(tracked, now);
	tracked->has_changed = tracked->was_looked_at = true;
	tracked->severity = seen->severity;
	tracked->last_seen = now;
	tracked->count++;
	tracked->level = seen->level;
	tracked->absent = 0;
	if (seen->severity <= 0 || seen->is_silenced) {
		/* when it counts again, it is news */
		tracked->is_told = false;
		return EVENT_NOTHING;
	}
	if (tracked->is_told)
		return compare_levels(tracked, now);
	tracked->reference = seen->level;
	return tell(tracked, EVENT_NEW, now);
}

enum event_kind track_unseen(struct tracked *tracked, int64_t now)
{
	tracked->was_looked_at = true;
	if (!tracked->is_open)
		return EVENT_NOTHING;
	tracked->has_changed = true;
	tracked->above = tracked->below = 0;
	if (++tracked->absent < patience_now(tracked, now))
		return EVENT_NOTHING;
	tracked->is_open = false;
	tracked->absent = 0;
	return tracked->is_told ? tell(tracked, EVENT_RESOLVED, now) : EVENT_NOTHING;
}

void tracked_clear(struct tracked *tracked)
{
	free(tracked->kind);
	free(tracked->rule);
	free(tracked->subject);
	free(tracked->says);
	free(tracked->advice);
	free(tracked->unit);
	*tracked = (struct tracked){ 0 };
}

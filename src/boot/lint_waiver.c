/* Comments that allow what lint says: "# tcptune: allow ID reason". */
#include "boot/lint_parts.h"

#include <errno.h>

enum { MOST_WAIVERS = 65536 };

#define BLANKS " \t\r"

static int complain(struct lint_state *state, size_t file, unsigned line,
		    const char *text)
{
	struct lint_result *result = state->result;
	struct lint_complaint *grown;

	if (result->complaint_count == LINT_MOST_MESSAGES)
		return 0;
	grown = reallocarray(result->complaints, result->complaint_count + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[result->complaint_count++] = (struct lint_complaint){ file, line, text };
	result->complaints = grown;
	return 0;
}

/* Take a word off the front; empty at the end. */
static struct slice take_word(struct slice *text)
{
	struct slice word;

	*text = slice_strip(*text, BLANKS);
	word = (struct slice){ text->at, 0 };
	while (word.length < text->length && !strchr(BLANKS, word.at[word.length]))
		word.length++;
	text->at += word.length;
	text->length -= word.length;
	return word;
}

static bool find_rule(struct slice name, enum lint_id *ret)
{
	for (enum lint_id id = 0; id < LINT_ID_COUNT; id++) {
		if (slice_is(name, lint_rules[id].name)) {
			*ret = id;
			return true;
		}
	}
	return false;
}

int lint_take_comment(struct lint_state *state, size_t file, unsigned line,
		      struct slice text)
{
	struct lint_waiver waiver = { .file = file, .line = line };
	struct lint_waiver *grown;

	if (!slice_is(take_word(&text), "tcptune:"))
		return 0;
	if (!slice_is(take_word(&text), "allow"))
		return complain(
			state, file, line,
			"the only word here is 'allow': # tcptune: allow ID reason");
	if (!find_rule(take_word(&text), &waiver.id))
		return complain(state, file, line,
				"this allows nothing: there is no such id");
	waiver.reason = slice_strip(text, BLANKS);
	if (waiver.reason.length == 0)
		return complain(state, file, line,
				"this allows nothing without a reason");
	if (state->waiver_count == MOST_WAIVERS)
		return 0;
	grown = reallocarray(state->waivers, state->waiver_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[state->waiver_count++] = waiver;
	state->waivers = grown;
	return 0;
}

void lint_bind_waivers(struct lint_state *state, size_t file, unsigned line)
{
	for (size_t i = state->waiver_count; i-- > 0;) {
		struct lint_waiver *waiver = &state->waivers[i];

		if (waiver->file != file || waiver->target)
			break;
		waiver->target = line;
	}
}

/* What is said of a whole file may be allowed anywhere in it. */
static bool is_for(const struct lint_waiver *waiver, const struct lint_message *message)
{
	return waiver->file == message->file && waiver->id == message->id &&
	       (waiver->target == message->line || message->id == LINT_NOT_READ);
}

int lint_apply_waivers(struct lint_state *state)
{
	for (size_t i = 0; i < state->result->count; i++) {
		struct lint_message *message = &state->result->messages[i];

		for (size_t k = 0; !message->waived && k < state->waiver_count; k++) {
			const struct lint_waiver *waiver = &state->waivers[k];

			if (!is_for(waiver, message))
				continue;
			message->waived =
				strndup(waiver->reason.at, waiver->reason.length);
			if (!message->waived)
				return -ENOMEM;
		}
	}
	return 0;
}

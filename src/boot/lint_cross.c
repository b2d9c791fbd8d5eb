/* Lines beside each other: repeated, overruled, cancelled, misunderstood. */
#include "boot/lint_parts.h"

#include "boot/key_limit.h"

#include <ctype.h>
#include <strings.h>

const struct lint_line *lint_last(const struct lint_state *state, const char *path)
{
	int64_t number = name_table_find(&state->paths, path);

	if (number == NAME_NONE || (size_t)number >= state->last_count ||
	    state->last[number] == LINT_NO_LINE)
		return NULL;
	return &state->lines[state->last[number]];
}

double lint_number(const struct lint_line *line, size_t index, double otherwise)
{
	struct kernel_numbers numbers;

	if (!line || line->is_void)
		return otherwise;
	kernel_numbers_read(line->value, index + 1, &numbers);
	return numbers.count > index ? value_number_double(numbers.numbers[index])
				     : otherwise;
}

static const char *file_of(const struct lint_state *state, const struct lint_line *line)
{
	return state->subject->tree->files[line->file].path;
}

/* --- the same key again
 * ------------------------------------------------------------------- */

static bool is_same_value(const struct lint_line *a, const struct lint_line *b)
{
	AUTO(text_clear) struct text left = { 0 };
	AUTO(text_clear) struct text right = { 0 };
	const char *reason;

	if (slice_is_equal(a->value, b->value))
		return true;
	return kernel_value_write(a->def, KERNEL_VALUE_MEASURED, a->value, NULL, &left,
				  &reason) == KERNEL_TAKES &&
	       kernel_value_write(b->def, KERNEL_VALUE_MEASURED, b->value, NULL, &right,
				  &reason) == KERNEL_TAKES &&
	       strcmp(text_string(&left), text_string(&right)) == 0;
}

static void check_duplicate(struct lint_state *state, const struct lint_line *line,
			    const struct lint_line *before)
{
	char key[KEY_PATH_SIZE];

	(void)lint_key(state, line, key, sizeof(key));
	if (is_same_value(line, before))
		lint_say(state, line, line->key, LINT_DUPLICATE_KEY, LINT_NOTE,
			 "drop one of them", "'%s' is set to the same value in line %u",
			 key, before->line);
	else
		lint_say(state, line, line->key, LINT_DUPLICATE_KEY, LINT_WARNING,
			 "drop the one that you do not mean",
			 "'%s' is set to '%.*s' in line %u; the last line wins", key,
			 before->value.length > 60 ? 60 : (int)before->value.length,
			 before->value.at, before->line);
}

static void check_shadow(struct lint_state *state, const struct lint_line *line,
			 const struct lint_line *winner)
{
	char key[KEY_PATH_SIZE];

	if (is_same_value(line, winner))
		return;
	lint_say(
		state, line, line->key, LINT_SHADOWED_LINE, LINT_WARNING,
		"set it in the file that wins, or name this file so that it is read later",
		"%s:%u sets '%s' to '%.*s' later, and wins at boot",
		file_of(state, winner), winner->line,
		lint_key(state, line, key, sizeof(key)),
		winner->value.length > 60 ? 60 : (int)winner->value.length,
		winner->value.at);
}

/* systemd-sysctl takes an exclusion for the end of an earlier assignment. */
static void check_exclusion(struct lint_state *state, const struct lint_line *line)
{
	char key[KEY_PATH_SIZE];

	if (line->before == LINT_NO_LINE || state->lines[line->before].is_exclusion)
		return;
	lint_say(
		state, line, line->key, LINT_LOADER_DIFFERENCE, LINT_NOTE,
		"drop the assignment, or this line",
		"for systemd-sysctl this takes back the assignment of '%s' in %s:%u; procps does the assignment all the same",
		lint_key(state, line, key, sizeof(key)),
		file_of(state, &state->lines[line->before]),
		state->lines[line->before].line);
}

static void check_repetition(struct lint_state *state, const struct lint_line *line)
{
	const struct lint_line *winner = lint_last(state, state->paths.names[line->path]);

	if (line->def && line->def->is_secret)
		return;
	if (line->before != LINT_NO_LINE &&
	    state->lines[line->before].file == line->file &&
	    !state->lines[line->before].is_exclusion)
		check_duplicate(state, line, &state->lines[line->before]);
	if (winner && winner->file != line->file && !winner->is_exclusion)
		check_shadow(state, line, winner);
}

/* --- lines that cancel each other
 * ----------------------------------------------------------- */

/*
 * A line that sets key to more than `above` is cancelled by another key that is 0.
 */
static const struct {
	const char *path;
	size_t element;
	double above;
	const char *other;
	const char *text, *advice;
} contradictions[] = {
	{ "net/ipv4/tcp_tw_reuse", 0, 0, "net/ipv4/tcp_timestamps",
	  "tcp_tw_reuse does nothing without timestamps, which %s:%u switches off",
	  "set tcp_timestamps to 1" },
	{ "net/ipv4/tcp_rmem", 2, 65535, "net/ipv4/tcp_window_scaling",
	  "no connection uses more than 64 KiB without window scaling, which %s:%u switches off",
	  "set tcp_window_scaling to 1" },
	{ "net/ipv4/tcp_wmem", 2, 65535, "net/ipv4/tcp_window_scaling",
	  "no connection uses more than 64 KiB without window scaling, which %s:%u switches off",
	  "set tcp_window_scaling to 1" },
	{ "net/ipv4/tcp_dsack", 0, 0, "net/ipv4/tcp_sack",
	  "tcp_dsack does nothing without SACK, which %s:%u switches off",
	  "set tcp_sack to 1" },
	{ "net/ipv4/ip_forward", 0, 0, "net/ipv4/conf/all/forwarding",
	  "the same switch is set to 0 in %s:%u", "drop one of them" },
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void check_contradiction(struct lint_state *state, const struct lint_line *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(contradictions); i++) {
		const struct lint_line *other;

		if (strcmp(state->paths.names[line->path], contradictions[i].path) != 0 ||
		    lint_number(line, contradictions[i].element, 0) <=
			    contradictions[i].above)
			continue;
		other = lint_last(state, contradictions[i].other);
		if (!other || lint_number(other, 0, 1) != 0)
			continue;
		lint_say(state, line, line->value, LINT_CONTRADICTION, LINT_WARNING,
			 contradictions[i].advice, contradictions[i].text,
			 file_of(state, other), other->line);
	}
}
#pragma GCC diagnostic pop

/* What a coupled key holds when this line is written: from the lines before it. */
static double held_before(const struct lint_state *state, const struct lint_line *line,
			  const char *path, double otherwise)
{
	const struct lint_line *other = lint_last(state, path);

	while (other && other > line)
		other = other->before == LINT_NO_LINE ? NULL
						      : &state->lines[other->before];
	return lint_number(other, 0, otherwise);
}

/* Thresholds of which the kernel refuses the wrong order; ports have a check of their
 * own.
 */
static void check_limits(struct lint_state *state, struct lint_line *line)
{
	const char *path = state->paths.names[line->path];

	for (size_t i = 1; i < key_limit_count; i++) {
		const struct key_limit *limit = &key_limits[i];
		bool is_low = strcmp(path, limit->low) == 0;
		double number, other;

		if ((!is_low && strcmp(path, limit->high) != 0) ||
		    state->subject->release < KERNEL(5, 10))
			continue;
		number = lint_number(line, 0, 0);
		other = held_before(state, line, is_low ? limit->high : limit->low,
				    is_low ? limit->high_default : limit->low_default);
		if (is_low ? number <= other : number >= other)
			continue;
		lint_say(
			state, line, line->value, LINT_REFUSED_VALUE, LINT_ERROR,
			"when both change, raise the high one first or lower it last",
			"the kernel refuses it (EINVAL): at that time '/proc/sys/%s' holds %.0f",
			is_low ? limit->high : limit->low, other);
		line->is_void = true;
	}
}

/* --- what people believe of a line
 * ------------------------------------------------------------ */

/* Does the comment above a line have one of the words? Capitals do not matter. */
static bool mentions(struct slice comment, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(words[i]);

		for (size_t at = 0; at + length <= comment.length; at++) {
			if (strncasecmp(comment.at + at, words[i], length) == 0)
				return true;
		}
	}
	return false;
}

static bool is_path(const struct lint_state *state, const struct lint_line *line,
		    const char *path)
{
	return strcmp(state->paths.names[line->path], path) == 0;
}

static void say_belief(struct lint_state *state, const struct lint_line *line,
		       const char *text, const char *advice)
{
	lint_say(state, line, line->key, LINT_MISBELIEF, LINT_NOTE, advice, "%s", text);
}

static void check_belief(struct lint_state *state, const struct lint_line *line)
{
	static const char *const queue_words[] = { "queue",  "backlog",	   "accept",
						   "listen", "connection", "syn" };
	static const char *const window_words[] = { "tcp", "window", "autotun",
						    "auto-tun", "throughput" };
	double number = lint_number(line, 0, 0);

	if (is_path(state, line, "net/ipv4/tcp_fin_timeout") && number < 60)
		say_belief(
			state, line,
			"this does not shorten TIME_WAIT, which is 60 s on every Linux; it is for sockets in FIN_WAIT_2 that no program holds",
			"keep it if you mean FIN_WAIT_2; many TIME_WAIT on the server's side are harmless");
	else if (is_path(state, line, "net/ipv4/tcp_max_syn_backlog") &&
		 state->subject->release >= KERNEL(4, 14) &&
		 lint_number(lint_last(state, "net/ipv4/tcp_syncookies"), 0, 1) != 0)
		say_belief(
			state, line,
			"this does not enlarge the SYN queue while tcp_syncookies is on: the backlog of the program's listen() and somaxconn do",
			"raise the backlog of the program, and somaxconn");
	else if (is_path(state, line, "net/core/somaxconn") &&
		 mentions(line->comment, queue_words, ARRAY_SIZE(queue_words)))
		say_belief(
			state, line,
			"this is only the ceiling: the queue is as long as the program asks for in listen(), and changes only when it calls listen() again",
			"raise the backlog of the program too, and restart it");
	else if ((is_path(state, line, "net/core/rmem_max") ||
		  is_path(state, line, "net/core/wmem_max")) &&
		 mentions(line->comment, window_words, ARRAY_SIZE(window_words)))
		say_belief(
			state, line,
			"this does not limit what TCP grows its buffers to: the last number of tcp_rmem and tcp_wmem does; it is for programs that set SO_RCVBUF or SO_SNDBUF",
			"set tcp_rmem and tcp_wmem for TCP; keep this for UDP");
}

void lint_check_group(struct lint_state *state, size_t first)
{
	for (size_t i = first; i < state->line_count; i++) {
		struct lint_line *line = &state->lines[i];

		if (line->is_exclusion) {
			check_exclusion(state, line);
			continue;
		}
		check_repetition(state, line);
		if (line->is_void)
			continue;
		check_limits(state, line);
		check_contradiction(state, line);
		check_belief(state, line);
		if (is_path(state, line, "net/ipv4/ip_local_port_range"))
			lint_check_ports(state, line);
	}
}

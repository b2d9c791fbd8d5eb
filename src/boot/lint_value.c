/* Can the kernel take a value, and can anyone mean it? */
#include "boot/lint_parts.h"

#include "base/nearest.h"

#include <ctype.h>

enum { MOST_SHOWN = 60 };

#define BLANKS " \t"

static int shown(struct slice text)
{
	return text.length > MOST_SHOWN ? MOST_SHOWN : (int)text.length;
}

static const char *about_value(const struct lint_line *line)
{
	return line->def && line->def->is_secret ? "the value" : NULL;
}

static void refuse(struct lint_state *state, struct lint_line *line, const char *advice,
		   const char *why)
{
	const char *hidden = about_value(line);

	line->is_void = true;
	lint_say(state, line, line->value, LINT_REFUSED_VALUE, LINT_ERROR, advice,
		 "the kernel refuses %s%.*s%s: %s", hidden ? hidden : "'",
		 hidden ? 0 : shown(line->value), line->value.at, hidden ? "" : "'", why);
}

/* Where a comment begins in a value: a '#', or what looks like one behind a blank. */
static size_t find_comment(struct slice value)
{
	for (size_t i = 1; i < value.length; i++) {
		bool is_behind_blank = strchr(BLANKS, value.at[i - 1]) != NULL;

		if (value.at[i] == '#' || (value.at[i] == ';' && is_behind_blank) ||
		    (is_behind_blank && i + 1 < value.length && value.at[i] == '/' &&
		     value.at[i + 1] == '/'))
			return i;
	}
	return value.length;
}

/* Does the kernel, as far as is known of the key, take the value with its comment? */
static bool takes_comment(const struct lint_line *line)
{
	struct kernel_numbers numbers;
	size_t wanted = line->def && line->def->arity ? line->def->arity : 1;

	if (line->def && !kernel_value_is_numeric(line->def))
		return false;
	kernel_numbers_read(line->value, wanted, &numbers);
	return !numbers.is_refused;
}

/* false: the value is refused for it, and no more is to be said */
static bool check_comment(struct lint_state *state, struct lint_line *line)
{
	size_t at = find_comment(line->value);
	struct slice comment = { line->value.at + at, line->value.length - at };
	bool is_taken;

	if (at == line->value.length)
		return true;
	is_taken = takes_comment(line);
	/* text of which nothing is known may well have a '#' in it */
	if (!line->def && !is_taken)
		return true;
	lint_say(
		state, line, comment, LINT_INLINE_COMMENT,
		is_taken ? LINT_WARNING : LINT_ERROR,
		"put the comment on a line of its own",
		is_taken
			? "'%.*s' is part of the value, not a comment; the kernel takes what stands before it and drops the rest"
			: "'%.*s' is part of the value, not a comment; the kernel refuses it all",
		shown(comment), comment.at);
	line->value = slice_strip((struct slice){ line->value.at, at }, BLANKS);
	line->is_void = !is_taken;
	return is_taken;
}

static bool check_quotes(struct lint_state *state, struct lint_line *line)
{
	char first = line->value.length ? line->value.at[0] : '\0';

	if (first != '"' && first != '\'')
		return true;
	line->is_void = true;
	lint_say(state, line, line->value, LINT_QUOTED_VALUE, LINT_ERROR,
		 "drop the quotes",
		 line->def ? "the quotes are part of the value, and the kernel refuses it"
			   : "the quotes are part of the value");
	return false;
}

static size_t arity(const struct sysctl_def *def)
{
	return def->arity ? def->arity : 1;
}

/* "16M", "1G", "10s": what people write where the kernel wants digits. */
static const char *number_advice(struct slice value)
{
	if (value.length == 0)
		return "write the number";
	if (isdigit((unsigned char)value.at[0]) &&
	    strchr("kKmMgG", value.at[value.length - 1]))
		return "write the number out: the kernel knows no K, M or G";
	return "write a number, in digits";
}

static bool check_numbers(struct lint_state *state, struct lint_line *line,
			  const struct kernel_numbers *numbers)
{
	if (!numbers->is_refused)
		return true;
	if (numbers->count > 0)
		refuse(state, line, number_advice(line->value),
		       "not all of it is numbers; those before the wrong one are stored all the same");
	else
		refuse(state, line, number_advice(line->value),
		       "it is no number (EINVAL)");
	return false;
}

static void check_count(struct lint_state *state, const struct lint_line *line,
			const struct kernel_numbers *numbers)
{
	if (numbers->rest.length > 0)
		lint_say(state, line, line->value, LINT_NONSENSE_VALUE, LINT_WARNING,
			 "drop what is too much",
			 "the key has %zu number%s; the kernel drops '%.*s'",
			 arity(line->def), arity(line->def) == 1 ? "" : "s",
			 shown(numbers->rest), numbers->rest.at);
	else if (numbers->count < arity(line->def))
		lint_say(
			state, line, line->value, LINT_NONSENSE_VALUE, LINT_WARNING,
			"write all of them",
			"the key has %zu numbers and the line %zu; the others stay what they were",
			arity(line->def), numbers->count);
}

/* What the catalog calls accepted was measured; older kernels are another matter. */
static bool check_range(struct lint_state *state, struct lint_line *line, double number)
{
	const struct value_range *range = &line->def->accepted;
	char why[96];

	if (!range->is_known || (number >= range->lowest && number <= range->highest))
		return true;
	if (state->subject->release < KERNEL_VALUE_MEASURED) {
		lint_say(
			state, line, line->value, LINT_REFUSED_VALUE, LINT_NOTE,
			"write a number within that range",
			"unknown for this kernel: from 6.0 on, numbers outside %.15g to %.15g are refused",
			range->lowest, range->highest);
		return false;
	}
	(void)snprintf(why, sizeof(why), "it takes %.15g to %.15g (EINVAL)",
		       range->lowest, range->highest);
	refuse(state, line, "write a number within that range", why);
	return false;
}

static bool check_ranges(struct lint_state *state, struct lint_line *line,
			 const struct kernel_numbers *numbers)
{
	const struct value_range *sane = &line->def->sane;

	for (size_t i = 0; i < numbers->count; i++) {
		double number = value_number_double(numbers->numbers[i]);

		if (!check_range(state, line, number))
			return false;
		/* of ports, the check of ranges says what is wrong */
		if (!sane->is_known ||
		    (number >= sane->lowest && number <= sane->highest) ||
		    strcmp(line->def->name, "net.ipv4.ip_local_port_range") == 0)
			continue;
		lint_say(
			state, line, line->value, LINT_NONSENSE_VALUE, LINT_WARNING,
			"write what you mean, or drop the line",
			"the kernel takes %.15g%s%s, but only %.15g to %.15g makes sense",
			number, line->def->unit ? " " : "",
			line->def->unit ? line->def->unit : "", sane->lowest,
			sane->highest);
		return false;
	}
	return true;
}

static bool is_vector_of_memory(const struct sysctl_def *def)
{
	return def->arity == 3;
}

static void check_order(struct lint_state *state, const struct lint_line *line,
			const struct kernel_numbers *numbers)
{
	for (size_t i = 1; is_vector_of_memory(line->def) && i < numbers->count; i++) {
		if (value_number_compare(numbers->numbers[i - 1], numbers->numbers[i]) <=
		    0)
			continue;
		lint_say(
			state, line, line->value, LINT_NONSENSE_VALUE, LINT_WARNING,
			"write least, default and most, in this order",
			"the numbers go down; the kernel takes them, and the least is then above the most");
		return;
	}
}

/* Memory in pages that can only be bytes; more than any host has, or shaped as tcp_rmem.
 */
static bool check_pages(struct lint_state *state, struct lint_line *line,
			const struct kernel_numbers *numbers)
{
	const double mebi = 1024.0 * 1024, page = 4096, most_pages = 67108864;
	double least, most, limit = most_pages;
	bool is_round;

	if (numbers->count != 3 || !line->def->unit ||
	    strcmp(line->def->unit, "pages") != 0)
		return true;
	least = value_number_double(numbers->numbers[0]);
	most = value_number_double(numbers->numbers[2]);
	if (state->subject->memory_bytes > 0)
		limit = state->subject->memory_bytes / page;
	is_round = most >= 16 * mebi && (uint64_t)most % (1024 * 1024) == 0 &&
		   (uint64_t)least % (1024 * 1024) == 0;
	if (most <= limit && !is_round && !(least > 0 && most / least >= 100))
		return true;
	line->is_void = true;
	lint_say(
		state, line, line->value, LINT_UNIT_MISTAKE, LINT_ERROR,
		"drop the line: the kernel computes it from the memory of the host",
		"the key counts pages of 4096 bytes, not bytes: the last number is %.4g GiB",
		most * page / mebi / 1024);
	return false;
}

static void check_numeric(struct lint_state *state, struct lint_line *line)
{
	struct kernel_numbers numbers;

	kernel_numbers_read(line->value, arity(line->def), &numbers);
	if (!check_numbers(state, line, &numbers))
		return;
	check_count(state, line, &numbers);
	if (!check_pages(state, line, &numbers) || !check_ranges(state, line, &numbers))
		return;
	check_order(state, line, &numbers);
	lint_check_harm(state, line, &numbers);
	lint_check_default(state, line, &numbers);
}

static void check_text(struct lint_state *state, struct lint_line *line)
{
	AUTO(text_clear) struct text held = { 0 };
	const char *reason = NULL;
	auto_free char *text = strndup(line->value.at, line->value.length);
	struct value value;

	if (!text) {
		state->has_failed = true;
		return;
	}
	if (kernel_value_write(line->def, state->subject->release, line->value, NULL,
			       &held, &reason) == KERNEL_REFUSES)
		refuse(state, line, "write it as the key wants it", reason);
	else if ((line->def->type == VALUE_CPU_MASK ||
		  line->def->type == VALUE_HEX_KEY) &&
		 value_parse(line->def, text, &value, NULL) < 0)
		refuse(state, line, "write it as the key wants it",
		       line->def->type == VALUE_CPU_MASK ? "it is no mask of CPUs"
							 : "it is no key");
	else
		lint_check_word(state, line);
}

void lint_check_value(struct lint_state *state, struct lint_line *line)
{
	if (!check_quotes(state, line) || !check_comment(state, line) || !line->def)
		return;
	if (line->def->is_read_only) {
		refuse(state, line, "drop the line", "the key can only be read");
		return;
	}
	if (kernel_value_is_numeric(line->def))
		check_numeric(state, line);
	else
		check_text(state, line);
}

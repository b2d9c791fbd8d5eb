#include "boot/kernel_value.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>

/* The blanks of the kernel's isspace(), and those that may stand behind a number. */
#define KERNEL_BLANKS " \t\n\r\v\f"
#define KERNEL_BEHIND " \t\n"

/* proc_get_long() looks at so many characters of a number. */
enum { LONGEST_NUMBER = 21 };

static bool is_blank(char c)
{
	return c != '\0' && strchr(KERNEL_BLANKS, c) != NULL;
}

/* One number with a blank or the end behind it; moves the slice behind it. */
static bool take_number(struct slice *text, struct value_number *ret)
{
	char buffer[LONGEST_NUMBER + 2];
	struct value_number number = { 0 };
	size_t length = 0;
	char *end;

	while (length < text->length &&
	       (text->at[length] == '\0' || !strchr(KERNEL_BEHIND, text->at[length])))
		length++;
	if (length == 0 || length > LONGEST_NUMBER)
		return false;
	memcpy(buffer, text->at, length);
	buffer[length] = '\0';
	number.is_negative = buffer[0] == '-';
	if (!isdigit((unsigned char)buffer[number.is_negative]))
		return false;
	errno = 0;
	number.magnitude = strtoull(buffer + number.is_negative, &end, 0);
	if (errno || *end)
		return false;
	number.is_negative = number.is_negative && number.magnitude > 0;
	text->at += length;
	text->length -= length;
	*ret = number;
	return true;
}

void kernel_numbers_read(struct slice text, size_t wanted, struct kernel_numbers *ret)
{
	*ret = (struct kernel_numbers){ .rest = slice_strip(text, KERNEL_BLANKS) };
	ret->is_refused = ret->rest.length == 0;
	while (ret->count < wanted && ret->rest.length > 0) {
		if (!take_number(&ret->rest, &ret->numbers[ret->count])) {
			ret->is_refused = true;
			return;
		}
		ret->count++;
		ret->rest = slice_strip(ret->rest, KERNEL_BLANKS);
	}
}

bool kernel_value_is_numeric(const struct sysctl_def *def)
{
	switch (def->type) {
	case VALUE_INT:
	case VALUE_UINT:
	case VALUE_BOOL:
	case VALUE_ENUM:
	case VALUE_BITMASK:
		return true;
	case VALUE_UNKNOWN:
	case VALUE_CPU_MASK:
	case VALUE_NUMBER_LIST:
	case VALUE_WORD:
	case VALUE_WORD_LIST:
	case VALUE_TEXT:
	case VALUE_HEX_KEY:
		return false;
	}
	return false;
}

/* Keys whose number the kernel stores as another one: ticks, powers of two, pages. */
static bool is_rounded(const struct sysctl_def *def, const struct value_number *number)
{
	static const struct {
		const char *name;
		uint64_t grain; /* a multiple of it stays; 0: a power of two does */
	} keys[] = {
		{ "net.ipv4.icmp_ratelimit", 20 },
		{ "net.ipv4.tcp_invalid_ratelimit", 20 },
		{ "net.ipv?.route.gc_min_interval_ms", 20 },
		{ "net.ipv6.conf.*.mld*", 20 },
		{ "net.ipv6.icmp.ratelimit", 20 },
		{ "net.ipv?.neigh.*_time_ms", 20 },
		{ "net.ipv4.conf.*.igmp*_interval", 20 },
		{ "net.core.rps_sock_flow_entries", 0 },
		{ "net.netfilter.nf_conntrack_buckets", 512 },
		{ "net.ipv?.neigh.*.unres_qlen", UINT64_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (fnmatch(keys[i].name, def->name, 0) != 0)
			continue;
		if (keys[i].grain == 0)
			return (number->magnitude & (number->magnitude - 1)) != 0;
		return number->magnitude % keys[i].grain != 0;
	}
	return false;
}

static bool is_in_range(const struct sysctl_def *def, const struct value_number *number)
{
	double value = value_number_double(*number);

	return !def->accepted.is_known ||
	       (value >= def->accepted.lowest && value <= def->accepted.highest);
}

static enum kernel_answer answer(enum kernel_answer answer, const char *why,
				 const char **reason)
{
	*reason = why;
	return answer;
}

static void add_numbers(const struct kernel_numbers *numbers, struct text *ret)
{
	char number[24];

	for (size_t i = 0; i < numbers->count; i++) {
		value_number_text(numbers->numbers[i], number, sizeof(number));
		text_addf(ret, "%s%s", i > 0 ? " " : "", number);
	}
}

/* Numbers that are missing stay what they were. */
static bool fill_up(struct kernel_numbers *numbers, size_t wanted, const char *before)
{
	struct kernel_numbers old;

	if (numbers->count == wanted)
		return true;
	if (!before)
		return false;
	kernel_numbers_read((struct slice){ before, strlen(before) }, wanted, &old);
	if (old.count != wanted)
		return false;
	for (; numbers->count < wanted; numbers->count++)
		numbers->numbers[numbers->count] = old.numbers[numbers->count];
	return true;
}

/* A range of groups that ends before it begins is stored as the empty one. */
static void empty_range(const struct sysctl_def *def, struct kernel_numbers *numbers)
{
	if (strcmp(def->name, "net.ipv4.ping_group_range") != 0 ||
	    value_number_compare(numbers->numbers[0], numbers->numbers[1]) <= 0)
		return;
	numbers->numbers[0] = value_number_from_i64(1);
	numbers->numbers[1] = value_number_from_i64(0);
}

/* The first number outside the range; the count when all are within. */
static size_t find_outside(const struct sysctl_def *def,
			   const struct kernel_numbers *numbers)
{
	size_t i = 0;

	while (i < numbers->count && is_in_range(def, &numbers->numbers[i]))
		i++;
	return i;
}

static enum kernel_answer write_numbers(const struct sysctl_def *def, uint32_t release,
					struct slice written, const char *before,
					struct text *ret, const char **reason)
{
	size_t wanted = def->arity ? def->arity : 1, outside;
	struct kernel_numbers numbers;
	bool is_outside;

	kernel_numbers_read(written, wanted, &numbers);
	outside = find_outside(def, &numbers);
	is_outside = outside < numbers.count;
	if (numbers.is_refused && numbers.count == 0)
		return answer(KERNEL_REFUSES, "it is no number", reason);
	if (is_outside && outside == 0 && release >= KERNEL_VALUE_MEASURED)
		return answer(KERNEL_REFUSES,
			      "it is outside the range that the kernel takes", reason);
	text_reset(ret);
	if (numbers.is_refused || (is_outside && outside > 0))
		return answer(
			KERNEL_MAYBE,
			"the kernel refuses the row, but keeps the numbers before the wrong one",
			reason);
	if (!fill_up(&numbers, wanted, before))
		return answer(KERNEL_MAYBE,
			      "numbers are missing; they stay what they were", reason);
	empty_range(def, &numbers);
	add_numbers(&numbers, ret);
	if (is_outside)
		return answer(KERNEL_MAYBE, "newer kernels refuse it", reason);
	if (is_rounded(def, &numbers.numbers[0]))
		return answer(KERNEL_MAYBE, "the kernel rounds it", reason);
	return KERNEL_TAKES;
}

/* --- lists of numbers, as "80,443,8000-8100" ---------------------------------------- */

enum { LIST_BITS = 65536 };

static bool take_list_number(struct slice *text, uint64_t *ret)
{
	uint64_t number = 0;
	size_t length = 0;

	for (; length < text->length && isdigit((unsigned char)text->at[length]);
	     length++) {
		number = number * 10 + (uint64_t)(text->at[length] - '0');
		if (number >= LIST_BITS)
			return false;
	}
	text->at += length;
	text->length -= length;
	*ret = number;
	return length > 0;
}

static bool take_char(struct slice *text, char c)
{
	if (text->length == 0 || text->at[0] != c)
		return false;
	text->at++;
	text->length--;
	return true;
}

/* Mark the numbers of a list; false when the kernel would refuse it. */
static bool read_list(struct slice text, bool *marks)
{
	while (text.length > 0) {
		uint64_t low, high;

		if (!take_list_number(&text, &low))
			return false;
		high = low;
		if (take_char(&text, '-') && !take_list_number(&text, &high))
			return false;
		if (high < low || (text.length > 0 && !take_char(&text, ',')))
			return false;
		for (; low <= high; low++)
			marks[low] = true;
	}
	return true;
}

static void add_list(const bool *marks, struct text *ret)
{
	for (unsigned i = 0; i < LIST_BITS; i++) {
		unsigned last = i;

		if (!marks[i])
			continue;
		while (last + 1 < LIST_BITS && marks[last + 1])
			last++;
		text_addf(ret, ret->length > 0 ? ",%u" : "%u", i);
		if (last > i)
			text_addf(ret, "-%u", last);
		i = last;
	}
}

static enum kernel_answer write_list(struct slice written, struct text *ret,
				     const char **reason)
{
	auto_free bool *marks = calloc(LIST_BITS, sizeof(*marks));

	if (!marks)
		return answer(KERNEL_MAYBE, "out of memory", reason);
	if (!read_list(slice_strip(written, KERNEL_BLANKS), marks))
		return answer(KERNEL_REFUSES, "it is no list of numbers and ranges",
			      reason);
	text_reset(ret);
	add_list(marks, ret);
	return KERNEL_TAKES;
}

/* --- texts ---------------------------------------------------------------------------
 */

static void add_words(struct slice text, struct text *ret)
{
	bool is_between = false;

	text = slice_strip(text, KERNEL_BLANKS);
	for (size_t i = 0; i < text.length; i++) {
		if (is_blank(text.at[i])) {
			is_between = true;
			continue;
		}
		if (is_between)
			text_add_char(ret, ' ');
		is_between = false;
		text_add_bytes(ret, &text.at[i], 1);
	}
}

static enum kernel_answer write_text(const struct sysctl_def *def, struct slice written,
				     struct text *ret, const char **reason)
{
	struct slice text = slice_strip(written, KERNEL_BLANKS);
	bool has_blank = false;

	for (size_t i = 0; i < text.length; i++)
		has_blank = has_blank || is_blank(text.at[i]);
	if (def->type == VALUE_WORD && (has_blank || text.length == 0))
		return answer(KERNEL_REFUSES, "it is not one word", reason);
	text_reset(ret);
	add_words(text, ret);
	return KERNEL_TAKES;
}

enum kernel_answer kernel_value_write(const struct sysctl_def *def, uint32_t release,
				      struct slice written, const char *before,
				      struct text *ret, const char **reason)
{
	*reason = NULL;
	if (!def) {
		text_reset(ret);
		add_words(written, ret);
		return KERNEL_TAKES;
	}
	if (def->is_read_only)
		return answer(KERNEL_REFUSES, "it can only be read", reason);
	if (def->is_write_only) {
		text_reset(ret);
		return answer(KERNEL_MAYBE, "it is an action and holds no value", reason);
	}
	if (kernel_value_is_numeric(def))
		return write_numbers(def, release, written, before, ret, reason);
	if (def->type == VALUE_NUMBER_LIST)
		return write_list(written, ret, reason);
	return write_text(def, written, ret, reason);
}

void kernel_value_normalize(const struct sysctl_def *def, const char *text,
			    struct text *ret)
{
	struct slice slice = { text, strlen(text) };
	const char *reason;

	text_reset(ret);
	if (def && def->type == VALUE_NUMBER_LIST &&
	    write_list(slice, ret, &reason) == KERNEL_TAKES)
		return;
	text_reset(ret);
	add_words(slice, ret);
}

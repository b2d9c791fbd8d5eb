/* Fixed numbers from old guides, below what the kernel has by itself. */
#include "boot/lint_parts.h"

enum { MOST_STEPS = 6 };

/* Defaults that depend on memory are these on hosts with more than this. */
#define MEMORY_FOR_DEFAULTS (5.0 * 1024 * 1024 * 1024)

/*
 * The default of one number of a key, from a release on; 0 is "not known", between the
 * last tree or kernel that was looked at with the old number and the first with the new
 * one. Only keys where higher is better.
 */
static const struct {
	const char *name;
	unsigned element;
	bool needs_memory;
	struct {
		uint32_t from;
		double number;
	} steps[MOST_STEPS];
} defaults[] = {
	{ "net.core.optmem_max",
	  0,
	  false,
	  { { KERNEL(5, 10), 20480 }, { KERNEL(6, 2), 0 }, { KERNEL(6, 12), 131072 } } },
	{ "net.core.rmem_max",
	  0,
	  false,
	  { { KERNEL(4, 14), 212992 }, { KERNEL(6, 18), 4194304 } } },
	{ "net.core.somaxconn",
	  0,
	  false,
	  { { KERNEL(3, 2), 128 }, { KERNEL(5, 4), 4096 } } },
	{ "net.core.wmem_max",
	  0,
	  false,
	  { { KERNEL(4, 14), 212992 }, { KERNEL(6, 18), 4194304 } } },
	{ "net.ipv4.ipfrag_high_thresh", 0, false, { { KERNEL(4, 14), 4194304 } } },
	{ "net.ipv4.neigh.*.gc_thresh1", 0, false, { { KERNEL(3, 2), 128 } } },
	{ "net.ipv4.neigh.*.gc_thresh2", 0, false, { { KERNEL(3, 2), 512 } } },
	{ "net.ipv4.neigh.*.gc_thresh3", 0, false, { { KERNEL(3, 2), 1024 } } },
	{ "net.ipv4.tcp_limit_output_bytes",
	  0,
	  false,
	  { { KERNEL(4, 19), 262144 },
	    { KERNEL(4, 20), 0 },
	    { KERNEL(5, 10), 1048576 },
	    { KERNEL(6, 13), 0 },
	    { KERNEL(6, 16), 4194304 } } },
	{ "net.ipv4.tcp_rmem", 0, false, { { KERNEL(3, 2), 4096 } } },
	{ "net.ipv4.tcp_rmem",
	  1,
	  false,
	  { { KERNEL(3, 2), 87380 }, { KERNEL(4, 20), 0 }, { KERNEL(5, 10), 131072 } } },
	{ "net.ipv4.tcp_rmem",
	  2,
	  true,
	  { { KERNEL(3, 14), 6291456 },
	    { KERNEL(6, 13), 0 },
	    { KERNEL(6, 16), 33554432 } } },
	{ "net.ipv4.tcp_wmem", 0, false, { { KERNEL(3, 2), 4096 } } },
	{ "net.ipv4.tcp_wmem", 1, false, { { KERNEL(3, 2), 16384 } } },
	{ "net.ipv4.tcp_wmem", 2, true, { { KERNEL(3, 2), 4194304 } } },
	{ "net.ipv6.ip6frag_high_thresh", 0, false, { { KERNEL(4, 14), 4194304 } } },
	{ "net.ipv6.neigh.*.gc_thresh1", 0, false, { { KERNEL(3, 2), 128 } } },
	{ "net.ipv6.neigh.*.gc_thresh2", 0, false, { { KERNEL(3, 2), 512 } } },
	{ "net.ipv6.neigh.*.gc_thresh3", 0, false, { { KERNEL(3, 2), 1024 } } },
	{ "net.unix.max_dgram_qlen", 0, false, { { KERNEL(3, 2), 10 } } },
	{ "fs.nr_open", 0, false, { { KERNEL(3, 2), 1048576 } } },
};

/* The default on a release; 0 when not known. */
static double default_of(size_t row, uint32_t release)
{
	double number = 0;

	for (size_t i = 0; i < MOST_STEPS && defaults[row].steps[i].from; i++) {
		if (release >= defaults[row].steps[i].from)
			number = defaults[row].steps[i].number;
	}
	return number;
}

static bool is_known_here(size_t row, double memory_bytes)
{
	return !defaults[row].needs_memory || memory_bytes == 0 ||
	       memory_bytes >= MEMORY_FOR_DEFAULTS;
}

void lint_check_default(struct lint_state *state, const struct lint_line *line,
			const struct kernel_numbers *numbers)
{
	AUTO(text_clear) struct text lowered = { 0 };
	bool needs_memory = false;

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		double is_default = default_of(i, state->subject->release), number;

		if (strcmp(defaults[i].name, line->def->name) != 0 || is_default == 0 ||
		    defaults[i].element >= numbers->count ||
		    !is_known_here(i, state->subject->memory_bytes))
			continue;
		number = value_number_double(numbers->numbers[defaults[i].element]);
		if (number >= is_default)
			continue;
		text_addf(&lowered, "%s%.0f where it is %.0f", lowered.length ? ", " : "",
			  number, is_default);
		needs_memory |= defaults[i].needs_memory;
	}
	if (lowered.length == 0)
		return;
	lint_say(state, line, line->value, LINT_LOWERS_DEFAULT, LINT_WARNING,
		 "drop the line, or write no number below the default",
		 "this lowers the default of Linux %s%s: %s",
		 state->subject->release_text,
		 needs_memory && state->subject->memory_bytes == 0
			 ? ", on hosts with more than 5 GiB of memory"
			 : "",
		 text_string(&lowered));
}

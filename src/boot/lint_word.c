/* Names of algorithms: which there are, and since when. */
#include "boot/lint_parts.h"

#include "base/nearest.h"

/* since: the first release; 0: older than all that matter. From the kernel source. */
static const struct algorithm {
	const char *name;
	uint32_t since;
} congestion_controls[] = {
	{ "bbr", KERNEL(4, 9) },
	{ "bic", 0 },
	{ "cdg", KERNEL(4, 2) },
	{ "cubic", 0 },
	{ "dctcp", KERNEL(3, 18) },
	{ "dctcp-reno", KERNEL(3, 18) },
	{ "highspeed", 0 },
	{ "htcp", 0 },
	{ "hybla", 0 },
	{ "illinois", 0 },
	{ "lp", 0 },
	{ "nv", KERNEL(4, 8) },
	{ "reno", 0 },
	{ "scalable", 0 },
	{ "vegas", 0 },
	{ "veno", 0 },
	{ "westwood", 0 },
	{ "yeah", 0 },
}, qdiscs[] = {
	{ "bfifo", 0 },
	{ "cake", KERNEL(4, 19) },
	{ "cbq", 0 },
	{ "cbs", 0 },
	{ "choke", 0 },
	{ "codel", 0 },
	{ "drr", 0 },
	{ "dsmark", 0 },
	{ "dualpi2", 0 },
	{ "etf", 0 },
	{ "ets", 0 },
	{ "fq", 0 },
	{ "fq_codel", 0 },
	{ "fq_pie", KERNEL(5, 6) },
	{ "gred", 0 },
	{ "hfsc", 0 },
	{ "hhf", 0 },
	{ "htb", 0 },
	{ "mq", 0 },
	{ "mqprio", 0 },
	{ "multiq", 0 },
	{ "netem", 0 },
	{ "noqueue", 0 },
	{ "pfifo", 0 },
	{ "pfifo_fast", 0 },
	{ "pfifo_head_drop", 0 },
	{ "pie", KERNEL(3, 14) },
	{ "plug", 0 },
	{ "prio", 0 },
	{ "qfq", 0 },
	{ "red", 0 },
	{ "sfb", 0 },
	{ "sfq", 0 },
	{ "skbprio", 0 },
	{ "taprio", 0 },
	{ "tbf", 0 },
};

/* Only in patched kernels; people copy them from one host to the next. */
static const char *const patched[] = {
	"bbr2",	   "bbr3",	 "bbrplus", "bbr_mod", "brutal",
	"tsunami", "nanqinlang", "bbrv2",   "bbrv3",
};

static bool is_patched(struct slice word)
{
	for (size_t i = 0; i < ARRAY_SIZE(patched); i++) {
		if (slice_is(word, patched[i]))
			return true;
	}
	return false;
}

static void say(struct lint_state *state, struct lint_line *line, const char *advice,
		const char *why)
{
	line->is_void = true;
	lint_say(state, line, line->value, LINT_REFUSED_VALUE, LINT_ERROR, advice,
		 "the kernel refuses '%.*s' (ENOENT): %s", (int)line->value.length,
		 line->value.at, why);
}

/* Has this host a module for it, mainline or not? */
static bool is_known_module(const struct lint_state *state, const char *word)
{
	const struct boot_modules *modules = state->subject->modules;
	char module[64];

	(void)snprintf(module, sizeof(module), "tcp_%.40s", word);
	return modules && modules->has_kernel && modules_may_have(modules, module);
}

static void check_list(struct lint_state *state, struct lint_line *line,
		       const struct algorithm *list, size_t count)
{
	auto_free char *word = strndup(line->value.at, line->value.length);
	struct nearest nearest = { .word = word };
	AUTO(text_clear) struct text advice = { 0 };

	if (!word) {
		state->has_failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (slice_is(line->value, list[i].name)) {
			if (list[i].since > state->subject->release)
				say(state, line, "choose another, or a newer kernel",
				    "it came with a later release");
			return;
		}
		nearest_offer(&nearest, list[i].name);
	}
	/* BPF programs have names of their own */
	if (strncmp(word, "bpf_", 4) == 0 || is_known_module(state, word))
		return;
	text_addf(&advice, "the nearest name is '%s'",
		  nearest.name ? nearest.name : "cubic");
	if (is_patched(line->value))
		say(state, line, "mainline's name is 'bbr'",
		    "only patched kernels have it");
	else if (nearest.name)
		say(state, line, text_string(&advice),
		    "there is no such name in mainline");
}

/* tcp_congestion_control without the module that has it. */
static void check_module(struct lint_state *state, const struct lint_line *line)
{
	const struct boot_modules *modules = state->subject->modules;
	char module[64];

	(void)snprintf(module, sizeof(module), "tcp_%.*s",
		       line->value.length > 40 ? 40 : (int)line->value.length,
		       line->value.at);
	if (!modules || modules_may_have(modules, module) ||
	    slice_is(line->value, "reno") || slice_is(line->value, "cubic"))
		return;
	lint_say(state, line, line->value, LINT_CONTRADICTION, LINT_WARNING,
		 "install the kernel's modules, or choose another",
		 "this host has no module %s, neither built in nor to be loaded", module);
}

void lint_check_word(struct lint_state *state, struct lint_line *line)
{
	if (strcmp(line->def->name, "net.ipv4.tcp_congestion_control") == 0) {
		check_list(state, line, congestion_controls,
			   ARRAY_SIZE(congestion_controls));
		if (!line->is_void)
			check_module(state, line);
	} else if (strcmp(line->def->name, "net.core.default_qdisc") == 0) {
		check_list(state, line, qdiscs, ARRAY_SIZE(qdiscs));
	}
}

#include "plan/rounding.h"

/* How a key rounds. Measured on 6.18; the sources are those of the catalog. */
enum rounding {
	ROUNDS_MS,    /* milliseconds in timer ticks, rounded up */
	ROUNDS_CLOCK, /* hundredths of a second in timer ticks, rounded down */
	ROUNDS_POWER, /* up to a power of two */
	ROUNDS_PAGE,  /* up to a page full of pointers */
};

static const struct {
	const char *name;
	enum rounding rounding;
} rules[] = {
	{ "net.ipv4.neigh.*.base_reachable_time_ms", ROUNDS_MS },
	{ "net.ipv4.neigh.*.interval_probe_time_ms", ROUNDS_MS },
	{ "net.ipv4.neigh.*.retrans_time_ms", ROUNDS_MS },
	{ "net.ipv4.neigh.*.anycast_delay", ROUNDS_CLOCK },
	{ "net.ipv4.neigh.*.locktime", ROUNDS_CLOCK },
	{ "net.ipv4.neigh.*.proxy_delay", ROUNDS_CLOCK },
	{ "net.ipv4.neigh.*.retrans_time", ROUNDS_CLOCK },
	{ "net.ipv6.neigh.*.base_reachable_time_ms", ROUNDS_MS },
	{ "net.ipv6.neigh.*.interval_probe_time_ms", ROUNDS_MS },
	{ "net.ipv6.neigh.*.retrans_time_ms", ROUNDS_MS },
	{ "net.ipv6.neigh.*.anycast_delay", ROUNDS_CLOCK },
	{ "net.ipv6.neigh.*.locktime", ROUNDS_CLOCK },
	{ "net.ipv6.neigh.*.proxy_delay", ROUNDS_CLOCK },
	{ "net.ipv6.route.gc_min_interval_ms", ROUNDS_MS },
	{ "net.ipv4.route.gc_min_interval_ms", ROUNDS_MS },
	{ "net.ipv4.icmp_ratelimit", ROUNDS_MS },
	{ "net.ipv6.icmp.ratelimit", ROUNDS_MS },
	{ "net.ipv4.tcp_invalid_ratelimit", ROUNDS_MS },
	{ "net.core.rps_sock_flow_entries", ROUNDS_POWER },
	{ "net.netfilter.nf_conntrack_buckets", ROUNDS_PAGE },
};

/* The timer frequencies that kernels are built with. */
static const uint64_t frequencies[] = { 100, 250, 300, 1000 };

enum { USER_FREQUENCY = 100, MS_PER_SECOND = 1000 };

/* The largest number that may be multiplied by a frequency without a thought. */
static const uint64_t LARGEST = UINT64_MAX / 4096;

static bool is_tick_of(uint64_t wanted, uint64_t got, uint64_t unit, bool rounds_up)
{
	if (wanted > LARGEST)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(frequencies); i++) {
		uint64_t hz = frequencies[i];
		uint64_t ticks = (wanted * hz + (rounds_up ? unit - 1 : 0)) / unit;

		if (got == ticks * unit / hz)
			return true;
	}
	return false;
}

static bool is_power_of(uint64_t wanted, uint64_t got)
{
	return got >= wanted && (got & (got - 1)) == 0 && got / 2 < wanted;
}

/* Pages are 4 to 64 KiB, pointers 8 bytes. */
static bool is_page_of(uint64_t wanted, uint64_t got)
{
	return got >= wanted && got - wanted < 8192 && got % 512 == 0;
}

static bool is_rounded(enum rounding rounding, uint64_t wanted, uint64_t got)
{
	switch (rounding) {
	case ROUNDS_MS:
		return is_tick_of(wanted, got, MS_PER_SECOND, true);
	case ROUNDS_CLOCK:
		return is_tick_of(wanted, got, USER_FREQUENCY, false);
	case ROUNDS_POWER:
		return is_power_of(wanted, got);
	case ROUNDS_PAGE:
		return is_page_of(wanted, got);
	}
	return false;
}

bool rounding_is_equal(const struct sysctl_def *def, const struct value *wanted,
		       const struct value *got)
{
	if (value_is_equal(def, wanted, got))
		return true;
	if (!def || wanted->count != 1 || got->count != 1 ||
	    wanted->numbers[0].is_negative || got->numbers[0].is_negative)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (strcmp(rules[i].name, def->name) == 0)
			return is_rounded(rules[i].rounding, wanted->numbers[0].magnitude,
					  got->numbers[0].magnitude);
	}
	return false;
}

bool rounding_is_equal_text(const struct sysctl_def *def, const char *wanted,
			    const char *got)
{
	struct value a, b;

	if (strcmp(wanted, got) == 0)
		return true;
	return value_parse(def, wanted, &a, NULL) == 0 &&
	       value_parse(def, got, &b, NULL) == 0 && rounding_is_equal(def, &a, &b);
}

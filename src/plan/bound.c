#include "plan/bound.h"

#include <errno.h>
#include <inttypes.h>

/* How the numbers of a vector stand to each other, and what they may not go beyond. */
static const struct {
	const char *name;
	bool ascends;	/* none is below the one before it */
	bool is_memory; /* the last is an amount that has to fit into memory */
} shapes[] = {
	{ "net.ipv4.tcp_mem", true, true },
	{ "net.ipv4.udp_mem", true, true },
	{ "net.ipv4.tcp_rmem", true, true },
	{ "net.ipv4.tcp_wmem", true, true },
	{ "net.ipv4.ip_local_port_range", true, false },
	{ "net.core.rmem_max", false, true },
	{ "net.core.wmem_max", false, true },
	{ "net.core.rmem_default", false, true },
	{ "net.core.wmem_default", false, true },
	{ "net.core.optmem_max", false, true },
	{ "net.ipv4.ipfrag_high_thresh", false, true },
	{ "net.ipv6.ip6frag_high_thresh", false, true },
	{ "net.netfilter.nf_conntrack_frag6_high_thresh", false, true },
};

/* A number that is not changed is not ours to judge. */
static bool is_kept(const struct value *wanted, const struct value *live, size_t index)
{
	return live && index < live->count &&
	       value_number_compare(wanted->numbers[index], live->numbers[index]) == 0;
}

static int check_sane(const struct sysctl_def *def, const struct value *wanted,
		      const struct value *live, struct error *err)
{
	for (size_t i = 0; def->sane.is_known && i < wanted->count; i++) {
		double number = value_number_double(wanted->numbers[i]);
		char text[24];

		if (is_kept(wanted, live, i) ||
		    (number >= def->sane.lowest && number <= def->sane.highest))
			continue;
		value_number_text(wanted->numbers[i], text, sizeof(text));
		return error_set(err, -EINVAL,
				 "%s makes no sense here: %.0f to %.0f does%s%s", text,
				 def->sane.lowest, def->sane.highest,
				 def->unit ? ", in " : "", def->unit ? def->unit : "");
	}
	return 0;
}

static int check_ascent(const struct value *wanted, struct error *err)
{
	for (size_t i = 1; i < wanted->count; i++) {
		if (value_number_compare(wanted->numbers[i], wanted->numbers[i - 1]) < 0)
			return error_set(err, -EINVAL,
					 "'%.*s': a number is below the one before it",
					 (int)wanted->length, wanted->text);
	}
	return 0;
}

static int check_memory(const struct sysctl_def *def, const struct value *wanted,
			const struct bound_host *host, struct error *err)
{
	bool is_pages = def->unit && strcmp(def->unit, "pages") == 0;
	double unit = is_pages ? (double)host->page_bytes : 1;
	double bytes = value_number_double(wanted->numbers[wanted->count - 1]) * unit;

	if (host->memory_bytes == 0 || bytes <= (double)host->memory_bytes)
		return 0;
	return error_set(err, -EINVAL,
			 "%.0f MiB is more than the memory of this host, %" PRIu64
			 " MiB%s",
			 bytes / (1 << 20), host->memory_bytes >> 20,
			 is_pages ? ": the unit is pages, not bytes" : "");
}

int bound_check(const struct sysctl_def *def, const struct value *wanted,
		const struct value *live, const struct bound_host *host,
		struct error *err)
{
	int r;

	if (!wanted->is_numeric || wanted->count == 0)
		return 0;
	/* the unit first: bytes for pages are beyond every bound */
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (strcmp(shapes[i].name, def->name) != 0)
			continue;
		r = shapes[i].ascends ? check_ascent(wanted, err) : 0;
		if (r == 0 && shapes[i].is_memory &&
		    !is_kept(wanted, live, wanted->count - 1))
			r = check_memory(def, wanted, host, err);
		if (r < 0)
			return r;
	}
	return check_sane(def, wanted, live, err);
}

#include "plan/undo_class.h"

#include "base/parse.h"
#include "plan/interfaces.h"

/* Which keys of a family a fact is about. */
enum about {
	ABOUT_ANY,
	ABOUT_ALL,
	ABOUT_DEFAULT,
	ABOUT_ONE, /* a real interface */
};

/* When it holds. */
enum when {
	WHEN_ALWAYS,
	WHEN_THREE, /* the value is 3 */
	WHEN_MIXED, /* interfaces differ now */
	WHEN_ON,    /* the value is not 0 */
};

/*
 * name: of the catalog; a last '*' stands for every key of the family. The first row that
 * fits counts.
 */
struct fact {
	const char *name;
	enum about about;
	enum when when;
	struct undo_fact fact;
};

#define EXACT                                                                            \
	{                                                                                \
		UNDO_EXACT, NULL                                                         \
	}
#define HIDDEN(n)                                                                        \
	{                                                                                \
		UNDO_HIDDEN, n                                                           \
	}
#define IMPOSSIBLE(n)                                                                    \
	{                                                                                \
		UNDO_IMPOSSIBLE, n                                                       \
	}

#define MIXED_NOTE                                                                       \
	"interfaces forward differently now, and what hangs on that (LRO, routes, router advertisements) is reset on all of them"
#define LRO_NOTE "large receive offload that it switches off stays off"
#define PIN_NOTE "the interface no longer follows later changes of the default"
#define DEFAULT_NOTE                                                                     \
	"interfaces made from now on no longer follow later changes of the default"

static const struct fact facts[] = {
	{ "net.ipv6.conf.*.stable_secret", ABOUT_ANY, WHEN_ALWAYS,
	  IMPOSSIBLE(
		  "a secret that was not set cannot be unset, and addr_gen_mode becomes 2") },
	{ "net.ipv4.tcp_fastopen_key", ABOUT_ANY, WHEN_ALWAYS,
	  IMPOSSIBLE("no key at all cannot be set again, and the old key is not kept") },
	{ "net.ipv4.fib_multipath_hash_seed", ABOUT_ANY, WHEN_ALWAYS,
	  IMPOSSIBLE("the old seed is secret and not kept") },
	{ "net.ipv6.conf.*.addr_gen_mode", ABOUT_ANY, WHEN_THREE,
	  IMPOSSIBLE(
		  "a random stable_secret is made on each interface without one, with addresses that stay") },
	{ "net.ipv6.conf.*.addr_gen_mode", ABOUT_ANY, WHEN_ALWAYS,
	  HIDDEN("addresses that the new mode makes stay") },
	{ "net.ipv6.conf.*.disable_ipv6", ABOUT_ANY, WHEN_ALWAYS,
	  IMPOSSIBLE(
		  "IPv6 addresses and routes that the kernel does not make itself are lost") },
	{ "net.netfilter.nf_hooks_lwtunnel", ABOUT_ANY, WHEN_ALWAYS,
	  IMPOSSIBLE(
		  "it is one switch for all namespaces, and stays on until the next boot") },
	{ "net.ipv4.ip_forward", ABOUT_ANY, WHEN_MIXED, IMPOSSIBLE(MIXED_NOTE) },
	{ "net.ipv4.ip_forward", ABOUT_ANY, WHEN_ON, HIDDEN(LRO_NOTE) },
	{ "net.ipv4.conf.*.forwarding", ABOUT_ALL, WHEN_MIXED, IMPOSSIBLE(MIXED_NOTE) },
	{ "net.ipv4.conf.*.forwarding", ABOUT_DEFAULT, WHEN_ALWAYS, EXACT },
	{ "net.ipv4.conf.*.forwarding", ABOUT_ANY, WHEN_ON, HIDDEN(LRO_NOTE) },
	{ "net.ipv4.conf.*.forwarding", ABOUT_ANY, WHEN_ALWAYS, EXACT },
	{ "net.ipv6.conf.*.forwarding", ABOUT_ALL, WHEN_MIXED, IMPOSSIBLE(MIXED_NOTE) },
	{ "net.ipv6.conf.*.mtu", ABOUT_ONE, WHEN_ALWAYS,
	  HIDDEN("routes over the interface keep an MTU that it sets") },
	{ "net.ipv4.conf.*.*", ABOUT_ALL, WHEN_ALWAYS, EXACT },
	{ "net.ipv4.conf.*.*", ABOUT_DEFAULT, WHEN_ALWAYS, HIDDEN(DEFAULT_NOTE) },
	{ "net.ipv4.conf.*.*", ABOUT_ONE, WHEN_ALWAYS, HIDDEN(PIN_NOTE) },
	{ "net.ipv4.neigh.*.*", ABOUT_DEFAULT, WHEN_ALWAYS, HIDDEN(DEFAULT_NOTE) },
	{ "net.ipv4.neigh.*.*", ABOUT_ONE, WHEN_ALWAYS, HIDDEN(PIN_NOTE) },
	{ "net.ipv6.neigh.*.*", ABOUT_DEFAULT, WHEN_ALWAYS, HIDDEN(DEFAULT_NOTE) },
	{ "net.ipv6.neigh.*.*", ABOUT_ONE, WHEN_ALWAYS, HIDDEN(PIN_NOTE) },
	{ "net.ipv4.tcp_fastopen_blackhole_timeout_sec", ABOUT_ANY, WHEN_ALWAYS,
	  HIDDEN("black holes that were detected so far are forgotten") },
	{ "net.mptcp.blackhole_timeout", ABOUT_ANY, WHEN_ALWAYS,
	  HIDDEN("failures that were seen so far are forgotten") },
	{ "net.core.rps_sock_flow_entries", ABOUT_ANY, WHEN_ALWAYS,
	  HIDDEN("what was learned of flows is forgotten") },
	{ "net.core.flow_limit_cpu_bitmap", ABOUT_ANY, WHEN_ALWAYS,
	  HIDDEN("counts of CPUs that leave the mask are forgotten") },
	{ "net.ipv4.tcp_congestion_control", ABOUT_ANY, WHEN_ALWAYS,
	  HIDDEN("a kernel module that it loads stays loaded") },
	{ "net.core.default_qdisc", ABOUT_ANY, WHEN_ALWAYS,
	  HIDDEN("a kernel module that it loads stays loaded") },
};

static bool is_named(const struct fact *fact, const struct sysctl_def *def)
{
	size_t length = strlen(fact->name);

	if (fact->name[length - 1] == '*')
		return strncmp(fact->name, def->name, length - 1) == 0;
	return strcmp(fact->name, def->name) == 0;
}

static bool is_about(enum about about, const char *interface)
{
	bool is_all = strcmp(interface, "all") == 0;
	bool is_default = strcmp(interface, "default") == 0;

	switch (about) {
	case ABOUT_ANY:
		return true;
	case ABOUT_ALL:
		return is_all;
	case ABOUT_DEFAULT:
		return is_default;
	case ABOUT_ONE:
		return !is_all && !is_default;
	}
	return false;
}

static bool holds(enum when when, const char *will_be, bool is_mixed)
{
	int64_t number = 0;
	bool is_number = will_be && parse_i64(will_be, &number) == 0;

	switch (when) {
	case WHEN_ALWAYS:
		return true;
	case WHEN_THREE:
		return !is_number || number == 3;
	case WHEN_MIXED:
		return is_mixed;
	case WHEN_ON:
		return !is_number || number != 0;
	}
	return true;
}

struct undo_fact undo_classify(const struct sysctl_def *def, const char *key,
			       const char *will_be, bool is_mixed)
{
	char interface[INTERFACE_NAME_BYTES];

	interface_of_key(def, key, interface);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		if (is_named(&facts[i], def) && is_about(facts[i].about, interface) &&
		    holds(facts[i].when, will_be, is_mixed))
			return facts[i].fact;
	}
	if (def->is_secret)
		return (struct undo_fact){ UNDO_IMPOSSIBLE,
					   "the old value is secret and not kept" };
	return (struct undo_fact){ UNDO_EXACT, NULL };
}

const char *undo_class_text(enum undo_class class)
{
	static const char *const texts[] = {
		[UNDO_EXACT] = "exact",
		[UNDO_HIDDEN] = "hidden state remains",
		[UNDO_IMPOSSIBLE] = "cannot be undone",
	};

	_Static_assert(ARRAY_SIZE(texts) == UNDO_IMPOSSIBLE + 1, "a text for each class");
	return texts[class];
}

/* Values that work as written, and hurt. */
#include "boot/lint_parts.h"

#include <fnmatch.h>

enum harm_when {
	WHEN_IS,
	WHEN_IS_NOT,
	WHEN_AT_MOST,
	WHEN_AT_LEAST,
};

/* The kernel counts one bucket of TIME_WAIT, and one orphan, for so much memory. */
#define MEMORY_PER_BUCKET (256.0 * 1024)

/*
 * name:    of the catalog
 * element: which number of the value
 * until:   the first release on which it is no longer true; 0: for ever
 * by_memory: the kernel's own number may be as low, on a host with little memory
 */
static const struct harm {
	const char *name;
	unsigned element;
	enum harm_when when;
	double number;
	uint32_t until;
	bool by_memory;
	const char *harm, *advice;
} harms[] = {
	{ "net.ipv4.tcp_tw_recycle", 0, WHEN_IS_NOT, 0, KERNEL(4, 12), false,
	  "the kernel drops SYNs of clients that share one NAT address: many of them cannot connect",
	  "set it to 0; for many outgoing connections use tcp_tw_reuse=1" },
	{ "net.ipv4.tcp_timestamps", 0, WHEN_IS, 0, 0, false,
	  "without timestamps there is no protection against wrapped sequence numbers, round trips are measured worse, and tcp_tw_reuse does nothing",
	  "leave it at 1" },
	{ "net.ipv4.tcp_sack", 0, WHEN_IS, 0, 0, false,
	  "without SACK a connection recovers one lost segment a round trip; the attacks of 2019 are fixed by other means",
	  "leave it at 1" },
	{ "net.ipv4.tcp_window_scaling", 0, WHEN_IS, 0, 0, false,
	  "without window scaling a connection has 64 KiB a round trip at most: 5 Mbit/s at 100 ms",
	  "leave it at 1" },
	{ "net.ipv4.tcp_syncookies", 0, WHEN_IS, 0, 0, false,
	  "without SYN cookies a small flood of SYNs keeps all clients out",
	  "leave it at 1" },
	{ "net.ipv4.tcp_syncookies", 0, WHEN_IS, 2, 0, false,
	  "2 sends cookies always, a setting for tests: clients without timestamps lose window scaling and SACK on every connection",
	  "set it to 1: cookies only when the queue is full" },
	{ "net.ipv4.tcp_synack_retries", 0, WHEN_AT_MOST, 1, 0, false,
	  "clients on lossy paths cannot connect: their handshake is given up after 3 seconds or less",
	  "use 2 or more; SYN cookies are what protects against floods" },
	{ "net.ipv4.tcp_syn_retries", 0, WHEN_AT_MOST, 2, 0, false,
	  "outgoing connections give up within seconds, a short outage is enough",
	  "use 3 or more; programs can set their own limit for connecting" },
	{ "net.ipv4.tcp_retries2", 0, WHEN_AT_MOST, 4, 0, false,
	  "connections are cut after a few seconds without an answer: any rerouting is enough",
	  "use 8 (100 s, as RFC 1122 asks) or, inside one data centre, 5" },
	{ "net.ipv4.tcp_abort_on_overflow", 0, WHEN_IS_NOT, 0, 0, false,
	  "a short burst becomes resets for clients, which would have connected a second later",
	  "set it to 0 and raise the backlog of the program" },
	{ "net.ipv4.tcp_max_tw_buckets", 0, WHEN_AT_MOST, 20000, 0, true,
	  "above so few, connections end without TIME_WAIT: late segments reset them and old ones may reach new ones; a TIME_WAIT costs only some 256 bytes",
	  "drop the line: the kernel computes it from memory" },
	{ "net.ipv4.tcp_max_orphans", 0, WHEN_AT_MOST, 4095, 0, true,
	  "above so few sockets without an owner, closing connections are reset",
	  "drop the line: the kernel computes it from memory" },
	{ "net.ipv4.tcp_fin_timeout", 0, WHEN_AT_MOST, 9, 0, false,
	  "peers that are slow to close get a reset in place of the end of the connection",
	  "use 30 or more; it does not shorten TIME_WAIT" },
	{ "net.ipv4.tcp_moderate_rcvbuf", 0, WHEN_IS, 0, 0, false,
	  "receive buffers no longer grow with the path: transfers over long distances are slow",
	  "leave it at 1" },
	{ "net.ipv4.tcp_keepalive_time", 0, WHEN_AT_MOST, 29, 0, false,
	  "connections whose program asked for keepalive are probed all the time while they are idle",
	  "use 60 or more, below the idle time-out of the path" },
	{ "net.core.rmem_default", 0, WHEN_AT_LEAST, 4194304, 0, false,
	  "every socket but TCP's may fill so much memory; TCP takes tcp_rmem, not this",
	  "raise rmem_max, and let the program that needs it ask for it" },
	{ "net.core.wmem_default", 0, WHEN_AT_LEAST, 4194304, 0, false,
	  "every socket but TCP's may fill so much memory; TCP takes tcp_wmem, not this",
	  "raise wmem_max, and let the program that needs it ask for it" },
	{ "net.ipv4.tcp_rmem", 1, WHEN_AT_LEAST, 1048576, 0, false,
	  "every connection may fill so large a buffer from its first byte on: memory runs out with many of them",
	  "leave the middle number at the default and raise the last; the buffer grows by itself" },
	{ "net.ipv4.tcp_wmem", 1, WHEN_AT_LEAST, 1048576, 0, false,
	  "every connection may fill so large a buffer from its first byte on: memory runs out with many of them",
	  "leave the middle number at the default and raise the last; the buffer grows by itself" },
	{ "net.core.netdev_max_backlog", 0, WHEN_AT_LEAST, 100000, 0, false,
	  "a queue so long holds packets back for a long time instead of dropping a few; most network cards do not use it at all",
	  "read the second column of /proc/net/softnet_stat first; a few thousand are plenty" },
	{ "net.core.somaxconn", 0, WHEN_AT_LEAST, 65536, 0, false,
	  "a queue so long, where a program asks for it, fills up with requests whose clients gave up long ago",
	  "use some thousands, and make the program accept faster" },
	{ "net.netfilter.nf_conntrack_tcp_timeout_established", 0, WHEN_AT_MOST, 7439, 0,
	  false,
	  "connections are forgotten while they are idle, and behind NAT they do not work any more then; RFC 5382 asks for 2 hours and 4 minutes",
	  "use 7440 or more, and raise nf_conntrack_max instead" },
};

/* Is it the number that a host with so little memory has by itself, or more? */
static bool is_own_number(const struct harm *harm, double number, double memory_bytes)
{
	return harm->by_memory && memory_bytes > 0 &&
	       number >= memory_bytes / MEMORY_PER_BUCKET / 2;
}

static bool applies(const struct harm *harm, double number)
{
	switch (harm->when) {
	case WHEN_IS:
		return number == harm->number;
	case WHEN_IS_NOT:
		return number != harm->number;
	case WHEN_AT_MOST:
		return number <= harm->number;
	case WHEN_AT_LEAST:
		return number >= harm->number;
	}
	return false;
}

void lint_check_harm(struct lint_state *state, const struct lint_line *line,
		     const struct kernel_numbers *numbers)
{
	for (size_t i = 0; i < ARRAY_SIZE(harms); i++) {
		const struct harm *harm = &harms[i];
		double number, memory_bytes = state->subject->memory_bytes;

		if (strcmp(harm->name, line->def->name) != 0 ||
		    harm->element >= numbers->count ||
		    (harm->until && state->subject->release >= harm->until))
			continue;
		number = value_number_double(numbers->numbers[harm->element]);
		if (!applies(harm, number) || is_own_number(harm, number, memory_bytes))
			continue;
		if (harm->by_memory && memory_bytes <= 0)
			lint_say(
				state, line, line->value, LINT_HARMFUL_VALUE,
				LINT_WARNING, harm->advice,
				"less than hosts with more than %.3g GiB of memory have by themselves: %s",
				number * MEMORY_PER_BUCKET * 2 / (1 << 30), harm->harm);
		else
			lint_say(state, line, line->value, LINT_HARMFUL_VALUE,
				 LINT_WARNING, harm->advice, "%s", harm->harm);
	}
}

#include "evidence/ports.h"

#include "base/parse.h"

#include <ctype.h>
#include <errno.h>

#define PORT_RANGE     "net.ipv4.ip_local_port_range"
#define RESERVED_PORTS "net.ipv4.ip_local_reserved_ports"
#define TIMESTAMPS     "net.ipv4.tcp_timestamps"
#define REUSE	       "net.ipv4.tcp_tw_reuse"

enum {
	PORT_LAST = 65535,
	WORD_BITS = 64,
	WORDS = (PORT_LAST + 1) / WORD_BITS,
	REUSE_ALL = 1,
	REUSE_LOOPBACK = 2,
	LEAST_OPENED = 5, /* in the window, before that says something */
	LEAST_YOUNG = 5,  /* in TIME_WAIT */
};

/* The two numbers of ip_local_port_range; false when it is not known or makes no sense */
static bool read_range(struct evidence_context *context, int64_t *ret_low,
		       int64_t *ret_high)
{
	const char *text = evidence_find_sysctl(context, PORT_RANGE);
	bool is_known = text && parse_next_i64(&text, ret_low) == 0 &&
			parse_next_i64(&text, ret_high) == 0 && *ret_low > 0 &&
			*ret_high >= *ret_low && *ret_high <= PORT_LAST;

	sqlite3_reset(context->sysctl);
	return is_known;
}

/*
 * One port or range of "80,443,8000-8100"; moves the cursor past it and its comma.
 *
 * Returns: 1 one was read, 0 the list has ended, -EINVAL it is no list
 */
static int next_port_range(const char **cursor, long *ret_first, long *ret_last)
{
	char *end;

	if (**cursor == '\0')
		return 0;
	if (!isdigit((unsigned char)**cursor))
		return -EINVAL;
	*ret_first = *ret_last = strtol(*cursor, &end, 10);
	if (*end == '-' && isdigit((unsigned char)end[1]))
		*ret_last = strtol(end + 1, &end, 10);
	if (*end != ',' && *end != '\0')
		return -EINVAL;
	*cursor = end + (*end == ',');
	return 1;
}

/* Word by word: a list from elsewhere may name all ports thousands of times. */
static void mark(uint64_t *words, long first, long last)
{
	for (long at = first; at <= last; at = (at / WORD_BITS + 1) * WORD_BITS) {
		long end = (at / WORD_BITS + 1) * WORD_BITS - 1;
		uint64_t bits = UINT64_MAX << at % WORD_BITS;

		if (end > last)
			bits &= UINT64_MAX >> (WORD_BITS - 1 - last % WORD_BITS);
		words[at / WORD_BITS] |= bits;
	}
}

/* How many ports from low to high are in a list, each once; < 0 when it is no list. */
static int64_t count_ports(const char *list, int64_t low, int64_t high)
{
	uint64_t words[WORDS] = { 0 };
	int64_t count = 0;
	long first, last;
	int r;

	while ((r = next_port_range(&list, &first, &last)) > 0)
		mark(words, first < low ? low : first, last > high ? high : last);
	for (size_t i = 0; i < WORDS; i++)
		count += __builtin_popcountll(words[i]);
	return r < 0 ? r : count;
}

/* How many ports from low to high are reserved; < 0 when that is not known. */
static int64_t count_reserved(struct evidence_context *context, int64_t low, int64_t high)
{
	const char *text = evidence_find_sysctl(context, RESERVED_PORTS);
	int64_t reserved = text ? count_ports(text, low, high) : -1;

	sqlite3_reset(context->sysctl);
	return reserved;
}

static int64_t read_number(struct evidence_context *context, const char *key)
{
	const char *text = evidence_find_sysctl(context, key);
	int64_t number = 0;

	if (text && parse_i64(text, &number) < 0)
		number = 0;
	sqlite3_reset(context->sysctl);
	return number;
}

/* Connections were made during the window, and none took a port out of TIME_WAIT. */
static bool is_refused(struct evidence_context *context)
{
	int64_t recycled, opened;

	return context->window_seconds > 0 &&
	       evidence_find_change(context, "TcpExt.TWRecycled", &recycled) &&
	       recycled == 0 &&
	       evidence_find_change(context, "Tcp.ActiveOpens", &opened) &&
	       opened >= LEAST_OPENED;
}

static void read_ports(struct evidence_context *context, struct ports *ret)
{
	int64_t reuse = read_number(context, REUSE);
	bool can_reuse = read_number(context, TIMESTAMPS) > 0;
	int64_t low, high;

	*ret = (struct ports){
		.sample = context->now,
		.before = context->before,
		.is_refused = is_refused(context),
		.usable = -1,
		.reserved = -1,
		.reuses_all = can_reuse && reuse == REUSE_ALL,
		.reuses_loopback =
			can_reuse && (reuse == REUSE_ALL || reuse == REUSE_LOOPBACK),
	};
	if (!read_range(context, &low, &high))
		return;
	ret->reserved = count_reserved(context, low, high);
	ret->usable = high - low + 1 - (ret->reserved > 0 ? ret->reserved : 0);
	ret->reserved = ret->reserved < 0 ? -1 : ret->reserved;
}

const struct ports *ports_now(struct evidence_context *context)
{
	if (context->ports.sample != context->now ||
	    context->ports.before != context->before || context->now == 0)
		read_ports(context, &context->ports);
	return &context->ports;
}

static void result_count(sqlite3_context *context, int64_t number)
{
	if (number >= 0)
		sqlite3_result_int64(context, number);
}

void ports_sql_usable(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	(void)count;
	(void)arguments;
	result_count(context, ports_now(sqlite3_user_data(context))->usable);
}

void ports_sql_reserved(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	(void)count;
	(void)arguments;
	result_count(context, ports_now(sqlite3_user_data(context))->reserved);
}

void ports_sql_reusable(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	const struct ports *ports = ports_now(sqlite3_user_data(context));
	int64_t timewait = sqlite3_value_int64(arguments[0]);
	int64_t old = sqlite3_value_int64(arguments[1]);
	bool reuses = sqlite3_value_int(arguments[2]) ? ports->reuses_loopback
						      : ports->reuses_all;

	(void)count;
	if (ports->is_refused && timewait - old >= LEAST_YOUNG)
		reuses = false;
	sqlite3_result_int64(context, reuses ? old : 0);
}

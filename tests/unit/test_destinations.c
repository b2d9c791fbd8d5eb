#include "collect/destinations.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Destination number n, IPv4 or IPv6 by turns. */
static struct destination_key key_of(uint32_t n)
{
	struct destination_key key;

	memset(&key, 0, sizeof(key));
	key.family = n % 3 ? AF_INET : AF_INET6;
	key.source[0] = htonl(0x0a000001);
	key.address[key.family == AF_INET6 ? 3 : 0] = htonl(0x0b000000 + n / 7);
	key.port = (uint16_t)(1000 + n % 7);
	return key;
}

static struct destination *add(struct destinations *destinations, uint32_t n)
{
	const struct destination_key key = key_of(n);
	struct destination *group = destinations_get(destinations, &key);

	assert_non_null(group);
	assert_memory_equal(&group->key, &key, sizeof(key));
	return group;
}

static size_t count_slots(const struct destinations *destinations)
{
	size_t count = 0;

	for (size_t i = 0; i < DESTINATIONS_SLOTS; i++)
		count += destinations->slots[i].key.family != 0;
	return count;
}

static void a_group_is_made_once_and_found_again(void **state)
{
	AUTO(destinations_clear) struct destinations destinations = { 0 };
	struct destination *group;

	(void)state;
	assert_int_equal(destinations_init(&destinations), 0);
	group = add(&destinations, 1);
	group->sockets = 5;
	assert_int_equal(group->missed, 0);
	(void)add(&destinations, 2);
	assert_int_equal(add(&destinations, 1)->sockets, 5);
	assert_int_equal(destinations.count, 2);
}

static void each_part_of_the_key_tells_groups_apart(void **state)
{
	AUTO(destinations_clear) struct destinations destinations = { 0 };
	struct destination_key keys[12];

	(void)state;
	assert_int_equal(destinations_init(&destinations), 0);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		memset(&keys[i], 0, sizeof(keys[i]));
		keys[i].family = AF_INET6;
	}
	for (size_t i = 0; i < 4; i++) {
		keys[1 + i].source[i] = 1;
		keys[5 + i].address[i] = 1;
	}
	keys[9].port = 1;
	keys[10].family = AF_INET;
	keys[11].family = AF_INET;
	keys[11].port = 1;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		destinations_get(&destinations, &keys[i])->sockets = (uint32_t)i + 1;
	assert_int_equal(destinations.count, ARRAY_SIZE(keys));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(destinations_get(&destinations, &keys[i])->sockets,
				 i + 1);
}

static void below_the_limit_every_count_is_exact(void **state)
{
	AUTO(destinations_clear) struct destinations destinations = { 0 };

	(void)state;
	assert_int_equal(destinations_init(&destinations), 0);
	for (uint32_t round = 0; round < 3; round++)
		for (uint32_t n = 0; n < DESTINATIONS_MOST; n++)
			if (round <= n % 3)
				add(&destinations, n)->sockets++;
	assert_int_equal(destinations.count, DESTINATIONS_MOST);
	assert_int_equal(count_slots(&destinations), DESTINATIONS_MOST);
	assert_int_equal(destinations.bound, 0);
	assert_true(destinations.dropped_groups == 0);
	for (uint32_t n = 0; n < DESTINATIONS_MOST; n++) {
		assert_int_equal(add(&destinations, n)->sockets, 1 + n % 3);
		assert_int_equal(add(&destinations, n)->missed, 0);
	}
}

static void one_group_too_many_puts_the_lighter_half_out(void **state)
{
	AUTO(destinations_clear) struct destinations destinations = { 0 };

	(void)state;
	assert_int_equal(destinations_init(&destinations), 0);
	for (uint32_t n = 0; n < DESTINATIONS_MOST; n++)
		add(&destinations, n)->sockets = n < DESTINATIONS_MOST / 2 ? 100 : 2;
	add(&destinations, DESTINATIONS_MOST)->sockets++;
	assert_int_equal(destinations.count, DESTINATIONS_MOST / 2 + 1);
	assert_int_equal(count_slots(&destinations), DESTINATIONS_MOST / 2 + 1);
	assert_int_equal(destinations.bound, 2);
	assert_true(destinations.dropped_groups == DESTINATIONS_MOST / 2);
	assert_true(destinations.dropped_sockets == DESTINATIONS_MOST);
	for (uint32_t n = 0; n < DESTINATIONS_MOST / 2; n++)
		assert_int_equal(add(&destinations, n)->sockets, 100);
	/* the new one may have been here before */
	assert_int_equal(add(&destinations, DESTINATIONS_MOST)->missed, 2);
}

/* --- random loads ------------------------------------------------------------------- */

enum { LOAD_GROUPS = 30000, LOAD_SOCKETS = 300000 };

/* The same numbers in each run: a failure can be repeated. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* A group by a skewed law: the more often squared, the more goes to the first ones. */
static uint32_t pick(uint64_t *seed, int skew)
{
	double share = (double)(next_random(seed) >> 11) / 9007199254740992.0;

	for (int i = 0; i < skew; i++)
		share *= share;
	return (uint32_t)(share * LOAD_GROUPS);
}

/* The destination of a key, and that it is the key of it. */
static uint32_t number_of(const struct destination_key *key)
{
	uint32_t address = ntohl(key->address[key->family == AF_INET6 ? 3 : 0]);
	uint32_t n = (address - 0x0b000000) * 7 + (key->port - 1000u);
	const struct destination_key same = key_of(n);

	assert_true(n < LOAD_GROUPS);
	assert_memory_equal(key, &same, sizeof(same));
	return n;
}

/* What the table promises: for every group, kept or not. */
static void check_load(struct destinations *destinations, const uint32_t *truth)
{
	auto_free const struct destination **found = calloc(LOAD_GROUPS, sizeof(*found));
	int64_t kept_sockets = 0, all = 0;
	size_t kept = 0;

	assert_non_null(found);
	for (size_t i = 0; i < DESTINATIONS_SLOTS; i++)
		kept_sockets += (int64_t)destinations->slots[i].sockets +
				destinations->slots[i].outside;
	for (uint32_t n = 0; n < LOAD_GROUPS; n++)
		all += truth[n];
	assert_true(kept_sockets + destinations->dropped_sockets == all);
	assert_int_equal(count_slots(destinations), destinations->count);
	for (size_t i = 0; i < DESTINATIONS_SLOTS; i++) {
		const struct destination *group = &destinations->slots[i];

		if (group->key.family)
			found[number_of(&group->key)] = group;
	}
	for (uint32_t n = 0; n < LOAD_GROUPS; n++) {
		if (!found[n]) {
			assert_true(truth[n] <= destinations->bound);
			continue;
		}
		kept++;
		assert_true(found[n]->sockets + found[n]->outside <= truth[n]);
		assert_true(truth[n] <=
			    found[n]->sockets + found[n]->outside + found[n]->missed);
		assert_true(found[n]->missed <= destinations->bound);
	}
	assert_int_equal(kept, destinations->count);
}

static void beyond_the_limit_every_count_lies_between_its_bounds(void **state)
{
	(void)state;
	for (int skew = 0; skew < 4; skew++) {
		AUTO(destinations_clear) struct destinations destinations = { 0 };
		auto_free uint32_t *truth = calloc(LOAD_GROUPS, sizeof(*truth));
		uint64_t seed = 88172645463325252u + (uint64_t)skew;

		assert_non_null(truth);
		assert_int_equal(destinations_init(&destinations), 0);
		for (int i = 0; i < LOAD_SOCKETS; i++) {
			uint32_t n = pick(&seed, skew);
			struct destination *group = add(&destinations, n);

			truth[n]++;
			if (i % 10)
				group->sockets++;
			else
				group->outside++;
		}
		assert_true(destinations.dropped_groups > 0);
		check_load(&destinations, truth);
	}
}

/* Light groups in turn: the worst for a table that keeps the heavy ones. */
static void a_heavy_group_stays_whatever_comes_between(void **state)
{
	AUTO(destinations_clear) struct destinations destinations = { 0 };
	uint32_t heavy = 0;

	(void)state;
	assert_int_equal(destinations_init(&destinations), 0);
	for (uint32_t n = 1; n < 10 * DESTINATIONS_MOST; n++) {
		add(&destinations, n)->sockets++;
		if (n % 100)
			continue;
		add(&destinations, 0)->sockets++;
		heavy++;
	}
	assert_true(heavy > destinations.bound);
	assert_true(add(&destinations, 0)->sockets <= heavy);
	assert_true(add(&destinations, 0)->sockets + add(&destinations, 0)->missed >=
		    heavy);
}

/* --- source addresses --------------------------------------------------------------- */

static void a_source_counts_sockets_and_different_ports(void **state)
{
	static const uint16_t ports[] = { 1024, 1024, 1025, 65535, 0, 64, 63, 64 };
	AUTO(destinations_clear) struct destinations destinations = { 0 };
	struct destination_key key = key_of(1), other = key_of(1);

	(void)state;
	assert_int_equal(destinations_init(&destinations), 0);
	other.source[0] = htonl(0x0a000002);
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		key.port = (uint16_t)i; /* the destination does not matter */
		destinations_note_port(&destinations, &key, ports[i]);
	}
	destinations_note_port(&destinations, &other, 1024);
	assert_int_equal(destinations.source_count, 2);
	assert_true(destinations.sources[0].sockets == ARRAY_SIZE(ports));
	assert_true(destination_source_ports(&destinations.sources[0]) == 6);
	assert_true(destination_source_ports(&destinations.sources[1]) == 1);
}

static void more_sources_than_fit_are_said_to_be_cut(void **state)
{
	AUTO(destinations_clear) struct destinations destinations = { 0 };
	struct destination_key key = key_of(1);

	(void)state;
	assert_int_equal(destinations_init(&destinations), 0);
	for (uint32_t i = 0; i < DESTINATIONS_MOST_SOURCES; i++) {
		key.source[0] = htonl(i);
		destinations_note_port(&destinations, &key, 1);
	}
	assert_int_equal(destinations.is_cut_sources, false);
	key.source[0] = htonl(0x7f000001);
	destinations_note_port(&destinations, &key, 1);
	assert_int_equal(destinations.is_cut_sources, true);
	assert_int_equal(destinations.source_count, DESTINATIONS_MOST_SOURCES);
	/* and those that fit are counted on */
	key.source[0] = htonl(3);
	destinations_note_port(&destinations, &key, 2);
	assert_true(destination_source_ports(&destinations.sources[3]) == 2);
}

static void a_cleared_table_can_be_cleared_again(void **state)
{
	struct destinations destinations = { 0 };

	(void)state;
	destinations_clear(&destinations);
	assert_int_equal(destinations_init(&destinations), 0);
	destinations_clear(&destinations);
	assert_null(destinations.slots);
	destinations_clear(&destinations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_made_once_and_found_again),
		cmocka_unit_test(each_part_of_the_key_tells_groups_apart),
		cmocka_unit_test(below_the_limit_every_count_is_exact),
		cmocka_unit_test(one_group_too_many_puts_the_lighter_half_out),
		cmocka_unit_test(beyond_the_limit_every_count_lies_between_its_bounds),
		cmocka_unit_test(a_heavy_group_stays_whatever_comes_between),
		cmocka_unit_test(a_source_counts_sockets_and_different_ports),
		cmocka_unit_test(more_sources_than_fit_are_said_to_be_cut),
		cmocka_unit_test(a_cleared_table_can_be_cleared_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

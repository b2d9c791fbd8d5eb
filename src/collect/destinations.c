#include "collect/destinations.h"

#include <errno.h>

int destinations_init(struct destinations *destinations)
{
	*destinations = (struct destinations){ 0 };
	destinations->slots = calloc(DESTINATIONS_SLOTS, sizeof(*destinations->slots));
	destinations->sources =
		calloc(DESTINATIONS_MOST_SOURCES, sizeof(*destinations->sources));
	if (destinations->slots && destinations->sources)
		return 0;
	destinations_clear(destinations);
	return -ENOMEM;
}

void destinations_clear(struct destinations *destinations)
{
	for (size_t i = 0; i < destinations->source_count; i++)
		free(destinations->sources[i].ports);
	free(destinations->sources);
	free(destinations->slots);
	*destinations = (struct destinations){ 0 };
}

static uint64_t mix(uint64_t hash)
{
	hash ^= hash >> 32;
	hash *= 0x9E3779B97F4A7C15u;
	hash ^= hash >> 29;
	return hash;
}

static uint64_t hash_key(const struct destination_key *key)
{
	uint64_t hash = mix((uint64_t)key->source[0] << 32 | key->address[0]);

	hash = mix(hash + ((uint64_t)key->family << 16 | key->port));
	if (key->family == 2) /* AF_INET: the other words are zero */
		return hash;
	for (int i = 1; i < 4; i++)
		hash = mix(hash + ((uint64_t)key->source[i] << 32 | key->address[i]));
	return hash;
}

/* Keys are zeroed before they are filled, so that bytes can be compared. */
static bool is_same_key(const struct destination_key *a, const struct destination_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* The slot of a key: its own, or the empty one where it would go. */
static struct destination *find_slot(const struct destinations *destinations,
				     const struct destination_key *key)
{
	size_t at = hash_key(key) & (DESTINATIONS_SLOTS - 1);

	while (destinations->slots[at].key.family &&
	       !is_same_key(&destinations->slots[at].key, key))
		at = (at + 1) & (DESTINATIONS_SLOTS - 1);
	return &destinations->slots[at];
}

/* How many sockets a group has at most. */
static uint32_t upper(const struct destination *group)
{
	return group->sockets + group->outside + group->missed;
}

static int compare_heaviest_first(const void *a, const void *b)
{
	uint32_t x = upper(a), y = upper(b);

	return (x < y) - (x > y);
}

/*
 * Put the lighter half out. What was put out, or will come new later, had at most `bound`
 * sockets until now: so a group that comes back starts with that many missed, and its
 * true number lies between sockets and sockets + missed.
 */
static bool make_room(struct destinations *destinations)
{
	size_t count = 0;
	struct destination *groups = calloc(destinations->count, sizeof(*groups));

	if (!groups)
		return false;
	for (size_t i = 0; i < DESTINATIONS_SLOTS; i++)
		if (destinations->slots[i].key.family)
			groups[count++] = destinations->slots[i];
	qsort(groups, count, sizeof(*groups), compare_heaviest_first);
	memset(destinations->slots, 0, DESTINATIONS_SLOTS * sizeof(*destinations->slots));
	destinations->count = 0;
	destinations->bound = upper(&groups[count / 2]);
	for (size_t i = 0; i < count; i++) {
		if (i < count / 2) {
			*find_slot(destinations, &groups[i].key) = groups[i];
			destinations->count++;
		} else {
			destinations->dropped_groups++;
			destinations->dropped_sockets +=
				(int64_t)groups[i].sockets + groups[i].outside;
		}
	}
	free(groups);
	return true;
}

struct destination *destinations_get(struct destinations *destinations,
				     const struct destination_key *key)
{
	struct destination *slot = find_slot(destinations, key);

	if (slot->key.family)
		return slot;
	if (destinations->count >= DESTINATIONS_MOST) {
		if (!make_room(destinations)) {
			destinations->has_failed = true;
			return NULL;
		}
		slot = find_slot(destinations, key);
	}
	slot->key = *key;
	slot->missed = destinations->bound;
	destinations->count++;
	return slot;
}

static struct destination_source *find_source(struct destinations *destinations,
					      const struct destination_key *key)
{
	struct destination_source *source;

	for (size_t i = 0; i < destinations->source_count; i++) {
		source = &destinations->sources[i];
		if (source->family == key->family &&
		    memcmp(source->address, key->source, sizeof(source->address)) == 0)
			return source;
	}
	if (destinations->source_count == DESTINATIONS_MOST_SOURCES) {
		destinations->is_cut_sources = true;
		return NULL;
	}
	source = &destinations->sources[destinations->source_count];
	source->ports = calloc(DESTINATIONS_PORT_WORDS, sizeof(*source->ports));
	if (!source->ports) {
		destinations->has_failed = true;
		return NULL;
	}
	source->family = key->family;
	memcpy(source->address, key->source, sizeof(source->address));
	destinations->source_count++;
	return source;
}

void destinations_note_port(struct destinations *destinations,
			    const struct destination_key *key, uint16_t local_port)
{
	struct destination_source *source = find_source(destinations, key);

	if (!source)
		return;
	source->sockets++;
	source->ports[local_port / 64] |= UINT64_C(1) << local_port % 64;
}

int64_t destination_source_ports(const struct destination_source *source)
{
	int64_t ports = 0;

	for (size_t i = 0; i < DESTINATIONS_PORT_WORDS; i++)
		ports += __builtin_popcountll(source->ports[i]);
	return ports;
}

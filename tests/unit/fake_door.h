/* A kernel in memory behind the door: it can refuse, clamp, spread, or fail at a write.
 */
#pragma once

#include "apply/door.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { FAKE_MOST_KEYS = 16, FAKE_VALUE_BYTES = 128, FAKE_MOST_WRITES = 64 };

struct fake_key {
	const char *path;
	char value[FAKE_VALUE_BYTES];
};

/*
 * fails_at: the number of the write that fails, from 1, and all after it if fails_on;
 * with `error`. A write that fails stores its first word even so, if is_torn. clamp_path:
 * the key that keeps its value whatever is written. lesser, greater: the kernel refuses
 * to put the one above the other. writes: the paths in their order.
 */
struct fake_door {
	struct fake_key keys[FAKE_MOST_KEYS];
	size_t key_count;
	unsigned fails_at;
	bool fails_on, is_torn;
	int error;
	const char *clamp_path;
	const char *lesser, *greater;
	const char *writes[FAKE_MOST_WRITES];
	unsigned write_count;
};

static inline struct fake_key *fake_find(struct fake_door *fake, const char *path)
{
	for (size_t i = 0; i < fake->key_count; i++) {
		if (strcmp(fake->keys[i].path, path) == 0)
			return &fake->keys[i];
	}
	return NULL;
}

static inline void fake_set(struct fake_door *fake, const char *path, const char *value)
{
	struct fake_key *key = fake_find(fake, path);

	if (!key) {
		key = &fake->keys[fake->key_count++];
		key->path = path;
	}
	(void)snprintf(key->value, sizeof(key->value), "%s", value);
}

static inline const char *fake_get(struct fake_door *fake, const char *path)
{
	const struct fake_key *key = fake_find(fake, path);

	return key ? key->value : "(none)";
}

static inline int fake_read(void *data, const char *path, char *buffer, size_t size)
{
	const struct fake_key *key = fake_find(data, path);

	if (!key)
		return -ENOENT;
	(void)snprintf(buffer, size, "%s", key->value);
	return 0;
}

/* ip_forward sets forwarding of every interface, and accept_redirects to its opposite. */
static inline void fake_spread(struct fake_door *fake, const char *path, const char *text)
{
	if (strcmp(path, "net/ipv4/ip_forward") != 0)
		return;
	for (size_t i = 0; i < fake->key_count; i++) {
		struct fake_key *key = &fake->keys[i];

		if (strstr(key->path, "/forwarding"))
			(void)snprintf(key->value, sizeof(key->value), "%s", text);
		if (strstr(key->path, "all/accept_redirects"))
			(void)snprintf(key->value, sizeof(key->value), "%s",
				       text[0] == '0' ? "1" : "0");
	}
}

static inline bool fake_is_refused(struct fake_door *fake, const char *path,
				   const char *text)
{
	long number = strtol(text, NULL, 10);

	if (!fake->lesser)
		return false;
	if (strcmp(path, fake->lesser) == 0)
		return number > strtol(fake_get(fake, fake->greater), NULL, 10);
	return strcmp(path, fake->greater) == 0 &&
	       number < strtol(fake_get(fake, fake->lesser), NULL, 10);
}

static inline int fake_write(void *data, const char *path, const char *text)
{
	struct fake_door *fake = data;
	struct fake_key *key = fake_find(fake, path);
	unsigned number = ++fake->write_count;

	if (number <= FAKE_MOST_WRITES)
		fake->writes[number - 1] = key ? key->path : "(none)";
	if (!key)
		return -ENOENT;
	if (number == fake->fails_at || (fake->fails_on && number > fake->fails_at)) {
		if (fake->is_torn)
			(void)snprintf(key->value, sizeof(key->value), "%.*s torn",
				       (int)strcspn(text, " "), text);
		return -fake->error;
	}
	if (fake_is_refused(fake, path, text))
		return -EINVAL;
	if (fake->clamp_path && strcmp(fake->clamp_path, path) == 0)
		return 0;
	if (strcmp(key->value, text) != 0)
		fake_spread(fake, path, text);
	(void)snprintf(key->value, sizeof(key->value), "%s", text);
	return 0;
}

static inline int fake_probe(void *data, const char *path)
{
	return fake_find(data, path) ? 0 : -ENOENT;
}

static inline struct sysctl_door fake_door_open(struct fake_door *fake)
{
	return (struct sysctl_door){
		.data = fake, .read = fake_read, .write = fake_write, .probe = fake_probe
	};
}

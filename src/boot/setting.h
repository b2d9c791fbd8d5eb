/*
 * What boot sets, as evidence: one row for each key that a file of the host sets, by the
 * loader that the host runs.
 */
#pragma once

#include "boot/outcome.h"

enum setting_state {
	SETTING_SET,	 /* the kernel will hold value */
	SETTING_UNKNOWN, /* a line sets it, and what the kernel then holds is not known */
	SETTING_LATE,	 /* the key's module may be loaded after the line was tried */
	SETTING_NOT_READ, /* only files that the loader does not read set it */
};

/*
 * key:    "net.ipv4.tcp_rmem"
 * value:  what the line sets, as the kernel shows it; NULL: not known, or a secret
 * live:   what the kernel holds now, in the same form; NULL: not known
 * file:   of the line
 * reason: why it is not SETTING_SET; NULL
 * module: of SETTING_LATE
 * owner:  a program that sets the key too, after the loader: "ufw"; NULL
 */
struct boot_setting {
	char *key;
	enum setting_state state;
	char *value, *live;
	const char *file;
	unsigned line;
	const char *reason, *module, *owner;
};

struct boot_settings {
	struct boot_setting *settings;
	size_t count;
};

/* "set", "unknown", "late", "not-read" */
const char *setting_state_text(enum setting_state state);

/* Must the host's modules be known to say what its files set? */
bool settings_need_modules(const struct boot_tree *tree);

/*
 * host:  must stay as long as the settings
 * Fails: -ENOMEM; -EFBIG more keys than any host has
 */
MUST_CHECK int settings_build(const struct boot_host *host, struct boot_settings *ret,
			      struct error *err);
void settings_clear(struct boot_settings *settings);

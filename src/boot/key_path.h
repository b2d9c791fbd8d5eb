/* Paths below /proc/sys: one spelling for each file, and the key that people know. */
#pragma once

#include "catalog/sysctl.h"

enum { KEY_PATH_SIZE = 512 };

/*
 * The one spelling of a path: no empty part, no ".", ".." resolved.
 *
 * Fails: -EINVAL it leads out of /proc/sys or is empty; -ENAMETOOLONG
 */
MUST_CHECK int key_path_resolve(const char *path, char *ret, size_t size);

/*
 * The key as people write it: "net.ipv4.conf.eth0/5.rp_filter". It is a path again when
 * a loader reads it.
 */
void key_path_dotted(const char *path, char *ret, size_t size);

/* Is it a pattern for the loaders? */
bool key_path_is_pattern(const char *path);

/* What the catalog knows of a path that was resolved; NULL is nothing. */
const struct sysctl_def *key_path_find(const char *path);

/*
 * Values of sysctls, by name: only those that are asked for, opened from one directory
 * descriptor. /proc/sys is never walked, since some keys act when they are read.
 */
#include "base/file.h"
#include "catalog/sysctl.h"
#include "collect/sysctls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { VALUE_LIMIT = 256 * 1024, FIRST_READ_BYTES = 4095, PATH_BYTES = 256 };

/* Why a key has no value, in a word that profile and rules show. */
static const char *reason_text(int code)
{
	switch (code) {
	case -ENOENT:
	case -ENOTDIR:
		return "absent";
	case -EACCES:
	case -EPERM:
		return "permission denied";
	default:
		return strerror(-code);
	}
}

/*
 * A list of ports gives all it has in the first read(2), cut to the size of that: what
 * may have been cut is read again with room for the longest.
 */
static int read_value(int sys, const char *path, struct text *value)
{
	int code = file_read(sys, path, VALUE_LIMIT, value);

	if (code < 0 || value->length < FIRST_READ_BYTES)
		return code;
	text_reset(value);
	return text_reserve(value, VALUE_LIMIT) ? file_read(sys, path, VALUE_LIMIT, value)
						: -ENOMEM;
}

/* A secret is not shown, and a command has no value. NULL: the key is neither. */
static const char *why_hidden(const struct sysctl_def *def)
{
	if (!def || !(def->is_secret || def->is_write_only))
		return NULL;
	return def->is_secret ? "secret" : "write-only";
}

int sysctls_read_key(struct collection *collection, const char *key,
		     struct source_result *result, struct error *err)
{
	const char *hidden = why_hidden(sysctl_find(key));
	char path[PATH_BYTES];
	struct text *value = &collection->buffer;
	int code = sysctl_path(key, path, sizeof(path));

	/* that it is not there is no secret */
	if (code == 0 && hidden)
		code = faccessat(collection->kernel->sys, path, F_OK,
				 AT_SYMLINK_NOFOLLOW) == 0
			       ? 0
			       : -errno;
	if (code == 0 && hidden)
		return evidence_add_sysctl(collection->evidence, key, NULL, hidden, err);
	if (code == 0)
		code = read_value(collection->kernel->sys, path, value);
	if (code == -EACCES || code == -EPERM)
		source_is_partial(result, "'%s' may not be read by this user", key);
	if (code < 0)
		return evidence_add_sysctl(collection->evidence, key, NULL,
					   reason_text(code), err);
	if (value->length > 0 && value->data[value->length - 1] == '\n')
		value->data[--value->length] = '\0';
	return evidence_add_sysctl(collection->evidence, key, text_string(value), NULL,
				   err);
}

static int read_sysctls(struct collection *collection, struct source_result *result,
			struct error *err)
{
	const struct needs *needs = collection->needs;
	bool has_patterns = false;

	if (collection->kernel->sys < 0)
		return source_cannot_read(result, "/proc/sys", -ENOENT);
	for (size_t i = 0; i < needs->sysctl_count; i++) {
		int code;

		if (strchr(needs->sysctls[i], '*')) {
			has_patterns = true;
			continue;
		}
		code = sysctls_read_key(collection, needs->sysctls[i], result, err);
		if (code < 0)
			return code;
	}
	return has_patterns ? interface_sysctls_read(collection, result, err) : 0;
}

static bool needs_sysctls(const struct needs *needs)
{
	return needs->sysctl_count > 0;
}

const struct source source_sysctls = {
	.name = "sysctl",
	.is_needed = needs_sysctls,
	.read = read_sysctls,
};

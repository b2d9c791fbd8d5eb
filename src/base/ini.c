#include "base/ini.h"

#include "base/ini_scan.h"
#include "base/text.h"

#include <errno.h>
#include <iniparser/iniparser.h>
#include <sys/mman.h>

static void release_dictionary(dictionary **dict)
{
	iniparser_freedict(*dict);
}

static int stay_silent(const char *format, ...)
{
	(void)format;
	return 0;
}

static int write_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			data += written;
			length -= (size_t)written;
		}
	}
	return 0;
}

/*
 * iniparser reads from a path only, and complains on stderr unless told otherwise, for
 * the whole process.
 */
static int load_dictionary(const struct text *clean, dictionary **ret)
{
	auto_close int fd = memfd_create("ini", MFD_CLOEXEC);
	char path[32];
	int code;

	if (fd < 0)
		return -errno;
	code = write_all(fd, text_string(clean), clean->length);
	if (code < 0)
		return code;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	iniparser_set_error_callback(stay_silent);
	*ret = iniparser_load(path);
	iniparser_set_error_callback(NULL);
	return *ret ? 0 : -EIO;
}

static const char *find_value(const dictionary *dict, const struct ini_entry *entry)
{
	char name[2 * INI_NAME_MOST_BYTES + 2];

	(void)snprintf(name, sizeof(name), "%s:%s", entry->section, entry->key);
	return iniparser_getstring(dict, name, NULL);
}

/* What iniparser read must be what the scan saw: entry by entry, and no more. */
static int check_dictionary(const struct ini *ini, const dictionary *dict,
			    struct error *err)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_entry *entry = &ini->entries[i];
		const char *value = find_value(dict, entry);

		if (!value || strcmp(value, entry->value) != 0)
			return error_set(
				err, -EINVAL,
				"%s:%u: iniparser reads '%.80s' as the value of '%s'",
				ini->name, entry->line, value ? value : "nothing",
				entry->key);
	}
	if ((size_t)(dict->n - iniparser_getnsec(dict)) != ini->count)
		return error_set(err, -EINVAL,
				 "%s: iniparser reads more keys than there are",
				 ini->name);
	return 0;
}

int ini_parse(const char *name, const char *data, size_t length, struct ini *ret,
	      struct error *err)
{
	AUTO(ini_clear) struct ini ini = { 0 };
	AUTO(text_clear) struct text clean = { 0 };
	AUTO(release_dictionary) dictionary *dict = NULL;
	int code = ini_scan(name, data, length, &ini, &clean, err);

	if (code < 0)
		return code;
	code = load_dictionary(&clean, &dict);
	if (code < 0)
		return error_set(err, code, "%s: iniparser cannot read it: %s", name,
				 strerror(-code));
	code = check_dictionary(&ini, dict, err);
	if (code < 0)
		return code;
	*ret = ini;
	ini = (struct ini){ 0 };
	return 0;
}

const char *ini_get(const struct ini *ini, const char *section, const char *key)
{
	for (size_t i = 0; i < ini->count; i++)
		if (strcmp(ini->entries[i].section, section) == 0 &&
		    strcmp(ini->entries[i].key, key) == 0)
			return ini->entries[i].value;
	return NULL;
}

void ini_clear(struct ini *ini)
{
	free(ini->name);
	free(ini->entries);
	free(ini->storage);
	*ini = (struct ini){ 0 };
}

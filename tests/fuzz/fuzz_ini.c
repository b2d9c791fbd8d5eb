/* INI files. */
#include "fuzz_support.h"

#include "base/ini.h"

#include <errno.h>

/* Every line of a file counts from 1, and entries come in the order of their lines. */
static void check(const struct ini *ini, const uint8_t *data, size_t size)
{
	unsigned lines = 1, last = 0;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_entry *entry = &ini->entries[i];

		ALWAYS(entry->section && entry->key && entry->value);
		ALWAYS(entry->key[0] != '\0');
		ALWAYS(!strpbrk(entry->value, "\n") && !strpbrk(entry->key, "=\n"));
		ALWAYS(entry->line > last && entry->line <= lines);
		last = entry->line;
		ALWAYS(ini_get(ini, entry->section, entry->key) == entry->value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(ini_clear) struct ini ini = { 0 };
	struct error err = { 0 };
	int code = ini_parse("x.ini", (const char *)data, size, &ini, &err);

	ALWAYS(code == 0 || code == -EINVAL || code == -EFBIG);
	ALWAYS((code == 0) == (err.text[0] == '\0'));
	if (code < 0)
		ALWAYS(strncmp(err.text, "x.ini", 5) == 0 && ini.count == 0);
	else
		check(&ini, data, size);
	return 0;
}

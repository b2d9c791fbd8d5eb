#include "plan/fingerprint.h"

#include "base/text.h"
#include "profile/wanted.h"

#include <inttypes.h>

/* Of FNV-1a for 64 bits. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* The NUL counts, so that two texts are not taken for one. */
static void add_text(struct fingerprint *fingerprint, const char *text)
{
	if (fingerprint->hash == 0)
		fingerprint->hash = FNV_BASIS;
	for (size_t i = 0; i <= strlen(text); i++)
		fingerprint->hash =
			(fingerprint->hash ^ (unsigned char)text[i]) * FNV_PRIME;
}

int fingerprint_add(struct fingerprint *fingerprint, const struct profile *profile)
{
	for (size_t i = 0; i < profile->wanted_count; i++) {
		AUTO(text_clear) struct text value = { 0 };

		wanted_add_text(&profile->wanted[i], NULL, &value);
		if (text_check(&value) < 0)
			return text_check(&value);
		add_text(fingerprint, profile->wanted[i].key);
		add_text(fingerprint, text_string(&value));
	}
	for (size_t i = 0; i < profile->parameter_count; i++) {
		add_text(fingerprint, profile->parameters[i].name);
		add_text(fingerprint, profile->parameters[i].value);
	}
	return 0;
}

void fingerprint_text(const struct fingerprint *fingerprint, char *ret)
{
	(void)snprintf(ret, FINGERPRINT_BYTES, "%016" PRIx64, fingerprint->hash);
}
